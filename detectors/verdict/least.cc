#include "detectors/verdict/least.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "detectors/verdict/notation.h"
#include "rules/catalog/action_table.h"

namespace overreach {
namespace {

using Words = std::vector<std::string>;

/// "get-object", "GetObjectCommand" and "get_object" are one name.
std::string plain_name(std::string_view operation) {
  operation = operation.substr(operation.find_last_of(" .") + 1);
  if (operation.ends_with("Command") && operation.size() > 7) operation.remove_suffix(7);
  std::string out;
  for (const char c : operation)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Which words of a provider give a capability.
class Vocabulary {
 public:
  explicit Vocabulary(const Provider& provider) : provider_(provider) {
    for (const auto& [scope, ids] : provider.grants)
      if (may_ask(scope)) granted_[scope] = provider.expand(ids);
  }

  /// The words for all that is called for a grant of a need; nothing unless all of it has words of its own.
  Words of_operations(const NeededGrant& grant) const {
    std::set<std::string> out;
    for (const std::string& operation : grant.operations) {
      const Words words = of_operation(operation, grant.capability);
      if (words.empty()) return {};
      out.insert(words.begin(), words.end());
    }
    return {out.begin(), out.end()};
  }

  Words of_capability(const std::string& capability, const Words& wanted) const {
    if (const auto found = provider_.least.words.find(capability); found != provider_.least.words.end())
      return found->second;
    const std::string* best = nullptr;
    std::size_t least = 0;
    for (const auto& [scope, granted] : granted_) {
      if (!std::binary_search(granted.begin(), granted.end(), capability)) continue;
      const std::size_t more = surplus(granted, wanted).size();
      if (best != nullptr && more >= least) continue;
      best = &scope;
      least = more;
    }
    return best == nullptr ? Words() : Words{*best};
  }

  /// What a word grants beyond `wanted`.
  Words brings(const std::string& word, const Words& wanted) const {
    const auto found = provider_.grants.find(word);
    return found == provider_.grants.end() ? Words() : surplus(provider_.expand(found->second), wanted);
  }

 private:
  bool may_ask(const std::string& scope) const {
    if (scope.find('*') != std::string::npos) return false;
    const auto fits = [&](const std::string& glob) { return fnmatch(glob.c_str(), scope.c_str(), 0) == 0; };
    const Words& globs = provider_.least.scopes;
    return globs.empty() || std::any_of(globs.begin(), globs.end(), fits);
  }

  static Words surplus(const Words& granted, const Words& wanted) {
    Words out;
    std::set_difference(granted.begin(), granted.end(), wanted.begin(), wanted.end(), std::back_inserter(out));
    return out;
  }

  /// "SELECT orders" has the row "SELECT".
  Words of_operation(const std::string& operation, const std::string& capability) const {
    const auto& rows = provider_.least.operations;
    for (std::string row = operation; !row.empty(); row.resize(row.rfind(' '))) {
      if (const auto found = rows.find(row); found != rows.end()) return found->second;
      if (row.rfind(' ') == std::string::npos) break;
    }
    return provider_.least.form == "iam-policy" ? actions_called(plain_name(operation), capability) : Words();
  }

  /// Actions are called as the operations are; which service is meant, the capability says.
  Words actions_called(const std::string& name, const std::string& capability) const {
    std::set<std::string> services;
    for (const auto& [action, granted] : granted_)
      if (std::binary_search(granted.begin(), granted.end(), capability))
        services.insert(action.substr(0, action.find(':')));
    Words out;
    for (const std::string& service : services)
      for (const ServiceAction& action : aws_actions().of(service))
        if (plain_name(action.name) == name) out.push_back(service + ":" + std::string(action.name));
    return out;
  }

  const Provider& provider_;
  std::map<std::string, Words> granted_;  // what may be asked for, and what it gives
};

/// A need for writing asks for the reading that comes with it.
bool comes_with_another(const NeededGrant& grant, const Need& need, const Provider& provider) {
  return std::any_of(need.grants.begin(), need.grants.end(), [&](const NeededGrant& other) {
    if (other.capability == grant.capability || !other.where.covers(grant.where)) return false;
    const Words with = provider.expand({other.capability});
    return std::binary_search(with.begin(), with.end(), grant.capability);
  });
}

/// A name that stands in a policy as it is. Anything else is as good as not named.
Where plain_names(const Where& where) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/@+=";
  Where out;
  for (const auto& [dimension, value] : where.entries())
    if (value.find_first_not_of(kPlain) == std::string::npos) out.set(dimension, value);
  return out;
}

void add_place(std::vector<Where>& places, const Where& where) {
  if (std::any_of(places.begin(), places.end(), [&](const Where& place) { return place.covers(where); })) return;
  places.erase(std::remove_if(places.begin(), places.end(), [&](const Where& place) { return where.covers(place); }),
               places.end());
  places.push_back(where);
  std::sort(places.begin(), places.end());
}

Words sorted(const std::set<std::string>& from) { return {from.begin(), from.end()}; }

Words needed(const Need& need) {
  std::set<std::string> out;
  for (const NeededGrant& grant : need.grants) out.insert(grant.capability);
  return sorted(out);
}

const NarrowerKind* narrowest(const Words& needs, const Provider& provider) {
  for (const NarrowerKind& kind : provider.narrower.kinds) {
    const Words covered = provider.expand(kind.fits);
    if (std::includes(covered.begin(), covered.end(), needs.begin(), needs.end())) return &kind;
  }
  return nullptr;
}

/// Tables of "SELECT orders"; `open` when a use does not say which.
void add_tables(const NeededGrant& grant, std::set<std::string>& tables, bool& open) {
  if (grant.operations.empty()) open = true;
  for (const std::string& operation : grant.operations) {
    const std::size_t space = operation.rfind(' ');
    const bool sql = std::isupper(static_cast<unsigned char>(operation[0])) != 0;  // rows of SQL are, and no others
    const bool named = sql && space != std::string::npos &&
                       std::any_of(operation.begin() + static_cast<std::ptrdiff_t>(space), operation.end(),
                                   [](unsigned char c) { return std::islower(c) != 0 || c == '"' || c == '_'; });
    if (named)
      tables.insert(operation.substr(space + 1));
    else
      open = true;
  }
}

void add_words(const Need& need, const Provider& provider, LeastPrivilege& out) {
  const Vocabulary vocabulary(provider);
  const Words wanted = provider.expand(needed(need));
  struct Entry {
    std::set<std::string> serves, tables;
    std::vector<Where> places;
    bool open = false;  // some use does not name its table
  };
  std::map<std::string, Entry> entries;
  std::set<std::string> unsaid;
  for (const NeededGrant& grant : need.grants) {
    Words words = vocabulary.of_operations(grant);
    if (words.empty() && comes_with_another(grant, need, provider)) continue;
    if (words.empty()) words = vocabulary.of_capability(grant.capability, wanted);
    if (words.empty() && provider.least.words.count(grant.capability) == 0) unsaid.insert(grant.capability);
    for (const std::string& word : words) {
      Entry& entry = entries[word];
      entry.serves.insert(grant.capability);
      add_place(entry.places, plain_names(grant.where));
      add_tables(grant, entry.tables, entry.open);
    }
  }
  for (auto& [word, entry] : entries)
    out.words.push_back({word, sorted(entry.serves), vocabulary.brings(word, wanted), std::move(entry.places),
                         entry.open ? Words() : sorted(entry.tables)});
  out.unsaid = sorted(unsaid);
}

}  // namespace

LeastPrivilege least_privilege(const Need& need, const Provider& provider) {
  LeastPrivilege out;
  out.form = !provider.least.form.empty() ? provider.least.form : provider.grants.empty() ? "kind" : "scopes";
  out.by_verb = provider.narrower.by_verb && out.form != "kind";
  if (need.grants.empty()) return out;
  out.kind = narrowest(needed(need), provider);
  if (out.kind != nullptr) {
    const KindSpec* spec = provider.kind(out.kind->kind);
    out.kind_title = spec != nullptr && !spec->title.empty() ? spec->title : out.kind->kind;
    out.by_verb = out.by_verb && (spec == nullptr || spec->by_verb);
  }
  if (out.by_verb) add_words(need, provider, out);
  write_notation(out);
  return out;
}

std::vector<std::string> least_words(const std::vector<std::string>& capabilities, const Provider& provider) {
  const Vocabulary vocabulary(provider);
  std::set<std::string> out;
  for (const std::string& capability : capabilities)
    for (const std::string& word : vocabulary.of_capability(capability, provider.expand(capabilities)))
      out.insert(word);
  return sorted(out);
}

}  // namespace overreach
