// From privileges, as a server names them, to grants.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "detectors/probe/forms.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// Collects what one sign-in may do. Texts that come from the server are made safe here.
class Granting {
 public:
  Granting(const Token& token, const Provider& provider) : forms_(token), provider_(provider) {}

  /// `privilege` is a key of the provider file's `grants`; one that is not there becomes an unmapped scope.
  void privilege(const std::string& privilege, const Where& where, Proof proof = Proof::proven);
  /// One capability by id.
  void capability(const std::string& id, const Where& where, Proof proof = Proof::proven);
  /// Takes away what `unwanted(capability)` says, such as writes on a replica.
  template <class Test>
  void drop(const Test& unwanted) {
    std::erase_if(powers_.grants,
                  [&](const Grant& grant) { return unwanted(*provider_.capability(grant.capability)); });
  }

  void resource(std::string_view type, std::string_view name, const Where& where);
  void note(const std::string& sentence) { powers_.notes.push_back(safe(sentence)); }
  Powers& powers() { return powers_; }

  /// Removes the credential, in every form in which it could come back, from a text of the server's, and makes it fit
  /// for a terminal.
  std::string safe(std::string_view text) const;

  /// Sorted, unique.
  Powers finish() &&;

 private:
  SentForms forms_;
  const Provider& provider_;
  Powers powers_;
};

}  // namespace overreach
