// JavaScript, TypeScript and TSX into neutral facts.
//
// The query finds declarations, calls and functions; what is left is to turn an expression into a
// Value. Blocks are not scopes here, functions and classes are: two `const token` in two branches of one
// function become one name with two bindings, which lowers nothing and loses nothing.
#include <algorithm>
#include <optional>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;

class Ecmascript {
 public:
  Ecmascript(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  void take(const Match& match);
  void finish() { bind_returns(out_, std::move(returned_)); }

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  /// A local name for a module that the code requires without giving it one.
  std::string inline_import(const std::string& module) const;
  Value simplify(Value call, Node node) const;
  Value eval_object(Node node, unsigned depth) const;
  Value eval_template(Node node, unsigned depth) const;
  Value eval_reference(Node node, unsigned depth) const;
  Value eval_binary(Node node, unsigned depth) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;
  Value environment(std::string_view path, Node node) const;
  std::vector<Value> arguments(Node node, unsigned depth) const;

  void bind(Node target, Node value, bool declares);
  void bind_pattern(Node pattern, const Value& value);
  void bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth);
  void add_binding(std::string name, Value value, std::uint32_t offset, bool declares);
  bool bind_import(Node target, Node value);
  void take_function(Node function, std::string name);
  void take_parameters(Node list, Function& function);
  void take_import(Node node);

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }

  const Place& place_;
  FileFacts& out_;
  std::vector<Returned> returned_;
};

std::string inside_quotes(Node node) {
  const std::string_view text = node.text();
  return text.size() < 2 ? std::string() : unescape(text.substr(1, text.size() - 2));
}

// Types and assertions around an expression do not change what it is.
Node peel(Node node) {
  for (int i = 0; i < 16; ++i) {
    const bool wrapper = node.is("non_null_expression") || node.is("as_expression") ||
                         node.is("parenthesized_expression") || node.is("await_expression") ||
                         node.is("satisfies_expression");
    if (!wrapper || node.child_count() == 0) return node;
    node = node.child(0);
  }
  return node;
}

std::optional<std::string> Ecmascript::dotted(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return std::nullopt;
  if (node.is("identifier") || node.is("this") || node.is("super") || node.is("meta_property"))
    return std::string(node.text());
  if (node.is("member_expression")) {
    auto object = dotted(node.field("object"), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(node.field("property").text());
  }
  if (node.is("subscript_expression")) {
    const Node index = node.field("index");
    if (!index.is("string")) return std::nullopt;
    auto object = dotted(node.field("object"), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + inside_quotes(index);
  }
  return std::nullopt;
}

Value Ecmascript::environment(std::string_view path, Node node) const {
  for (const std::string_view root : {"process.env", "import.meta.env", "Bun.env", "Deno.env"}) {
    if (path == root) return made(Kind::everything, "", node);
    if (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '.')
      return made(Kind::environment, std::string(first_word(path.substr(root.size() + 1))), node);
  }
  return made(Kind::name, std::string(path), node);
}

Value Ecmascript::eval_reference(Node node, unsigned depth) const {
  if (const auto path = dotted(node, depth)) return environment(*path, node);
  Value out = made(Kind::list, "", node);  // carries what the object carries, has no text of its own
  out.parts.push_back(eval(node.field("object"), depth + 1));
  return out;
}

Value Ecmascript::eval_template(Node node, unsigned depth) const {
  std::vector<Value> parts;
  std::uint32_t at = node.begin() + 1;
  for (const Node child : node.children()) {
    if (!child.is("template_substitution")) continue;
    parts.push_back(made(Kind::text, unescape(node.source().substr(at, child.begin() - at)), node));
    parts.push_back(eval(child.child(0), depth + 1));
    at = child.end();
  }
  if (node.end() > at) parts.push_back(made(Kind::text, unescape(node.source().substr(at, node.end() - 1 - at)), node));
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

Value Ecmascript::eval_object(Node node, unsigned depth) const {
  Value out = made(Kind::object, "", node);
  for (const Node child : node.children()) {
    if (child.is("pair")) {
      const Node key = child.field("key");
      if (key.is("computed_property_name")) out.open = true;
      out.members.emplace_back(key.is("string") ? inside_quotes(key) : std::string(key.text()),
                               eval(child.field("value"), depth + 1));
    } else if (child.is("shorthand_property_identifier")) {
      out.members.emplace_back(std::string(child.text()), made(Kind::name, std::string(child.text()), child));
    } else if (child.is("spread_element")) {
      out.open = true;
      out.parts.push_back(eval(child.child(0), depth + 1));
    }
  }
  return out;
}

Value Ecmascript::eval_binary(Node node, unsigned depth) const {
  const Node left = node.field("left"), right = node.field("right");
  if (!left.exists() || !right.exists()) return made(Kind::unknown, "", node);
  const std::string_view between = node.source().substr(left.end(), right.begin() - left.end());
  if (between.find('+') != std::string_view::npos) {
    std::vector<Value> parts;
    parts.push_back(eval(left, depth + 1));
    parts.push_back(eval(right, depth + 1));
    return join(std::move(parts));
  }
  const bool choice = between.find("??") != std::string_view::npos || between.find("||") != std::string_view::npos;
  Value out = made(choice ? Kind::either : Kind::list, "", node);
  out.parts = {eval(left, depth + 1), eval(right, depth + 1)};
  return out;
}

std::vector<Value> Ecmascript::arguments(Node node, unsigned depth) const {
  std::vector<Value> out;
  if (!node.exists()) return out;
  if (node.is("template_string")) return {eval_template(node, depth + 1)};
  for (const Node child : node.children(64))
    if (!child.is("comment")) out.push_back(eval(child, depth + 1));
  return out;
}

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The module of require("m"), which need not be bound to a name to be called.
std::string required(Node call) {
  if (!call.is("call_expression") || call.field("function").text() != "require") return {};
  const Node argument = call.field("arguments").child(0);
  return argument.is("string") ? inside_quotes(argument) : std::string();
}

std::string Ecmascript::inline_import(const std::string& module) const {
  std::string local = "require(" + module + ")";
  std::replace(local.begin(), local.end(), '.', '_');  // a dot is a member
  const bool known = std::any_of(out_.imports.begin(), out_.imports.end(),
                                 [&](const Import& import) { return import.local == local; });
  if (!known) out_.imports.push_back({local, module, "", module.starts_with(".")});
  return local;
}

Value Ecmascript::eval_call(Node node, unsigned depth) const {
  const bool constructs = node.is("new_expression");
  Node callee = peel(node.field(constructs ? "constructor" : "function"));
  Value out = made(Kind::call, "", node);
  out.constructs = constructs;
  if (const auto path = dotted(callee, depth)) {
    out.text = *path;
  } else {
    // new X(…).a.b(…): the words behind the last thing that has no name, and that thing.
    std::string words;
    while (callee.is("member_expression") && words.size() < 512) {
      words = std::string(callee.field("property").text()) + (words.empty() ? "" : "." + words);
      callee = peel(callee.field("object"));
    }
    out.text = words;
    if (const std::string module = required(callee); !module.empty())
      out.text = inline_import(module) + (words.empty() ? "" : "." + words);
    else if (callee.exists() && !callee.is("import"))
      out.receiver.push_back(eval(callee, depth + 1));
  }
  out.parts = arguments(node.field("arguments"), depth);
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, the same text.
Value Ecmascript::simplify(Value out, Node node) const {
  const std::string_view last = last_word(out.text);
  if (out.receiver.empty() && out.parts.size() == 1 && out.parts[0].kind == Kind::text &&
      reads_environment(out.text, out.parts[0].text))
    return made(Kind::environment, out.parts[0].text, node);
  if (out.parts.size() >= 1 && is_any(last, {"readFileSync", "readFile", "readTextFile", "readTextFileSync"})) {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  if (is_any(out.text, {"JSON.stringify", "String", "gql", "graphql", "sql", "String.raw", "encodeURI"}) &&
      !out.parts.empty())
    return out.parts[0];
  if (is_any(out.text, {"path.join", "path.resolve", "join", "resolve"}) && !out.parts.empty() &&
      out.parts.back().kind == Kind::text)
    return out.parts.back();
  if (out.constructs && out.text == "URL" && out.parts.size() == 2) return join({out.parts[1], out.parts[0]});
  return out;
}

Value Ecmascript::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "string") return made(Kind::text, inside_quotes(node), node);
  if (type == "template_string") return eval_template(node, depth);
  if (is_any(type, {"number", "true", "false", "null"})) return made(Kind::text, std::string(node.text()), node);
  if (is_any(type, {"identifier", "member_expression", "subscript_expression", "this"}))
    return eval_reference(node, depth);
  if (type == "call_expression" || type == "new_expression") return simplify(eval_call(node, depth), node);
  if (type == "object") return eval_object(node, depth);
  if (type == "binary_expression") return eval_binary(node, depth);
  if (type == "assignment_expression") return eval(node.field("right"), depth + 1);
  if (type == "arrow_function" || type == "function_expression") return made(Kind::function, "", node);
  if (type == "array" || type == "spread_element") {
    Value out = made(Kind::list, "", node);
    out.parts = arguments(node, depth);
    return out;
  }
  if (type == "ternary_expression") {
    Value out = made(Kind::either, "", node);
    out.parts = {eval(node.field("consequence"), depth + 1), eval(node.field("alternative"), depth + 1)};
    return out;
  }
  return made(Kind::unknown, "", node);
}

void Ecmascript::add_binding(std::string name, Value value, std::uint32_t offset, bool declares) {
  Binding binding;
  binding.target = Name{Name::Kind::local, "", std::move(name)};
  binding.line = value.line;
  binding.value = std::move(value);
  binding.offset = offset;
  binding.declares = declares;
  out_.bindings.push_back(std::move(binding));
}

// const cfg = {stripe: {key: …}} also binds cfg.stripe.key.
void Ecmascript::bind_members(const std::string& name, const Value& value, std::uint32_t offset, unsigned depth) {
  if (value.kind != Kind::object || depth == 4) return;
  for (const auto& [key, member] : value.members) {
    add_binding(name + "." + key, member, offset, false);
    bind_members(name + "." + key, member, offset, depth + 1);
  }
}

void Ecmascript::bind_pattern(Node pattern, const Value& value) {
  for (const Node child : pattern.children(256)) {
    Node key = child, local = child;
    if (child.is("pair_pattern")) {
      key = child.field("key");
      local = child.field("value");
    }
    if (child.is("object_assignment_pattern")) key = local = child.field("left");
    if (local.is("assignment_pattern")) local = local.field("left");
    const std::string name(key.text());
    Value part = made(Kind::list, "", child);
    if (value.kind == Kind::everything)
      part = made(Kind::environment, name, child);
    else if (value.kind == Kind::name)
      part = made(Kind::name, value.text + "." + name, child);
    else if (const Value* member = value.member(name))
      part = *member;
    else
      part.parts.push_back(value);
    add_binding(std::string(local.text()), std::move(part), child.begin() + place_.offset, true);
  }
}

// const x = require("m"), const {a, b: c} = require("m"), and the same with await import("m").
bool Ecmascript::bind_import(Node target, Node value) {
  value = peel(value);
  if (!value.is("call_expression")) return false;
  const Node function = value.field("function");
  if (!function.is("import") && function.text() != "require") return false;
  const Node argument = value.field("arguments").child(0);
  if (!argument.is("string")) return false;
  const std::string module = inside_quotes(argument);
  const bool relative = module.starts_with(".");
  if (target.is("identifier")) {
    out_.imports.push_back({std::string(target.text()), module, "", relative});
    return true;
  }
  if (!target.is("object_pattern")) return false;
  for (const Node child : target.children(256)) {
    const Node key = child.is("pair_pattern") ? child.field("key") : child;
    const Node local = child.is("pair_pattern") ? child.field("value") : child;
    out_.imports.push_back({std::string(local.text()), module, std::string(key.text()), relative});
  }
  return true;
}

void Ecmascript::bind(Node target, Node value, bool declares) {
  if (bind_import(target, value)) return;
  Value evaluated = eval(value);
  const std::uint32_t offset = target.begin() + place_.offset;
  if (target.is("object_pattern")) return bind_pattern(target, evaluated);
  auto name = dotted(target, 0);
  if (!name) return;
  if (*name == "module.exports") *name = "exports";
  evaluated.line = target.line() + place_.line_offset;
  bind_members(*name, evaluated, offset, 0);
  add_binding(*name, std::move(evaluated), offset, declares);
}

void Ecmascript::take_parameters(Node list, Function& function) {
  unsigned index = 0;
  const std::vector<Node> nodes = list.is("formal_parameters") ? list.children(64) : std::vector<Node>{list};
  for (Node node : nodes) {
    if (node.is("comment")) continue;
    const bool is_field = node.is("required_parameter") && node.child(0).is("accessibility_modifier");
    if (node.is("required_parameter") || node.is("optional_parameter")) node = node.field("pattern");
    if (node.is("assignment_pattern")) node = node.field("left");
    if (node.is("object_pattern")) {
      for (const Node child : node.children(64)) {
        const Node name = child.is("object_assignment_pattern") ? child.field("left") : child;
        if (name.is("shorthand_property_identifier_pattern"))
          function.params.push_back({std::string(name.text()), index, std::string(name.text())});
      }
    } else if (node.exists()) {
      function.params.push_back({std::string(node.text()), index, ""});
      if (is_field)  // constructor(private token: string) also is this.token = token
        add_binding("this." + std::string(node.text()), made(Kind::name, std::string(node.text()), node),
                    node.begin() + place_.offset, false);
    }
    ++index;
  }
}

void Ecmascript::take_function(Node node, std::string name) {
  Function function;
  function.name = std::move(name);
  function.begin = node.begin() + place_.offset;
  function.end = node.end() + place_.offset;
  Node params = node.field("parameters");
  if (!params.exists()) params = node.field("parameter");
  if (params.exists()) take_parameters(params, function);
  out_.functions.push_back(std::move(function));
}

void Ecmascript::take_import(Node node) {
  const Node source = node.field("source");
  if (!source.is("string") || node.text().starts_with("import type")) return;
  const std::string module = inside_quotes(source);
  const bool relative = module.starts_with(".") || module.starts_with("@/") || module.starts_with("~/");
  const Node clause = node.child(0);
  if (!clause.is("import_clause")) return;
  for (const Node child : clause.children(8)) {
    if (child.is("identifier")) out_.imports.push_back({std::string(child.text()), module, "default", relative});
    if (child.is("namespace_import"))
      out_.imports.push_back({std::string(child.child(0).text()), module, "", relative});
    if (!child.is("named_imports")) continue;
    for (const Node specifier : child.children(256)) {
      const Node name = specifier.field("name"), alias = specifier.field("alias");
      if (!name.exists() || specifier.text().starts_with("type ")) continue;
      out_.imports.push_back(
          {std::string((alias.exists() ? alias : name).text()), module, std::string(name.text()), relative});
    }
  }
}

void Ecmascript::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists()) {
    Value value = eval_call(call, 0);
    out_.calls.push_back({std::move(value), call.line() + place_.line_offset, call.begin() + place_.offset});
  } else if (const Node target = match.get("bind.target"); target.exists()) {
    bind(target, match.get("bind.value"), true);
  } else if (const Node assigned = match.get("assign.target"); assigned.exists()) {
    bind(assigned, match.get("assign.value"), false);
  } else if (const Node field = match.get("field.target"); field.exists()) {
    add_binding("this." + std::string(field.text()), eval(match.get("field.value")), field.begin() + place_.offset,
                false);
  } else if (const Node function = match.get("function"); function.exists()) {
    take_function(function, std::string(match.get("function.name").text()));
  } else if (const Node scope = match.get("scope"); scope.exists()) {
    take_function(scope, "");
  } else if (const Node node = match.get("class"); node.exists()) {
    out_.classes.push_back({std::string(match.get("class.name").text()),
                            "",
                            {},
                            node.begin() + place_.offset,
                            node.end() + place_.offset});
  } else if (const Node import = match.get("import"); import.exists()) {
    take_import(import);
  } else if (const Node exported = match.get("export.default"); exported.exists()) {
    add_binding("default", eval(exported), exported.begin() + place_.offset, true);
  } else if (const Node local = match.get("export.local"); local.exists()) {
    add_binding(std::string(match.get("export.name").text()), made(Kind::name, std::string(local.text()), local), 0,
                true);
  } else if (const Node value = match.get("return"); value.exists()) {
    returned_.push_back({value.begin() + place_.offset, eval(value)});
  }
}

}  // namespace

void extract_ecmascript(std::string_view source, std::string_view language, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar(language);
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Ecmascript reader(place, out);
  for (const Match& match : rules.query.matches(*syntax)) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
