// From what was heard to what the token can do.
#pragma once

#include "detectors/model/reach.h"
#include "detectors/model/token.h"
#include "detectors/probe/conversation.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The verdict of a conversation. `upto` is the bound without asking, for Unknown.
Reach assemble(const Heard& heard, const Token& token, const Provider& provider, Powers upto);

/// What is documented for every kind in `kinds`, at `where`; nothing is proven.
std::vector<Grant> documented_grants(const std::vector<std::string>& kinds, const Provider& provider,
                                     const Where& where);

/// Sorted; of equal capability and place only the strongest proof.
void settle(std::vector<Grant>& grants);

}  // namespace overreach
