#include "detectors/identify/reading.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>

#include "detectors/identify/regexes.h"

namespace overreach {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_caseless(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

Span span_of(std::string_view bytes, re2::StringPiece piece) {
  const auto begin = static_cast<std::uint64_t>(piece.data() - bytes.data());
  return {begin, begin + piece.size()};
}

int confidence_rank(std::string_view confidence) {
  if (confidence == "sure") return 0;
  return confidence == "likely" ? 1 : 2;
}

/// Smaller is more specific. Of two rules that know the value by a name, the one whose name is nearer.
auto rank(const Reading& r) {
  const TokenRule& rule = *r.rule;
  const bool shaped = rule.shaped || r.anchor != Pattern::Anchor::context;
  const std::uint64_t distance = rule.named ? r.match.size() : std::numeric_limits<std::uint64_t>::max();
  return std::make_tuple(shaped ? 0 : 1, ~r.secret.size(), rule.shaped ? 0 : 1, confidence_rank(rule.confidence),
                         distance, std::string_view(r.provider->id), std::string_view(rule.id), r.secret, r.match);
}

}  // namespace

bool is_public_role(std::string_view role) {
  constexpr std::string_view roles[] = {
      "access_key_id", "account",      "account_id", "account_name", "account_sid", "api_key_sid", "auth_source",
      "bucket",        "client_email", "client_id",  "cluster",      "database",    "domain",      "email",
      "endpoint",      "entity",       "host",       "instance",     "key_id",      "key_name",    "name",
      "org",           "organization", "port",       "project",      "project_id",  "region",      "scheme",
      "site",          "subdomain",    "tenant",     "tenant_id",    "url",         "user",        "workspace"};
  static_assert(std::is_sorted(std::begin(roles), std::end(roles)));
  return std::binary_search(std::begin(roles), std::end(roles), role);
}

std::optional<Reading> read(std::string_view bytes, const Candidate& candidate, const Catalog& catalog) {
  const Pattern& pattern = catalog.patterns()[candidate.rule];
  const re2::RE2& regex = compiled(pattern.regex);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  // The whole blob is the text, so \b and ^ see the same neighbours as the matcher did.
  if (candidate.span.end > bytes.size() ||
      !regex.Match({bytes.data(), bytes.size()}, candidate.span.begin, candidate.span.end, re2::RE2::ANCHOR_BOTH,
                   groups.data(), static_cast<int>(groups.size())))
    return std::nullopt;
  Reading out{candidate.rule,
              &catalog.rule(candidate.rule),
              &catalog.provider_of(candidate.rule),
              pattern.anchor,
              candidate.span,
              candidate.span,
              {},
              {},
              {}};
  for (const auto& [name, number] : regex.NamedCapturingGroups()) {
    const re2::StringPiece group = groups[static_cast<std::size_t>(number)];
    if (group.data() == nullptr || group.empty()) continue;
    const bool hidden = !is_public_role(name);
    if (name == "secret")
      out.secret = span_of(bytes, group);
    else
      out.parts.push_back({name, Secret(std::string(group)), hidden});
    if (name != "secret" && hidden) out.secret_parts.push_back(span_of(bytes, group));
  }
  return out;
}

std::size_t literal_length(const TokenRule& rule, std::string_view secret) {
  std::size_t longest = 0;
  for (const std::string& literal : rule.prefix)
    if (starts_with_caseless(secret, literal)) longest = std::max(longest, literal.size());
  return longest;
}

bool more_specific(const Reading& a, const Reading& b) { return rank(a) < rank(b); }

}  // namespace overreach
