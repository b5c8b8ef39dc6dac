// A graph of names, walked outwards from the places a credential stands at.
//
// Edges come from assignments, arguments, and the ways an environment is handed on. Walking prefers few
// renames; four are the limit, since a chain that long is more often a coincidence of names than a journey.
#include "detectors/purpose/flow.h"

#include <algorithm>
#include <tuple>

#include "detectors/purpose/command_line.h"

namespace overreach::purpose {
namespace {

constexpr std::string_view kCredentialWords[] = {"Token", "Key", "Auth", "Credential", "Password", "Header"};
constexpr unsigned kMaxHops = 4;
constexpr unsigned kMaxImports = 5;
constexpr std::size_t kMaxSteps = 100'000;  // names that one walk leaves from

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_self(std::string_view word) { return word == "this" || word == "self" || word == "cls"; }

// What comes back from a request is an answer, not the credential.
bool is_request(const Value& value) {
  return value.kind == Value::Kind::call && !value.constructs &&
         is_any(last_word(value.text),
                {"fetch", "get", "post", "put", "patch", "delete", "head", "request", "urlopen", "axios", "got", "send",
                 "execute", "query", "exec", "execSync", "run", "check_output"});
}

std::string describe(const Name& name) {
  switch (name.kind) {
    case Name::Kind::environment:
      return "passes it as " + name.text;
    case Name::Kind::secret:
      return "passes it as the secret " + name.text;
    case Name::Kind::session:
      return "logs " + name.text + " in";
    default:
      return "assigns it to " + name.text;
  }
}

// The scope in which a login is remembered: the job, or the file.
std::string session_scope(const std::string& scope) {
  const std::size_t first = scope.find('#');
  const std::size_t second = first == std::string::npos ? first : scope.find('#', first + 1);
  return scope.substr(0, second);
}

std::string program_word(const Command& command) {
  Words words;
  for (const Value& word : command.words)
    words.push_back(word.kind == Value::Kind::text ? word.text : std::string(1, '\x1a'));
  words = unwrap(std::move(words));
  return words.empty() || words[0].find('\x1a') != std::string::npos ? std::string() : words[0];
}

}  // namespace

Flow::Flow(const Program& program, std::vector<Use>& uses) : program_(program) {
  for (const auto& [child, parent] : program.parents()) children_[parent].push_back(child);
  add_bindings();
  add_parameters();
  add_mutations();
  add_environment(uses);
  add_dotenv_calls();
}

void Flow::add_edge(const Name& from, Edge edge) {
  if (from == edge.to) return;
  edges_[from].push_back(std::move(edge));
}

void Flow::add_bindings() {
  std::set<std::string> modules;
  for (const FileFacts& facts : program_.files())
    for (const Import& import : facts.imports) modules.insert(import.module);
  for (std::size_t i = 0; i < program_.files().size(); ++i) {
    const FileFacts& facts = program_.files()[i];
    each_value(facts, [&](const Value& value) {
      walk(value, [&](const Value& v) {
        if (v.kind == Value::Kind::secret) secrets_.insert(v.text);
      });
    });
    for (const Binding& binding : facts.bindings) {
      std::vector<Name> targets = {binding.target};
      if (binding.target.kind == Name::Kind::local) {
        // x.headers = … also marks x; of `this.x.y` only this.x, since `this` is everything.
        const std::size_t least = binding.field || is_self(first_word(binding.target.text)) ? 2 : 1;
        std::string prefix = binding.target.text;
        for (std::size_t dot; (dot = prefix.rfind('.')) != std::string::npos;) {
          prefix.resize(dot);
          if (static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '.')) + 1 < least) break;
          const Name part{Name::Kind::local, binding.target.scope, prefix};
          const auto linked = program_.link(part);
          targets.push_back(linked ? *linked : part);
          // stripe.Key of ".../stripe-go" holds for ".../stripe-go/refund" as well.
          if (linked && linked->kind == Name::Kind::package)
            for (const std::string& module : modules)
              if (module.starts_with(linked->text + "/")) targets.push_back({Name::Kind::package, "", module});
        }
      }
      const bool answer = is_request(binding.value);
      const auto connect = [&](const Name& name, bool derived) {
        for (const Name& target : targets) {
          const bool renamed = name.text != target.text && name.kind != Name::Kind::literal;
          add_edge(name,
                   {target, i, binding.line,
                    name.kind == Name::Kind::literal ? "defines " + binding.target.text : describe(binding.target),
                    renamed ? 1u : 0u, Confidence::certain, derived});
        }
      };
      for (const Name& name : program_.names_in(binding.value)) connect(name, answer);
      for (const Name& name : program_.receivers_in(binding.value)) connect(name, true);
    }
  }
}

void Flow::add_parameters() {
  for (const FileFacts& facts : program_.files()) {
    for (const Function& function : facts.functions) {
      const std::string scope = facts.path + "@" + std::to_string(function.begin);
      for (const CallSite& site : program_.call_sites(scope)) {
        for (const Parameter& parameter : function.params) {
          const Value* argument = program_.argument(site, function, parameter.name);
          if (argument == nullptr) continue;
          for (const Name& name : program_.names_in(*argument))
            add_edge(name, {{Name::Kind::parameter, scope, parameter.name},
                            site.file,
                            site.line,
                            "passes it to " + (function.owner.empty() ? function.name : function.owner),
                            0,
                            Confidence::likely,
                            false});
        }
      }
    }
  }
}

// headers.set("authorization", …), client.SetToken(…)
bool is_mutation(std::string_view method) {
  if (is_any(method,
             {"update", "set", "append", "setdefault", "setHeader", "add_header", "push", "Set", "Add", "add", "put",
              "insert", "addHeader", "setBearerAuth", "setBasicAuth", "setRequestProperty", "withHeader"}))
    return true;
  if (!method.starts_with("Set") && !method.starts_with("set")) return false;
  return std::any_of(std::begin(kCredentialWords), std::end(kCredentialWords),
                     [&](std::string_view word) { return method.find(word) != std::string_view::npos; });
}

// session.headers.update({...}), headers.set("authorization", …)
void Flow::add_mutations() {
  for (std::size_t i = 0; i < program_.files().size(); ++i) {
    for (const Call& call : program_.files()[i].calls) {
      const Value& value = call.value;
      if (value.where.text.empty() || value.text.find('.') == std::string::npos || !is_mutation(last_word(value.text)))
        continue;
      std::vector<Name> targets;
      if (auto name = program_.link(value.where)) targets.push_back(*name);
      const std::string_view root = first_word(value.where.text);
      if (!is_self(root))
        if (auto name = program_.link({value.where.kind, value.where.scope, std::string(root)}))
          targets.push_back(*name);
      for (const Value& part : value.parts)
        for (const Name& name : program_.names_in(part))
          for (const Name& target : targets)
            add_edge(name, {target, i, call.line, "adds it to " + target.text, 1, Confidence::certain, false});
    }
  }
}

void Flow::add_load(const std::string& scope, std::size_t file) {
  const std::string& path = program_.files()[file].path;
  loaded_by_[path].insert(scope);
  loads_[scope].insert(path);
}

void Flow::add_handover(const std::string& scope, std::size_t file, std::uint32_t line, unsigned depth) {
  const std::string& path = program_.files()[file].path;
  if (path == scope || !handed_[scope].insert(path).second || depth == kMaxImports) return;
  for (const std::size_t imported : program_.imported_by(file)) add_handover(scope, imported, line, depth + 1);
}

// A command that names a file of ours runs it with its environment; `source` and `dotenv -e` read it instead.
void Flow::add_run_files(const Use& use) {
  const Command& command = *use.command;
  const std::string path = Program::path_of(use.scope);
  std::string first;
  for (std::size_t i = 0; i < command.words.size(); ++i) {
    if (command.words[i].kind != Value::Kind::text) continue;
    std::string word = command.words[i].text;
    if (i == 0) first = word;
    if (const std::size_t equals = word.find('='); equals != std::string::npos) word = word.substr(equals + 1);
    const auto file = program_.file_beside(path, word);
    if (!file) continue;
    if (program_.files()[*file].language == "dotenv") {
      add_load(use.scope, *file);
      continue;
    }
    if (first == "source" || first == ".") add_load(use.scope, *file);
    add_handover(use.scope, *file, use.line, 0);
    for (std::size_t k = i + 1; k < command.words.size(); ++k)
      for (const Name& name : program_.names_in(command.words[k]))
        add_edge(name, {{Name::Kind::parameter, program_.files()[*file].path + "@file", std::to_string(k - i)},
                        use.file,
                        use.line,
                        "passes it to " + program_.files()[*file].path,
                        0,
                        Confidence::likely,
                        false});
  }
  const std::string second =
      command.words.size() > 1 && command.words[1].kind == Value::Kind::text ? command.words[1].text : "";
  const char* manifest =
      is_any(first, {"npm", "yarn", "pnpm", "bun"}) && is_any(second, {"run", "start", "test", "run-script"})
          ? "package.json"
      : first == "yarn" || first == "pnpm" ? "package.json"
      : first == "make"                    ? "Makefile"
                                           : nullptr;
  if (manifest != nullptr)
    if (const auto file = program_.file_beside(path, manifest)) add_handover(use.scope, *file, use.line, 0);
}

void Flow::add_environment(std::vector<Use>& uses) {
  for (std::size_t i = 0; i < program_.files().size(); ++i) {
    const FileFacts& facts = program_.files()[i];
    for (const Handover& handover : facts.handovers) {
      for (std::size_t k = 0; k < program_.files().size(); ++k) {
        const std::string& path = program_.files()[k].path;
        const bool inside = handover.to.ends_with('/') ? path.starts_with(handover.to) : path == handover.to;
        if (!inside && !(handover.to.empty() || handover.to == "/")) continue;
        if (handover.loads)
          add_load(handover.from, k);
        else
          add_handover(handover.from, k, handover.line, kMaxImports - 1);
      }
    }
  }
  for (Use& use : uses) {
    if (use.command == nullptr) continue;
    add_run_files(use);
    const std::string program = program_word(*use.command);
    if (program.empty() || program.size() > 64) continue;
    if (is_any(program, {"terraform", "tofu", "terragrunt"}))
      for (std::size_t k = 0; k < program_.files().size(); ++k)
        if (program_.files()[k].language == "terraform") add_handover(use.scope, k, use.line, kMaxImports);
    const Name session{Name::Kind::session, session_scope(use.scope), program};
    const bool login = std::any_of(use.command->words.begin(), use.command->words.end(), [](const Value& word) {
      return word.kind == Value::Kind::text &&
             is_any(word.text, {"login", "auth", "configure", "remote", "config", "signin"});
    });
    if (login)
      for (const Name& name : use.inputs)
        add_edge(name, {session, use.file, use.line, "logs " + program + " in", 0, Confidence::likely, false});
    else
      use.inputs.push_back(session);
    use.inputs.push_back({Name::Kind::session, "", program});
  }
}

// load_dotenv(".env.staging"), dotenv.config({path: ".env.staging"})
void Flow::add_dotenv_calls() {
  for (const FileFacts& facts : program_.files()) {
    for (const Call& call : facts.calls) {
      if (!is_any(last_word(call.value.text), {"load_dotenv", "dotenv_values", "config", "loadEnvFile", "read_env"}))
        continue;
      walk(call.value, [&](const Value& v) {
        if (v.kind != Value::Kind::text) return;
        const auto file = program_.file_beside(facts.path, v.text);
        if (file && program_.files()[*file].language == "dotenv") add_load(facts.path, *file);
      });
    }
  }
}

std::vector<Edge> Flow::environment_edges(const Name& name) const {
  std::vector<Edge> out;
  const auto to_scope = [&](const std::string& scope, Confidence cap = Confidence::certain) {
    out.push_back({{Name::Kind::environment, scope, name.text}, 0, 0, "", 0, cap, false});
  };
  if (name.scope.empty()) {
    for (const FileFacts& facts : program_.files()) {
      if (facts.language == "dotenv" || program_.closed(facts.path)) continue;
      const auto loads = loads_.find(facts.path);
      const bool decided = loads != loads_.end() &&
                           std::any_of(loads->second.begin(), loads->second.end(), [&](const std::string& file) {
                             return !program_.bindings({Name::Kind::environment, file, name.text}).empty();
                           });
      if (!decided) to_scope(facts.path);
    }
    // GITHUB_TOKEN is made for each run and is never the stored one.
    if (secrets_.count(name.text) != 0 && name.text != "GITHUB_TOKEN")
      out.push_back({{Name::Kind::secret, "", name.text}, 0, 0, "", 0, Confidence::likely, false});
    return out;
  }
  if (const auto children = children_.find(name.scope); children != children_.end())
    for (const std::string& child : children->second)
      if (program_.bindings({Name::Kind::environment, child, name.text}).empty()) to_scope(child);
  if (const auto handed = handed_.find(name.scope); handed != handed_.end())
    for (const std::string& file : handed->second) to_scope(file);
  if (const auto loaded = loaded_by_.find(name.scope); loaded != loaded_by_.end())
    for (const std::string& scope : loaded->second) to_scope(scope);
  if (const auto file = program_.file(name.scope))
    if (const std::string& language = program_.files()[*file].language;
        language == "dotenv" || name.text.starts_with("config(") ||
        (language == "properties" && !program_.bindings(name).empty()))
      to_scope("");
  return out;
}

std::vector<Edge> Flow::edges_of(const Name& name) const {
  std::vector<Edge> out;
  if (name.kind == Name::Kind::environment) out = environment_edges(name);
  if (const auto found = edges_.find(name); found != edges_.end())
    out.insert(out.end(), found->second.begin(), found->second.end());
  return out;
}

Reached Flow::reach(const std::vector<std::pair<Name, Trace>>& starts, Limits& limits) const {
  Reached out;
  // Best first: the credential itself before what was made with it, sure before likely, few renames, few steps.
  using Key = std::tuple<bool, int, unsigned, unsigned, Name>;
  const auto key = [](const Name& name, const Trace& t) {
    return Key(t.derived, -static_cast<int>(t.cap), t.hops, t.steps, name);
  };
  std::set<Key> open;
  for (const auto& [name, trace] : starts)
    if (out.emplace(name, trace).second) open.insert(key(name, trace));
  std::size_t steps = 0;
  while (!open.empty()) {
    const Name name = std::get<4>(*open.begin());
    open.erase(open.begin());
    const Trace at = out.at(name);
    if (++steps > kMaxSteps) {
      limits.spent = true;
      break;
    }
    for (const Edge& edge : edges_of(name)) {
      Trace next{name, edge, at.hops + edge.hops, at.steps + 1, std::min(at.cap, edge.cap), at.derived || edge.derived};
      if (next.hops > kMaxHops) {
        limits.renamed = limits.renamed || (!next.derived && out.count(edge.to) == 0);
        continue;
      }
      const auto found = out.find(edge.to);
      if (found != out.end()) {
        if (key(edge.to, found->second) <= key(edge.to, next)) continue;
        open.erase(key(edge.to, found->second));
        found->second = next;
      } else {
        out.emplace(edge.to, next);
      }
      open.insert(key(edge.to, next));
    }
  }
  return out;
}

}  // namespace overreach::purpose
