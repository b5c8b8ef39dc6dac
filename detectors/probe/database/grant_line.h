// One line of SHOW GRANTS.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// `GRANT SELECT, INSERT (a, b) ON shop.orders TO ... WITH GRANT OPTION`, taken apart. Who it is granted to, and the
/// password digest that MariaDB puts there, are left out.
struct GrantLine {
  bool revoked = false;                 // a line that begins with REVOKE (MySQL's partial revokes)
  std::vector<std::string> privileges;  // upper case, without columns
  std::vector<std::string> roles;       // instead of privileges; quoted as they stand
  std::string database = "*";           // without quotes; may hold % and _ when `table` is *
  std::string table = "*";              // or a routine
  bool routine = false;
  bool grant_option = false;
};

/// nullopt for a line that grants nothing (SET DEFAULT ROLE) or cannot be understood.
std::optional<GrantLine> parse_grant(std::string_view line);

}  // namespace overreach
