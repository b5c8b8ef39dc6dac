// Go into neutral facts. Its types are written down, so a field is the field of a type: `s.api` in a method of Server,
// `cfg.Token` of a parameter of type Config and `Server{api: x}` are the same name, "Server.api".
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;

// A receiver is a parameter that no call passes by position.
constexpr unsigned kReceiver = 1u << 16;
constexpr std::size_t kMaxWords = 512;
constexpr unsigned kMaxNestedFields = 4;

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Node peel(Node node) {
  for (int i = 0; i < 16; ++i) {
    if (is_any(node.exists() ? node.type() : "", {"parenthesized_expression", "literal_element", "variadic_argument"}))
      node = node.child(0);
    else if (node.is("unary_expression") || node.is("type_assertion_expression"))
      node = node.field("operand");
    else
      break;
  }
  return node;
}

// "*config.Config" and "[]Config" -> the named type; "" for a type without a name.
std::string type_name(Node node) {
  for (int i = 0; i < 8 && node.exists(); ++i) {
    if (node.is("type_identifier") || node.is("qualified_type")) return std::string(node.text());
    if (node.is("pointer_type"))
      node = node.child(0);
    else if (node.is("generic_type"))
      node = node.field("type");
    else
      break;
  }
  return {};
}

bool is_version(std::string_view segment) {
  return segment.size() > 1 && segment[0] == 'v' &&
         std::all_of(segment.begin() + 1, segment.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The name that a package most likely has: what its path ends with, without version, "go-" and "-go".
std::string package_name(std::string_view path) {
  std::vector<std::string_view> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (segments.size() > 1 && is_version(segments.back())) segments.pop_back();
  std::string_view last = segments.back();
  if (const std::size_t dot = last.rfind(".v"); dot != std::string_view::npos && is_version(last.substr(dot + 1)))
    last = last.substr(0, dot);
  if (last.starts_with("go-") && last.size() > 3) last.remove_prefix(3);
  for (const std::string_view tail : {"-sdk-go", "-go", ".go"})
    if (last.ends_with(tail) && last.size() > tail.size()) last.remove_suffix(tail.size());
  return std::string(last);
}

std::string upper_snake(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// "AppToken" -> "APP_TOKEN", as envconfig's split_words does.
std::string split_words(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0; };
    const bool begins =
        std::isupper(at(i)) != 0 && i > 0 &&
        (std::islower(at(i - 1)) != 0 || (std::isupper(at(i - 1)) != 0 && std::islower(at(i + 1)) != 0));
    if (begins) out += '_';
    out += static_cast<char>(std::toupper(at(i)));
  }
  return out;
}

// The value of `key` in a struct tag: `env:"X,required" json:"x"`.
std::string tag_value(std::string_view tag, std::string_view key) {
  const std::string wanted = std::string(key) + ":\"";
  for (std::size_t at = 0; (at = tag.find(wanted, at)) != std::string_view::npos; ++at) {
    if (at > 0 && tag[at - 1] != ' ' && tag[at - 1] != '`' && tag[at - 1] != '\t') continue;
    const std::size_t begin = at + wanted.size();
    return std::string(tag.substr(begin, std::min(tag.find('"', begin), tag.size()) - begin));
  }
  return {};
}

// The fields of a struct in order; an embedded type has its own name.
std::vector<std::string> field_names(Node type) {
  std::vector<std::string> out;
  for (const Node list : type.children(4)) {
    for (const Node field : list.children(512)) {
      bool named = false;
      for (const Node name : field.children(64)) {
        if (!name.is("field_identifier")) continue;
        out.emplace_back(name.text());
        named = true;
      }
      if (!named && field.is("field_declaration")) out.emplace_back(last_word(type_name(field.field("type"))));
    }
  }
  return out;
}

class Go {
 public:
  Go(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  /// Names that everything else depends on: imports, readers of the environment, prefixes of configuration.
  void prepare(const std::vector<Match>& matches);
  void take(const Match& match);

 private:
  struct Typed {
    std::uint32_t begin = 0, end = 0;  // where the name is known
    std::string name;
    std::string type;
  };

  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  Value simplify(Value call, Node node) const;
  Value eval_string(Node node) const;
  Value eval_composite(Node node, unsigned depth) const;
  Value eval_elements(Value out, Node body, unsigned depth) const;
  Value eval_reference(Node node, unsigned depth) const;
  Value eval_sprintf(const Value& call) const;
  Value eval_binary(Node node, unsigned depth) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;
  bool is_import(std::string_view word) const { return packages_.count(word) != 0; }
  Value variable(std::string name, Node node) const { return made(Kind::environment, std::move(name), node); }
  Value viper_key(const std::string& key, Node node) const;

  void add_binding(Name target, Value value, std::uint32_t offset, bool declares, bool field);
  void bind(Node target, const Value& value, bool declares);
  void bind_all(Node left, Node right, bool declares);
  void bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth, bool field);
  void bind_fields(const Value& value, unsigned depth);
  void bind_process_environment(const Value& value);
  void take_variable(Node spec);
  void take_function(Node node, std::string name);
  void take_parameters(Node list, Function& function, bool receiver);
  void take_return(Node list);
  void take_struct(Node type, const std::string& name, const std::string& prefix, unsigned depth);
  void take_field(Node field, const std::string& owner, const std::string& prefix, unsigned depth);
  void take_call(Node call);
  void find_reader(const Match& match);
  void take_import(Node spec, const std::set<std::string, std::less<>>& qualifiers,
                   const std::set<std::string, std::less<>>& primary);
  void remember_type(std::string_view name, std::string type, std::uint32_t offset);
  std::string type_of(std::string_view name, std::uint32_t offset) const;
  const Function* function_round(std::uint32_t offset, bool named) const;

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }
  // A thing of a type; what somebody else's type is made with is not known here.
  Value made_by_type(const std::string& type, Node node) const {
    Value out = made(Kind::call, type, node);
    out.constructs = true;
    if (type.find('.') != std::string::npos) out.parts.push_back(made(Kind::unknown, "", node));
    return out;
  }
  Name package_level(std::string text) const { return {Name::Kind::local, out_.path + "@0", std::move(text)}; }

  const Place& place_;
  FileFacts& out_;
  std::set<std::string, std::less<>> packages_;  // local names of imports
  std::set<std::string, std::less<>> readers_;   // functions of this file that read the variable they are given
  std::vector<Typed> types_;
  std::map<std::string, std::vector<std::string>, std::less<>> structs_;    // fields in order
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> chained_;  // bytes of f(…) in f(…).g(…) -> "g"
  std::string viper_prefix_;                                                // viper.SetEnvPrefix
  std::map<std::string, std::string> prefixes_;  // envconfig.Process("app", &c): prefix by type; "" any type
};

std::optional<std::string> Go::dotted(Node node, unsigned depth) const {
  std::vector<std::string_view> words;
  for (node = peel(node); node.is("selector_expression"); node = peel(node.field("operand"))) {
    words.push_back(node.field("field").text());
    if (words.size() > kEvaluationDepth || depth > kEvaluationDepth) return std::nullopt;
  }
  if (!node.is("identifier")) return std::nullopt;
  std::string out(node.text());
  for (auto word = words.rbegin(); word != words.rend(); ++word) out += "." + std::string(*word);
  return out;
}

Value Go::eval_reference(Node node, unsigned depth) const {
  if (const auto path = dotted(node, depth)) {
    if (is_any(*path, {"true", "false", "nil", "iota"})) return made(Kind::text, *path == "nil" ? "" : *path, node);
    if (path->starts_with("http.Method")) return made(Kind::text, upper_snake(path->substr(11)), node);
    return made(Kind::name, *path, node);
  }
  Value out = made(Kind::list, "", node);
  out.parts.push_back(eval(node.field("operand"), depth + 1));
  return out;
}

Value Go::eval_string(Node node) const {
  std::string_view text = node.text();
  if (text.size() >= 2) text = text.substr(1, text.size() - 2);
  return made(Kind::text, node.is("raw_string_literal") ? std::string(text) : unescape(text), node);
}

Value Go::eval_elements(Value out, Node body, unsigned depth) const {
  for (const Node element : body.children(256)) {
    if (element.is("keyed_element")) {
      const Node key = peel(element.field("key"));
      const Node value = peel(element.field("value"));
      const bool literal = key.is("interpreted_string_literal") || key.is("raw_string_literal");
      if (!literal && !key.is("identifier") && out.kind != Kind::list) out.open = true;
      Value member = value.is("literal_value") ? eval_elements(made(Kind::object, "", value), value, depth + 1)
                                               : eval(value, depth + 1);
      out.members.emplace_back(literal ? eval_string(key).text : std::string(key.text()), std::move(member));
    } else if (element.is("literal_element")) {
      const Node value = peel(element);
      out.parts.push_back(value.is("literal_value") ? eval_elements(made(Kind::object, "", value), value, depth + 1)
                                                    : eval(value, depth + 1));
    }
  }
  return out;
}

// T{…} makes a T; a map is an object, a slice is a list.
Value Go::eval_composite(Node node, unsigned depth) const {
  const Node type = node.field("type");
  const Node body = node.field("body");
  if (type.is("map_type")) return eval_elements(made(Kind::object, "", node), body, depth);
  const std::string name = type_name(type);
  Value out = made(name.empty() ? Kind::list : Kind::call, name, node);
  out.constructs = !name.empty();
  return eval_elements(std::move(out), body, depth);
}

Value Go::eval_binary(Node node, unsigned depth) const {
  // a + b + c leans to the left: taken from the right in a loop, so that a long sum costs no depth.
  std::vector<Value> parts;
  Node at = node;
  while (at.is("binary_expression") && at.field("operator").text() == "+" && parts.size() < kMaxWords) {
    parts.push_back(eval(at.field("right"), depth + 1));
    at = peel(at.field("left"));
  }
  if (parts.empty()) {
    Value out = made(Kind::list, "", node);
    out.parts = {eval(node.field("left"), depth + 1), eval(node.field("right"), depth + 1)};
    return out;
  }
  parts.push_back(eval(at, depth + 1));
  std::reverse(parts.begin(), parts.end());
  return join(std::move(parts));
}

// Sprintf("https://x/%s/y", a): the texts between the verbs, and the values in their places.
Value Go::eval_sprintf(const Value& call) const {
  const std::string& format = call.parts[0].text;
  std::vector<Value> parts;
  std::string text;
  std::size_t argument = 1;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      text += format[i];
      continue;
    }
    std::size_t verb = format.find_first_not_of("+-# 0123456789.*[]", i + 1);
    if (verb == std::string::npos) verb = format.size() - 1;
    i = verb;
    if (format[verb] == '%') {
      text += '%';
      continue;
    }
    if (format[verb] == 'q') text += '"';
    parts.push_back(Value::literal(std::move(text), call.line, call.offset));
    text.clear();
    parts.push_back(argument < call.parts.size() ? call.parts[argument] : Value());
    ++argument;
    if (format[verb] == 'q') text += '"';
  }
  parts.push_back(Value::literal(std::move(text), call.line, call.offset));
  std::erase_if(parts, [](const Value& part) { return part.kind == Kind::text && part.text.empty(); });
  return join(std::move(parts));
}

Value Go::eval_call(Node node, unsigned depth) const {
  Value out = made(Kind::call, "", node);
  Node callee = peel(node.field("function"));
  if (callee.is("type_instantiation_expression") || callee.is("index_expression")) callee = peel(callee.child(0));
  if (const auto path = dotted(callee, depth)) {
    out.text = *path;
  } else {
    std::string words;
    while (callee.is("selector_expression") && words.size() < kMaxWords) {
      words = std::string(callee.field("field").text()) + (words.empty() ? "" : "." + words);
      callee = peel(callee.field("operand"));
    }
    out.text = words;
    if (callee.exists() && !callee.is("func_literal")) out.receiver.push_back(eval(callee, depth + 1));
  }
  // pkg.NewX(…), pkg.Open(…), NewX(…): a call that makes a client.
  const std::string_view last = last_word(out.text);
  const bool plain = last.size() == out.text.size() ||
                     (std::count(out.text.begin(), out.text.end(), '.') == 1 && is_import(first_word(out.text)));
  for (const std::string_view word : {"New", "new", "Open", "Connect", "Dial", "Must", "Make"})
    out.constructs = out.constructs || (plain && out.receiver.empty() && last.starts_with(word));
  for (const Node child : node.field("arguments").children(64)) {
    if (child.is("comment")) continue;
    const bool type = is_any(child.type(), {"type_identifier", "qualified_type", "pointer_type", "map_type",
                                            "slice_type", "array_type", "channel_type", "function_type"});
    if (type && is_any(out.text, {"new", "make"})) {
      out.text = type_name(child);
      out.constructs = !out.text.empty();
      if (out.text.empty()) out.kind = Kind::unknown;
    } else if (!type) {
      out.parts.push_back(eval(child, depth + 1));
    }
  }
  return out;
}

Value Go::viper_key(const std::string& key, Node node) const {
  const std::string name = upper_snake(key);
  Value out = made(Kind::either, "", node);
  out.parts.push_back(variable(viper_prefix_.empty() ? name : viper_prefix_ + "_" + name, node));
  if (name != key) out.parts.push_back(variable(key, node));  // the same key in a configuration file
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, the same text.
Value Go::simplify(Value out, Node node) const {
  if (out.text == "os.Environ") return made(Kind::everything, "", node);
  if (out.parts.empty()) return out;
  const std::string_view last = last_word(out.text);
  const Value& first = out.parts[0];
  if (first.kind == Kind::text && first_word(out.text).find("viper") != std::string_view::npos &&
      is_any(last, {"GetString", "Get", "GetStringSlice", "GetStringMapString"}))
    return viper_key(first.text, node);
  if (first.kind == Kind::text && !first.text.empty() &&
      (is_any(out.text, {"os.Getenv", "os.LookupEnv", "syscall.Getenv"}) || readers_.count(out.text) != 0 ||
       reads_environment(out.text, first.text))) {
    Value name = variable(first.text, node);
    if (out.parts.size() < 2) return name;
    Value either = made(Kind::either, "", node);
    either.parts = {std::move(name), out.parts[1]};
    return either;
  }
  if (is_any(out.text, {"os.ReadFile", "ioutil.ReadFile", "os.Open"})) {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(first);
    return file;
  }
  if (is_any(out.text, {"fmt.Sprintf", "fmt.Appendf", "fmt.Errorf"}) && first.kind == Kind::text)
    return eval_sprintf(out);
  if (is_any(out.text, {"url.JoinPath", "path.Join"})) {
    std::vector<Value> parts;
    for (Value& part : out.parts) {
      if (!parts.empty()) parts.push_back(Value::literal("/", out.line, out.offset));
      parts.push_back(std::move(part));
    }
    return join(std::move(parts));
  }
  const bool wraps = is_any(last, {"String", "Ptr", "StringPtr", "To", "Pointer"}) && out.parts.size() == 1 &&
                     out.receiver.empty() && std::count(out.text.begin(), out.text.end(), '.') <= 1;
  if (wraps || is_any(out.text, {"strings.TrimSpace", "strings.TrimRight", "strings.TrimSuffix", "strings.Trim",
                                 "strings.TrimPrefix", "strings.NewReader", "bytes.NewReader", "bytes.NewBuffer",
                                 "url.PathEscape", "bytes.NewBufferString", "url.QueryEscape", "json.Marshal", "string",
                                 "json.MarshalIndent", "cmp.Or", "strings.Clone"}))
    return out.parts[0];
  return out;
}

Value Go::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "interpreted_string_literal" || type == "raw_string_literal") return eval_string(node);
  if (is_any(type, {"identifier", "selector_expression", "true", "false", "nil"})) return eval_reference(node, depth);
  if (is_any(type, {"int_literal", "float_literal", "rune_literal"}))
    return made(Kind::text, std::string(node.text()), node);
  if (type == "call_expression") return simplify(eval_call(node, depth), node);
  if (type == "composite_literal") return eval_composite(node, depth);
  if (type == "binary_expression") return eval_binary(node, depth);
  if (type == "type_conversion_expression") return eval(node.field("operand"), depth + 1);
  if (type == "index_expression" || type == "slice_expression") {
    Value out = made(Kind::list, "", node);
    out.parts.push_back(eval(node.field("operand"), depth + 1));
    return out;
  }
  return made(type == "func_literal" ? Kind::function : Kind::unknown, "", node);
}

// Functions come in the order of their beginning, so the last one that contains the offset is the innermost.
const Function* Go::function_round(std::uint32_t offset, bool named) const {
  std::size_t steps = 0;
  for (auto at = out_.functions.rbegin(); at != out_.functions.rend() && steps < 4096; ++at, ++steps)
    if (at->begin <= offset && offset < at->end && (!named || !at->name.empty())) return &*at;
  return nullptr;
}

void Go::remember_type(std::string_view name, std::string type, std::uint32_t offset) {
  if (type.empty()) return;
  const Function* function = function_round(offset, true);
  types_.push_back({function == nullptr ? 0 : function->begin, function == nullptr ? UINT32_MAX : function->end,
                    std::string(name), std::move(type)});
}

std::string Go::type_of(std::string_view name, std::uint32_t offset) const {
  std::size_t steps = 0;
  for (auto at = types_.rbegin(); at != types_.rend() && steps < 4096; ++at, ++steps)
    if (at->begin <= offset && offset < at->end && at->name == name) return at->type;
  return {};
}

void Go::add_binding(Name target, Value value, std::uint32_t offset, bool declares, bool field) {
  Binding binding;
  binding.target = std::move(target);
  binding.line = value.line;
  binding.value = std::move(value);
  binding.offset = offset;
  binding.declares = declares;
  binding.field = field;
  out_.bindings.push_back(std::move(binding));
}

void Go::bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth, bool field) {
  const bool has_members = value.kind == Kind::object || (value.kind == Kind::call && value.constructs);
  if (!has_members || depth == kMaxNestedFields) return;
  for (const auto& [key, member] : value.members) {
    if (key.empty()) continue;
    const std::string full = name + "." + key;
    add_binding(field ? package_level(full) : Name{Name::Kind::local, "", full}, member, offset, false, field);
    bind_members(full, member, offset, depth + 1, field);
  }
}

// Server{api: x} and Server{x} anywhere in an expression give Server.api the value x.
void Go::bind_fields(const Value& value, unsigned depth) {
  if (depth > kMaxNestedFields) return;
  if (value.kind == Kind::call && value.constructs && !value.parts.empty())
    if (const auto fields = structs_.find(value.text); fields != structs_.end())
      for (std::size_t i = 0; i < value.parts.size() && i < fields->second.size(); ++i)
        add_binding(package_level(value.text + "." + fields->second[i]), value.parts[i], value.offset, false, true);
  if (value.kind == Kind::call && value.constructs && !value.members.empty() &&
      value.text.find('.') == std::string::npos)
    bind_members(value.text, value, value.offset, 0, true);
  for (const Value& part : value.parts) bind_fields(part, depth + 1);
  for (const auto& member : value.members) bind_fields(member.second, depth + 1);
}

// cmd.Env = append(os.Environ(), "ACME_TOKEN="+token): the variable of what is run from this file.
void Go::bind_process_environment(const Value& value) {
  walk(value, [&](const Value& v) {
    const Value* head = v.kind == Kind::join && !v.parts.empty() ? &v.parts[0] : &v;
    if (head->kind != Kind::text) return;
    const std::size_t equals = head->text.find('=');
    if (equals == std::string::npos || equals == 0 || equals > 128) return;
    Value rest = v;
    if (v.kind == Kind::join)
      rest.parts[0].text.erase(0, equals + 1);
    else
      rest.text.erase(0, equals + 1);
    add_binding({Name::Kind::environment, place_.scope, head->text.substr(0, equals)}, std::move(rest), v.offset, false,
                false);
  });
}

void Go::bind(Node target, const Value& value, bool declares) {
  target = peel(target);
  const auto name = dotted(target.is("index_expression") ? target.field("operand") : target, 0);
  if (!name || *name == "_" || (*name == "err" && value.kind == Kind::call)) return;
  const std::uint32_t offset = target.begin() + place_.offset;
  Value placed = value;
  placed.line = target.line() + place_.line_offset;
  const std::size_t dot = name->find('.');
  if (dot == std::string::npos) {
    if (value.kind == Kind::call && value.constructs) remember_type(*name, value.text, offset);
  } else if (name->ends_with(".Env")) {
    bind_process_environment(value);
  } else if (const std::string type = type_of(name->substr(0, dot), offset);
             !type.empty() && type.find('.') == std::string::npos) {
    bind_members(type + name->substr(dot), placed, offset, 0, true);
    add_binding(package_level(type + name->substr(dot)), placed, offset, false, true);
  }
  bind_members(*name, placed, offset, 0, false);
  add_binding({Name::Kind::local, "", *name}, std::move(placed), offset, declares && dot == std::string::npos, false);
}

// a, b := x, y, and a, err := f(): every name may be what the call returns.
void Go::bind_all(Node left, Node right, bool declares) {
  const std::vector<Node> targets = left.is("expression_list") ? left.children(64) : std::vector<Node>{left};
  const std::vector<Node> values = right.is("expression_list") ? right.children(64) : std::vector<Node>{right};
  if (targets.empty() || values.empty()) return;
  const Value only = values.size() == targets.size() ? Value() : eval(values[0]);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Value value = values.size() == targets.size() ? eval(values[i]) : only;
    bind_fields(value, 0);
    bind(targets[i], value, declares);
  }
}

void Go::take_variable(Node spec) {
  std::vector<Node> names;
  for (const Node child : spec.children(64))
    if (child.is("identifier")) names.push_back(child);
  const std::string type = type_name(spec.field("type"));
  const Node list = spec.field("value");
  const std::vector<Node> values = list.children(64);
  for (std::size_t i = 0; i < names.size(); ++i) {
    remember_type(names[i].text(), type, names[i].begin() + place_.offset);
    Value value;
    if (!values.empty()) {
      value = eval(values[std::min(i, values.size() - 1)]);
      bind_fields(value, 0);
    } else if (!type.empty()) {
      value = made_by_type(type, spec);
    } else {
      continue;
    }
    bind(names[i], value, true);
  }
}

void Go::take_parameters(Node list, Function& function, bool receiver) {
  unsigned index = 0;
  for (const Node declaration : list.children(64)) {
    const bool variadic = declaration.is("variadic_parameter_declaration");
    if (!declaration.is("parameter_declaration") && !variadic) continue;
    const std::string type = type_name(declaration.field("type"));
    bool named = false;
    for (const Node name : declaration.children(64)) {
      if (!name.is("identifier")) continue;
      named = true;
      Parameter parameter{std::string(name.text()), receiver ? kReceiver : index++, "", type};
      types_.push_back({function.begin, function.end, parameter.name, type});
      function.params.push_back(std::move(parameter));
    }
    if (!named && !receiver) ++index;
    if (receiver) function.owner = type;
  }
}

void Go::take_function(Node node, std::string name) {
  Function function;
  function.name = std::move(name);
  function.begin = node.begin() + place_.offset;
  function.end = node.end() + place_.offset;
  take_parameters(node.field("receiver"), function, true);
  take_parameters(node.field("parameters"), function, false);
  out_.functions.push_back(std::move(function));
}

// What a function returns is what a call of it stands for.
void Go::take_return(Node list) {
  const std::uint32_t offset = list.begin() + place_.offset;
  const Function* function = function_round(offset, false);
  if (function == nullptr || function->name.empty()) return;
  const std::string name = function->owner.empty() ? function->name : function->owner + "." + function->name;
  for (const Node child : list.children(8)) {
    const Node node = peel(child);
    if (is_any(node.exists() ? node.type() : "", {"nil", "true", "false", "int_literal", "func_literal"})) continue;
    if (node.text() == "err" || node.text().empty()) continue;
    Value value = eval(node);
    bind_fields(value, 0);
    if (value.kind == Kind::unknown || value.text.starts_with("errors.") || value.text.starts_with("fmt.")) continue;
    value.line = list.line() + place_.line_offset;
    add_binding(package_level(name), std::move(value), offset, false, true);
  }
}

void Go::take_field(Node field, const std::string& owner, const std::string& prefix, unsigned depth) {
  const Node type = field.field("type");
  const std::string_view tag = field.field("tag").text();
  std::string named = type_name(type);
  if (!field.field("name").exists() && !named.empty()) {
    // An embedded type: what it can do, the struct can.
    const std::string full = owner + "." + std::string(last_word(named));
    add_binding(package_level(owner), made(Kind::name, full, field), field.begin() + place_.offset, false, true);
    add_binding(package_level(full), made_by_type(named, field), field.begin() + place_.offset, false, true);
    return;
  }
  for (const Node name : field.children(64)) {
    if (!name.is("field_identifier")) continue;
    const std::string full = owner + "." + std::string(name.text());
    std::string variable_name = tag_value(tag, "env");
    std::string inner = tag_value(tag, "envPrefix");
    if (variable_name.empty()) variable_name = tag_value(tag, "envconfig");
    variable_name = variable_name.substr(0, variable_name.find(','));
    if (variable_name.empty() && tag_value(tag, "split_words") == "true") variable_name = split_words(name.text());
    const auto app = prefixes_.find(owner);
    if (!variable_name.empty() && variable_name != "-") {
      Value value = variable(prefix + variable_name, name);
      if (app != prefixes_.end() && !app->second.empty()) {
        Value either = made(Kind::either, "", name);
        either.parts = {variable(upper_snake(app->second) + "_" + variable_name, name), std::move(value)};
        value = std::move(either);
      }
      add_binding(package_level(full), std::move(value), name.begin() + place_.offset, false, true);
    } else if (app != prefixes_.end() && named == "string") {  // envconfig takes a field without a tag by its name
      const std::string bare = upper_snake(name.text());
      add_binding(package_level(full),
                  variable(app->second.empty() ? bare : upper_snake(app->second) + "_" + bare, name),
                  name.begin() + place_.offset, false, true);
    } else if (type.is("struct_type")) {
      take_struct(type, full, prefix + inner, depth + 1);
    } else if (!named.empty() && named.find('.') == std::string::npos && std::isupper(named[0]) != 0) {
      // A field of a type of this package: its fields are found there.
      add_binding(package_level(full), made_by_type(named, name), name.begin() + place_.offset, false, true);
      if (!inner.empty()) prefixes_[named] = inner.ends_with('_') ? inner.substr(0, inner.size() - 1) : inner;
    } else if (named.find('.') != std::string::npos) {
      add_binding(package_level(full), made_by_type(named, name), name.begin() + place_.offset, false, true);
    }
  }
}

void Go::take_struct(Node type, const std::string& name, const std::string& prefix, unsigned depth) {
  if (depth > kMaxNestedFields) return;
  for (const Node list : type.children(4))
    for (const Node field : list.children(512))
      if (field.is("field_declaration")) take_field(field, name, prefix, depth);
}

void Go::take_call(Node node) {
  Value value = eval_call(node, 0);
  bind_fields(value, 0);
  if (is_any(value.text, {"os.Setenv"}) && value.parts.size() == 2 && value.parts[0].kind == Kind::text)
    add_binding({Name::Kind::environment, place_.scope, value.parts[0].text}, value.parts[1], value.offset, false,
                false);
  if (value.text.ends_with("viper.BindEnv") && value.parts.size() > 1 && value.parts[0].kind == Kind::text)
    for (std::size_t i = 1; i < value.parts.size(); ++i)
      if (value.parts[i].kind == Kind::text)
        add_binding({Name::Kind::environment, place_.scope, upper_snake(value.parts[0].text)},
                    variable(value.parts[i].text, node), value.offset, false, false);
  const auto next = chained_.find({node.begin(), node.end()});
  out_.calls.push_back({std::move(value), node.line() + place_.line_offset, node.begin() + place_.offset,
                        next == chained_.end() ? std::string() : next->second});
}

// The package's own name is not in its path: what the file calls it is taken when it stands in the path.
void Go::take_import(Node spec, const std::set<std::string, std::less<>>& qualifiers,
                     const std::set<std::string, std::less<>>& primary) {
  const std::string path = eval_string(spec.field("path")).text;
  const Node alias = spec.field("name");
  std::string local(alias.exists() ? std::string(alias.text()) : package_name(path));
  if (!alias.exists() && qualifiers.count(local) == 0) {
    std::string bare;
    std::copy_if(path.begin(), path.end(), std::back_inserter(bare),
                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '/'; });
    for (const std::string& qualifier : qualifiers)
      if (qualifier.size() > 1 && primary.count(qualifier) == 0 && bare.find(qualifier) != std::string::npos)
        local = qualifier;
  }
  packages_.insert(local);
  out_.imports.push_back({local, path, "", false});
}

void Go::prepare(const std::vector<Match>& matches) {
  std::set<std::string, std::less<>> qualifiers, primary;
  for (const Match& match : matches) {
    if (const Node qualifier = match.get("qualifier"); qualifier.exists())
      qualifiers.insert(std::string(qualifier.text()));
    if (const Node spec = match.get("import"); spec.exists())
      primary.insert(spec.field("name").exists() ? std::string(spec.field("name").text())
                                                 : package_name(eval_string(spec.field("path")).text));
  }
  for (const Match& match : matches) {
    if (const Node spec = match.get("import"); spec.exists()) take_import(spec, qualifiers, primary);
    if (const Node node = match.get("class"); node.exists())
      structs_[std::string(match.get("class.name").text())] = field_names(node.field("type"));
  }
  std::map<std::string, std::string> declared;  // `var c Config`
  for (const Match& match : matches) {
    if (const Node function = match.get("function"); function.exists()) find_reader(match);
    if (const Node spec = match.get("variable"); spec.exists())
      for (const Node name : spec.children(8))
        if (name.is("identifier")) declared[std::string(name.text())] = type_name(spec.field("type"));
    if (const Node target = match.get("bind.target"); target.exists()) {
      const Node value = peel(match.get("bind.value").child(0));
      if (value.is("composite_literal")) declared[std::string(target.text())] = type_name(value.field("type"));
    }
  }
  for (const Match& match : matches) {
    const Node call = match.get("call");
    if (!call.exists()) continue;
    const Node function = peel(call.field("function"));
    if (const Node operand = peel(function.field("operand")); operand.is("call_expression"))
      chained_[{operand.begin(), operand.end()}] = std::string(function.field("field").text());
    const std::string callee = dotted(function, 0).value_or("");
    const std::vector<Node> arguments = call.field("arguments").children(4);
    if (callee.ends_with("viper.SetEnvPrefix") && !arguments.empty())
      viper_prefix_ = upper_snake(eval_string(peel(arguments[0])).text);
    if (callee.starts_with("envconfig.") && arguments.size() > 1 &&
        peel(arguments[0]).is("interpreted_string_literal")) {
      const auto type = declared.find(std::string(peel(arguments[1]).text()));
      if (type != declared.end()) prefixes_[type->second] = eval_string(peel(arguments[0])).text;
    }
  }
}

// func get(key string) string { return os.Getenv(key) }: its callers read the variable they name.
void Go::find_reader(const Match& match) {
  const Node function = match.get("function");
  const std::string_view body = function.field("body").text().substr(0, 4096);
  for (const Node declaration : function.field("parameters").children(8))
    for (const Node name : declaration.children(8))
      for (const std::string_view reader : {"os.Getenv(", "os.LookupEnv("})
        if (name.is("identifier") &&
            body.find(std::string(reader) + std::string(name.text()) + ")") != std::string_view::npos)
          readers_.insert(std::string(match.get("function.name").text()));
}

void Go::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists()) {
    take_call(call);
  } else if (const Node target = match.get("bind.target"); target.exists()) {
    bind_all(target, match.get("bind.value"), true);
  } else if (const Node assigned = match.get("assign.target"); assigned.exists()) {
    bind_all(assigned, match.get("assign.value"), false);
  } else if (const Node spec = match.get("variable"); spec.exists()) {
    take_variable(spec);
  } else if (const Node list = match.get("return"); list.exists()) {
    take_return(list);
  } else if (const Node function = match.get("function"); function.exists()) {
    take_function(function, std::string(match.get("function.name").text()));
  } else if (const Node scope = match.get("scope"); scope.exists()) {
    take_function(scope, "");
  } else if (const Node node = match.get("class"); node.exists()) {
    const std::string name(match.get("class.name").text());
    out_.classes.push_back({name, "", {}, node.begin() + place_.offset, node.end() + place_.offset});
    take_struct(node.field("type"), name, "", 0);
  }
}

}  // namespace

void extract_go(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("go");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  const std::vector<Match> matches = rules.query.matches(*syntax);
  Go reader(place, out);
  reader.prepare(matches);
  for (const Match& match : matches) reader.take(match);
}

}  // namespace overreach::purpose
