#include "detectors/probe/database/grant_line.h"

#include <catch2/catch.hpp>

namespace overreach::testing {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a line of SHOW GRANTS is taken apart") {
  const auto line =
      parse_grant("GRANT SELECT, INSERT (`id`, `on`), DROP ON `shop`.`orders` TO `ana`@`%` WITH GRANT OPTION");
  REQUIRE(line);
  CHECK(line->privileges == Texts{"SELECT", "INSERT", "DROP"});
  CHECK(line->database == "shop");
  CHECK(line->table == "orders");
  CHECK(line->grant_option);
  CHECK_FALSE(line->revoked);
}

TEST_CASE("names in quotes may hold anything") {
  const auto line = parse_grant("GRANT SELECT ON `we``ird TO ON db`.`t.o` TO 'u'@'%'");
  REQUIRE(line);
  CHECK(line->database == "we`ird TO ON db");
  CHECK(line->table == "t.o");
}

TEST_CASE("the whole server, routines, roles and proxies") {
  CHECK(
      parse_grant("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED BY PASSWORD '*0123' WITH GRANT OPTION")
          ->privileges == Texts{"ALL PRIVILEGES"});
  CHECK(parse_grant("GRANT USAGE ON *.* TO `a`@`%`")->database == "*");
  const auto routine = parse_grant("GRANT EXECUTE ON PROCEDURE `shop`.`refund` TO `a`@`%`");
  CHECK(routine->routine);
  CHECK(routine->table == "refund");
  CHECK(parse_grant("GRANT `cleaner`@`%`,`reader`@`%` TO `a`@`%`")->roles == Texts{"`cleaner`@`%`", "`reader`@`%`"});
  const auto proxy = parse_grant("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION");
  CHECK(proxy->privileges == Texts{"PROXY"});
  CHECK(proxy->database == "*");
  CHECK(parse_grant("REVOKE INSERT ON `mysql`.* FROM `a`@`%`")->revoked);
}

TEST_CASE("what is no grant is none") {
  for (const char* line :
       {"", "SET DEFAULT ROLE `cleaner` FOR `a`@`%`", "GRANT", "GRANT SELECT ON", "GRANT `", "REVOKE "})
    CHECK_FALSE(parse_grant(line));
}

}  // namespace overreach::testing
