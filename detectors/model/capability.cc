#include "detectors/model/capability.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace overreach {
namespace {

constexpr std::array<std::string_view, 9> kEffects = {"read", "write",   "spend", "send",   "impersonate",
                                                      "exec", "secrets", "admin", "destroy"};

struct Hint {
  std::string_view word;
  Environment environment;
};
constexpr Hint kHints[] = {
    {"prod", Environment::production},
    {"production", Environment::production},
    {"prd", Environment::production},
    {"live", Environment::production},
    {"staging", Environment::staging},
    {"stage", Environment::staging},
    {"stg", Environment::staging},
    {"preprod", Environment::staging},
    {"uat", Environment::staging},
    {"qa", Environment::staging},
    {"canary", Environment::staging},
    {"preview", Environment::staging},
    {"sandbox", Environment::staging},
    {"dev", Environment::development},
    {"development", Environment::development},
    {"local", Environment::development},
    {"localhost", Environment::development},
    {"test", Environment::development},
    {"ci", Environment::development},
    {"e2e", Environment::development},
    {"demo", Environment::development},
    {"example", Environment::development},
};

/// Splits at anything but letters and digits, and before a capital that follows a small letter.
template <class Visit>
void for_each_word(std::string_view name, Visit visit) {
  std::string word;
  char previous = 0;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    const bool boundary =
        std::isalnum(u) == 0 || (std::isupper(u) != 0 && std::islower(static_cast<unsigned char>(previous)) != 0);
    if (boundary && !word.empty()) {
      visit(word);
      word.clear();
    }
    if (std::isalnum(u) != 0) word += static_cast<char>(std::tolower(u));
    previous = c;
  }
  if (!word.empty()) visit(word);
}

constexpr int kOutermost = 3;

/// The order in which a person says where: the environment first, whose account it is last.
int rank_of(std::string_view dimension) {
  if (dimension == "environment") return 0;
  if (dimension == "project") return 1;
  for (const std::string_view outer : {"workspace", "account", "organization", "team"})
    if (dimension == outer) return kOutermost;
  return 2;
}

}  // namespace

std::string_view to_string(Effect effect) { return kEffects[static_cast<std::size_t>(effect)]; }

std::optional<Effect> parse_effect(std::string_view text) {
  const auto it = std::find(kEffects.begin(), kEffects.end(), text);
  if (it == kEffects.end()) return std::nullopt;
  return static_cast<Effect>(it - kEffects.begin());
}

Where::Where(std::initializer_list<std::pair<std::string, std::string>> entries) {
  for (const auto& [dimension, value] : entries) set(dimension, value);
}

void Where::set(std::string_view dimension, std::string_view value) {
  const auto it = std::lower_bound(entries_.begin(), entries_.end(), dimension,
                                   [](const auto& entry, std::string_view name) { return entry.first < name; });
  const bool present = it != entries_.end() && it->first == dimension;
  if (value.empty() || value == "*") {
    if (present) entries_.erase(it);
  } else if (present) {
    it->second = value;
  } else {
    entries_.emplace(it, dimension, value);
  }
}

std::string_view Where::get(std::string_view dimension) const {
  for (const auto& [name, value] : entries_)
    if (name == dimension) return value;
  return {};
}

bool Where::covers(const Where& other) const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return other.get(entry.first) == entry.second; });
}

bool Where::meets(const Where& other) const {
  return std::all_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const std::string_view value = other.get(entry.first);
    return value.empty() || value == entry.second;
  });
}

std::string Where::text() const {
  if (entries_.empty()) return "everywhere";
  std::string out;
  for (int rank = 0; rank <= kOutermost; ++rank)
    for (const auto& [dimension, value] : entries_) {
      if (rank_of(dimension) != rank) continue;
      if (!out.empty()) out += ", ";
      out += dimension + " " + value;
    }
  return out;
}

std::string_view to_string(Proof proof) {
  constexpr std::array<std::string_view, 4> names = {"assumed", "documented", "decoded", "proven"};
  return names[static_cast<std::size_t>(proof)];
}

std::string_view to_string(Environment environment) {
  constexpr std::array<std::string_view, 4> names = {"unknown", "development", "staging", "production"};
  return names[static_cast<std::size_t>(environment)];
}

Environment environment_of(std::string_view name) {
  Environment found = Environment::unknown;
  for_each_word(name, [&](std::string_view word) {
    for (const Hint& hint : kHints)
      if (hint.word == word) found = std::max(found, hint.environment);
  });
  return found;
}

}  // namespace overreach
