#include "detectors/purpose/match_use.h"

#include <algorithm>
#include <cctype>

#include "detectors/purpose/graphql.h"
#include "detectors/purpose/route.h"
#include "detectors/purpose/value.h"

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find(separator);
    if (end != 0) out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

// "a.b.create" ends with "b.create"; `*` in a row is any one word.
bool ends_with_row(const std::vector<std::string_view>& path, const std::vector<std::string_view>& row) {
  if (row.size() > path.size()) return false;
  const std::size_t shift = path.size() - row.size();
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] != "*" && row[i] != path[shift + i]) return false;
  return true;
}

}  // namespace

CliMatch match_cli(const Provider& provider, const Words& words) {
  CliMatch best;
  std::size_t length = 0;
  for (const UseSpec& use : provider.uses) {
    for (const std::string& row : use.cli) {
      if (!row.starts_with(words[0]) && !row.starts_with("*")) continue;
      const RowFit fit = row_fits(row, words);
      if (fit.length <= length) continue;
      length = fit.length;
      best = {use.needs, row, fit.open};
    }
  }
  return best;
}

bool is_benign_command(const Words& words) {
  if (words.size() == 1) return words[0] != "psql";
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_any(words[i], {"--version", "-V", "--help", "-h", "help", "version", "completion"})) return true;
    if (!words[i].starts_with("-"))
      return is_any(words[i], {"login", "logout", "auth", "link", "unlink", "configure", "config", "init", "upgrade",
                               "docs", "open"});
  }
  return false;
}

RouteMatch match_route(const Provider& provider, std::string_view verb, std::string_view host, std::string_view path) {
  RouteMatch best;
  int score = -1;
  for (std::string_view candidate : {path, path.starts_with("/api/v3/") ? path.substr(7) : std::string_view()}) {
    if (candidate.empty() && !path.empty()) continue;
    for (const UseSpec& use : provider.uses) {
      for (const std::string& row : use.http) {
        const auto fit = route_fits(row, verb, host, candidate);
        if (!fit || *fit <= score) continue;
        score = *fit;
        best.needs = use.needs;
      }
    }
  }
  return best;
}

std::string match_graphql(const Provider& provider, std::string_view operation, std::string_view field) {
  const std::string wanted = std::string(operation) + " " + std::string(field);
  for (const UseSpec& use : provider.uses)
    if (std::find(use.graphql.begin(), use.graphql.end(), wanted) != use.graphql.end()) return use.needs;
  return {};
}

std::string_view sdk_language(std::string_view language) {
  if (language == "python") return "py";
  if (language == "c#") return "csharp";
  const bool own = std::find(kSdkLanguages.begin(), kSdkLanguages.end(), language) != kSdkLanguages.end();
  return own ? language : "js";  // TypeScript, and scripts inside workflow files
}

MethodMatch match_method(const Provider& provider, std::string_view language, const std::vector<std::string>& paths) {
  MethodMatch best;
  std::size_t length = 0;
  std::vector<std::vector<std::string_view>> called;
  for (const std::string& path : paths) called.push_back(split(path, '.'));
  const std::string_view key = sdk_language(language);
  for (const UseSpec& use : provider.uses) {
    const auto rows = use.sdk.find(key);
    if (rows == use.sdk.end()) continue;
    for (const std::string& row : rows->second) {
      // Most rows end in another word, and taking them apart is most of the work.
      const auto may_fit = [&](const auto& path) {
        return row.ends_with('*') || (!path.empty() && row.ends_with(path.back()));
      };
      if (std::none_of(called.begin(), called.end(), may_fit)) continue;
      const auto wanted = split(row, '.');
      if (wanted.size() <= length) continue;
      for (const auto& path : called) {
        if (!ends_with_row(path, wanted)) continue;
        length = wanted.size();
        best = {use.needs, row};
        break;
      }
    }
  }
  return best;
}

std::string match_action(const Provider& provider, std::string_view action) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
  };
  const std::string wanted = lower(action);
  for (const UseSpec& use : provider.uses)
    for (const std::string& row : use.action)
      if (lower(row) == wanted) return use.needs;
  return {};
}

std::string match_terraform(const Provider& provider, std::string_view type) {
  for (const UseSpec& use : provider.uses)
    if (std::find(use.terraform.begin(), use.terraform.end(), type) != use.terraform.end()) return use.needs;
  return {};
}

std::vector<std::string> sql_statements(std::string_view text) {
  std::vector<std::string> out;
  std::string statement;
  const auto flush = [&] {
    const std::size_t begin = statement.find_first_not_of(" \t\r\n(");
    if (begin != std::string::npos) out.push_back(statement.substr(begin));
    statement.clear();
  };
  char quote = 0;
  for (std::size_t i = 0; i < text.size() && out.size() < 256; ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      statement += c;
    } else if (text.substr(i, 2) == "--") {
      i = std::min(text.find('\n', i), text.size());
      statement += ' ';
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t close = text.find("*/", i);
      i = close == std::string_view::npos ? text.size() : close + 1;
    } else if (c == ';') {
      flush();
    } else {
      if (c == '\'' || c == '"') quote = c;
      statement += c;
    }
  }
  flush();
  return out;
}

SqlMatch match_sql(const Provider& provider, std::string_view statement) {
  std::string head;
  for (const char c : statement.substr(0, 200)) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (head.empty() || head.back() == ' ')) continue;
    head += space ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  SqlMatch best;
  for (const UseSpec& use : provider.uses) {
    for (const std::string& row : use.sql) {
      if (row.size() <= best.row.size() || !head.starts_with(row)) continue;
      const char next = head.size() > row.size() ? head[row.size()] : ' ';
      if (std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '_') continue;
      best = {use.needs, row};
    }
  }
  // "select a pizza" is prose: a lone first word counts only when something like SQL follows.
  if (best.row.find(' ') == std::string::npos && !best.row.empty() && head.size() < best.row.size() + 2) return {};
  return best;
}

std::vector<std::string> sql_tables(std::string_view statement) {
  std::vector<std::string> words(1);  // "FROM a, b" -> FROM | a | , | b
  for (const char c : statement.substr(0, 4096)) {
    const bool part =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '"' || c == kHole;
    if (part) {
      words.back() += c;
    } else {
      if (!words.back().empty()) words.emplace_back();
      if (c == '(' || c == ',') words.back() = c, words.emplace_back();
    }
  }
  const auto is = [&](std::size_t i, std::string_view keyword) {
    return i < words.size() && words[i].size() == keyword.size() &&
           std::equal(keyword.begin(), keyword.end(), words[i].begin(),
                      [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); });
  };
  const bool reads = is(0, "SELECT");
  std::vector<std::string> out;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool before = reads ? is(i, "FROM") || is(i, "JOIN")
                              : (is(i, "INTO") || (is(i, "UPDATE") && i == 0) || (is(i, "FROM") && is(0, "DELETE")) ||
                                 (is(i, "TRUNCATE") && !is(i + 1, "TABLE")) || (is(i, "TABLE") && is(0, "TRUNCATE")));
    if (!before || is(i + 1, "ONLY") || is(i + 1, "LATERAL")) continue;
    const std::string& table = words[i + 1];
    const bool named = std::isalpha(static_cast<unsigned char>(table[0])) != 0 || table[0] == '_' || table[0] == '"';
    if (named && table.find(kHole) == std::string::npos) out.push_back(table);
    if (!reads) break;
  }
  return out;
}

bool is_construct(const Provider& provider, std::string_view callee) {
  const auto& all = provider.clients.construct;
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return name == callee || name == last_word(callee); });
}

bool is_package(const Provider& provider, std::string_view module) {
  const auto fits = [&](const std::string& package) {
    return module == package ||
           (module.starts_with(package) && (module[package.size()] == '/' || module[package.size()] == '.'));
  };
  return std::any_of(provider.clients.packages.begin(), provider.clients.packages.end(),
                     [&](const auto& each) { return std::any_of(each.second.begin(), each.second.end(), fits); });
}

}  // namespace overreach::purpose
