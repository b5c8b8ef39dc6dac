// Terraform into neutral facts: variables, providers, and the resources that a provider's credential is for.
#include <algorithm>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Terraform {
 public:
  Terraform(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  void take(Node block);

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_sequence(Node node, unsigned depth) const;
  Value eval_template(Node node, unsigned depth) const;
  Value eval_call(Node node, unsigned depth) const;
  Value eval_collection(Node node, unsigned depth) const;
  Value attributes_of(Node body, unsigned depth = 0) const;
  void bind(std::string name, Value value);
  void take_variable(const std::string& name, const Value& attributes, Node block);
  void take_resource(const std::string& type, bool data, Value attributes, Node block);
  void take_module(const std::string& name, const Value& attributes, Node block);
  void take_provisioner(const Value& attributes);

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }

  const Place& place_;
  FileFacts& out_;
};

std::string unquoted(Node node) {
  std::string_view text = node.text();
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return unescape(text);
}

// var.a.b, data.t.n["k"]: the words that are known, up to an index that is not literal.
Value Terraform::eval_sequence(Node node, unsigned depth) const {
  const std::vector<Node> children = node.children(32);
  if (children.size() == 1) return eval(children[0], depth + 1);
  if (children.empty() || !children[0].is("variable_expr")) {
    Value out = made(Kind::list, "", node);
    for (const Node child : children) out.parts.push_back(eval(child, depth + 1));
    return out;
  }
  std::string path(children[0].text());
  for (std::size_t i = 1; i < children.size() && children[i].is("get_attr"); ++i)
    path += "." + std::string(children[i].child(0).text());
  return made(Kind::name, std::move(path), node);
}

Value Terraform::eval_template(Node node, unsigned depth) const {
  std::vector<Value> parts;
  for (const Node child : node.children(256)) {
    if (child.is("template_literal")) parts.push_back(made(Kind::text, unescape(child.text()), child));
    if (child.is("template_interpolation"))
      for (const Node inner : child.children(8))
        if (inner.is("expression")) parts.push_back(eval(inner, depth + 1));
    if (child.is("template_directive")) parts.push_back(made(Kind::unknown, "", child));
  }
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  out.offset = node.begin() + place_.offset;
  return out;
}

Value Terraform::eval_call(Node node, unsigned depth) const {
  const std::string_view name = node.child(0).text();
  Value out = made(is_any(name, {"coalesce", "try", "lookup"}) ? Kind::either : Kind::list, "", node);
  for (const Node argument : node.child(1).children(32)) out.parts.push_back(eval(argument, depth + 1));
  if (out.parts.empty()) return out;
  if (is_any(name, {"file", "templatefile"})) {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  if (is_any(name, {"sensitive", "nonsensitive", "trimspace", "chomp", "tostring", "jsonencode"})) return out.parts[0];
  return out;
}

Value Terraform::eval_collection(Node node, unsigned depth) const {
  const Node inner = node.child(0);
  Value out = made(inner.is("tuple") ? Kind::list : Kind::object, "", node);
  for (const Node child : inner.children(512)) {
    if (child.is("expression")) out.parts.push_back(eval(child, depth + 1));
    if (!child.is("object_elem")) continue;
    const std::string key = unquoted(child.field("key"));
    out.members.emplace_back(key, eval(child.field("val"), depth + 1));
  }
  return out;
}

Value Terraform::eval(Node node, unsigned depth) const {
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  if (node.is("expression")) return eval_sequence(node, depth);
  if (node.is("variable_expr")) return made(Kind::name, std::string(node.text()), node);
  if (node.is("literal_value") || node.is("template_expr")) {
    const Node inner = node.child(0);
    if (inner.is("quoted_template") || inner.is("heredoc_template")) return eval_template(inner, depth + 1);
    if (inner.is("null_lit")) return made(Kind::text, "", node);
    return made(Kind::text, unquoted(inner), node);
  }
  if (node.is("function_call")) return eval_call(node, depth);
  if (node.is("collection_value")) return eval_collection(node, depth);
  if (node.is("conditional")) {
    Value out = made(Kind::either, "", node);
    out.parts = {eval(node.child(1), depth + 1), eval(node.child(2), depth + 1)};
    return out;
  }
  Value out = made(Kind::list, "", node);
  for (const Node child : node.children(32)) out.parts.push_back(eval(child, depth + 1));
  return out;
}

// The attributes of a block, and those of the blocks in it, as one object.
Value Terraform::attributes_of(Node body, unsigned depth) const {
  Value out = Value::of(Kind::object, "", 0);
  if (!body.exists()) return out;
  out = made(Kind::object, "", body);
  for (const Node child : body.children(1024)) {
    if (child.is("attribute")) out.members.emplace_back(std::string(child.child(0).text()), eval(child.child(1)));
    if (!child.is("block") || depth > 8) continue;
    for (const Node inner : child.children(8))
      if (inner.is("body"))
        out.members.emplace_back(std::string(child.child(0).text()), attributes_of(inner, depth + 1));
  }
  return out;
}

void Terraform::bind(std::string name, Value value) {
  Binding binding;
  binding.target = {Name::Kind::local, "", std::move(name)};
  binding.line = value.line;
  binding.offset = value.offset;
  binding.value = std::move(value);
  binding.field = true;
  out_.bindings.push_back(std::move(binding));
}

// A variable comes from TF_VAR_name, from name in a .tfvars file, or is its default.
void Terraform::take_variable(const std::string& name, const Value& attributes, Node block) {
  Value value = made(Kind::either, "", block);
  value.parts = {made(Kind::environment, "TF_VAR_" + name, block), made(Kind::environment, name, block)};
  if (const Value* fallback = attributes.member("default")) value.parts.push_back(*fallback);
  bind("var." + name, std::move(value));
}

// `with` holds the configuration of the provider first, then what the resource is given.
void Terraform::take_resource(const std::string& type, bool data, Value attributes, Node block) {
  Step step;
  step.resource = type;
  step.data = data;
  step.scope = place_.scope;
  step.line = block.line() + place_.line_offset;
  std::string provider = type.substr(0, type.find('_'));
  if (const Value* chosen = attributes.member("provider"); chosen != nullptr && chosen->kind == Kind::name) {
    provider = chosen->text;
    std::replace(provider.begin(), provider.end(), '.', ':');
  }
  step.with.emplace_back("provider", made(Kind::name, "provider." + provider, block));
  step.with.emplace_back("attributes", std::move(attributes));
  out_.steps.push_back(std::move(step));
}

void Terraform::take_module(const std::string& name, const Value& attributes, Node block) {
  const Value* source = attributes.member("source");
  const std::string address = source == nullptr ? std::string() : source->text;
  Value given = made(Kind::object, "", block);
  for (const auto& [key, value] : attributes.members) {
    if (is_any(key, {"source", "version", "providers", "count", "for_each", "depends_on"})) continue;
    given.members.emplace_back(key, value);
  }
  if (address.starts_with("./") || address.starts_with("../")) {
    out_.imports.push_back({"module." + name, address, "", true});
    for (auto& [key, value] : given.members) {
      Value placed = value;
      placed.line = value.line;
      bind("module." + name + "." + key, std::move(placed));
    }
    return;
  }
  Step step;
  step.uses = "the module " + address;
  step.image = true;
  step.scope = place_.scope;
  step.line = block.line() + place_.line_offset;
  // namespace/name/provider: the last word says whose resources it has.
  std::string provider = address.substr(0, address.find_first_of("?@"));
  provider = provider.substr(provider.rfind('/') + 1);
  step.resource = provider + "_";
  step.with.emplace_back("provider", made(Kind::name, "provider." + provider, block));
  step.with.emplace_back("attributes", std::move(given));
  out_.steps.push_back(std::move(step));
}

void Terraform::take_provisioner(const Value& attributes) {
  const Value* command = attributes.member("command");
  if (command == nullptr || command->kind != Kind::text) return;
  Place inner = place_;
  inner.line_offset = command->line - 1;
  inner.offset = command->offset;
  extract_shell(command->text, inner, out_);
}

void Terraform::take(Node block) {
  std::vector<std::string> labels;
  Node body;
  for (const Node child : block.children(16)) {
    if (child.is("identifier") || child.is("string_lit")) labels.push_back(unquoted(child));
    if (child.is("body")) body = child;
  }
  if (labels.empty()) return;
  Value attributes = attributes_of(body);
  attributes.line = block.line() + place_.line_offset;
  attributes.offset = block.begin() + place_.offset;
  const std::string& kind = labels[0];
  if (kind == "variable" && labels.size() > 1) return take_variable(labels[1], attributes, block);
  if ((kind == "resource" || kind == "data" || kind == "ephemeral") && labels.size() > 1)
    return take_resource(labels[1], kind != "resource", std::move(attributes), block);
  if (kind == "module" && labels.size() > 1) return take_module(labels[1], attributes, block);
  if (kind == "locals") {
    for (const auto& [key, value] : attributes.members) bind("local." + key, value);
    return;
  }
  if (kind == "provider" && labels.size() > 1) {
    const Value* alias = attributes.member("alias");
    return bind("provider." + labels[1] + (alias == nullptr ? "" : ":" + alias->text), std::move(attributes));
  }
  if (kind == "provisioner") return take_provisioner(attributes);
  bind("block." + kind + "." + std::to_string(block.begin()), std::move(attributes));
}

// Blocks that are read by themselves wherever they stand: after a syntax error whole resources may seem to lie in
// others.
bool stands_alone(std::string_view kind) {
  return is_any(kind, {"provisioner", "resource", "data", "module", "provider", "variable", "locals"});
}

}  // namespace

void extract_terraform(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("terraform");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  if (syntax->root().has_error()) {  // what is found beside the error counts, what is lost in it is said
    out.failed = true;
    out.why = "a syntax error";
  }
  Terraform reader(place, out);
  std::uint32_t end = 0;  // of the block that is not in another
  for (const Match& match : rules.query.matches(*syntax)) {
    const Node block = match.get("block");
    const bool inner = block.begin() < end;
    if (inner && !stands_alone(block.child(0).text())) continue;
    if (!inner) end = block.end();
    reader.take(block);
  }
}

}  // namespace overreach::purpose
