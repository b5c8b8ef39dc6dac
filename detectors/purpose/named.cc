// Credentials that code names and no file holds: process.env.STRIPE_KEY.
#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "detectors/purpose/flow.h"
#include "detectors/purpose/interpret.h"
#include "detectors/purpose/load.h"
#include "detectors/purpose/prefilter.h"
#include "detectors/purpose/purpose.h"

namespace overreach {
namespace purpose {
namespace {

constexpr std::chrono::seconds kPatience(10);
constexpr std::size_t kMaxRoots = 2000;

bool contains_word(std::string_view name, std::string_view word) {
  for (std::size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || name[at - 1] == '_') && (end == name.size() || name[end] == '_' || name.substr(end) == "S"))
      return true;
  }
  return false;
}

/// Variables hold many things; what holds a credential says so, or is one that the provider's own tools read.
bool names_a_credential(const std::string& name, const Provider& provider) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const std::string_view other : {"PUBLISHABLE", "PUBLIC", "WEBHOOK_SECRET", "SIGNING_SECRET", "IDEMPOTENCY_KEY"})
    if (upper.find(other) != std::string::npos) return false;
  if (std::find(provider.env.begin(), provider.env.end(), name) != provider.env.end()) return true;
  if (upper.ends_with("_ID") || upper.ends_with("_NAME") || upper.ends_with("_HOST")) return false;
  for (const std::string_view word : {"TOKEN", "KEY", "APIKEY", "SECRET", "PASSWORD", "PASSWD", "PASS", "PWD", "PAT",
                                      "CREDENTIAL", "AUTH", "DSN", "JWT", "BEARER"})
    if (contains_word(upper, word)) return true;
  const bool address = upper.ends_with("URL") || upper.ends_with("URI") || upper.ends_with("CONNECTION_STRING");
  return address && !provider.clients.url_schemes.empty();
}

/// All providers at once: names are followed to the uses that take them.
class NameSearch {
 public:
  NameSearch(const Catalog& catalog, const CodeBase& code, unsigned workers)
      : deadline_(std::chrono::steady_clock::now() + kPatience) {
    for (std::size_t i = 0; i < catalog.size(); ++i)
      if (const Provider& provider = catalog.provider(i); !provider.uses.empty()) providers_.push_back(&provider);
    Needles needles;
    std::vector<Interest> interests;
    for (const Provider* provider : providers_) interests.push_back(interest_in(*provider, needles));
    needles.compile();
    const std::vector<std::string> paths = code.paths();
    Loaded loaded = load_files(code, paths, {}, needles, interests, workers, deadline_);
    std::vector<FileFacts> facts;
    std::set<std::uint32_t> seen;
    for (LoadedFile& file : loaded.files) {
      seen.insert(file.mentions.begin(), file.mentions.end());
      facts.push_back(std::move(file.facts));
    }
    for (std::size_t i = 0; i < providers_.size(); ++i)
      if (!meet(interests[i].words, seen) && !meet(interests[i].programs, seen)) providers_[i] = nullptr;
    std::erase(providers_, nullptr);
    program_ = std::make_unique<Program>(std::move(facts), code, paths, std::span<const Token>());
    uses_ = uses_of(*program_);
    flow_ = std::make_unique<Flow>(*program_, uses_);
    for (std::size_t i = 0; i < uses_.size(); ++i) {
      by_scope_[uses_[i].scope].push_back(i);
      for (const Name& name : uses_[i].inputs) takers_[name].push_back(i);
    }
    for (std::size_t i = 0; i < providers_.size(); ++i)
      for (const std::string& variable : providers_[i]->env) readers_[variable].push_back(i);
    complete_ = loaded.complete;
  }

  NamedCredentials run() {
    for (const auto& [root, secret] : roots()) {
      complete_ = complete_ && !is_over(deadline_);
      if (complete_) follow(root, secret);
    }
    NamedCredentials out{grouped(), complete_};
    return out;
  }

 private:
  using Users = std::map<std::pair<std::size_t, std::string>, std::set<std::size_t>>;  // (provider, name) -> uses

  /// Names of the environment and of CI's secrets; true: CI keeps it as a secret.
  std::map<std::string, bool> roots() const {
    std::map<std::string, bool> out;
    const auto take = [&](const std::string& name, bool secret) {
      if (name.size() < 2 || name.size() > 128 || name == "GITHUB_TOKEN" || out.size() >= kMaxRoots) return;
      const bool shouts = std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c) != 0; });
      if (!secret && !shouts) return;  // a variable of a program or of Terraform, at most a file of it sets
      out[name] = out[name] || secret;
    };
    for (const FileFacts& facts : program_->files()) {
      each_value(facts, [&](const Value& value) {
        walk(value, [&](const Value& v) {
          if (v.kind == Value::Kind::environment) take(v.text, false);
          if (v.kind == Value::Kind::secret) take(v.text, true);
        });
      });
      for (const Binding& binding : facts.bindings)
        if (binding.target.kind == Name::Kind::environment) take(binding.target.text, false);
    }
    return out;
  }

  const CodeReading& reading(std::size_t use, std::size_t provider) {
    const auto key = std::make_pair(use, provider);
    const auto found = readings_.find(key);
    if (found != readings_.end()) return found->second;
    return readings_.emplace(key, read_use(*program_, uses_[use], *providers_[provider], {})).first->second;
  }

  void follow(const std::string& root, bool secret) {
    std::vector<std::size_t> concerned;
    for (std::size_t i = 0; i < providers_.size(); ++i)
      if (secret || names_a_credential(root, *providers_[i])) concerned.push_back(i);
    if (concerned.empty()) return;
    Limits limits;
    const Reached reached = flow_->reach(
        {{Name{Name::Kind::environment, "", root}, Trace{}}, {Name{Name::Kind::secret, "", root}, Trace{}}}, limits);
    std::set<std::size_t> taken;
    for (const auto& [name, trace] : reached) {
      const auto found = takers_.find(name);
      // What a provider answered goes anywhere: into a database, to another provider.
      if (found != takers_.end() && !trace.derived) taken.insert(found->second.begin(), found->second.end());
      if (name.text != root) becomes_[root].insert(name.text);
    }
    for (const std::size_t provider : concerned) {
      for (const std::size_t use : taken) {
        const CodeReading& read = reading(use, provider);
        if (read.concerns && (!read.hits.empty() || !read.puzzles.empty())) users_[{provider, root}].insert(use);
      }
    }
    for (const auto& [name, trace] : reached)
      if (name.kind == Name::Kind::environment && !trace.derived) take_readers(root, name);
  }

  /// Tools that find one of their own variables where they run.
  void take_readers(const std::string& root, const Name& variable) {
    const auto readers = readers_.find(variable.text);
    const auto uses = by_scope_.find(variable.scope);
    if (readers == readers_.end() || uses == by_scope_.end()) return;
    for (const std::size_t provider : readers->second) {
      for (const std::size_t use : uses->second) {
        const CodeReading& read = reading(use, provider);
        if (read.implicit && !read.credential_given && !read.hits.empty()) users_[{provider, root}].insert(use);
      }
    }
  }

  /// A key and its secret go to the same uses: one credential. A CI secret and the variable it becomes are one as well.
  std::vector<NamedCredential> grouped() {
    std::map<std::pair<std::size_t, std::set<std::size_t>>, NamedCredential> out;
    std::set<std::size_t> named;
    for (const auto& [key, uses] : users_) {
      NamedCredential& one = out[{key.first, uses}];
      one.provider = providers_[key.first]->id;
      one.names.push_back(key.second);
      named.insert(key.first);
    }
    for (auto& [key, one] : out) drop_handed_on(one.names);
    for (std::size_t i = 0; i < providers_.size(); ++i)
      if (named.count(i) == 0 && !providers_[i]->env.empty() && found_by_itself(i))
        out[{i, {}}] = {providers_[i]->id, {providers_[i]->env.front()}, true};
    std::vector<NamedCredential> list;
    for (auto& [key, one] : out) list.push_back(std::move(one));
    std::sort(list.begin(), list.end(), [](const NamedCredential& a, const NamedCredential& b) {
      return std::tie(a.provider, a.names) < std::tie(b.provider, b.names);
    });
    return list;
  }

  /// What another name of the list becomes on its way.
  void drop_handed_on(std::vector<std::string>& names) const {
    const auto leads = [&](const std::string& from, const std::string& to) {
      const auto found = becomes_.find(from);
      return found != becomes_.end() && found->second.count(to) != 0;
    };
    std::vector<std::string> kept;
    for (const std::string& name : names)
      if (std::none_of(names.begin(), names.end(), [&](const std::string& other) {
            return other != name && leads(other, name) && (!leads(name, other) || other < name);
          }))
        kept.push_back(name);
    names = std::move(kept);
  }

  /// Code uses the provider and gives it nothing: its library finds what it needs.
  bool found_by_itself(std::size_t provider) {
    for (std::size_t use = 0; use < uses_.size(); ++use) {
      if (use % 64 == 0 && is_over(deadline_)) complete_ = false;
      if (!complete_) return false;
      const CodeReading& read = reading(use, provider);
      if (read.implicit && !read.credential_given && !read.hits.empty()) return true;
    }
    return false;
  }

  Deadline deadline_;
  std::vector<const Provider*> providers_;
  std::unique_ptr<Program> program_;
  std::vector<Use> uses_;
  std::unique_ptr<Flow> flow_;
  std::map<Name, std::vector<std::size_t>> takers_;
  std::map<std::string, std::vector<std::size_t>> by_scope_;  // uses
  std::map<std::string, std::vector<std::size_t>> readers_;   // variable -> providers whose tools read it
  std::map<std::string, std::set<std::string>> becomes_;      // root -> names that it reaches
  bool complete_ = true;
  std::map<std::pair<std::size_t, std::size_t>, CodeReading> readings_;  // (use, provider)
  Users users_;
};

}  // namespace
}  // namespace purpose

NamedCredentials named_credentials(const Catalog& catalog, const CodeBase& code, unsigned workers) {
  return purpose::NameSearch(catalog, code, workers).run();
}

}  // namespace overreach
