#include "detectors/purpose/route.h"

#include <algorithm>
#include <cctype>

#include "detectors/purpose/graphql.h"

namespace overreach::purpose {
namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty()) out.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

bool wildcard(std::string_view segment) {
  return segment == "*" || segment.front() == '{' || segment.front() == ':' || segment.front() == '<';
}

}  // namespace

std::optional<Address> read_address(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || colon > 20) return std::nullopt;
  for (const char c : text.substr(0, colon))
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.') return std::nullopt;
  Address out;
  out.scheme = std::string(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  // A hole right behind the host may hold the path, or more of the host: only the first can be told apart by a dot.
  std::string_view host = authority.substr(0, authority.find_first_of(std::string(":") + kHole));
  std::string path(rest.substr(end));
  if (const std::size_t hole = authority.find(kHole); hole != std::string_view::npos) path = kHole + path;
  if (host.empty() || host.ends_with('.')) return std::nullopt;
  out.host = std::string(host);
  std::transform(out.host.begin(), out.host.end(), out.host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  out.path = path.substr(0, path.find_first_of("?#"));
  return out;
}

bool host_fits(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  return host.size() > pattern.size() - 1 && host.ends_with(pattern.substr(1));
}

std::optional<int> route_fits(std::string_view row, std::string_view verb, std::string_view host,
                              std::string_view path) {
  const std::size_t space = row.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view row_verb = row.substr(0, space);
  std::string_view row_path = row.substr(space + 1);
  if (row_verb != "*" && row_verb != "ANY" && row_verb != verb) return std::nullopt;
  if (!row_path.starts_with("/")) {
    const std::size_t slash = std::min(row_path.find('/'), row_path.size());
    if (!host_fits(row_path.substr(0, slash), host)) return std::nullopt;
    row_path.remove_prefix(slash);
  }
  row_path = row_path.substr(0, row_path.find('?'));
  const auto want = segments(row_path), have = segments(path);
  int score = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i] == "**") return score;
    if (i == have.size()) return std::nullopt;
    if (wildcard(want[i]))
      ++score;
    else if (want[i] == have[i])
      score += 100;
    else
      return std::nullopt;
  }
  if (have.size() != want.size()) return std::nullopt;
  return score + 1;
}

}  // namespace overreach::purpose
