// Annotated fixtures: code that says itself what it needs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "detectors/model/need.h"
#include "detectors/model/token.h"
#include "detectors/purpose/purpose.h"

namespace overreach::testing {

/// Files in memory.
class MemoryCode : public CodeBase {
 public:
  explicit MemoryCode(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  std::vector<std::string> paths() const override;
  Result<std::string> read(const std::string& path) const override;

 private:
  std::map<std::string, std::string> files_;
};

/// A secret of `provider`'s length and alphabet with nothing live about it; the same for the same seed.
std::string synthetic_secret(const std::string& provider, unsigned seed = 0);

/// A token whose sites are every place of `secret` in `files`; `name` is what it is assigned to.
Token make_token(const std::string& provider, const std::string& name, const std::string& secret,
                 const std::map<std::string, std::string>& files);

/// One fixture file. Its first lines say which credential it is about and where it lies:
///   # credential: railway RAILWAY_API_TOKEN      (a .env with that name is added, unless {token} stands in the file)
///   # file: scripts/deploy.sh                     starts a file of the fixture; there may be several
///   # confidence: low                             of the whole need
///   # expect: need domain.write package.json:3    for languages without comments
/// and above a line: `# need: domain.write @ environment=production`, `# none`, `# unknown`.
struct Fixture {
  std::string path;
  Token token;
  std::map<std::string, std::string> files;
  std::map<std::string, std::set<std::string>> needs;  // "domain.write @ …" -> "path:line"
  std::set<std::string> unknown;                       // "path:line"
  std::set<std::string> none;
  std::string confidence;
};

Fixture read_fixture(const std::string& path);
/// Files of tests/purpose/fixtures, which must be read exactly, or of tests/purpose/corpus, which is measured.
std::vector<std::string> fixture_paths(const std::string& directory = "fixtures");

/// What is wrong with `need` in the eyes of the fixture; empty: nothing.
std::string differences(const Fixture& fixture, const Need& need);

}  // namespace overreach::testing
