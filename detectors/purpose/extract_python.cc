// Python into neutral facts; the shape of extract_ecmascript.cc, with Python's words.
#include <algorithm>
#include <optional>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;

class Python {
 public:
  Python(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  void take(const Match& match);
  void finish() { bind_returns(out_, std::move(returned_)); }

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  Value simplify(Value call, Node node) const;
  Value eval_string(Node node, unsigned depth) const;
  Value eval_dictionary(Node node, unsigned depth) const;
  Value eval_operator(Node node, unsigned depth) const;
  Value eval_reference(Node node, unsigned depth) const;
  Value all_of(Kind kind, Node node, unsigned depth) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;

  void bind(Node target, Node value);
  void bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth);
  void add_binding(std::string name, Value value, std::uint32_t offset, bool declares);
  void take_function(Node node, std::string name);
  void take_import(Node node);
  void take_import_from(Node node);
  void take_settings(Node class_node, const std::string& name);

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }

  const Place& place_;
  FileFacts& out_;
  std::vector<Returned> returned_;
};

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Node peel(Node node) {
  for (int i = 0; i < 16 && (node.is("parenthesized_expression") || node.is("await")); ++i) node = node.child(0);
  return node;
}

std::optional<std::string> Python::dotted(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return std::nullopt;
  if (node.is("identifier")) return std::string(node.text());
  if (node.is("attribute")) {
    auto object = dotted(node.field("object"), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(node.field("attribute").text());
  }
  if (node.is("subscript")) {
    const Node index = node.field("subscript");
    if (!index.is("string") || index.child_count() != 3) return std::nullopt;
    auto object = dotted(node.field("value"), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(index.child(1).text());
  }
  return std::nullopt;
}

Value Python::eval_reference(Node node, unsigned depth) const {
  const auto path = dotted(node, depth);
  if (!path) {
    Value out = made(Kind::list, "", node);
    out.parts.push_back(eval(node.child(0), depth + 1));
    return out;
  }
  for (const std::string_view root : {"os.environ", "environ"}) {
    if (*path == root) return made(Kind::everything, "", node);
    if (path->starts_with(std::string(root) + ".")) return made(Kind::environment, path->substr(root.size() + 1), node);
  }
  return made(Kind::name, *path, node);
}

// f"…{x}…", "…" % x and "…{}".format(x) have holes; raw strings keep their backslashes.
Value Python::eval_string(Node node, unsigned depth) const {
  const std::vector<Node> children = node.children();
  if (children.empty()) return made(Kind::text, "", node);
  const std::string_view open = children.front().text();
  const bool raw = open.find_first_of("rR") != std::string_view::npos;
  std::vector<Value> parts;
  std::uint32_t at = children.front().end();
  const auto literal = [&](std::uint32_t end) {
    if (end <= at) return;
    const std::string_view text = node.source().substr(at, end - at);
    parts.push_back(made(Kind::text, raw ? std::string(text) : unescape(text), node));
  };
  for (const Node child : children) {
    if (!child.is("interpolation")) continue;
    literal(child.begin());
    parts.push_back(eval(child.field("expression"), depth + 1));
    at = child.end();
  }
  literal(children.back().is("string_end") ? children.back().begin() : node.end());
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

Value Python::eval_dictionary(Node node, unsigned depth) const {
  Value out = made(Kind::object, "", node);
  for (const Node child : node.children()) {
    if (child.is("pair")) {
      const Value key = eval(child.field("key"), depth + 1);
      if (key.kind != Kind::text) out.open = true;
      out.members.emplace_back(key.kind == Kind::text ? key.text : "", eval(child.field("value"), depth + 1));
    } else if (child.is("dictionary_splat")) {
      out.open = true;
      out.parts.push_back(eval(child.child(0), depth + 1));
    }
  }
  return out;
}

Value Python::eval_operator(Node node, unsigned depth) const {
  const Node left = node.field("left"), right = node.field("right");
  if (!left.exists() || !right.exists()) return made(Kind::unknown, "", node);
  const std::string_view between = node.source().substr(left.end(), right.begin() - left.end());
  Value first = eval(left, depth + 1), second = eval(right, depth + 1);
  if (node.is("boolean_operator")) {
    Value out = made(Kind::either, "", node);
    out.parts = {std::move(first), std::move(second)};
    return out;
  }
  if (between.find('+') != std::string_view::npos) return join({std::move(first), std::move(second)});
  Value out = made(Kind::list, "", node);
  if (between.find('%') != std::string_view::npos && first.kind == Kind::text) {
    // "… %s …" % x: the text up to the first hole, then the values.
    const std::size_t hole = first.text.find('%');
    const std::string tail = hole == std::string::npos ? "" : first.text.substr(std::min(hole + 2, first.text.size()));
    first.text.resize(std::min(hole, first.text.size()));
    return join({std::move(first), std::move(second), Value::literal(tail, node.line() + place_.line_offset)});
  }
  out.parts = {std::move(first), std::move(second)};
  return out;
}

Value Python::all_of(Kind kind, Node node, unsigned depth) const {
  Value out = made(kind, "", node);
  for (const Node child : node.children(64)) out.parts.push_back(eval(child, depth + 1));
  return out;
}

Value Python::eval_call(Node node, unsigned depth) const {
  Value out = made(Kind::call, "", node);
  Node callee = peel(node.field("function"));
  if (const auto path = dotted(callee, depth)) {
    out.text = *path;
  } else {
    std::string words;
    while (callee.is("attribute") && words.size() < 512) {
      words = std::string(callee.field("attribute").text()) + (words.empty() ? "" : "." + words);
      callee = peel(callee.field("object"));
    }
    out.text = words;
    if (callee.exists()) out.receiver.push_back(eval(callee, depth + 1));
  }
  for (const Node child : node.field("arguments").children(64)) {
    if (child.is("keyword_argument"))
      out.members.emplace_back(std::string(child.field("name").text()), eval(child.field("value"), depth + 1));
    else if (!child.is("comment"))
      out.parts.push_back(eval(child, depth + 1));
  }
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, the same text.
Value Python::simplify(Value out, Node node) const {
  if (out.parts.empty()) return out;
  if (out.parts[0].kind == Kind::text && reads_environment(out.text, out.parts[0].text)) {
    Value name = made(Kind::environment, out.parts[0].text, node);
    if (out.parts.size() < 2) return name;
    Value either = made(Kind::either, "", node);
    either.parts = {std::move(name), out.parts[1]};
    return either;
  }
  const std::string_view last = last_word(out.text);
  if (out.text == "json.dumps" || out.text == "str" || out.text == "gql" || last == "text") return out.parts[0];
  if (is_any(out.text, {"Path", "pathlib.Path", "os.path.join"})) return out.parts.back();
  if (out.text == "open") {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  return out;
}

Value Python::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "string") return eval_string(node, depth);
  if (type == "concatenated_string") {
    std::vector<Value> parts;
    for (const Node child : node.children()) parts.push_back(eval(child, depth + 1));
    return join(std::move(parts));
  }
  if (is_any(type, {"integer", "float", "true", "false", "none"}))
    return made(Kind::text, std::string(node.text()), node);
  if (is_any(type, {"identifier", "attribute", "subscript"})) return eval_reference(node, depth);
  if (type == "call") {
    Value out = simplify(eval_call(node, depth), node);
    // open("q.graphql").read() and Path("q.graphql").read_text() are the file's content.
    if (out.kind == Kind::call && is_any(out.text, {"read", "read_text"}) && !out.receiver.empty()) {
      if (out.receiver[0].kind == Kind::file) return out.receiver[0];
      Value file = made(Kind::file, "", node);
      file.parts.push_back(out.receiver[0]);
      return file;
    }
    return out;
  }
  if (type == "dictionary") return eval_dictionary(node, depth);
  if (type == "binary_operator" || type == "boolean_operator") return eval_operator(node, depth);
  if (is_any(type, {"list", "tuple", "expression_list", "set", "list_splat", "dictionary_splat"}))
    return all_of(Kind::list, node, depth);
  if (type == "conditional_expression") {
    Value out = made(Kind::either, "", node);
    out.parts = {eval(node.child(0), depth + 1), eval(node.child(2), depth + 1)};
    return out;
  }
  return made(type == "lambda" ? Kind::function : Kind::unknown, "", node);
}

void Python::add_binding(std::string name, Value value, std::uint32_t offset, bool declares) {
  Binding binding;
  binding.target = Name{Name::Kind::local, "", std::move(name)};
  binding.line = value.line;
  binding.value = std::move(value);
  binding.offset = offset;
  binding.declares = declares;
  out_.bindings.push_back(std::move(binding));
}

void Python::bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth) {
  if (value.kind != Kind::object || depth == 4) return;
  for (const auto& [key, member] : value.members) {
    if (key.empty()) continue;
    add_binding(name + "." + key, member, offset, false);
    bind_members(name + "." + key, member, offset, depth + 1);
  }
}

void Python::bind(Node target, Node value) {
  target = target.is("as_pattern_target") ? target.child(0) : target;
  Value evaluated = eval(value);
  const std::uint32_t offset = target.begin() + place_.offset;
  if (target.is("pattern_list") || target.is("tuple_pattern")) {
    const std::vector<Node> names = target.children(64);
    const bool pairs = evaluated.kind == Kind::list && evaluated.parts.size() == names.size();
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i].is("identifier"))
        add_binding(std::string(names[i].text()), pairs ? evaluated.parts[i] : evaluated, offset, true);
    return;
  }
  const auto name = dotted(target, 0);
  if (!name) return;
  evaluated.line = target.line() + place_.line_offset;
  if (name->starts_with("os.environ.")) {
    Binding binding;
    binding.target = Name{Name::Kind::environment, place_.scope, name->substr(11)};
    binding.line = evaluated.line;
    binding.value = std::move(evaluated);
    binding.offset = offset;
    out_.bindings.push_back(std::move(binding));
    return;
  }
  bind_members(*name, evaluated, offset, 0);
  add_binding(*name, std::move(evaluated), offset, target.is("identifier"));
}

void Python::take_function(Node node, std::string name) {
  Function function;
  function.name = std::move(name);
  function.begin = node.begin() + place_.offset;
  function.end = node.end() + place_.offset;
  unsigned index = 0;
  for (Node parameter : node.field("parameters").children(64)) {
    if (parameter.is("default_parameter") || parameter.is("typed_default_parameter"))
      parameter = parameter.field("name");
    if (parameter.is("typed_parameter")) parameter = parameter.child(0);
    if (!parameter.is("identifier")) continue;
    const std::string text(parameter.text());
    if (index == 0 && (text == "self" || text == "cls") && function.params.empty()) continue;
    function.params.push_back({text, index++, ""});
  }
  out_.functions.push_back(std::move(function));
}

void Python::take_import(Node node) {
  for (const Node child : node.children(64)) {
    const Node name = child.is("aliased_import") ? child.field("name") : child;
    const Node alias = child.is("aliased_import") ? child.field("alias") : Node();
    const std::string module(name.text());
    out_.imports.push_back({std::string(alias.exists() ? alias.text() : first_word(module)), module, "", false});
  }
}

void Python::take_import_from(Node node) {
  const Node from = node.field("module_name");
  const std::string module(from.text());
  bool first = true;
  for (const Node child : node.children(256)) {
    if (std::exchange(first, false)) continue;  // the module itself
    const Node name = child.is("aliased_import") ? child.field("name") : child;
    const Node alias = child.is("aliased_import") ? child.field("alias") : Node();
    if (!name.is("dotted_name")) continue;
    out_.imports.push_back({std::string((alias.exists() ? alias : name).text()), module, std::string(name.text()),
                            from.is("relative_import")});
  }
}

// class Settings(BaseSettings): stripe_key: str — the field is the variable STRIPE_KEY.
void Python::take_settings(Node node, const std::string& name) {
  if (node.field("superclasses").text().find("BaseSettings") == std::string_view::npos) return;
  const Node body = node.field("body");
  std::string prefix;
  if (const std::size_t at = body.text().find("env_prefix"); at != std::string_view::npos) {
    const std::string_view rest = body.text().substr(at, 80);
    const std::size_t open = rest.find_first_of("\"'");
    if (open != std::string_view::npos)
      prefix = std::string(rest.substr(open + 1, rest.find_first_of("\"'", open + 1) - open - 1));
  }
  for (const Node statement : body.children(256)) {
    const Node field = statement.is("expression_statement") ? statement.child(0) : Node();
    if (!field.is("assignment") || !field.field("type").exists()) continue;
    std::string variable = prefix + std::string(field.field("left").text());
    std::transform(variable.begin(), variable.end(), variable.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    add_binding(name + "." + std::string(field.field("left").text()), made(Kind::environment, variable, field),
                node.begin() + place_.offset, false);
  }
}

void Python::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists()) {
    Value value = eval_call(call, 0);
    out_.calls.push_back({std::move(value), call.line() + place_.line_offset, call.begin() + place_.offset});
  } else if (const Node target = match.get("bind.target"); target.exists()) {
    bind(target, match.get("bind.value"));
  } else if (const Node function = match.get("function"); function.exists()) {
    take_function(function, std::string(match.get("function.name").text()));
  } else if (const Node scope = match.get("scope"); scope.exists()) {
    take_function(scope, "");
  } else if (const Node node = match.get("class"); node.exists()) {
    const std::string name(match.get("class.name").text());
    out_.classes.push_back({name, "", {}, node.begin() + place_.offset, node.end() + place_.offset});
    take_settings(node, name);
  } else if (const Node import = match.get("import"); import.exists()) {
    if (import.is("import_statement"))
      take_import(import);
    else
      take_import_from(import);
  } else if (const Node value = match.get("return"); value.exists()) {
    returned_.push_back({value.begin() + place_.offset, eval(value)});
  }
}

}  // namespace

void extract_python(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("python");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Python reader(place, out);
  for (const Match& match : rules.query.matches(*syntax)) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
