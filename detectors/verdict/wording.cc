#include "detectors/verdict/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "detectors/verdict/weigh.h"

namespace overreach {
namespace {

/// Without a full stop, so that it can stand inside a sentence.
std::string clause(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string lower_first(std::string text) {
  const bool acronym = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1])) != 0;
  if (!text.empty() && !acronym) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string purpose(const Need& need) {
  std::set<std::string> ids;
  for (const NeededGrant& grant : need.grants)
    if (grant.confidence >= Confidence::likely) ids.insert(grant.capability);
  if (!ids.empty()) return "is for " + list({ids.begin(), ids.end()}, 3);
  if (need.confidence == Confidence::unknown) return "has a purpose that is not known";
  return "has no use in the code that was read";
}

/// The thing an act would hit, production before the rest.
const Resource* target(const Excess& excess, const Powers& powers, const Provider& provider) {
  const Capability* capability = provider.capability(excess.grant.capability);
  if (capability == nullptr) return nullptr;
  const Resource* found = nullptr;
  for (const Resource& resource : powers.resources) {
    if (resource.type != capability->resource || !resource.where.meets(excess.grant.where)) continue;
    const bool production = environment_of(resource.where.get("environment")) == Environment::production;
    if (found == nullptr) found = &resource;
    if (production) return &resource;
  }
  return found;
}

/// "destroy the production volume `pgdata` and its backups", or the capability's title.
std::string act(const Excess& excess, const Powers& powers, const Provider& provider) {
  const std::string title = lower_first(clause(excess.title));
  const Resource* hit = excess.grant.effect == Effect::destroy ? target(excess, powers, provider) : nullptr;
  const std::string backups = excess.takes_backups ? " and its backups" : "";
  const auto named = [](std::string_view text) { return text.empty() ? std::string() : std::string(text) + " "; };
  if (hit != nullptr) {
    const std::string_view name = hit->name.empty() ? hit->id : hit->name;
    std::string_view environment = hit->where.get("environment");
    if (hit->type == "environment") environment = {};
    return fmt::format("destroy the {}{} `{}`{}", named(environment), hit->type, name, backups);
  }
  const std::string place = excess.grant.where.everywhere() ? "" : " (" + excess.grant.where.text() + ")";
  return title + (excess.takes_backups && title.find("backup") == std::string::npos ? ", with its backups" : "") +
         place;
}

std::string more(const std::vector<Excess>& excess) {
  const auto worth =
      std::count_if(excess.begin(), excess.end(), [](const Excess& e) { return e.severity > Severity::note; });
  return worth > 1 ? fmt::format(", and {} more beyond that", worth - 1) : std::string();
}

/// What the worst excess row says, or the documented line where there is no row.
std::string can(const Finding& finding, const Powers& powers, const Provider& provider) {
  if (!finding.excess.empty()) return act(finding.excess.front(), powers, provider) + more(finding.excess);
  return {};
}

std::string documented(const Provider& provider) {
  return provider.documented.empty() ? "what it can do is not in the tables of this version"
                                     : lower_first(clause(provider.documented));
}

std::string unmapped(const Powers& powers) {
  return "carries scopes that this version does not know: " + list({powers.unmapped.begin(), powers.unmapped.end()}, 3);
}

std::string unread_use(const Finding& finding, bool capped) {
  if (!finding.need.unresolved.empty()) return "; at least one use could not be read";
  return capped ? "; at least one use could not be read or was not found" : "";
}

struct Sentence {
  const Finding& finding;
  const Provider& provider;
  bool capped;

  std::string operator()(const Dead& dead) const {
    return fmt::format("This {} is not accepted any more ({}): remove it from the code.", subject(finding, provider),
                       clause(dead.why));
  }

  std::string operator()(const Unknown& unknown) const {
    const std::string worst = can(finding, unknown.upto, provider);
    const std::string upto = worst.empty() ? documented(provider) : "up to: " + worst;
    return fmt::format("What this {} can do is unknown ({}); {}.", subject(finding, provider), clause(unknown.why),
                       upto);
  }

  std::string operator()(const NotProbed& reach) const {
    const std::string start = "This " + subject(finding, provider) + " ";
    if (provider.capabilities.empty()) return start + "was not probed: " + documented(provider) + ".";
    const std::string worst = can(finding, reach.upto, provider);
    if (worst.empty() && !reach.upto.unmapped.empty()) return start + unmapped(reach.upto) + ".";
    if (worst.empty()) return start + purpose(finding.need) + " and can do no more, as far as its kind is documented.";
    return start + purpose(finding.need) + ", but may be able to " + worst + " (not probed)" +
           unread_use(finding, capped) + ".";
  }

  std::string operator()(const Live& reach) const {
    const std::string start = "This " + subject(finding, provider) + " ";
    if (provider.capabilities.empty()) return start + "works: " + documented(provider) + ".";
    const std::string worst = can(finding, reach.powers, provider);
    if (worst.empty() && !reach.powers.unmapped.empty()) return start + unmapped(reach.powers) + ".";
    if (worst.empty()) return start + purpose(finding.need) + " and can do no more than that.";
    const bool proven = finding.excess.front().grant.proof >= Proof::decoded;
    return start + purpose(finding.need) + ", but it " + (proven ? "can " : "may be able to ") + worst +
           unread_use(finding, capped) + ".";
  }
};

}  // namespace

std::string list(const std::vector<std::string>& items, std::size_t most) {
  std::string out;
  const std::size_t shown = std::min(items.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  if (items.size() > shown) out += fmt::format(" and {} more", items.size() - shown);
  return out;
}

std::string subject(const Finding& finding, const Provider& provider) {
  const Powers* powers = powers_of(finding.reach);
  const KindSpec* kind = powers == nullptr ? nullptr : provider.kind(powers->kind);
  if (kind == nullptr && finding.token.kinds.size() == 1) kind = provider.kind(finding.token.kinds.front());
  const std::string name = kind != nullptr && !kind->title.empty() ? kind->title : finding.token.title;
  return name.find(provider.title) == std::string::npos ? provider.title + " " + name : name;
}

std::string headline(const Finding& finding, const Provider& provider, bool capped) {
  return std::visit(Sentence{finding, provider, capped}, finding.reach);
}

}  // namespace overreach
