// M + N: facts of any language meet the rows of any provider here, and nowhere else.
#include "detectors/purpose/interpret.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "detectors/purpose/graphql.h"
#include "detectors/purpose/reader.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxContexts = 64;

// A literal `"key": "value"` in a body.
std::string json_value(std::string_view text, const std::string& key) {
  const std::string quoted = "\"" + key + "\"";
  const std::size_t at = text.find(quoted);
  if (at == std::string_view::npos) return {};
  const std::size_t colon = text.find_first_not_of(" \t\n", at + quoted.size());
  if (colon == std::string_view::npos || text[colon] != ':') return {};
  const std::size_t open = text.find_first_not_of(" \t\n", colon + 1);
  if (open == std::string_view::npos || text[open] != '"') return {};
  const std::string_view value = text.substr(open + 1, text.find('"', open + 1) - open - 1);
  return has_hole(value) || value.size() > 128 ? std::string() : std::string(value);
}

void merge(CodeReading& all, CodeReading one) {
  all.concerns = all.concerns || one.concerns;
  all.implicit = all.implicit || one.implicit;
  all.credential_given = all.credential_given || one.credential_given;
  std::move(one.hits.begin(), one.hits.end(), std::back_inserter(all.hits));
  std::move(one.puzzles.begin(), one.puzzles.end(), std::back_inserter(all.puzzles));
  std::move(one.if_reached.begin(), one.if_reached.end(), std::back_inserter(all.if_reached));
}

}  // namespace

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

bool is_verb(std::string_view word) {
  const std::string verb = upper(word);
  return verb == "GET" || verb == "POST" || verb == "PUT" || verb == "PATCH" || verb == "DELETE" || verb == "HEAD" ||
         verb == "OPTIONS";
}

// Only what is written literally: a flag, a variable set here, an argument, the job's `environment:`.
Where UseReader::where_of(const Words* words, const Value* call, const std::vector<std::string>& texts) {
  Where where;
  for (const DimensionSpec& dimension : provider_.where) {
    std::string value;
    if (words != nullptr) value = flag_value(*words, dimension.flags);
    if (value.empty() && use_.command != nullptr)
      for (const auto& [name, assigned] : use_.command->assigns)
        if (std::find(dimension.env.begin(), dimension.env.end(), name) != dimension.env.end())
          value = resolver_.literal(assigned, path_).value_or("");
    if (value.empty() && call != nullptr) value = resolver_.member_text(*call, dimension.args, path_).value_or("");
    for (const std::string& text : texts) {
      for (const std::string& argument : dimension.args) {
        if (value.empty()) value = json_value(text, argument);
        if (!value.empty() || text.find(argument) == std::string::npos) continue;
        const GraphqlText document = read_graphql(text);
        if (const auto found = document.arguments.find(argument); found != document.arguments.end())
          value = found->second;
      }
    }
    for (const std::string& name : dimension.env) {
      if (!value.empty() || use_.command == nullptr) break;
      Value variable = Value::of(Value::Kind::environment, name, use_.line);
      variable.where = {Name::Kind::environment, use_.scope, name};
      value = resolver_.literal(variable, path_).value_or("");
    }
    const std::string& job = use_.command != nullptr ? use_.command->environment
                             : use_.step != nullptr  ? use_.step->environment
                                                     : path_;
    if (value.empty() && dimension.name == "environment" && use_.call == nullptr) value = job;
    if (!value.empty()) where.set(dimension.name, value);
  }
  return where;
}

std::vector<Use> uses_of(const Program& program) {
  std::vector<Use> out;
  const auto add_names = [&](Use& use, const Value& value) {
    for (Name& name : program.names_in(value)) use.inputs.push_back(std::move(name));
  };
  for (std::size_t i = 0; i < program.files().size(); ++i) {
    const FileFacts& facts = program.files()[i];
    for (const Command& command : facts.commands) {
      Use use{.file = i, .command = &command, .line = command.line, .scope = command.scope};
      for (const Value& word : command.words) add_names(use, word);
      for (const auto& assign : command.assigns) add_names(use, assign.second);
      for (const Value& input : command.input) add_names(use, input);
      out.push_back(std::move(use));
    }
    // A request that is made here and gets its header later: what it is assigned to belongs to the use.
    std::map<std::uint32_t, const Binding*> made;
    for (const Binding& binding : facts.bindings)
      if (binding.value.kind == Value::Kind::call && binding.value.constructs)
        made.emplace(binding.value.offset, &binding);
    for (const Call& call : facts.calls) {
      Use use{.file = i, .call = &call, .line = call.line, .scope = facts.path};
      add_names(use, call.value);
      if (const auto found = made.find(call.value.offset); call.value.constructs && found != made.end())
        if (auto name = program.link(found->second->target)) use.inputs.push_back(std::move(*name));
      for (const Value& receiver : call.value.receiver)
        for (Name& name : program.receivers_in(receiver)) use.inputs.push_back(std::move(name));
      if (!call.value.where.text.empty())
        if (auto root = program.link(call.value.where)) use.inputs.push_back(std::move(*root));
      out.push_back(std::move(use));
    }
    for (const Step& step : facts.steps) {
      Use use{.file = i, .step = &step, .line = step.line, .scope = step.scope};
      for (const auto& with : step.with) add_names(use, with.second);
      out.push_back(std::move(use));
    }
  }
  for (Use& use : out) {
    std::sort(use.inputs.begin(), use.inputs.end());
    use.inputs.erase(std::unique(use.inputs.begin(), use.inputs.end()), use.inputs.end());
  }
  return out;
}

// A parameter that is met without a caller asks for its callers; each of them is then looked at alone, so that a
// verb from one call never meets the path of another.
CodeReading read_use(const Program& program, const Use& use, const Provider& provider,
                     const std::vector<std::string>& hosts) {
  CodeReading all;
  std::vector<Context> open = {{}};
  for (std::size_t i = 0; i < open.size() && i < kMaxContexts; ++i) {
    const Context context = open[i];
    UseReader reader(program, use, provider, hosts, context);
    CodeReading one = reader.read();
    bool expanded = false;
    const bool understood = !one.hits.empty() && one.puzzles.empty() && one.if_reached.empty();
    if (context.calls.size() < 3 && !understood) {
      for (const std::string& function : reader.needed()) {
        for (const CallSite& site : program.call_sites(function)) {
          Context next = context;
          next.calls.emplace_back(function, &site);
          open.push_back(std::move(next));
          expanded = true;
        }
        if (expanded) break;
      }
    }
    if (!expanded) merge(all, std::move(one));
  }
  return all;
}

}  // namespace overreach::purpose
