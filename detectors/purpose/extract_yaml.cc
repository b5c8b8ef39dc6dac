// YAML and JSON files that hold code: workflows, compose files, package.json, agent tool servers.
#include <string>

#include "detectors/purpose/document.h"
#include "detectors/purpose/extract.h"
#include "detectors/purpose/workflow.h"

namespace overreach::purpose {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// "./api" beside "deploy/compose.yaml" is "deploy/api/"; "." is the directory itself.
std::string beside(const std::string& path, std::string_view relative) {
  while (relative.starts_with("./")) relative.remove_prefix(2);
  if (relative == "." || relative.empty()) return directory_of(path);
  std::string out = directory_of(path) + std::string(relative);
  if (!out.ends_with('/')) out += '/';
  return out;
}

// environment: {A: x} or [A=x, A]; the bare name passes the outer value through.
void take_service_environment(const Document* environment, const std::string& scope, Step& step, FileFacts& out) {
  if (environment == nullptr) return;
  const auto bind = [&](const std::string& name, Value value, std::uint32_t line) {
    step.with.emplace_back(name, value);
    bind_environment(out, scope, name, std::move(value), line);
  };
  for (const auto& [name, value] : environment->members) bind(name, interpolated(value.text, value.line), value.line);
  for (const Document& item : environment->items) {
    const std::size_t equals = item.text.find('=');
    const std::string name = item.text.substr(0, equals);
    if (equals == std::string::npos)
      bind(name, interpolated("${" + name + "}", item.line), item.line);
    else
      bind(name, interpolated(std::string_view(item.text).substr(equals + 1), item.line), item.line);
  }
}

void take_words(const Document* command, const std::string& scope, FileFacts& out) {
  if (command == nullptr) return;
  if (!command->text.empty())
    extract_shell(command->text, {scope, "", command->line - (command->block ? 0 : 1), command->offset}, out);
  if (command->items.empty()) return;
  const Document& last = command->items.back();
  if (command->items.size() >= 3 && command->items[1].text == "-c")  // [sh, -c, script]
    return extract_shell(last.text, {scope, "", last.line - (last.block ? 0 : 1), last.offset}, out);
  Command words;
  words.scope = scope;
  words.line = command->items[0].line;
  words.offset = command->items[0].offset;
  for (const Document& item : command->items) words.words.push_back(interpolated(item.text, item.line));
  out.commands.push_back(std::move(words));
}

void take_compose(const Document& services, FileFacts& out) {
  for (const auto& [name, service] : services.members) {
    const std::string scope = out.path + "#" + name;
    out.closed.push_back(scope);
    Step container;
    container.image = true;
    container.uses = std::string(service.text_of("image"));
    container.scope = scope;
    container.line = service.line;
    take_service_environment(service.member("environment"), scope, container, out);
    if (const Document* files = service.member("env_file")) {
      const auto load = [&](const Document& file) {
        const std::string path = file.text.empty() ? std::string(file.text_of("path")) : file.text;
        std::string target = beside(out.path, path);
        target.pop_back();
        out.handovers.push_back({scope, target, file.line, true});
      };
      if (!files->text.empty()) load(*files);
      for (const Document& file : files->items) load(file);
    }
    take_words(service.member("entrypoint"), scope, out);
    take_words(service.member("command"), scope, out);
    const Document* build = service.member("build");
    if (build != nullptr) {
      const std::string context = build->text.empty() ? std::string(build->text_of("context")) : build->text;
      out.handovers.push_back({scope, beside(out.path, context), build->line, false});
    } else {
      out.steps.push_back(std::move(container));
    }
  }
}

void take_package_scripts(const Document& scripts, FileFacts& out) {
  for (const auto& [name, script] : scripts.members)
    extract_shell(script.text, {out.path, "", script.line - 1, script.offset}, out);
}

// {"command": "npx", "args": […], "env": {…}}: a program that an agent drives.
void take_tool_servers(const Document& servers, FileFacts& out) {
  for (const auto& [name, server] : servers.members) {
    const std::string scope = out.path + "#" + name;
    out.closed.push_back(scope);
    Step step;
    step.image = true;
    step.uses = "the agent tool server " + name;
    step.scope = scope;
    step.line = server.line;
    take_service_environment(server.member("env"), scope, step, out);
    take_service_environment(server.member("headers"), scope, step, out);
    if (const Document* args = server.member("args"))
      for (const Document& arg : args->items) step.with.emplace_back("args", interpolated(arg.text, arg.line));
    out.steps.push_back(std::move(step));
  }
}

}  // namespace

void extract_yaml(std::string_view source, FileFacts& out) {
  const Result<Document> document = read_document(source);
  if (!document) {
    out.failed = true;
    out.why = document.error().message;
    return;
  }
  const Document& root = *document;
  const std::string name = name_of(out.path);
  if (name == ".gitlab-ci.yml") return take_gitlab(root, out);
  if (name == "package.json") {
    if (const Document* scripts = root.member("scripts")) take_package_scripts(*scripts, out);
    return;
  }
  if (root.member("jobs") != nullptr &&
      (root.member("on") != nullptr || out.path.find("workflows/") != std::string::npos))
    return take_workflow(root, out);
  if (const Document* runs = root.member("runs"); runs != nullptr && runs->member("steps") != nullptr)
    return take_composite_action(root, out);
  if (const Document* services = root.member("services");
      services != nullptr && name.find("compose") != std::string::npos)
    return take_compose(*services, out);
  for (const std::string_view key : {"mcpServers", "servers"})
    if (const Document* servers = root.member(key); servers != nullptr && name.find("json") != std::string::npos)
      return take_tool_servers(*servers, out);
}

}  // namespace overreach::purpose
