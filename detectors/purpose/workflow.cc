// GitHub workflows and GitLab pipelines.
//
// A workflow is a closed world: a step sees its own `env`, that of its job and that of the workflow, and
// nothing else. What comes in from outside comes as `secrets.X`, by name.
#include "detectors/purpose/workflow.h"

#include <cctype>

#include "detectors/purpose/extract.h"

namespace overreach::purpose {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

bool is_word(std::string_view text) {
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  return !text.empty();
}

// "secrets.X" -> (secret, X); "secrets['X']" too. Only whole expressions: `a && secrets.X` is unknown but carries X.
Value expression(std::string_view text, std::uint32_t line) {
  text = trim(text);
  if (text == "github.token") return Value::of(Value::Kind::secret, "GITHUB_TOKEN", line);
  if (text.starts_with("env.") && is_word(text.substr(4)))
    return Value::of(Value::Kind::environment, std::string(text.substr(4)), line);
  Value out = Value::of(Value::Kind::list, "", line);
  bool whole = false;
  for (std::size_t at = text.find("secrets."); at != std::string_view::npos; at = text.find("secrets.", at + 1)) {
    std::size_t end = at + 8;
    while (end < text.size() && is_word(text.substr(end, 1))) ++end;
    out.parts.push_back(Value::of(Value::Kind::secret, std::string(text.substr(at + 8, end - at - 8)), line));
    whole = at == 0 && end == text.size();
  }
  if (whole) return out.parts[0];
  if (out.parts.empty()) out.kind = Value::Kind::unknown;
  return out;
}

/// Splits `text` at `${{ … }}`: calls literal(text) and hole(expression).
template <class Literal, class Hole>
void split_expressions(std::string_view text, const Literal& literal, const Hole& hole) {
  while (true) {
    const std::size_t at = text.find("${{");
    const std::size_t end = at == std::string_view::npos ? at : text.find("}}", at);
    if (end == std::string_view::npos) break;
    literal(text.substr(0, at));
    hole(text.substr(at + 3, end - at - 3));
    text.remove_prefix(end + 2);
  }
  literal(text);
}

void take_env(const Document* env, const std::string& scope, FileFacts& out) {
  if (env == nullptr) return;
  for (const auto& [name, value] : env->members)
    bind_environment(out, scope, name, ci_value(value.text, value.line), value.line);
}

std::string environment_name(const Document& job) {
  const Document* environment = job.member("environment");
  if (environment == nullptr) return {};
  std::string name = environment->text.empty() ? std::string(environment->text_of("name")) : environment->text;
  return name.find("${{") == std::string::npos && name.find('$') == std::string::npos ? name : std::string();
}

// github-script runs JavaScript with a ready client called `github`.
void take_github_script(const Document& script, const Step& step, FileFacts& out) {
  Value client = Value::of(Value::Kind::call, "Octokit", step.line);
  client.constructs = true;
  for (const auto& [name, value] : step.with)
    if (name == "github-token") client.parts.push_back(value);
  if (client.parts.empty()) client.parts.push_back(Value::of(Value::Kind::secret, "GITHUB_TOKEN", step.line));
  Binding binding;
  binding.target = {Name::Kind::local, "", "github"};
  binding.value = std::move(client);
  binding.line = step.line;
  out.bindings.push_back(std::move(binding));
  out.imports.push_back({"Octokit", "@octokit/rest", "Octokit", false});
  const Place place{step.scope, step.environment, script.line - (script.block ? 0 : 1), script.offset};
  extract_ecmascript(script.text, "javascript", place, out);
}

void take_step(const Document& item, const Place& job, std::size_t index, FileFacts& out) {
  const std::string scope = job.scope + "#" + std::to_string(index);
  out.parents[scope] = job.scope;
  take_env(item.member("env"), scope, out);
  if (const Document* run = item.member("run")) {
    const std::string_view shell = item.text_of("shell");
    const Place place{scope, job.environment, run->line - (run->block ? 0 : 1), run->offset};
    if (shell.find("python") != std::string_view::npos)
      extract_python(run->text, place, out);
    else
      extract_shell(ci_script(run->text), place, out);
  }
  const Document* uses = item.member("uses");
  if (uses == nullptr) return;
  Step step;
  step.uses = uses->text.substr(0, uses->text.find('@'));
  step.scope = scope;
  step.environment = job.environment;
  step.line = uses->line;
  if (const Document* with = item.member("with"))
    for (const auto& [name, value] : with->members) step.with.emplace_back(name, ci_value(value.text, value.line));
  if (step.uses.starts_with("./")) {
    out.handovers.push_back({scope, step.uses.substr(2) + "/", step.line, false});
  } else if (step.uses == "actions/github-script") {
    const Document* with = item.member("with");
    if (const Document* script = with == nullptr ? nullptr : with->member("script"))
      return take_github_script(*script, step, out);
  }
  out.steps.push_back(std::move(step));
}

void take_steps(const Document* steps, const Place& place, FileFacts& out) {
  if (steps == nullptr) return;
  for (std::size_t i = 0; i < steps->items.size(); ++i) take_step(steps->items[i], place, i, out);
}

}  // namespace

void bind_environment(FileFacts& out, const std::string& scope, const std::string& name, Value value,
                      std::uint32_t line) {
  Binding binding;
  binding.target = {Name::Kind::environment, scope, name};
  binding.outer = true;
  binding.value = std::move(value);
  binding.line = line;
  out.bindings.push_back(std::move(binding));
}

Value ci_value(std::string_view text, std::uint32_t line) {
  std::vector<Value> parts;
  split_expressions(
      text, [&](std::string_view literal) { parts.push_back(Value::literal(std::string(literal), line)); },
      [&](std::string_view hole) { parts.push_back(expression(hole, line)); });
  std::erase_if(parts, [](const Value& v) { return v.kind == Value::Kind::text && v.text.empty(); });
  Value out = join(std::move(parts));
  out.line = line;
  return out;
}

std::string ci_script(std::string_view text) {
  std::string out;
  split_expressions(
      text, [&](std::string_view literal) { out += literal; },
      [&](std::string_view hole) {
        const Value value = expression(hole, 0);
        if (value.kind == Value::Kind::secret)
          out += "${__secret__" + value.text + "}";
        else if (value.kind == Value::Kind::environment)
          out += "${" + value.text + "}";
        else if (!value.parts.empty())
          out += "${__secret__" + value.parts[0].text + "}";
        else
          out += "${__unknown__}";
      });
  return out;
}

Value interpolated(std::string_view text, std::uint32_t line) {
  std::vector<Value> parts;
  std::size_t at = 0, literal = 0;
  const auto flush = [&](std::size_t end) {
    if (end > literal) parts.push_back(Value::literal(std::string(text.substr(literal, end - literal)), line));
  };
  while ((at = text.find('$', at)) != std::string_view::npos) {
    if (text.substr(at, 2) == "$$") {
      at += 2;
      continue;
    }
    const bool braces = text.substr(at, 2) == "${";
    std::size_t begin = at + (braces ? 2 : 1), end = begin;
    while (end < text.size() && is_word(text.substr(end, 1))) ++end;
    const std::size_t close = braces ? text.find('}', end) : end;
    if (end == begin || close == std::string_view::npos) {
      ++at;
      continue;
    }
    flush(at);
    Value name = Value::of(Value::Kind::environment, std::string(text.substr(begin, end - begin)), line);
    const std::string_view rest = text.substr(end, close - end);
    if (rest.starts_with(":-") || rest.starts_with("-")) {
      Value either = Value::of(Value::Kind::either, "", line);
      either.parts = {std::move(name), Value::literal(std::string(rest.substr(rest[0] == ':' ? 2 : 1)), line)};
      parts.push_back(std::move(either));
    } else {
      parts.push_back(std::move(name));
    }
    at = literal = close + (braces ? 1 : 0);
  }
  flush(text.size());
  Value out = join(std::move(parts));
  out.line = line;
  return out;
}

void take_workflow(const Document& root, FileFacts& out) {
  const std::string& file = out.path;
  out.closed.push_back(file);
  take_env(root.member("env"), file, out);
  const Document* jobs = root.member("jobs");
  for (const auto& [name, job] : jobs->members) {
    const Place place{file + "#" + name, environment_name(job), 0, 0};
    out.parents[place.scope] = file;
    take_env(job.member("env"), place.scope, out);
    take_steps(job.member("steps"), place, out);
    const std::string_view uses = job.text_of("uses");
    const Document* secrets = job.member("secrets");
    if (uses.empty() || secrets == nullptr) continue;
    Step step;
    step.uses = std::string(uses.substr(0, uses.find('@')));
    step.scope = place.scope;
    step.environment = place.environment;
    step.line = secrets->line;
    for (const auto& [secret, value] : secrets->members) {
      Value passed = ci_value(value.text, value.line);
      step.with.emplace_back(secret, passed);
      if (!uses.starts_with("./")) continue;
      Binding binding;
      binding.target = {Name::Kind::secret, "", secret};
      binding.value = std::move(passed);
      binding.line = value.line;
      out.bindings.push_back(std::move(binding));
    }
    out.steps.push_back(std::move(step));
  }
}

void take_composite_action(const Document& root, FileFacts& out) {
  out.closed.push_back(out.path);
  take_steps(root.member("runs")->member("steps"), {out.path, "", 0, 0}, out);
}

// Masked variables of a project are not in the file: a job sees them by name, so the scope stays open.
void take_gitlab(const Document& root, FileFacts& out) {
  const auto variables = [&out](const Document* of, const std::string& scope) {
    if (of == nullptr) return;
    for (const auto& [name, value] : of->members) {
      const std::string text = value.text.empty() ? std::string(value.text_of("value")) : value.text;
      bind_environment(out, scope, name, interpolated(text, value.line), value.line);
    }
  };
  variables(root.member("variables"), out.path);
  for (const auto& [name, job] : root.members) {
    const std::string scope = out.path + "#" + name;
    out.parents[scope] = out.path;
    variables(job.member("variables"), scope);
    for (const std::string_view key : {"before_script", "script", "after_script"}) {
      const Document* script = job.member(key);
      if (script == nullptr) continue;
      const auto run = [&](const Document& line) {
        extract_shell(line.text, {scope, environment_name(job), line.line - (line.block ? 0 : 1), line.offset}, out);
      };
      if (!script->text.empty()) run(*script);
      for (const Document& line : script->items) run(line);
    }
  }
}

}  // namespace overreach::purpose
