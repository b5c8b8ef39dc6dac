// Ruby into neutral facts.
//
// Constants are not imported, they are there: what a `require` or an autoloader brings in is found by the constant's
// name. A method without parameters is read like a field, since `def client; @client ||= …; end` is how clients are
// made.
#include "detectors/purpose/extractor.h"

namespace overreach::purpose {
namespace {

struct Range {
  std::uint32_t begin = 0, end = 0;
  std::string name;
};

class Ruby : private Extractor {
 public:
  Ruby(const Place& place, FileFacts& out) : Extractor(place, out) {}
  void note(const Match& match);
  void take(const Match& match);
  void finish() { Extractor::finish(); }

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  Value simplify(Value call, Node node, unsigned depth) const;
  Value eval_string(Node node, unsigned depth) const;
  Value eval_object(Node node, unsigned depth) const;
  Value eval_binary(Node node, unsigned depth) const;
  Value eval_reference(Node node, unsigned depth) const;
  Value all_of(Node node, unsigned depth) const;
  void add_arguments(Node node, unsigned depth, Value& out) const;
  void add_block(Node block, unsigned depth, Value& out) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;

  void bind_target(Node target, const Value& value, bool first);
  void take_call(Node node);
  void take_function(Node node);
  void take_class(Node node);

  std::vector<Node> bodies_;                                 // of heredocs, in their order
  std::map<std::uint32_t, std::size_t> beginnings_;          // byte -> which heredoc
  std::set<std::pair<std::uint32_t, std::uint32_t>> inner_;  // `a.b` in a.b.c(…): part of a longer name
  std::vector<Value> base_;                                  // HTTParty: `base_uri "https://…"`
  mutable std::vector<Range> blocks_;                        // blocks that configure what they are given
};

Node peel(Node node) {
  for (int i = 0; i < 16 && node.is("parenthesized_statements") && node.child_count() == 1; ++i) node = node.child(0);
  return node;
}

Node last_statement(Node body) {
  Node last;
  for (const Node child : body.children())
    if (!is_any_of(child.type(), {"heredoc_body", "comment", "rescue", "ensure"})) last = child;
  return last;
}

std::string symbol(Node node) {
  const std::string_view text = node.text();
  return std::string(text.starts_with(":") ? text.substr(1) : text);
}

std::optional<std::string> Ruby::dotted(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return std::nullopt;
  if (node.is("identifier") || node.is("constant") || node.is("self")) return std::string(node.text());
  if (node.is("instance_variable")) return "self." + std::string(node.text().substr(1));
  if (node.is("class_variable")) return "self." + std::string(node.text().substr(2));
  if (node.is("global_variable")) return std::string(node.text().substr(1));
  if (node.is("scope_resolution")) {
    const Node scope = node.field("scope");
    if (!scope.exists()) return std::string(node.field("name").text());
    auto outer = dotted(scope, depth + 1);
    if (!outer) return std::nullopt;
    return *outer + "." + std::string(node.field("name").text());
  }
  if (node.is("call") && !node.field("arguments").exists() && !node.field("block").exists()) {
    auto outer = dotted(node.field("receiver"), depth + 1);
    const std::string_view method = node.field("method").text();
    if (!outer || outer->starts_with("ENV.") ||
        is_any_of(method, {"new", "freeze", "strip", "to_s", "chomp", "to_json", "presence"}))
      return std::nullopt;
    return *outer + "." + std::string(method);
  }
  if (node.is("element_reference") && node.child_count() == 2) {
    const Node key = node.child(1);
    if (!key.is("string") && !key.is("simple_symbol")) return std::nullopt;
    auto outer = dotted(node.field("object"), depth + 1);
    if (!outer) return std::nullopt;
    return *outer + "." + (key.is("string") ? std::string(key.child(0).text()) : symbol(key));
  }
  return std::nullopt;
}

Value Ruby::eval_reference(Node node, unsigned depth) const {
  const auto path = dotted(node, depth);
  if (path) {
    if (*path == "ENV" || is_any_of(*path, {"ENV.to_h", "ENV.to_hash"})) return made(Kind::everything, "", node);
    if (path->starts_with("ENV.")) return made(Kind::environment, path->substr(4), node);
    return made(Kind::name, *path, node);
  }
  return list_of({eval(node.child(0), depth + 1)}, node);  // carries what the object carries
}

// "…#{x}…", `…`, heredocs.
Value Ruby::eval_string(Node node, unsigned depth) const {
  std::vector<Value> parts;
  for (const Node child : node.children()) {
    if (child.is("interpolation"))
      parts.push_back(eval(child.child(0), depth + 1));
    else if (child.is("escape_sequence"))
      parts.push_back(made(Kind::text, unescape(child.text()), node));
    else if (!child.is("heredoc_end"))
      parts.push_back(made(Kind::text, std::string(child.text()), node));
  }
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

Value Ruby::eval_object(Node node, unsigned depth) const {
  Value out = made(Kind::object, "", node);
  add_arguments(node, depth, out);
  return out;
}

Value Ruby::eval_binary(Node node, unsigned depth) const {
  const std::string_view by = node.field("operator").text();
  Value first = eval(node.field("left"), depth + 1), second = eval(node.field("right"), depth + 1);
  if (by == "+" || by == "<<") return join({std::move(first), std::move(second)});
  if (by == "||" || by == "or" || by == "&&" || by == "and")
    return either_of(std::move(first), std::move(second), node);
  if (by == "%" && first.kind == Kind::text) {
    const std::size_t hole = first.text.find('%');
    if (hole != std::string::npos) first.text.resize(hole);
    return join({std::move(first), std::move(second)});
  }
  return list_of({std::move(first), std::move(second)}, node);
}

Value Ruby::all_of(Node node, unsigned depth) const {
  Value out = made(Kind::list, "", node);
  for (const Node child : node.children(64))
    if (!child.is("comment") && !child.is("heredoc_body")) out.parts.push_back(eval(child, depth + 1));
  return out;
}

void Ruby::add_arguments(Node node, unsigned depth, Value& out) const {
  for (const Node child : node.children(64)) {
    if (child.is("pair")) {
      const Node key = child.field("key");
      std::string name;
      if (key.is("string"))
        name = eval_string(key, depth).text;
      else if (key.is("hash_key_symbol") || key.is("simple_symbol"))
        name = symbol(key);
      else
        out.open = true;
      const Node value = child.field("value");
      out.members.emplace_back(name, value.exists() ? eval(value, depth + 1) : made(Kind::name, name, key));
    } else if (child.is("hash_splat_argument")) {
      out.open = true;
      out.parts.push_back(eval(child.child(0), depth + 1));
    } else if (child.is("splat_argument")) {
      out.parts.push_back(list_of({eval(child.child(0), depth + 1)}, child));
    } else if (!child.is("comment") && !child.is("block_argument") && !child.is("heredoc_body")) {
      out.parts.push_back(eval(child, depth + 1));
    }
  }
}

// conn.post("/x") { |req| req.body = … } and X.new { |f| f.token = … }: what the block sets is given to the call.
void Ruby::add_block(Node block, unsigned depth, Value& out) const {
  const std::string param(block.field("parameters").child(0).text());
  const std::string_view last = last_word(out.text);
  const bool sets = out.constructs || is_any_of(last, {"get", "post", "put", "patch", "delete", "head", "configure",
                                                       "config", "setup", "configuration", "build", "init"});
  if (param.empty() || !sets) return;
  blocks_.push_back({block.begin(), block.end(), param});
  for (const Node statement : block.field("body").children(32)) {
    const bool assigns = statement.is("assignment");
    const Node target = assigns ? statement.field("left") : statement;
    std::string path;
    if (assigns) {
      path = dotted(target, depth).value_or("");
    } else if (statement.is("call")) {
      const auto receiver = dotted(statement.field("receiver"), depth);
      if (receiver) path = *receiver + "." + std::string(statement.field("method").text());
    }
    if (!path.starts_with(param + ".")) continue;
    Value value = assigns ? eval(statement.field("right"), depth + 1) : all_of(statement.field("arguments"), depth + 1);
    if (!assigns && value.parts.size() == 1) value = Value(value.parts[0]);
    out.members.emplace_back(path.substr(param.size() + 1), std::move(value));
  }
}

Value Ruby::eval_call(Node node, unsigned depth) const {
  Value out = made(Kind::call, "", node);
  const Node receiver = peel(node.field("receiver"));
  const std::string method(node.field("method").text());
  auto path = receiver.exists() ? dotted(receiver, depth) : std::optional<std::string>("");
  if (path && path->starts_with("ENV.")) path.reset();
  out.constructs = method == "new";
  if (path) {
    out.text = path->empty() ? method : method == "new" ? *path : *path + "." + method;
  } else {
    out.text = method;
    out.receiver.push_back(eval(receiver, depth + 1));
  }
  if (method == "call" && !node.field("method").exists()) out.text = path.value_or("call");  // f.(x)
  const Node arguments = node.field("arguments");
  if (arguments.exists()) add_arguments(arguments, depth, out);
  if (const Node block = node.field("block"); block.exists()) add_block(block, depth, out);
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, a program, the same text.
Value Ruby::simplify(Value out, Node node, unsigned depth) const {
  const std::string_view last = last_word(out.text);
  const bool bare = out.receiver.empty();
  if (is_any_of(out.text, {"ENV.fetch", "ENV.dig"}) && !out.parts.empty()) {
    if (out.parts[0].kind != Kind::text) return made(Kind::unknown, "", node);
    Value name = made(Kind::environment, out.parts[0].text, node);
    if (out.parts.size() > 1) return either_of(std::move(name), out.parts[1], node);
    const Node block = node.field("block");
    const Node body = block.field("body").child(0);
    return body.exists() ? either_of(std::move(name), eval(body, depth + 1), node) : name;
  }
  if (bare && out.parts.size() == 1 && out.parts[0].kind == Kind::text &&
      reads_environment(out.text, out.parts[0].text))
    return made(Kind::environment, out.parts[0].text, node);
  if (is_any_of(last, {"to_json", "to_s", "strip", "chomp", "freeze", "presence", "dup", "squish", "to_str",
                       "html_safe", "strip_heredoc"}) &&
      out.parts.empty()) {
    if (!bare) return out.receiver[0];
    if (out.text.size() > last.size()) return eval(node.field("receiver"), depth + 1);
  }
  if (out.parts.empty()) return out;
  if (is_any_of(out.text, {"JSON.generate", "JSON.dump", "URI", "URI.parse", "Addressable.URI.parse", "String", "Array",
                           "Addressable.URI", "CGI.escape", "raw", "Shellwords.escape"}))
    return out.parts[0];
  if (out.text == "URI.join") return join(out.parts);
  if (is_any_of(out.text, {"File.read", "IO.read", "File.binread"})) {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  if (is_any_of(out.text, {"File.join", "File.expand_path", "Rails.root.join", "Pathname"})) {
    for (const Value& part : out.parts)
      if (part.kind == Kind::text && part.text.find('.') != std::string::npos) return part;
    return out.parts.back();
  }
  const bool shell =
      is_any_of(out.text, {"system", "exec", "spawn", "Kernel.system", "Process.spawn", "IO.popen", "sh",
                           "Open3.capture2", "Open3.capture2e", "Open3.capture3", "Open3.popen3", "run!",
                           "Open3.popen2e", "Open3.pipeline", "Kernel.exec", "Kernel.spawn", "PTY.spawn"});
  if (shell) {
    std::vector<Value> words;
    std::vector<std::pair<std::string, Value>> given = out.members;
    for (Value& part : out.parts) {
      if (part.kind == Kind::object)
        given.emplace_back("env", part);
      else if (part.kind == Kind::list)
        words.insert(words.end(), part.parts.begin(), part.parts.end());
      else
        words.push_back(part);
    }
    if (words.empty()) return out;
    Value run = run_of(std::move(words), node);
    run.members = std::move(given);
    return run;
  }
  // Net::HTTP.get_response(uri), Net::HTTP.post_form(uri, form)
  if (out.text == "Net.HTTP.get_response") out.text = "Net.HTTP.get";
  if (out.text == "Net.HTTP.post_form") out.text = "Net.HTTP.post";
  if (out.text == "RestClient.Request.execute") out.text = "RestClient.request";
  if (is_any_of(out.text, {"Net.HTTP", "Net.HTTP.start"}) && out.parts[0].kind == Kind::text)
    out.parts[0].text = "https://" + out.parts[0].text;
  return out;
}

Value Ruby::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "string" || type == "delimited_symbol" || type == "bare_string" || type == "bare_symbol")
    return eval_string(node, depth);
  if (type == "heredoc_beginning") {
    const auto found = beginnings_.find(node.begin());
    if (found == beginnings_.end() || found->second >= bodies_.size()) return made(Kind::unknown, "", node);
    Value out = eval_string(bodies_[found->second], depth);
    out.line = node.line() + place_.line_offset;
    return out;
  }
  if (type == "chained_string") {
    std::vector<Value> parts;
    for (const Node child : node.children(256)) parts.push_back(eval(child, depth + 1));
    return join(std::move(parts));
  }
  if (type == "subshell") return run_of({eval_string(node, depth)}, node);
  if (is_any_of(type, {"integer", "float", "true", "false", "nil"}))
    return made(Kind::text, std::string(node.text()), node);
  if (type == "simple_symbol" || type == "hash_key_symbol") return made(Kind::text, symbol(node), node);
  if (type == "call") {
    if (const auto path = dotted(node, depth); path && !path->ends_with("!") && !path->ends_with("?"))
      return eval_reference(node, depth);
    return simplify(eval_call(node, depth), node, depth);
  }
  if (is_any_of(type, {"identifier", "constant", "scope_resolution", "instance_variable", "class_variable", "self",
                       "global_variable", "element_reference"}))
    return eval_reference(node, depth);
  if (type == "hash") return eval_object(node, depth);
  if (type == "binary") return eval_binary(node, depth);
  if (type == "assignment" || type == "operator_assignment") return eval(node.field("right"), depth + 1);
  if (type == "lambda" || type == "block" || type == "do_block") return made(Kind::function, "", node);
  if (is_any_of(type, {"array", "string_array", "symbol_array", "right_assignment_list", "argument_list"}))
    return all_of(node, depth);
  if (type == "conditional")
    return either_of(eval(node.field("consequence"), depth + 1), eval(node.field("alternative"), depth + 1), node);
  if (is_any_of(type, {"if_modifier", "unless_modifier", "rescue_modifier"})) return eval(node.child(0), depth + 1);
  if (is_any_of(type, {"begin", "parenthesized_statements", "body_statement", "block_body", "if", "then", "else",
                       "case", "when", "unless"})) {
    const Node last = last_statement(node);
    return last.exists() ? eval(last, depth + 1) : Value();
  }
  return made(Kind::unknown, "", node);
}

void Ruby::bind_target(Node target, const Value& value, bool first) {
  if (target.is("left_assignment_list")) {
    const std::vector<Node> names = target.children(64);
    const bool pairs = value.kind == Kind::list && value.parts.size() == names.size();
    for (std::size_t i = 0; i < names.size(); ++i) bind_target(names[i], pairs ? value.parts[i] : value, first);
    return;
  }
  const auto name = dotted(target, 0);
  if (!name) return;
  if (name->starts_with("ENV.")) {
    Binding binding;
    binding.target = Name{Name::Kind::environment, place_.scope, name->substr(4)};
    binding.line = target.line() + place_.line_offset;
    binding.value = value;
    binding.offset = target.begin() + place_.offset;
    out_.bindings.push_back(std::move(binding));
    return;
  }
  bind(*name, value, target, target.is("identifier") || target.is("constant"));
}

void Ruby::take_function(Node node) {
  std::vector<std::string> params;
  const Node list = node.field("parameters");
  for (const Node parameter : list.children(64)) {
    const Node name = parameter.is("identifier") ? parameter : parameter.field("name");
    if (name.exists() && !parameter.is("block_parameter")) params.emplace_back(name.text());
  }
  std::string name(node.field("name").text());
  if (name == "initialize") name = "constructor";
  const Node body = node.field("body");
  Node last = body.is("body_statement") ? last_statement(body) : body;
  if (params.empty() && name != "constructor" && last.exists()) {
    if (last.is("return")) last = last.child(0).child(0);
    const Value value = eval(last);
    if (value.kind != Kind::unknown && value.kind != Kind::function) {
      const std::string own = "self." + name;
      if (!(value.kind == Kind::name && value.text == own))
        add_binding(own, value, node.begin() + place_.offset, false);
      fields_.insert(name);
      returns(name, value);
    }
  }
  add_function(node, std::move(name), std::move(params));
}

void Ruby::take_class(Node node) {
  const std::string path = with_dots(node.field("name").text());
  add_class(std::string(last_word(path)), node);
  const Node parent = node.field("superclass").child(0);
  if (const auto name = dotted(parent, 0)) {
    // What a library does for its subclasses is not written down here: it is seen as a call.
    Value inherits = made(Kind::call, *name + ".class.inherited", node);
    add_call(std::move(inherits), node);
  }
}

void Ruby::take_call(Node node) {
  if (inner_.count({node.begin(), node.end()}) != 0) return;
  const Node block = node.field("block");
  Value value = node.is("subshell") ? eval(node) : simplify(eval_call(node, 0), node, 0);
  if (value.kind != Kind::call) return;
  const std::string_view first = first_word(value.text);
  const std::string_view last = last_word(value.text);
  for (std::size_t i = blocks_.size(), steps = 0; i > 0 && steps < 256; --i, ++steps)
    if (const Range& range = blocks_[i - 1];
        range.begin < node.begin() && node.begin() < range.end && first == range.name)
      return;
  if (is_any_of(value.text, {"require", "require_relative", "load"}) && !value.parts.empty() &&
      value.parts[0].kind == Kind::text) {
    const std::string& module = value.parts[0].text;
    add_import(module, module, value.text == "require_relative" || value.text == "load");
    return;
  }
  if (value.text == "Aws.config.update") {
    for (const auto& [key, member] : value.members) add_binding("Aws.config." + key, member, value.offset, false);
    for (const Value& part : value.parts) add_binding("Aws.config", part, value.offset, false);
    return;
  }
  if (is_any_of(value.text, {"attr_reader", "attr_accessor", "private", "delegate"}))
    for (const Value& part : value.parts)
      if (part.kind == Kind::text) fields_.insert(part.text);
  // X.configure { |c| c.key = … } sets it on X.
  if (block.exists() && is_any_of(last, {"configure", "config", "setup"}) && first.size() != value.text.size()) {
    const std::string root = value.text.substr(0, value.text.rfind('.'));
    for (const auto& [key, member] : value.members)
      if (!key.empty()) add_binding(root + "." + key, member, node.begin() + place_.offset, false);
  }
  if (is_any_of(value.text, {"base_uri", "format", "headers"}) && !value.parts.empty()) {
    if (value.text == "base_uri") base_ = {value.parts[0]};
  } else if (!base_.empty() && !value.parts.empty() && is_any_of(last, {"get", "post", "put", "patch", "delete"}) &&
             is_any_of(value.text.substr(0, value.text.size() - last.size()), {"", "self.class.", "self."})) {
    value.parts[0] = join({base_[0], value.parts[0]});
  }
  add_call(std::move(value), node);
}

// What must be known before the first expression is read.
void Ruby::note(const Match& match) {
  if (const Node begin = match.get("heredoc.begin"); begin.exists())
    beginnings_.emplace(begin.begin(), beginnings_.size());
  if (const Node body = match.get("heredoc.body"); body.exists()) bodies_.push_back(body);
  const Node receiver = peel(match.get("call").field("receiver"));
  if (receiver.is("call") && dotted(receiver, 0)) inner_.emplace(receiver.begin(), receiver.end());
}

void Ruby::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists())
    take_call(call);
  else if (const Node target = match.get("bind.target"); target.exists())
    bind_target(target, eval(match.get("bind.value")), true);
  else if (const Node function = match.get("function"); function.exists())
    take_function(function);
  else if (const Node scope = match.get("scope"); scope.exists()) {
    std::vector<std::string> params;
    for (const Node parameter : scope.field("parameters").children(64))
      if (parameter.is("identifier")) params.emplace_back(parameter.text());
    add_function(scope, "", std::move(params));
  } else if (const Node node = match.get("class"); node.exists())
    take_class(node);
  else if (const Node constant = match.get("constant"); constant.exists())
    mention(constant.text());
}

}  // namespace

void extract_ruby(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("ruby");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Ruby reader(place, out);
  const std::vector<Match> matches = rules.query.matches(*syntax);
  for (const Match& match : matches) reader.note(match);
  for (const Match& match : matches) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
