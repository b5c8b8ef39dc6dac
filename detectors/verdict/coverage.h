// Which powers a need accounts for.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "detectors/model/need.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The needs of one token with their included capabilities. Borrows the need.
class Coverage {
 public:
  Coverage(const Need& need, const Provider& provider);

  /// True when a use in code (or the owner's word) asks for this power at this place. A need
  /// without a place asks for it everywhere; a need for staging does not cover production, and
  /// not "everywhere" either. Reading the resource that is worked on comes with it.
  bool covers(const Grant& grant) const;

  /// The weak reason to need it ("only a test uses it"), empty when there is none. Weak reasons
  /// cover nothing: a test that could run with another token is no purpose.
  std::string weak_reason(const Grant& grant) const;

 private:
  struct Entry {
    const NeededGrant* need = nullptr;
    std::vector<std::string> capabilities;  // the one named and what it includes; sorted
    std::string_view resource;
  };
  static bool asks_for(const Entry& entry, const Grant& grant);

  const Provider& provider_;
  std::vector<Entry> strong_, weak_;
};

}  // namespace overreach
