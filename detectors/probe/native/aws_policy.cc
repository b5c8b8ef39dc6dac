// An action is allowed where an Allow says so and no Deny does:
//
//     Allow s3:*           on arn:aws:s3:::data/*       s3:DeleteObject on arn:aws:s3:::data/*
//     Deny  s3:Delete*     on arn:aws:s3:::data/*       nothing is left
//     Deny  s3:Delete*     on arn:aws:s3:::data/keep/*  a doubt is left: not everywhere below data/
//
// Resources are patterns on both sides, so "does the Deny cover it?" is a question about two patterns. Conditions hold
// or not at the time of a call and are never evaluated: what hangs on one is a doubt.
#include "detectors/probe/native/aws_policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace overreach {
namespace {

using Json = nlohmann::json;

// AWS allows 6,144 characters for a managed policy and 10,240 for all inline ones of a role; white space is not
// counted.
constexpr std::size_t kLargestDocument = 64 << 10;
constexpr std::size_t kMostStatements = 500;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// A text or a list of texts. False for anything else.
bool read_texts(const Json& value, std::vector<std::string>& out) {
  if (value.is_string()) {
    out.push_back(value.get<std::string>());
    return true;
  }
  if (!value.is_array()) return false;
  for (const Json& one : value) {
    if (!one.is_string()) return false;
    out.push_back(one.get<std::string>());
  }
  return true;
}

/// Reads `key` or its negation; exactly one of them must be there.
bool read_either(const Json& statement, const char* key, const char* not_key, std::vector<std::string>& out,
                 bool& negated) {
  negated = statement.contains(not_key);
  if (negated == statement.contains(key)) return false;
  return read_texts(statement[negated ? not_key : key], out);
}

/// "${aws:username}" and the like stand for a text that only the call shows.
bool has_variable(const std::string& pattern) { return pattern.find("${") != std::string::npos; }

std::string without_variables(const std::string& pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t end = pattern.compare(i, 2, "${") == 0 ? pattern.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      out += pattern[i];
      continue;
    }
    out += '*';
    i = end;
  }
  return out;
}

bool read_statement(const Json& json, PolicyStatement& out) {
  if (!json.is_object() || !json.contains("Effect") || !json["Effect"].is_string()) return false;
  const std::string effect = json["Effect"].get<std::string>();
  if (effect != "Allow" && effect != "Deny") return false;
  out.allow = effect == "Allow";
  if (!read_either(json, "Action", "NotAction", out.actions, out.not_action)) return false;
  if (!read_either(json, "Resource", "NotResource", out.resources, out.not_resource)) return false;
  for (std::string& action : out.actions) action = lower(action);
  out.conditional = json.contains("Condition") && !json["Condition"].empty();
  for (std::string& resource : out.resources) {
    out.conditional = out.conditional || has_variable(resource);
    resource = without_variables(resource);
  }
  return true;
}

bool is_about(const PolicyStatement& statement, const std::string& action) {
  const bool named = std::any_of(statement.actions.begin(), statement.actions.end(),
                                 [&](const std::string& pattern) { return pattern_covers(pattern, action); });
  return named != statement.not_action;
}

bool covered(const std::vector<std::string>& patterns, const std::string& resource) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return pattern_covers(p, resource); });
}

bool met(const std::vector<std::string>& patterns, const std::string& resource) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return patterns_meet(p, resource); });
}

void doubt(AllowedAt& place, const char* why) {
  if (!place.certain) return;
  place.certain = false;
  place.doubt = why;
}

constexpr const char* kCondition = "under a condition that was not evaluated";
constexpr const char* kExcept = "except where the policy excludes it";

void add_allowed(const PolicyStatement& statement, std::vector<AllowedAt>& out) {
  const std::vector<std::string> everywhere = {"*"};
  for (const std::string& resource : statement.not_resource ? everywhere : statement.resources) {
    AllowedAt place{.resource = resource, .certain = true, .doubt = {}};
    if (statement.conditional) doubt(place, kCondition);
    if (statement.not_resource) doubt(place, kExcept);
    out.push_back(std::move(place));
  }
}

/// Denied everywhere but at the `resources`: what is allowed shrinks to them.
std::vector<AllowedAt> inside_only(const AllowedAt& place, const std::vector<std::string>& resources) {
  if (covered(resources, place.resource)) return {place};
  std::vector<AllowedAt> out;
  for (const std::string& resource : resources) {
    if (!patterns_meet(resource, place.resource)) continue;
    AllowedAt inside = place;
    if (pattern_covers(place.resource, resource))
      inside.resource = resource;
    else
      doubt(inside, kExcept);
    out.push_back(std::move(inside));
  }
  return out;
}

/// Sorted and unique, after each step: places that several Denies cut into must not multiply.
void settle(std::vector<AllowedAt>& places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
}

/// What a Deny leaves of one place.
std::vector<AllowedAt> left_of(AllowedAt place, const PolicyStatement& deny) {
  const bool touched =
      deny.not_resource ? !covered(deny.resources, place.resource) : met(deny.resources, place.resource);
  if (!touched) return {place};
  if (deny.conditional) {
    doubt(place, kCondition);
    return {place};
  }
  if (deny.not_resource) return inside_only(place, deny.resources);
  if (covered(deny.resources, place.resource)) return {};
  doubt(place, kExcept);
  return {place};
}

}  // namespace

/// Greedy, with one step back to the last '*': linear in practice, at most the product of both lengths. A '*' of
/// `inner` can only be taken by a '*' of `outer`, which makes the answer true of every text that `inner` matches.
bool pattern_covers(std::string_view outer, std::string_view inner) {
  std::size_t o = 0;
  std::size_t i = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (i < inner.size()) {
    if (o < outer.size() && outer[o] == '*') {
      star = o++;
      resume = i;
    } else if (o < outer.size() && inner[i] != '*' && (outer[o] == '?' || outer[o] == inner[i])) {
      ++o;
      ++i;
    } else if (star != std::string_view::npos) {
      o = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (o < outer.size() && outer[o] == '*') ++o;
  return o == outer.size();
}

/// Row by row: can the first i characters of `a` and the first j of `b` stand for the same text?
bool patterns_meet(std::string_view a, std::string_view b) {
  std::vector<char> row(b.size() + 1, 0);
  row[0] = 1;
  for (std::size_t j = 0; j < b.size(); ++j) row[j + 1] = static_cast<char>(row[j] != 0 && b[j] == '*');
  for (const char c : a) {
    std::vector<char> next(b.size() + 1, 0);
    next[0] = static_cast<char>(row[0] != 0 && c == '*');
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool same = c == b[j] || c == '?' || b[j] == '?';
      const bool star = c == '*' || b[j] == '*';
      next[j + 1] = star ? static_cast<char>(next[j] | row[j + 1]) : static_cast<char>(same && row[j] != 0);
    }
    row = std::move(next);
  }
  return row[b.size()] != 0;
}

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

Result<std::vector<PolicyStatement>> read_policy(std::string_view text) {
  if (text.size() > kLargestDocument) return fail(Error::Kind::limit, "a policy is larger than AWS allows");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("Statement")) return fail(Error::Kind::malformed, "a policy is no policy");
  const Json& list = json["Statement"];
  const Json single = list.is_object() ? Json::array({list}) : Json();
  const Json& statements = list.is_object() ? single : list;
  if (!statements.is_array() || statements.size() > kMostStatements)
    return fail(Error::Kind::malformed, "a policy has no list of statements");
  std::vector<PolicyStatement> out;
  for (const Json& one : statements) {
    PolicyStatement statement;
    if (!read_statement(one, statement))
      return fail(Error::Kind::malformed, "a statement of a policy is not understood");
    out.push_back(std::move(statement));
  }
  return out;
}

std::vector<AllowedAt> allowed_at(std::string_view action, const std::vector<PolicyStatement>& statements) {
  const std::string name = lower(action);
  std::vector<AllowedAt> places;
  for (const PolicyStatement& statement : statements)
    if (statement.allow && is_about(statement, name)) add_allowed(statement, places);
  settle(places);
  for (const PolicyStatement& statement : statements) {
    if (statement.allow || !is_about(statement, name)) continue;
    std::vector<AllowedAt> left;
    for (AllowedAt& place : places)
      for (AllowedAt& part : left_of(std::move(place), statement)) left.push_back(std::move(part));
    places = std::move(left);
    settle(places);
  }
  return places;
}

}  // namespace overreach
