// Texts of a database are somebody else's words.
#include "detectors/probe/database/granting.h"

#include <catch2/catch.hpp>

#include "scanner/base/base64.h"
#include "scanner/base/hash.h"
#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/leaks.h"
#include "tests/support/real_server.h"

namespace overreach::testing {

TEST_CASE("a database's text loses the password in every form in which it was sent") {
  const std::string password = fresh_password();
  const Provider provider = load_provider("postgres");
  // In a URL it stands with an escape, and is sent without.
  const Token token = database_token("postgres", "app", password + "%2F%40x", 5432, "shop");
  const Granting granting(token, provider);
  const std::string plain = password + "/@x";
  for (const std::string& echo :
       {plain, password + "%2F%40x", password + "%2f%40x", base64(plain), base64("app:" + plain),
        base64(std::string("\0app\0", 5) + plain), base64_url("ab" + plain)}) {
    const std::string shown = granting.safe("role " + echo + " is not permitted");
    INFO(shown);
    CHECK(leaks_of(plain, shown).empty());
    CHECK(leaks_of(password, shown).empty());
    CHECK(shown.find(" is not permitted") != std::string::npos);
  }
  CHECK(granting.safe("plain\x1b[2J words") == granting.safe(granting.safe("plain\x1b[2J words")));
}

}  // namespace overreach::testing
