// From values to texts: constants are followed, parameters are taken from one call site at a time.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "detectors/purpose/program.h"

namespace overreach::purpose {

/// The call sites that are assumed while a function is looked at: scope of the function -> the call.
struct Context {
  std::vector<std::pair<std::string, const CallSite*>> calls;
  const CallSite* find(const std::string& function) const;
};

/// Evaluates values to texts. Not shared by threads.
class Resolver {
 public:
  Resolver(const Program& program, Context context) : program_(program), context_(std::move(context)) {}

  /// At most 8 alternatives; what is not known is kHole. Never empty.
  std::vector<std::string> texts(const Value& value, const std::string& path, unsigned depth = 0);
  /// The text when there is exactly one and it has no hole.
  std::optional<std::string> literal(const Value& value, const std::string& path);
  /// Every text in `value` and behind its names, for documents that lie somewhere in a call.
  std::vector<std::string> all_texts(const Value& value, const std::string& path);
  /// Literal value of the first member called one of `keys`, anywhere in `value` and behind its names.
  std::optional<std::string> member_text(const Value& value, const std::vector<std::string>& keys,
                                         const std::string& path);

  /// What the assumed call site passes for a parameter; null: nothing, or no call site is assumed yet.
  const Value* argument(const Name& parameter);

  /// Scopes of functions whose parameters were met without a call site.
  const std::set<std::string>& needed() const { return needed_; }

 private:
  std::vector<std::string> name_texts(const Value& value, const std::string& path, unsigned depth);
  std::vector<std::string> bound_texts(const Name& name, unsigned depth);
  void collect(const Value& value, const std::string& path, unsigned depth, std::vector<std::string>& out);

  const Program& program_;
  Context context_;
  std::set<std::string> needed_;
  std::vector<const Name*> open_;  // being evaluated: `x="$x y"` does not go round and round
  std::unordered_map<Name, std::vector<std::string>, NameHash> known_;
  std::size_t cuts_ = 0;       // evaluations that a bound or a circle ended; what they are part of is not remembered
  std::size_t budget_ = 4096;  // evaluations left, so that hostile code cannot make this exponential
};

}  // namespace overreach::purpose
