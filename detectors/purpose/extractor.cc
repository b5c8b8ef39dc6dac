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
  const auto qualify = [&](Value& value) {
    walk_mutable(value, [&](Value& v) {
      const bool names = v.kind == Kind::name || (v.kind == Kind::call && v.receiver.empty());
      if (!names || v.text.empty()) return;
      const std::string_view first = first_word(v.text);
      // A call of an own method stays one; what is called on a field is called on that field.
      if (v.kind == Kind::call && first.size() == v.text.size()) return;
      if (fields_.count(std::string(first)) != 0 && !shadowed(first, v.offset)) v.text = "self." + v.text;
    });
  };
  for (Binding& binding : out_.bindings) {
    qualify(binding.value);
    if (binding.declares || !binding.target.scope.empty()) continue;
    const std::string_view first = first_word(binding.target.text);
    if (fields_.count(std::string(first)) != 0 && !shadowed(first, binding.offset))
      binding.target.text = "self." + binding.target.text;
  }
  for (Call& call : out_.calls) qualify(call.value);
  for (const std::string& name : mentioned_) {
    const bool own =
        std::any_of(out_.classes.begin(), out_.classes.end(), [&](const Function& c) { return c.name == name; });
    if (!own && imported_.count(name) == 0) out_.imports.push_back({name, name, "", true});
  }
}

}  // namespace overreach::purpose
