// infer_needs: load, link, walk, read, and say honestly what was not understood.
#include "detectors/purpose/purpose.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "detectors/purpose/declare.h"
#include "detectors/purpose/flow.h"
#include "detectors/purpose/interpret.h"
#include "detectors/purpose/load.h"
#include "detectors/purpose/mask.h"
#include "detectors/purpose/needs.h"
#include "detectors/purpose/paths.h"
#include "detectors/purpose/prefilter.h"

namespace overreach {
namespace purpose {
namespace {

constexpr std::size_t kMaxEvidence = 12;
constexpr std::size_t kMaxUnresolved = 20;
constexpr std::chrono::seconds kPatience(10);  // for all tokens together; what is not done by then is unknown

/// Everything that is computed once for all tokens.
class Inference {
 public:
  Inference(std::span<const Token> tokens, const FindProvider& find, const CodeBase& code, unsigned workers)
      : tokens_(tokens), masker_(tokens), deadline_(std::chrono::steady_clock::now() + kPatience) {
    for (const Token& token : tokens) {
      providers_.push_back(find(token.provider));
      interests_.push_back(interest_in(token, providers_.back(), needles_));
    }
    needles_.compile();
    const std::vector<std::string> paths = code.paths();
    has_code_ = !paths.empty();
    find_services(paths);
    Loaded loaded = load_files(code, paths, tokens, needles_, interests_, workers, deadline_);
    complete_ = loaded.complete;
    std::vector<FileFacts> facts;
    for (LoadedFile& file : loaded.files) {
      facts.push_back(std::move(file.facts));
      sources_.push_back(std::move(file.source));
      mentions_.push_back(std::move(file.mentions));
      left_out_.push_back(file.left_out);
    }
    program_ = std::make_unique<Program>(std::move(facts), code, paths, tokens);
    uses_ = uses_of(*program_);
    flow_ = std::make_unique<Flow>(*program_, uses_);
    prepare_union();
    find_roots();
    for (std::size_t i = 0; i < tokens.size(); ++i) start(i);
    find_contested();
  }

  Need need(std::size_t index);

 private:
  void prepare_union();
  void find_roots();
  void start(std::size_t index);
  void find_contested();
  bool holds_literal(std::size_t file, std::size_t index) const;

  const CodeReading& reading(std::size_t use, const Provider& provider, const Token& token);
  bool may_concern(std::size_t use);
  Evidence evidence(std::size_t file, std::uint32_t line, std::string what) const;
  std::vector<Evidence> chain(const Reached& reached, const Name& name, bool& contested) const;
  void take_use(std::size_t index, std::size_t use, Need& need);
  void take_hits(const CodeReading& reading, const Use& use, const Reached& reached, const Name& name, bool implicit,
                 Need& need);
  void find_services(std::span<const std::string> paths);
  std::string service_of(const Use& use, const std::string& path) const;
  void add_setting(const Use& use, const Hit& hit, Need& need) const;
  void unresolved(Need& need, const Puzzle& puzzle) const;
  const Name* implicit_name(std::size_t index, const Use& use, const CodeReading& reading) const;
  bool untraced(const Use& use, const CodeReading& reading) const;
  void finish(std::size_t index, Need& need) const;
  void count_files(std::size_t index, Need& need) const;

  std::span<const Token> tokens_;
  std::vector<const Provider*> providers_;
  Masker masker_;
  Deadline deadline_;
  bool has_code_ = false;
  bool complete_ = true;  // false: time was up before everything was looked at
  Needles needles_;
  std::vector<Interest> interests_;
  std::vector<std::string> sources_;
  std::vector<std::set<std::uint32_t>> mentions_;
  std::vector<bool> left_out_;
  std::unique_ptr<Program> program_;
  std::vector<Use> uses_;
  std::unique_ptr<Flow> flow_;
  std::set<Name> rooted_;  // names whose value comes from a variable, a secret or a literal credential
  std::vector<Reached> reached_;
  std::vector<Limits> limits_;
  std::set<Name> contested_;  // names that more than one token travels under
  std::map<std::pair<std::size_t, std::string>, CodeReading> readings_;
  Provider any_provider_;  // what all providers have together
  std::vector<std::string> any_host_;
  std::vector<std::optional<bool>> may_concern_;  // per use
  std::set<std::string> services_;                // directories with a manifest of their own, ending in '/'
};

// Everything by which a use is recognised as one of this provider's.
void add_features(const Provider& from, Provider& to) {
  const auto append = [](const std::vector<std::string>& more, std::vector<std::string>& all) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(from.hosts, to.hosts);
  append(from.env, to.env);
  append(from.clients.cli, to.clients.cli);
  for (const auto& [language, packages] : from.clients.packages) append(packages, to.clients.packages[language]);
  append(from.clients.construct, to.clients.construct);
  to.uses.insert(to.uses.end(), from.uses.begin(), from.uses.end());
}

// The host that lies beside a self-hosted token.
std::vector<std::string> hosts_of(const Token& token) {
  const Companion* host = token.companion("host");
  if (host == nullptr || host->secret) return {};
  return {std::string(host->value.reveal())};
}

// Most uses are nobody's, and that is found out once for all providers.
bool Inference::may_concern(std::size_t use) {
  std::optional<bool>& known = may_concern_[use];
  if (!known) {
    const CodeReading read = read_use(*program_, uses_[use], any_provider_, any_host_);
    known = read.concerns || read.implicit || read.credential_given;
  }
  return *known;
}

void Inference::prepare_union() {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (providers_[i] == nullptr) continue;
    if (ids.insert(providers_[i]->id).second) add_features(*providers_[i], any_provider_);
    for (std::string& host : hosts_of(tokens_[i])) any_host_.push_back(std::move(host));
  }
  may_concern_.resize(uses_.size());
}

void Inference::find_roots() {
  std::vector<std::pair<Name, Trace>> starts;
  for (const FileFacts& facts : program_->files()) {
    each_value(facts, [&](const Value& value) {
      for (Name& name : program_->names_in(value))
        if (name.kind == Name::Kind::environment || name.kind == Name::Kind::secret || name.kind == Name::Kind::literal)
          starts.emplace_back(std::move(name), Trace{});
    });
  }
  Limits limits;
  for (auto& [name, trace] : flow_->reach(starts, limits))
    if (!trace.derived) rooted_.insert(name);
}

bool Inference::holds_literal(std::size_t file, std::size_t index) const {
  bool found = false;
  const Name literal{Name::Kind::literal, "", std::to_string(index)};
  each_value(program_->files()[file], [&](const Value& value) {
    walk(value, [&](const Value& v) { found = found || (v.kind == Value::Kind::text && v.where == literal); });
  });
  return found;
}

// A token starts as the literal it is, and as the variable it is assigned to where that is no code we read.
void Inference::start(std::size_t index) {
  std::vector<std::pair<Name, Trace>> starts = {{{Name::Kind::literal, "", std::to_string(index)}, Trace{}}};
  for (const Site& site : tokens_[index].sites) {
    const auto file = program_->file(site.origin.path);
    if (file && holds_literal(*file, index)) continue;
    if (site.name.empty()) continue;
    Trace trace;
    trace.edge.what = "defines " + site.name;
    trace.edge.line = site.line;
    trace.edge.file = file ? *file : SIZE_MAX;
    starts.emplace_back(Name{Name::Kind::environment, "", site.name}, trace);
  }
  Limits limits;
  reached_.push_back(flow_->reach(starts, limits));
  limits_.push_back(limits);
}

void Inference::find_contested() {
  std::map<Name, std::size_t> seen;
  for (const Reached& reached : reached_)
    for (const auto& [name, trace] : reached)
      if (name.kind == Name::Kind::environment && ++seen[name] > 1) contested_.insert(name);
}

const CodeReading& Inference::reading(std::size_t use, const Provider& provider, const Token& token) {
  const std::vector<std::string> hosts = hosts_of(token);
  const auto key = std::make_pair(use, provider.id + (hosts.empty() ? "" : " " + hosts[0]));
  const auto found = readings_.find(key);
  if (found != readings_.end()) return found->second;
  return readings_.emplace(key, read_use(*program_, uses_[use], provider, hosts)).first->second;
}

std::string_view line_of(std::string_view source, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line && !source.empty(); ++i) {
    const std::size_t end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  return source.substr(0, source.find('\n'));
}

Evidence Inference::evidence(std::size_t file, std::uint32_t line, std::string what) const {
  return {program_->files()[file].path, line, masker_.line(line_of(sources_[file], line)), masker_.text(what)};
}

// The way from the definition to `name`, in order; steps within an environment show nothing.
std::vector<Evidence> Inference::chain(const Reached& reached, const Name& name, bool& contested) const {
  std::vector<Evidence> out;
  Name at = name;
  for (int i = 0; i < 64; ++i) {
    contested = contested || contested_.count(at) != 0;
    const Trace& trace = reached.at(at);
    if (trace.edge.line != 0 && trace.edge.file != SIZE_MAX)
      out.push_back(evidence(trace.edge.file, trace.edge.line, trace.edge.what));
    if (trace.from.text.empty()) break;
    at = trace.from;
  }
  std::reverse(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Inference::unresolved(Need& need, const Puzzle& puzzle) const {
  Evidence line = evidence(puzzle.file, puzzle.line, puzzle.what);
  if (std::find(need.unresolved.begin(), need.unresolved.end(), line) == need.unresolved.end())
    need.unresolved.push_back(std::move(line));
}

void add_grant(Need& need, NeededGrant grant) {
  for (NeededGrant& present : need.grants) {
    if (present.capability != grant.capability || present.where != grant.where || present.declared != grant.declared)
      continue;
    std::set<std::string> operations(present.operations.begin(), present.operations.end());
    operations.insert(grant.operations.begin(), grant.operations.end());
    if (grant.confidence > present.confidence ||
        (grant.confidence == present.confidence && grant.evidence.size() < present.evidence.size()))
      present = std::move(grant);
    present.operations.assign(operations.begin(), operations.end());
    return;
  }
  need.grants.push_back(std::move(grant));
}

// A directory below the root with a manifest of its own is built, shipped and run by itself.
void Inference::find_services(std::span<const std::string> paths) {
  constexpr std::string_view kManifests[] = {"package.json",  "go.mod",    "pyproject.toml", "requirements.txt",
                                             "Dockerfile",    "pom.xml",   "build.gradle",   "Gemfile",
                                             "composer.json", "Cargo.toml"};
  for (const std::string& path : paths) {
    const std::string directory = directory_of(path);
    const std::string_view name = std::string_view(path).substr(directory.size());
    if (directory.empty() || std::find(std::begin(kManifests), std::end(kManifests), name) == std::end(kManifests))
      continue;
    services_.insert(directory);
  }
}

// The service of a compose file, else the nearest directory that is built by itself.
std::string Inference::service_of(const Use& use, const std::string& path) const {
  const std::size_t cut = use.scope.find('#');
  if (cut != std::string::npos && use.scope.rfind("compose", cut) != std::string::npos)
    return use.scope.substr(cut + 1);
  for (std::string directory = directory_of(path); !directory.empty();
       directory = directory_of(std::string_view(directory).substr(0, directory.size() - 1)))
    if (services_.count(directory) != 0) return directory.substr(0, directory.size() - 1);
  return {};
}

// What the code says of the environment: the place of the use, the job's `environment:`, then the names of job and
// file.
void Inference::add_setting(const Use& use, const Hit& hit, Need& need) const {
  constexpr std::size_t kMostSettings = 32;
  const std::string& path = program_->files()[hit.file].path;
  Setting setting;
  setting.environment = std::string(hit.where.get("environment"));
  if (setting.environment.empty() && use.command != nullptr) setting.environment = use.command->environment;
  if (setting.environment.empty() && use.step != nullptr) setting.environment = use.step->environment;
  const std::size_t cut = use.scope.find('#');
  const std::string job = cut == std::string::npos ? std::string() : use.scope.substr(cut + 1);
  const std::string file = path.substr(directory_of(path).size());
  for (const std::string& name : {job, file.substr(0, file.find('.'))})
    if (setting.environment.empty() && environment_of(name) != Environment::unknown)
      setting.environment = to_string(environment_of(name));
  if (const Environment known = environment_of(setting.environment); known != Environment::unknown)
    setting.environment = to_string(known);
  setting.service = service_of(use, path);
  setting.aside = is_aside(path);
  setting.at = evidence(hit.file, hit.line, hit.what);
  const auto same = [&](const Setting& other) {
    return std::tie(other.environment, other.service, other.aside) ==
           std::tie(setting.environment, setting.service, setting.aside);
  };
  if (need.settings.size() < kMostSettings && std::none_of(need.settings.begin(), need.settings.end(), same))
    need.settings.push_back(std::move(setting));
}

void Inference::take_hits(const CodeReading& reading, const Use& use, const Reached& reached, const Name& name,
                          bool implicit, Need& need) {
  bool contested = false;
  const std::vector<Evidence> way = chain(reached, name, contested);
  for (const Hit& hit : reading.hits) {
    add_setting(use, hit, need);
    NeededGrant grant;
    grant.capability = hit.capability;
    grant.where = hit.where;
    if (!hit.operation.empty()) grant.operations = {hit.operation};
    grant.confidence = reached.at(name).cap;
    if (implicit || contested || hit.open || hit.wrapped)
      grant.confidence = std::min(grant.confidence, Confidence::likely);
    if (is_aside(program_->files()[hit.file].path)) grant.confidence = Confidence::low;
    grant.evidence = way;
    if (grant.evidence.size() > kMaxEvidence) grant.evidence.resize(kMaxEvidence);
    const std::string what = hit.what + (implicit ? " (reads " + name.text + " by itself)" : "");
    Evidence last = evidence(hit.file, hit.line, what);
    if (!grant.evidence.empty() && grant.evidence.back().path == last.path && grant.evidence.back().line == last.line &&
        grant.evidence.size() > 1)
      grant.evidence.pop_back();
    grant.evidence.push_back(std::move(last));
    add_grant(need, std::move(grant));
  }
}

// The tool reads one of its own variables, and that variable holds the token where the tool runs.
const Name* Inference::implicit_name(std::size_t index, const Use& use, const CodeReading& reading) const {
  if (!reading.implicit || reading.credential_given) return nullptr;
  for (const std::string& variable : providers_[index]->env) {
    const auto found = reached_[index].find({Name::Kind::environment, use.scope, variable});
    if (found != reached_[index].end() && !found->second.derived) return &found->first;
  }
  return nullptr;
}

bool mentions_authorization(const Use& use) {
  bool found = false;
  const auto look = [&](std::string_view text) {
    for (const std::string_view word :
         {"uthorization", "AUTHORIZATION", "-token", "-Token", "-api-key", "-API-Key", "Bearer"})
      found = found || text.find(word) != std::string_view::npos;
  };
  const auto visit = [&](const Value& value) {
    walk(value, [&](const Value& v) {
      if (v.kind == Value::Kind::text) look(v.text);
      for (const auto& member : v.members) look(member.first);
    });
  };
  if (use.call != nullptr) visit(use.call->value);
  if (use.command != nullptr)
    for (const Value& word : use.command->words) visit(word);
  return found;
}

// A use of the provider with a credential that comes from nowhere we can see: it could be this one.
bool Inference::untraced(const Use& use, const CodeReading& reading) const {
  if (!reading.concerns || (reading.hits.empty() && reading.puzzles.empty())) return false;
  const bool traced = std::any_of(use.inputs.begin(), use.inputs.end(), [&](const Name& name) {
    return name.kind == Name::Kind::environment || name.kind == Name::Kind::secret ||
           name.kind == Name::Kind::literal || rooted_.count(name) != 0;
  });
  if (traced) return false;
  return reading.credential_given || (!reading.implicit && mentions_authorization(use));
}

void Inference::take_use(std::size_t index, std::size_t use_index, Need& need) {
  const Use& use = uses_[use_index];
  const Reached& reached = reached_[index];
  const Name* best = nullptr;
  for (const Name& input : use.inputs) {
    const auto found = reached.find(input);
    if (found == reached.end()) continue;
    const auto rank = [&](const Name& name) {
      const Trace& t = reached.at(name);
      return std::make_tuple(t.derived, -static_cast<int>(t.cap), t.hops, t.steps);
    };
    if (best == nullptr || rank(input) < rank(*best)) best = &found->first;
  }
  if (best == nullptr && !may_concern(use_index)) return;
  const CodeReading& read = reading(use_index, *providers_[index], tokens_[index]);
  const bool aside = is_aside(program_->files()[use.file].path);
  if (best != nullptr) {
    take_hits(read, use, reached, *best, false, need);
    if (aside) return;
    for (const Puzzle& puzzle : read.puzzles) unresolved(need, puzzle);
    if (reached.at(*best).derived || !read.hits.empty()) return;
    for (const Puzzle& puzzle : read.if_reached) unresolved(need, puzzle);
    return;
  }
  if (const Name* name = implicit_name(index, use, read)) {
    take_hits(read, use, reached, *name, true, need);
    if (!aside)
      for (const Puzzle& puzzle : read.puzzles) unresolved(need, puzzle);
    return;
  }
  if (!aside && untraced(use, read))
    unresolved(
        need, {"uses " + providers_[index]->title + " with a credential that could not be traced", use.file, use.line});
}

void Inference::count_files(std::size_t index, Need& need) const {
  std::set<std::uint32_t> names = interests_[index].names;
  for (const std::string& name : need.names)
    for (const Form form : {Form::name, Form::local, Form::word})
      if (const std::uint32_t* needle = needles_.find(name, form)) names.insert(*needle);
  std::set<std::uint32_t> words = names;
  words.insert(interests_[index].words.begin(), interests_[index].words.end());
  words.insert(interests_[index].programs.begin(), interests_[index].programs.end());
  std::set<std::string> holders;
  for (const Site& site : tokens_[index].sites) holders.insert(site.origin.path);
  for (std::size_t i = 0; i < program_->files().size(); ++i) {
    const FileFacts& facts = program_->files()[i];
    if (!facts.failed) {
      if (meet(mentions_[i], words) || holders.count(facts.path) != 0) ++need.files_read;
      continue;
    }
    // Resources of Terraform name no credential: their provider has it.
    const bool by_provider = left_out_[i] || facts.language == "terraform";
    const bool concerns = meet(mentions_[i], by_provider ? words : names) || holders.count(facts.path) != 0;
    if (is_aside(facts.path) || !concerns) continue;
    ++need.files_failed;
    std::uint32_t line = 1;
    for (const std::string& name : need.names) {
      const std::size_t at = sources_[i].find(name);
      if (at == std::string::npos) continue;
      line = static_cast<std::uint32_t>(
                 std::count(sources_[i].begin(), sources_[i].begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
             1;
      break;
    }
    unresolved(need, {"mentions it, and could not be read: " + facts.why, i, line});
  }
}

bool is_variable_name(std::string_view text) {
  return text.find('_') != std::string_view::npos && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_';
         });
}

// Code that names the credential and does something with it that no rule explains is not "no use".
void Inference::finish(std::size_t index, Need& need) const {
  // A test that does something with it which is not understood is a use as well, when there is no other.
  for (const bool aside : {false, true}) {
    if (!need.grants.empty() || !need.unresolved.empty()) break;
    std::set<std::string> holders;
    for (const Site& site : tokens_[index].sites) holders.insert(site.origin.path);
    for (std::size_t i = 0; i < program_->files().size() && need.unresolved.empty(); ++i) {
      const FileFacts& facts = program_->files()[i];
      if (is_aside(facts.path) != aside || facts.language == "dotenv" || facts.language == "data" || facts.failed)
        continue;
      each_value(facts, [&](const Value& value) {
        walk(value, [&](const Value& v) {
          const bool literal = v.kind == Value::Kind::text && v.where.kind == Name::Kind::literal &&
                               v.where.text == std::to_string(index);
          const bool variable = (v.kind == Value::Kind::environment || v.kind == Value::Kind::secret) &&
                                reached_[index].count(v.where) != 0;
          // lookup("ACME_TOKEN"): read in a way that is not known
          const bool named = v.kind == Value::Kind::text && is_variable_name(v.text) &&
                             std::binary_search(need.names.begin(), need.names.end(), v.text);
          if ((literal || variable || named) && need.unresolved.empty())
            unresolved(need, {"mentions it; what for could not be told", i, v.line});
        });
      });
    }
  }
  const auto not_followed = [&](const char* why) {
    const std::vector<Site>& sites = tokens_[index].sites;
    if (!sites.empty()) need.unresolved.push_back({sites[0].origin.path, sites[0].line, "", why});
  };
  if (limits_[index].renamed && need.grants.empty() && need.unresolved.empty())
    not_followed("is renamed more often than is followed");
  if (limits_[index].spent) not_followed("is handed on to more places than are followed");
  if (!complete_ && !interests_[index].words.empty()) not_followed("there is more code than could be read in time");
  if (need.unresolved.size() > kMaxUnresolved) need.unresolved.resize(kMaxUnresolved);
  std::sort(need.unresolved.begin(), need.unresolved.end());
  std::sort(need.settings.begin(), need.settings.end());
  std::sort(need.grants.begin(), need.grants.end(), [](const NeededGrant& a, const NeededGrant& b) {
    return std::tie(a.capability, a.where, a.declared) < std::tie(b.capability, b.where, b.declared);
  });
  if (!has_code_ || !need.unresolved.empty() || (need.grants.empty() && need.names.empty())) {
    need.confidence = Confidence::unknown;
  } else if (need.grants.empty()) {
    need.confidence = Confidence::low;
  } else {
    need.confidence = Confidence::low;
    for (const NeededGrant& grant : need.grants)
      if (grant.confidence >= Confidence::likely)
        need.confidence =
            need.confidence == Confidence::low ? grant.confidence : std::min(need.confidence, grant.confidence);
  }
}

Need Inference::need(std::size_t index) {
  Need need;
  need.names = names_of(tokens_[index]);
  for (const auto& [name, trace] : reached_[index])
    if (!trace.derived && (name.kind == Name::Kind::environment || name.kind == Name::Kind::secret))
      need.names.push_back(name.text);
  std::sort(need.names.begin(), need.names.end());
  need.names.erase(std::unique(need.names.begin(), need.names.end()), need.names.end());
  if (providers_[index] == nullptr) return need;
  for (std::size_t use = 0; use < uses_.size() && complete_; ++use) {
    if (use % 64 == 0 && is_over(deadline_)) complete_ = false;
    take_use(index, use, need);
  }
  for (NeededGrant& grant : need.grants)
    if (const Capability* capability = providers_[index]->capability(grant.capability))
      grant.effect = capability->effect;
  count_files(index, need);
  finish(index, need);
  return need;
}

}  // namespace

std::vector<Need> infer_needs_with(std::span<const Token> tokens, const FindProvider& find, const CodeBase& code,
                                   std::span<const Declaration> declarations, unsigned workers) {
  std::vector<Need> out;
  if (tokens.empty()) return out;
  Inference inference(tokens, find, code, workers);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    out.push_back(inference.need(i));
    apply_declarations(tokens[i], find(tokens[i].provider), declarations, out.back());
  }
  return out;
}

}  // namespace purpose

std::vector<Need> infer_needs(std::span<const Token> tokens, const Catalog& catalog, const CodeBase& code,
                              std::span<const Declaration> declarations, unsigned workers) {
  return purpose::infer_needs_with(
      tokens, [&](std::string_view id) { return catalog.find(id); }, code, declarations, workers);
}

}  // namespace overreach
