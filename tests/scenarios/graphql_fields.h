// Just enough GraphQL to see what a request is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace overreach::testing {

/// The operations of a document with the names of their root fields, aliases resolved.
struct GraphqlOperation {
  std::string type;                 // "query", "mutation", "subscription"
  std::vector<std::string> fields;  // root fields in order
};

/// Reads leniently: what it does not understand it skips. Strings and comments are ignored.
std::vector<GraphqlOperation> graphql_operations(std::string_view document);

}  // namespace overreach::testing
