// The `uses` rows of a provider, looked up by each of their forms. Empty `needs`: no row fits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/purpose/command_line.h"
#include "rules/catalog/provider.h"

namespace overreach::purpose {

struct CliMatch {
  std::string needs;
  std::string row;
  bool open = false;
};
/// The longest row wins.
CliMatch match_cli(const Provider& provider, const Words& words);
/// `--version`, `help`, `login`: use nothing.
bool is_benign_command(const Words& words);

struct RouteMatch {
  std::string needs;
};
/// The most literal row wins.
RouteMatch match_route(const Provider& provider, std::string_view verb, std::string_view host, std::string_view path);

std::string match_graphql(const Provider& provider, std::string_view operation, std::string_view field);

/// The key of ByLanguage for a language of FileFacts: "python" -> "py".
std::string_view sdk_language(std::string_view language);

struct MethodMatch {
  std::string needs;
  std::string row;
};
/// A row fits a dotted path that ends with it; the longest row wins.
MethodMatch match_method(const Provider& provider, std::string_view language, const std::vector<std::string>& paths);

std::string match_action(const Provider& provider, std::string_view action);

/// What making a resource of this type needs.
std::string match_terraform(const Provider& provider, std::string_view type);

/// Statements of an SQL text, comments removed.
std::vector<std::string> sql_statements(std::string_view text);
struct SqlMatch {
  std::string needs;
  std::string row;
};
SqlMatch match_sql(const Provider& provider, std::string_view statement);
/// The tables that a statement works on, where they are written out: FROM and JOIN of a SELECT, the target of others.
std::vector<std::string> sql_tables(std::string_view statement);

bool is_construct(const Provider& provider, std::string_view callee);
bool is_package(const Provider& provider, std::string_view module);

}  // namespace overreach::purpose
