#include "detectors/purpose/extractor.h"

#include <algorithm>
#include <cctype>

namespace overreach::purpose {

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string with_dots(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool colons = path[i] == ':' && i + 1 < path.size() && path[i + 1] == ':';
    if (colons) ++i;
    if (!colons && path[i] != '\\')
      out += path[i];
    else if (!out.empty())
      out += '.';
  }
  return out;
}

bool is_constant(std::string_view word) {
  return !word.empty() && std::isupper(static_cast<unsigned char>(word.front())) != 0;
}

Value Extractor::list_of(std::vector<Value> parts, Node node) const {
  Value out = made(Kind::list, "", node);
  out.parts = std::move(parts);
  return out;
}

Value Extractor::either_of(Value first, Value second, Node node) const {
  Value out = made(Kind::either, "", node);
  out.parts.push_back(std::move(first));
  out.parts.push_back(std::move(second));
  return out;
}

Value Extractor::run_of(std::vector<Value> words, Node node) const {
  Value out = made(Kind::call, "subprocess.run", node);
  if (words.size() == 1 && words[0].kind != Kind::unknown)
    out.parts = std::move(words);
  else
    out.parts.push_back(list_of(std::move(words), node));
  return out;
}

Value Extractor::filled(const Value& format, std::vector<Value> holes, Node node) const {
  if (format.kind != Kind::text) {
    holes.insert(holes.begin(), format);
    return list_of(std::move(holes), node);
  }
  std::vector<Value> parts;
  std::size_t next = 0, at = 0;
  const std::string& text = format.text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t end = 0;
    if (text[i] == '%' && i + 1 < text.size()) {
      if (text[i + 1] == '%') {
        ++i;
        continue;
      }
      end = text.find_first_of("sdixXfcbne@", i + 1);
      if (end == std::string::npos || end - i > 8) continue;
    } else if (text[i] == '{') {
      end = text.find('}', i);
      if (end == std::string::npos || end - i > 40 || text.find_first_of(" \n\t", i) < end) continue;
    } else {
      continue;
    }
    parts.push_back(made(Kind::text, text.substr(at, i - at), node));
    const std::string name = text[i] == '{' ? text.substr(i + 1, end - i - 1) : "";
    const std::string plain = name.substr(0, name.find(':'));
    if (next < holes.size() && (plain.empty() || std::isdigit(static_cast<unsigned char>(plain[0])) != 0))
      parts.push_back(holes[next++]);
    else
      parts.push_back(plain.empty() ? made(Kind::unknown, "", node) : made(Kind::name, plain, node));
    at = end + 1;
    i = end;
  }
  parts.push_back(made(Kind::text, text.substr(at), node));
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  out.offset = node.begin() + place_.offset;
  return out;
}

Value Extractor::built(std::string type, std::vector<Value> arguments, std::vector<Link> links, Node node) const {
  Value out = made(Kind::call, std::move(type), node);
  out.constructs = true;
  out.parts = std::move(arguments);
  for (Link& link : links) {
    if (link.arguments.empty()) link.arguments.push_back(made(Kind::text, "", node));
    out.members.emplace_back(
        link.name, link.arguments.size() == 1 ? Value(link.arguments[0]) : list_of(std::move(link.arguments), node));
  }
  return out;
}

bool is_http_verb(std::string_view word) {
  return is_any_of(word,
                   {"get", "post", "put", "patch", "delete", "head", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"});
}

std::optional<Value> Extractor::request_of(std::optional<Value> client, std::vector<Link> links, Node node) const {
  std::optional<Value> url, method;
  bool is_request = false;
  for (const Link& link : links) {
    const std::string_view name = link.name;
    const bool has = !link.arguments.empty();
    if (is_http_verb(name)) {
      method = made(Kind::text, link.name, node);
      if (has && !url) url = link.arguments[0];
    } else if ((name == "method" || name == "request") && has) {
      method = link.arguments[0];
      if (name == "request" && link.arguments.size() > 1) url = link.arguments[1];
    } else if (is_any_of(name, {"uri", "url", "setURI", "newBuilder"}) && has) {
      url = link.arguments[0];
      is_request = is_request || name != "newBuilder";
    } else if (is_any_of(name, {"header",     "headers", "addHeader", "setHeader", "bearer_auth",
                                "basic_auth", "json",    "body",      "bodyValue", "retrieve",
                                "exchange",   "form",    "multipart", "send_json", "send_string",
                                "set",        "asJson",  "asString",  "asEmpty",   "send"})) {
      is_request = true;
    }
  }
  if (!url || !is_request) return std::nullopt;
  if (!method) method = made(Kind::text, "GET", node);
  Value out = made(Kind::call, "request", node);
  if (client) out.receiver.push_back(std::move(*client));
  out.members.emplace_back("method", std::move(*method));
  out.members.emplace_back("url", std::move(*url));
  for (Link& link : links)
    if (!link.arguments.empty()) out.members.emplace_back(link.name, list_of(std::move(link.arguments), node));
  return out;
}

void Extractor::open_request(const std::string& variable, Value url, Node node) {
  if (const auto old = open_.find(variable); old != open_.end()) {
    out_.calls.push_back(std::move(old->second));
    open_.erase(old);
  }
  Value call = made(Kind::call, "request", node);
  call.members.emplace_back("url", std::move(url));
  open_.emplace(variable, Call{std::move(call), node.line() + place_.line_offset, node.begin() + place_.offset});
}

void Extractor::add_to_request(const std::string& variable, std::string key, Value value) {
  const auto found = open_.find(variable);
  if (found == open_.end()) return;
  auto& members = found->second.value.members;
  for (auto& [name, old] : members)
    if (name == key && (key == "method" || key == "url")) old = std::exchange(value, Value());
  if (members.size() < 64) members.emplace_back(std::move(key), std::move(value));
}

void Extractor::add_binding(std::string name, Value value, std::uint32_t offset, bool declares) {
  Binding binding;
  binding.target = Name{Name::Kind::local, "", std::move(name)};
  binding.line = value.line;
  binding.value = std::move(value);
  binding.offset = offset;
  binding.declares = declares;
  out_.bindings.push_back(std::move(binding));
}

void Extractor::bind(const std::string& name, const Value& value, Node at, bool declares) {
  const std::uint32_t offset = at.begin() + place_.offset;
  Value bound = value;
  bound.line = at.line() + place_.line_offset;
  std::vector<std::pair<std::string, const Value*>> objects = {{name, &value}};
  for (std::size_t i = 0; i < objects.size() && objects.size() < 256; ++i) {
    const auto [prefix, object] = objects[i];
    if (object->kind != Kind::object) continue;
    for (const auto& [key, member] : object->members) {
      if (key.empty()) continue;
      add_binding(prefix + "." + key, member, offset, false);
      objects.emplace_back(prefix + "." + key, &member);
    }
  }
  add_binding(name, std::move(bound), offset, declares);
}

void Extractor::returns(const std::string& function, const Value& value) {
  Binding binding;
  binding.target = Name{Name::Kind::local, out_.path + "@0", function};
  binding.line = value.line;
  binding.value = value;
  binding.offset = value.offset;
  out_.bindings.push_back(std::move(binding));
}

void Extractor::add_call(Value value, Node node) {
  if (!value.text.empty() || !value.receiver.empty())
    out_.calls.push_back({std::move(value), node.line() + place_.line_offset, node.begin() + place_.offset});
}

void Extractor::add_class(const std::string& name, Node node) {
  out_.classes.push_back({name, "", {}, node.begin() + place_.offset, node.end() + place_.offset});
}

void Extractor::add_function(Node node, std::string name, std::vector<std::string> params) {
  Function function;
  function.name = std::move(name);
  function.begin = node.begin() + place_.offset;
  function.end = node.end() + place_.offset;
  unsigned index = 0;
  for (std::string& param : params) function.params.push_back({std::move(param), index++, ""});
  out_.functions.push_back(std::move(function));
}

void Extractor::add_import(std::string local, std::string module, bool relative) {
  imported_.insert(local);
  out_.imports.push_back({std::move(local), std::move(module), "", relative});
}

bool Extractor::shadowed(std::string_view name, std::uint32_t offset) const {
  const auto found = locals_.find(name);
  return found != locals_.end() && std::any_of(found->second.begin(), found->second.end(), [&](const auto& range) {
           return range.first <= offset && offset < range.second;
         });
}

void Extractor::finish() {
  for (auto& entry : open_) {
    // A body makes it a POST when no verb is given.
    auto& members = entry.second.value.members;
    const Value* implied = entry.second.value.member("default-method");
    if (implied != nullptr && entry.second.value.member("method") == nullptr)
      members.emplace_back("method", Value(*implied));
  }
  for (auto& entry : open_) out_.calls.push_back(std::move(entry.second));
  // Where a name is a parameter or a variable: the whole function that declares it.
  std::vector<const Function*> functions;
  for (const Function& function : out_.functions) {
    functions.push_back(&function);
    for (const Parameter& parameter : function.params)
      if (fields_.count(parameter.name) != 0) locals_[parameter.name].emplace_back(function.begin, function.end);
  }
  std::sort(functions.begin(), functions.end(),
            [](const Function* a, const Function* b) { return a->begin < b->begin; });
  const auto innermost = [&](std::uint32_t offset) -> const Function* {
    auto at = std::upper_bound(functions.begin(), functions.end(), offset,
                               [](std::uint32_t wanted, const Function* one) { return wanted < one->begin; });
    for (int steps = 0; at != functions.begin() && steps < 256; ++steps)
      if ((*--at)->end > offset) return *at;
    return nullptr;
  };
  for (const Binding& binding : out_.bindings) {
    if (!binding.declares || !binding.target.scope.empty() || fields_.count(binding.target.text) == 0) continue;
    if (const Function* in = innermost(binding.offset)) locals_[binding.target.text].emplace_back(in->begin, in->end);
  }
  // Only inside a class: a script round it has variables of its own.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> classes;
  for (const Function& c : out_.classes) classes.emplace_back(c.begin, c.end);
  std::sort(classes.begin(), classes.end());
  for (std::size_t i = 1; i < classes.size(); ++i)
    classes[i].second = std::max(classes[i].second, classes[i - 1].second);
  const auto in_class = [&](std::uint32_t offset) {
    const auto at = std::upper_bound(classes.begin(), classes.end(), std::make_pair(offset, UINT32_MAX));
    return at != classes.begin() && offset < std::prev(at)->second;
  };
  const auto qualify = [&](Value& value) {
    walk_mutable(value, [&](Value& v) {
      const bool names = v.kind == Kind::name || (v.kind == Kind::call && v.receiver.empty());
      if (!names || v.text.empty()) return;
      const std::string_view first = first_word(v.text);
      // A call of an own method stays one; what is called on a field is called on that field.
      if (v.kind == Kind::call && first.size() == v.text.size()) return;
      if (fields_.count(std::string(first)) != 0 && in_class(v.offset) && !shadowed(first, v.offset))
        v.text = "self." + v.text;
    });
  };
  for (Binding& binding : out_.bindings) {
    qualify(binding.value);
    if (binding.declares || !binding.target.scope.empty()) continue;
    const std::string_view first = first_word(binding.target.text);
    if (fields_.count(std::string(first)) != 0 && in_class(binding.offset) && !shadowed(first, binding.offset))
      binding.target.text = "self." + binding.target.text;
  }
  for (Call& call : out_.calls) qualify(call.value);
  std::set<std::string_view> own;
  for (const Function& c : out_.classes) own.insert(c.name);
  for (const std::string& name : mentioned_)
    if (own.count(name) == 0 && imported_.count(name) == 0) out_.imports.push_back({name, name, "", true});
}

}  // namespace overreach::purpose
