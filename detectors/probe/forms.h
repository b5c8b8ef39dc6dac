// The texts in which a credential could come back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/token.h"

namespace overreach {

/// A credential in every form in which it is sent: as it is, percent-encoded in a form, and as a part of base64, as a
/// Basic header has it. What a provider echoes is one of these.
class SentForms {
 public:
  explicit SentForms(const Token& token);

  /// `text` without any of them. Of base64 the whole run goes, because it can hold a user's name and some bits more.
  std::string removed_from(std::string_view text) const;

 private:
  void add(std::string_view secret, const std::string& masked);

  struct Form {
    Secret text;
    bool inside_base64 = false;
    std::string shown;
  };
  std::vector<Form> forms_;
};

}  // namespace overreach
