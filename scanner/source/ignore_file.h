// .overreachignore: paths that are not read, and paths whose findings are only notes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace overreach {

/// The rules of an ignore file, in gitignore's syntax and with its meaning: the last rule that matches decides, `!`
/// takes back what rules above it said, and nothing under a skipped directory can be taken back.
///
///     # comment
///     vendor/                                     not read
///     skip *.min.js                               the same, said aloud
///     mute tests/fixtures/   made up for tests    read, reported as notes
///     !tests/fixtures/live/
///
/// May be used from several threads.
class IgnoreFile {
 public:
  struct Rule {
    enum class Kind : std::uint8_t { skip, mute, neither };
    Kind kind = Kind::skip;             // neither: a rule that begins with '!'
    std::uint32_t line = 0;             // 1-based
    std::string written;                // the pattern as it is in the file
    std::string reason;                 // why, in the owner's words; never empty for mute
    std::vector<std::string> segments;  // between slashes; "**" stands for any number of directories
    bool directories = false;           // matches directories only
  };

  /// No rules.
  IgnoreFile() = default;
  /// `name` is how messages and reports call the file. Throws UsageError that names line and way out.
  IgnoreFile(std::string name, std::string_view text);

  bool empty() const { return rules_.empty(); }
  const std::vector<Rule>& rules() const { return rules_; }

  /// The rule that decides about a path (relative to the root, '/' only), all directories above it considered; null
  /// when none does. Never one of kind `neither`.
  const Rule* decide(std::string_view path) const;

  /// Whether the path is skipped, for a walk that has not skipped a directory above it.
  const Rule* skips(std::string_view path, bool directory) const;

  /// Remembers that `rule` kept a path from being read.
  void count(const Rule& rule) const { ++counts_[static_cast<std::size_t>(&rule - rules_.data())]; }
  /// How many paths `rule` kept from being read; a directory is one.
  std::uint64_t counted(const Rule& rule) const { return counts_[static_cast<std::size_t>(&rule - rules_.data())]; }

  /// ".overreachignore:3".
  std::string place(const Rule& rule) const { return name_ + ":" + std::to_string(rule.line); }

 private:
  const Rule* last_match(std::string_view path, bool directory) const;

  std::string name_;
  std::vector<Rule> rules_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
};

/// Whether a pattern without slashes matches a name: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]` and `\` as in gitignore.
/// Takes time in proportion to the product of the lengths at most.
bool name_matches(std::string_view pattern, std::string_view name);

}  // namespace overreach
