// What a GraphQL document asks for: operation and root fields, never the operation's own name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace overreach::purpose {

/// Stands in a text for something that is not known.
constexpr char kHole = '\x1a';

struct RootField {
  std::string operation;  // query, mutation, subscription
  std::string field;      // the field, not its alias
};

struct GraphqlText {
  bool document = false;  // false: not GraphQL at all
  bool complete = true;   // false: a hole or an error where a field should be
  std::vector<RootField> fields;
  std::map<std::string, std::string> arguments;  // literal string arguments at any depth
};

GraphqlText read_graphql(std::string_view text);

/// The documents in a request body: the text itself, `{"query": "…"}`, or `query=…`.
std::vector<std::string> graphql_documents(std::string_view body);

}  // namespace overreach::purpose
