// What providers answered a few minutes ago.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "detectors/probe/target.h"
#include "scanner/source/private_database.h"

namespace overreach {

/// Remembers for ten minutes what whole conversations came to. It holds no credential and no answer: identities, places
/// and powers, as a report has them, under a digest of the credential that is keyed with 32 random bytes of this
/// machine. Both files are readable by their owner alone. Whatever is wrong with them, probing goes on without. Any
/// thread.
class ReachCache {
 public:
  /// How old an answer may be.
  static constexpr std::chrono::seconds kLife{600};

  /// `program` names rules and program: what another one remembered is not found. Null when `directory` cannot be used.
  static std::unique_ptr<ReachCache> open(const std::filesystem::path& directory, std::string_view program);
  /// Deletes what open() has made in `directory`; true when there was something.
  static bool clear(const std::filesystem::path& directory);

  /// Names a conversation: the credential with all that belongs to it, whom it goes to, what it may cost.
  std::string key(const Token& token, const Target& target, const ProbeOptions& options) const;

  struct Known {
    Reach reach;
    std::chrono::seconds age;
  };
  /// `now` in seconds since 1970.
  std::optional<Known> find(const std::string& key, std::int64_t now) const;
  /// Only what is Live or Dead is remembered.
  void remember(const std::string& key, const Reach& reach, std::int64_t now);

 private:
  ReachCache(SqlDatabase database, std::string secret, std::string_view program);

  SqlDatabase database_;
  const std::string secret_;
  const std::string program_;
  mutable std::mutex mutex_;
};

}  // namespace overreach
