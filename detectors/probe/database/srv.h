// SRV and TXT records: the servers behind one name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/probe/database/patience.h"

namespace overreach {

struct SrvRecord {
  std::string host;
  unsigned port = 0;
};

/// What a name server answers for `name`: records of type SRV (33) or TXT (16). An answer that does not hold what its
/// lengths promise is an error; so is a name without records.
Result<std::vector<SrvRecord>> read_srv(std::string_view answer);
Result<std::vector<std::string>> read_txt(std::string_view answer);

/// Asks the name servers of this machine; the question is given up with `patience`.
Result<std::vector<SrvRecord>> find_srv(const std::string& name, const Patience& patience);
/// None is no error: most names have no TXT record.
Result<std::vector<std::string>> find_txt(const std::string& name, const Patience& patience);

}  // namespace overreach
