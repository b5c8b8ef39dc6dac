// Logins in URLs, where user and password have escapes.
#include <algorithm>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {

/// The user as it is meant, and the password as a companion: what a server has to be sent.
void decode_url_login(const TokenRule&, const Provider&, Token& token) {
  for (Companion& companion : token.companions)
    if (companion.role == "user") companion.value = Secret(percent_decode(companion.value.reveal()));
  token.companions.push_back({"password", Secret(percent_decode(token.secret.reveal())), true});
  std::sort(token.companions.begin(), token.companions.end(),
            [](const Companion& a, const Companion& b) { return a.role < b.role; });
}

}  // namespace overreach
