#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>

#include "detectors/purpose/declare.h"
#include "detectors/purpose/purpose.h"

namespace overreach {
namespace {

constexpr std::string_view kFields[] = {"credential", "needs", "where", "reason", "expires"};
// Other rooms read their own parts of the same file.
constexpr std::string_view kPurposes = "purposes";

[[noreturn]] void refuse(const std::string& path, const YAML::Mark& mark, const std::string& message) {
  throw UsageError(path + ":" + std::to_string(mark.line + 1) + ": " + message);
}

unsigned distance(std::string_view a, std::string_view b) {
  std::vector<unsigned> row(b.size() + 1);
  for (unsigned i = 0; i <= b.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    unsigned diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const unsigned above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](std::string_view a, std::string_view b) {
    return distance(word, a) < distance(word, b);
  });
  if (best == known.end() || distance(word, *best) > 3) return {};
  return "; did you mean '" + std::string(*best) + "'?";
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u})
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  const int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::string scalar(const std::string& path, const YAML::Node& node, const std::string& field) {
  if (!node.IsScalar() || node.Scalar().empty()) refuse(path, node.Mark(), "'" + field + "' must be a text");
  return node.Scalar();
}

void read_field(const std::string& path, const std::string& field, const YAML::Node& value, Declaration& out) {
  if (field == "credential") out.credential = scalar(path, value, field);
  if (field == "reason") out.reason = scalar(path, value, field);
  if (field == "needs") {
    if (!value.IsSequence())
      refuse(path, value.Mark(), "'needs' must be a list of capabilities, such as [domain.write]");
    for (const YAML::Node& need : value) out.needs.push_back(scalar(path, need, "needs"));
  }
  if (field == "where") {
    if (!value.IsMap()) refuse(path, value.Mark(), "'where' must be a map, such as {environment: production}");
    for (const auto& entry : value)
      out.where.set(scalar(path, entry.first, "where"), scalar(path, entry.second, "where"));
  }
  if (field == "expires") {
    out.expires = scalar(path, value, field);
    if (!is_date(out.expires))
      refuse(path, value.Mark(), "'expires' must be a date such as 2027-03-01, not '" + out.expires + "'");
  }
}

Declaration read_declaration(const std::string& path, const YAML::Node& node, std::string_view today) {
  if (!node.IsMap()) refuse(path, node.Mark(), "each purpose is a map with 'credential', 'needs' and 'reason'");
  Declaration out;
  out.path = path;
  out.line = static_cast<std::uint32_t>(node.Mark().line + 1);
  for (const auto& entry : node) {
    const std::string field = scalar(path, entry.first, "field");
    if (std::find(std::begin(kFields), std::end(kFields), field) == std::end(kFields))
      refuse(path, entry.first.Mark(), "unknown field '" + field + "' of a purpose" + suggestion(field, kFields));
    read_field(path, field, entry.second, out);
  }
  if (out.credential.empty())
    refuse(path, node.Mark(), "a purpose without 'credential': the name or finding id it is for");
  if (out.needs.empty()) refuse(path, node.Mark(), "a purpose without 'needs': the capabilities it declares");
  if (out.reason.empty())
    refuse(path, node.Mark(), "a purpose without 'reason': why " + out.credential + " needs this");
  // ISO dates compare as texts. The day itself still counts.
  out.expired = !out.expires.empty() && out.expires < today;
  return out;
}

}  // namespace

std::vector<Declaration> read_declarations(const std::string& path, std::string_view yaml, std::string_view today) {
  std::vector<Declaration> out;
  YAML::Node root;
  try {
    root = YAML::Load(std::string(yaml));
  } catch (const YAML::Exception& e) {
    refuse(path, e.mark, e.msg);
  }
  if (!root.IsDefined() || root.IsNull()) return out;
  if (!root.IsMap()) refuse(path, root.Mark(), "the file must be a map with 'purposes'");
  for (const auto& entry : root) {
    const std::string field = scalar(path, entry.first, "field");
    if (field == kPurposes) continue;
    const std::string_view known[] = {kPurposes};
    refuse(path, entry.first.Mark(), "unknown field '" + field + "'" + suggestion(field, known));
  }
  const YAML::Node purposes = root[std::string(kPurposes)];
  if (!purposes.IsDefined() || purposes.IsNull()) return out;
  if (!purposes.IsSequence()) refuse(path, purposes.Mark(), "'purposes' must be a list");
  for (const YAML::Node& node : purposes) out.push_back(read_declaration(path, node, today));
  return out;
}

namespace purpose {

namespace {

// A capability that the provider does not have would silently declare nothing.
void require_capability(const Provider& provider, const Declaration& declaration, const std::string& id) {
  if (provider.capability(id) != nullptr || provider.capabilities.empty()) return;
  std::vector<std::string_view> known;
  for (const Capability& capability : provider.capabilities) known.push_back(capability.id);
  throw UsageError(declaration.path + ":" + std::to_string(declaration.line) + ": " + provider.title +
                   " has no capability '" + id + "'" + suggestion(id, known));
}

void declare(const Declaration& declaration, const Provider* provider, Need& need) {
  Declaration own = declaration;
  for (const std::string& id : declaration.needs) {
    if (provider != nullptr) require_capability(*provider, declaration, id);
    const bool used = std::any_of(need.grants.begin(), need.grants.end(), [&](const NeededGrant& grant) {
      return !grant.declared && grant.capability == id && grant.confidence >= Confidence::likely;
    });
    if (!used) own.wider.push_back(id);
    if (declaration.expired) continue;
    NeededGrant grant;
    grant.capability = id;
    if (const Capability* known = provider == nullptr ? nullptr : provider->capability(id))
      grant.effect = known->effect;
    grant.where = declaration.where;
    grant.confidence = Confidence::certain;
    grant.declared = true;
    grant.evidence.push_back({declaration.path, declaration.line, declaration.reason.substr(0, 160),
                              "declares that " + declaration.credential + " is for " + id});
    need.grants.push_back(std::move(grant));
  }
  // Several may speak of one credential: what is in force is shown before what has expired.
  if (!need.declared || (need.declared->expired && !own.expired)) {
    need.declared = std::move(own);
  } else if (need.declared->expired == own.expired) {
    need.declared->needs.insert(need.declared->needs.end(), own.needs.begin(), own.needs.end());
    need.declared->wider.insert(need.declared->wider.end(), own.wider.begin(), own.wider.end());
  }
}

// What code does and no declaration in force covers, in capability or in place.
std::vector<std::string> undeclared(const Need& need, const Provider* provider) {
  std::vector<std::string> out;
  for (const NeededGrant& grant : need.grants) {
    if (grant.declared || grant.confidence < Confidence::likely) continue;
    const bool covered = std::any_of(need.grants.begin(), need.grants.end(), [&](const NeededGrant& word) {
      if (!word.declared || !word.where.meets(grant.where)) return false;
      const auto with = provider == nullptr ? std::vector{word.capability} : provider->expand({word.capability});
      return std::find(with.begin(), with.end(), grant.capability) != with.end();
    });
    const std::string text = grant.capability + (grant.where.everywhere() ? "" : " (" + grant.where.text() + ")");
    if (!covered && std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
  }
  return out;
}

}  // namespace

void apply_declarations(const Token& token, const Provider* provider, std::span<const Declaration> declarations,
                        Need& need) {
  for (const Declaration& declaration : declarations) {
    const bool named = std::find(need.names.begin(), need.names.end(), declaration.credential) != need.names.end();
    if (declaration.credential == token.id || named) declare(declaration, provider, need);
  }
  if (need.declared && !need.declared->expired) {
    need.confidence = Confidence::certain;
    need.declared->narrower = undeclared(need, provider);
  }
  std::sort(need.grants.begin(), need.grants.end(), [](const NeededGrant& a, const NeededGrant& b) {
    return std::tie(a.capability, a.where, a.declared) < std::tie(b.capability, b.where, b.declared);
  });
}

}  // namespace purpose

std::vector<Declaration> stale_declarations(std::span<const Declaration> declarations, std::span<const Token> tokens,
                                            std::span<const Need> needs) {
  std::vector<Declaration> out;
  for (const Declaration& declaration : declarations) {
    bool matches = false;
    for (std::size_t i = 0; i < tokens.size() && !matches; ++i) {
      const std::vector<std::string>& names = needs[i].names;
      matches = declaration.credential == tokens[i].id ||
                std::find(names.begin(), names.end(), declaration.credential) != names.end();
    }
    if (!matches) out.push_back(declaration);
  }
  return out;
}

}  // namespace overreach
