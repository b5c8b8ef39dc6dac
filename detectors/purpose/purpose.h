// Works out from code what tokens are for.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/need.h"
#include "detectors/model/token.h"
#include "rules/catalog/catalog.h"
#include "scanner/base/result.h"

namespace overreach {

/// The files purpose may read. Implementations: a directory, the index, a commit.
class CodeBase {
 public:
  virtual ~CodeBase() = default;
  /// Paths of regular files relative to the root, sorted, '/' only.
  virtual std::vector<std::string> paths() const = 0;
  /// The bytes of one of them. Called from several threads.
  virtual Result<std::string> read(const std::string& path) const = 0;
};

/// The need of each token: element i belongs to tokens[i].
///
/// Only files that mention a name, host, program or package of one of the tokens are
/// parsed. `declarations` are the owner's words from overreach.yaml. Every secret of
/// every token is masked in the evidence. Throws UsageError when a declaration names a capability that the
/// provider does not have.
std::vector<Need> infer_needs(std::span<const Token> tokens, const Catalog& catalog, const CodeBase& code,
                              std::span<const Declaration> declarations, unsigned workers);

/// A credential that code names and no file that was read holds.
struct NamedCredential {
  std::string provider;
  std::vector<std::string> names;  // variables or secrets of CI that go to the same uses; sorted, never empty
  bool ambient = false;            // the code names none of them: the provider's library finds it by itself
};

struct NamedCredentials {
  std::vector<NamedCredential> list;  // sorted
  bool complete = true;               // false: time was up before all code was looked at
};

/// What variables the code hands to a provider's tools, for every provider of the catalog that the code uses.
/// Bounded in time like infer_needs().
NamedCredentials named_credentials(const Catalog& catalog, const CodeBase& code, unsigned workers);

/// Declarations that speak of none of `tokens`; needs[i] belongs to tokens[i].
std::vector<Declaration> stale_declarations(std::span<const Declaration> declarations, std::span<const Token> tokens,
                                            std::span<const Need> needs);

/// Reads the `purposes:` of an overreach.yaml. `today` is an ISO date, for expiry.
/// Throws UsageError with line and suggestion when a field is unknown or a value is wrong.
std::vector<Declaration> read_declarations(const std::string& path, std::string_view yaml, std::string_view today);

}  // namespace overreach
