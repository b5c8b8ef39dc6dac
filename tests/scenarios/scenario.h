// Whole repositories for tests, built from files and a script of their commits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_dir.h"

namespace overreach::testing {

/// Values for the placeholders of a scenario. The value of a name depends on the seed and
/// the name only, so that a new placeholder does not change the others. No value is ever
/// written down: all are drawn when the test runs.
class Placeholders {
 public:
  explicit Placeholders(std::uint64_t seed) : seed_(seed) {}

  /// A value shaped as its name says: ..._ID is a UUID, RAILWAY_..._TOKEN a UUID, STRIPE_KEY
  /// a live secret key, GITHUB_TOKEN a classic token with a valid checksum, ..._PASSWORD 24
  /// letters and digits. Throws std::invalid_argument for other names.
  std::string value(std::string_view name) const;

 private:
  std::uint64_t seed_;
};

/// True for a placeholder that is an identifier and no credential.
bool is_identifier_name(std::string_view name);

/// A repository on disk. It goes away with the object.
class Scenario {
 public:
  /// Builds tests/scenarios/<name> with the git program, away from the user's
  /// configuration. Throws std::runtime_error with file and line, or git's words.
  explicit Scenario(const std::string& name, std::uint64_t seed = 1);

  /// The working tree, with `.git` in it.
  const std::filesystem::path& root() const { return root_; }
  /// An empty home directory beside it.
  const std::filesystem::path& home() const { return home_; }
  /// Placeholder -> value for what the files hold: the plain text to look for in leak tests.
  const std::map<std::string, std::string>& secrets() const { return secrets_; }
  /// Placeholder -> value for identifiers.
  const std::map<std::string, std::string>& ids() const { return ids_; }
  /// Full hex ids in the order of the script.
  const std::vector<std::string>& commits() const { return commits_; }
  /// Any value of this scenario's seed, also of names that no file holds.
  std::string value(std::string_view name) const { return placeholders_.value(name); }

 private:
  struct Commit;
  void run_script(const std::filesystem::path& source);
  void apply(const std::filesystem::path& source, const std::string& step);
  void commit(const Commit& commit);
  std::string filled(std::string text);
  std::string git(const std::vector<std::string>& arguments, const Commit* commit = nullptr) const;

  TempDir directory_;
  std::filesystem::path root_, home_;
  Placeholders placeholders_;
  std::map<std::string, std::string> secrets_, ids_;
  std::vector<std::string> commits_;
};

}  // namespace overreach::testing
