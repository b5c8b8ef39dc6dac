// Logins of registries as Docker keeps them: base64 of user:password.
#include <algorithm>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {

/// The two halves become companions: the user for the reader and for the probe, the password so that it is hidden
/// wherever it comes back.
void decode_docker_login(const TokenRule&, const Provider&, Token& token) {
  const auto pair = base64_decode(token.secret.reveal());
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos || colon == 0 || colon + 1 == pair->size()) return;
  const std::string user = plain(pair->substr(0, colon));
  if (token.companion("user") == nullptr) token.companions.push_back({"user", Secret(user), false});
  token.companions.push_back({"password", Secret(pair->substr(colon + 1)), true});
  std::sort(token.companions.begin(), token.companions.end(),
            [](const Companion& a, const Companion& b) { return a.role < b.role; });
  token.facts["user"] = user;
}

}  // namespace overreach
