// Finds candidates: Hyperscan finds the literals, RE2 confirms in a window round each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/match/pattern.h"

namespace overreach {

/// Serialised Hyperscan database of all literals of `patterns`, for any x86-64 CPU.
/// Throws RuleError when a literal cannot be compiled.
std::string compile_literals(std::span<const Pattern> patterns);

/// Throws RuleError unless both engines take the pattern.
void check_pattern(const Pattern& pattern);

/// Finds every match of every pattern in a block of bytes.
///
/// Shared and const: any number of threads may scan at once, each with its own Scratch.
/// Time is linear in the bytes times the rules whose literals occur: overlapping
/// windows of one rule are merged before RE2 sees them.
class Matcher {
 public:
  /// Per-thread working memory. Not shareable.
  class Scratch {
   public:
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;
    ~Scratch();

   private:
    friend class Matcher;
    struct Impl;
    explicit Scratch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };

  /// `database` comes from compile_literals(patterns); empty: compiled now.
  /// `patterns` is borrowed and must outlive the matcher.
  explicit Matcher(std::span<const Pattern> patterns, std::string_view database = {});
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  Scratch scratch() const;

  /// Appends the candidates of `bytes` to `out`, sorted by (begin, end, rule), without duplicates.
  void scan(std::string_view bytes, Scratch& scratch, std::vector<Candidate>& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace overreach
