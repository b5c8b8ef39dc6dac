// Every provider the run knows: the embedded ones and the user's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalog/meaning.h"
#include "rules/catalog/pattern_table.h"
#include "rules/catalog/provider.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// The rules of a run. Patterns are ready at once; a provider's file is decoded when it
/// is first asked for, so start-up does not pay for providers that are not there.
/// All members may be called from any thread.
class Catalog {
 public:
  /// The rules embedded at build time, plus `user_rules`: a directory of *.yaml files, one such
  /// file, or nothing. A user file replaces the embedded one of the same provider. Its probes
  /// are dropped unless `trust_user_probes`, because a rule file decides where a token is sent.
  /// `names`: what user files may call by name; not checked if empty.
  /// `depth`: which rules the patterns wake; the others can still be looked up.
  /// Throws RuleError with file, line and a suggestion for everything that is wrong.
  explicit Catalog(const std::filesystem::path& user_rules = {}, bool trust_user_probes = false,
                   const KnownNames& names = {}, Depth depth = Depth::thorough);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Indexed by Candidate::rule.
  std::span<const Pattern> patterns() const;
  /// Serialised Hyperscan database of patterns(); empty when user rules make it stale.
  std::string_view database() const;

  std::size_t size() const;  // number of providers, sorted by id
  std::string_view provider_id(std::size_t i) const;
  const Provider& provider(std::size_t i) const;    // decoded on first use
  const Provider* find(std::string_view id) const;  // nullptr if there is none

  /// The provider and token rule of patterns()[rule].
  const Provider& provider_of(std::uint32_t rule) const;
  const TokenRule& rule(std::uint32_t rule) const;

  Depth depth() const;

  /// Changes with any rule: for caches and reports. 16 hex digits.
  std::string_view version() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace overreach
