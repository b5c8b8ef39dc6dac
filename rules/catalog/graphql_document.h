// Is this GraphQL document a read?
#pragma once

#include <string>
#include <string_view>

namespace overreach {

/// What is wrong with `document` as a probe, or empty when it is exactly one query operation
/// with exactly one root field. Fragments may follow, but not at the root. The words `mutation`
/// and `subscription` are refused wherever they stand outside a string: being strict costs nothing.
std::string graphql_objection(std::string_view document);

/// The root field of a document that graphql_objection() accepts: "apiToken".
std::string graphql_root_field(std::string_view document);

}  // namespace overreach
