// Shell into neutral facts: assignments, functions, command lines with what is fed to them.
//
// A shell variable and a variable of the environment are one name here, in the scope of the script:
// `export` only matters to programs started from it, and those are handed the scope.
#include <algorithm>
#include <map>
#include <set>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;

class Shell {
 public:
  Shell(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  void take(const Match& match);
  void finish();

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_gaps(Node node, std::uint32_t begin, std::uint32_t end, bool quoted, unsigned depth) const;
  Value eval_expansion(Node node, unsigned depth) const;
  Value eval_substitution(Node node, unsigned depth) const;
  Value variable(std::string_view name, Node node) const;
  Value quoted_raw(std::string_view text, Node node) const;
  void take_command(Node node);
  void take_redirected(Node node);
  void take_pipeline(Node node);
  void take_function(Node node, std::string name);
  void take_assignment(Node target, Value value, bool reaches_outside);
  Value output_of(Node command, unsigned depth) const;

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }

  const Place& place_;
  FileFacts& out_;
  std::map<std::uint32_t, std::vector<Value>> fed_;  // command's first byte -> what it reads
  std::map<std::uint32_t, std::string> written_;     // command's first byte -> variable naming its output file
  std::vector<std::size_t> commands_;                // of this snippet, indexes into out_.commands
  std::set<std::uint32_t> prefixes_;                 // first bytes of assignments that are part of a command
};

std::string drop_backslashes(std::string_view text, bool quoted) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      if (next == '\n') {
        ++i;
        continue;
      }
      if (!quoted || next == '"' || next == '\\' || next == '$' || next == '`') {
        out += next;
        ++i;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

Value Shell::variable(std::string_view name, Node node) const {
  // extract_yaml turns ${{ secrets.X }} into ${__secret__X}, so that the shell grammar sees a variable.
  if (name.starts_with("__secret__")) return made(Kind::secret, std::string(name.substr(10)), node);
  if (name.starts_with("__unknown__")) return made(Kind::unknown, "", node);
  return made(Kind::environment, std::string(name), node);
}

// CI puts its secrets into the script before any shell sees it, so single quotes do not keep them out.
Value Shell::quoted_raw(std::string_view text, Node node) const {
  std::vector<Value> parts;
  for (std::size_t at; (at = text.find("${__")) != std::string_view::npos;) {
    const std::size_t close = text.find('}', at);
    if (close == std::string_view::npos) break;
    parts.push_back(made(Kind::text, std::string(text.substr(0, at)), node));
    parts.push_back(variable(text.substr(at + 2, close - at - 2), node));
    text.remove_prefix(close + 1);
  }
  parts.push_back(made(Kind::text, std::string(text), node));
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

// ${X}, ${X:-default}, ${X:?message}, and for pattern removals the variable itself.
Value Shell::eval_expansion(Node node, unsigned depth) const {
  const std::vector<Node> children = node.children(8);
  if (children.empty()) return made(Kind::unknown, "", node);
  Value name = variable(children[0].text(), node);
  if (children.size() < 2 || node.is("simple_expansion")) return name;
  const std::string_view between = node.source().substr(children[0].end(), children[1].begin() - children[0].end());
  if (between != ":-" && between != "-" && between != ":=") return name;
  Value out = made(Kind::either, "", node);
  out.parts = {std::move(name), eval(children[1], depth + 1)};
  return out;
}

// What a command prints, when that can be told: echo, printf, cat.
Value Shell::output_of(Node command, unsigned depth) const {
  Value out = made(Kind::list, "", command);
  const std::string name(command.field("name").text());
  std::vector<Value> words;
  for (const Node child : command.children(256))
    if (!child.is("command_name") && !child.is("variable_assignment") && !child.is("herestring_redirect"))
      words.push_back(eval(child, depth + 1));
  if ((name == "cat" || name == "tail" || name == "head") && words.size() == 1) {
    out = made(Kind::file, "", command);
    out.parts = std::move(words);
    return out;
  }
  if (name == "echo" || name == "printf") {
    std::vector<Value> parts;
    for (Value& word : words) {
      if (word.kind == Kind::text && word.text.starts_with("-") && parts.empty()) continue;
      if (!parts.empty()) parts.push_back(made(Kind::text, " ", command));
      parts.push_back(std::move(word));
    }
    return join(std::move(parts));
  }
  out.parts = std::move(words);
  return out;
}

Value Shell::eval_substitution(Node node, unsigned depth) const {
  const std::vector<Node> children = node.children(16);
  if (children.size() == 1 && children[0].is("command")) return output_of(children[0], depth);
  if (children.size() == 1 && children[0].is("file_redirect")) {
    Value out = made(Kind::file, "", node);
    out.parts.push_back(eval(children[0].field("destination"), depth + 1));
    return out;
  }
  Value out = made(Kind::list, "", node);
  if (children.size() == 1 && children[0].is("pipeline"))
    for (const Node child : children[0].children(16))
      if (child.is("command")) out.parts.push_back(output_of(child, depth + 1));
  return out;
}

// Literal text stands between the expansions; the grammar does not give all of it nodes.
Value Shell::eval_gaps(Node node, std::uint32_t begin, std::uint32_t end, bool quoted, unsigned depth) const {
  std::vector<Value> parts;
  std::uint32_t at = begin;
  for (const Node child : node.children()) {
    const std::string_view type = child.type();
    if (type == "string_content" || type == "heredoc_content" || type == "word" || type == "number") continue;
    if (child.begin() > at)
      parts.push_back(made(Kind::text, drop_backslashes(node.source().substr(at, child.begin() - at), quoted), node));
    parts.push_back(eval(child, depth + 1));
    at = child.end();
  }
  if (end > at) parts.push_back(made(Kind::text, drop_backslashes(node.source().substr(at, end - at), quoted), node));
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  out.offset = node.begin() + place_.offset;
  return out;
}

Value Shell::eval(Node node, unsigned depth) const {
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "word" || type == "number" || type == "file_descriptor")
    return made(Kind::text, drop_backslashes(node.text(), false), node);
  if (type == "command_name") return eval(node.child(0), depth + 1);
  if (type == "raw_string") {
    const std::string_view text = node.text();
    return quoted_raw(text.size() < 2 ? text : text.substr(1, text.size() - 2), node);
  }
  if (type == "ansi_c_string") {
    const std::string_view text = node.text();
    return made(Kind::text, text.size() < 3 ? "" : unescape(text.substr(2, text.size() - 3)), node);
  }
  if (type == "string") return eval_gaps(node, node.begin() + 1, node.end() - 1, true, depth);
  if (type == "concatenation") return eval_gaps(node, node.begin(), node.end(), false, depth);
  if (type == "heredoc_body") return eval_gaps(node, node.begin(), node.end(), true, depth);
  if (type == "simple_expansion" || type == "expansion") return eval_expansion(node, depth);
  if (type == "command_substitution") return eval_substitution(node, depth);
  if (type == "array") {
    Value out = made(Kind::list, "", node);
    for (const Node child : node.children(256)) out.parts.push_back(eval(child, depth + 1));
    return out;
  }
  return made(Kind::unknown, "", node);
}

void Shell::take_command(Node node) {
  Command command;
  command.scope = place_.scope;
  command.environment = place_.environment;
  command.line = node.line() + place_.line_offset;
  command.offset = node.begin() + place_.offset;
  for (const Node child : node.children(512)) {
    if (child.is("variable_assignment")) {
      prefixes_.insert(child.begin());
      command.assigns.emplace_back(std::string(child.field("name").text()), eval(child.field("value")));
    } else if (child.is("herestring_redirect")) {
      command.input.push_back(eval(child.child(0)));
    } else if (!child.is("file_redirect") && !child.is("heredoc_redirect")) {
      command.words.push_back(eval(child));
    }
  }
  commands_.push_back(out_.commands.size());
  out_.commands.push_back(std::move(command));
}

Node first_command(Node node) {
  for (int i = 0; i < 16 && node.exists(); ++i) {
    if (node.is("command")) return node;
    const std::uint32_t count = node.child_count();
    if (count == 0 || !(node.is("list") || node.is("pipeline") || node.is("negated_command"))) return Node();
    node = node.child(count - 1);
  }
  return Node();
}

void Shell::take_redirected(Node node) {
  const Node body = node.field("body");
  // `a | b <<EOF` binds the here-document to the whole pipeline in the tree, to the last command in the shell.
  const Node command = first_command(body);
  for (const Node child : node.children(16)) {
    if (child.is("heredoc_redirect")) {
      for (const Node part : child.children(16)) {
        if (!part.is("heredoc_body") || !command.exists()) continue;
        const bool raw = child.child(0).text().find_first_of("'\"") != std::string_view::npos;
        fed_[command.begin()].push_back(raw ? quoted_raw(part.text(), part) : eval(part));
      }
    } else if (child.is("file_redirect") && command.exists()) {
      const Value target = eval(child.field("destination"));
      if (child.text().starts_with("<")) {
        Value file = made(Kind::file, "", child);
        file.parts.push_back(target);
        fed_[command.begin()].push_back(std::move(file));
      } else if (target.kind == Kind::environment) {
        written_[command.begin()] = target.text;
      }
    }
  }
}

void Shell::take_pipeline(Node node) {
  const std::vector<Node> parts = node.children(64);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Node from = first_command(parts[i - 1]),
               to = parts[i].is("command") ? parts[i] : first_command(parts[i].field("body"));
    if (from.exists() && to.exists()) fed_[to.begin()].push_back(output_of(from, 0));
  }
}

void Shell::take_function(Node node, std::string name) {
  Function function;
  function.name = std::move(name);
  function.begin = node.begin() + place_.offset;
  function.end = node.end() + place_.offset;
  for (unsigned i = 0; i < 9; ++i) function.params.push_back({std::to_string(i + 1), i, ""});
  function.params.push_back({"@", 0, ""});
  function.params.push_back({"*", 0, ""});
  out_.functions.push_back(std::move(function));
}

void Shell::take_assignment(Node target, Value value, bool reaches_outside) {
  Binding binding;
  binding.target = Name{Name::Kind::environment, place_.scope, std::string(target.text())};
  binding.line = target.line() + place_.line_offset;
  binding.offset = target.begin() + place_.offset;
  binding.declares = reaches_outside;
  binding.value = std::move(value);
  out_.bindings.push_back(std::move(binding));
}

void Shell::take(const Match& match) {
  if (const Node command = match.get("command"); command.exists()) return take_command(command);
  if (const Node target = match.get("bind.target"); target.exists()) {
    if (prefixes_.count(target.begin()) != 0) return;  // A=b command: seen by that command only
    return take_assignment(target, eval(match.get("bind.value")), true);
  }
  if (const Node loop = match.get("loop"); loop.exists()) {
    Value out = made(Kind::either, "", loop);
    for (const Node child : loop.children(256))
      if (!child.is("variable_name") && !child.is("do_group")) out.parts.push_back(eval(child));
    return take_assignment(match.get("loop.target"), std::move(out), true);
  }
  if (const Node function = match.get("function"); function.exists())
    return take_function(function, std::string(match.get("function.name").text()));
  if (const Node node = match.get("redirected"); node.exists()) return take_redirected(node);
  if (const Node node = match.get("pipeline"); node.exists()) return take_pipeline(node);
}

// echo "X=$Y" >> "$GITHUB_ENV" gives X to the later steps of the job.
void Shell::finish() {
  for (const std::size_t index : commands_) {
    Command& command = out_.commands[index];
    const std::uint32_t begin = command.offset - place_.offset;
    if (const auto fed = fed_.find(begin); fed != fed_.end())
      for (const Value& value : fed->second) command.input.push_back(value);
    const auto written = written_.find(begin);
    if (written == written_.end() || written->second != "GITHUB_ENV" || command.words.size() < 2) continue;
    const Value& word = command.words.back();
    const Value& head = word.kind == Kind::join ? word.parts.front() : word;
    const std::size_t equals = head.text.find('=');
    if (head.kind != Kind::text || equals == std::string::npos) continue;
    const std::size_t job = command.scope.rfind('#');
    Binding binding;
    binding.target = Name{Name::Kind::environment, command.scope.substr(0, job), head.text.substr(0, equals)};
    binding.line = command.line;
    binding.value = word;
    out_.bindings.push_back(std::move(binding));
  }
}

}  // namespace

void extract_shell(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("bash");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Shell reader(place, out);
  for (const Match& match : rules.query.matches(*syntax)) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
