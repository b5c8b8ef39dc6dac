// What overreach says a sign-in can do, held against what the server then lets it do.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "detectors/probe/database/database.h"

namespace overreach::testing {

/// Something a sign-in may or may not be able to do at one place. Several acts of one capability and place are ways to
/// do it: one that works is enough.
struct Act {
  std::string capability;
  Where where;
  std::string command;  // in the language of the server
  bool undone = true;   // inside a transaction that is rolled back
};

/// A token as the scanner finds it in "scheme://user:password@127.0.0.1:port/database".
Token database_token(const std::string& provider, const std::string& user, const std::string& password, int port,
                     const std::string& database);

/// Asks about it with everything allowed that a user can allow. Throws for a provider that does not exist.
Reach ask_database(const Token& token);

/// Where the two disagree, one sentence each: proven and refused, or absent and allowed. `worked[i]` belongs to
/// acts[i]. Grants that are neither proven nor absent are not judged.
std::vector<std::string> disagreements(const Reach& reach, const std::vector<Act>& acts,
                                       const std::vector<bool>& worked);

}  // namespace overreach::testing
