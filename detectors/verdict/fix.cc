#include "detectors/verdict/fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "detectors/verdict/wording.h"

namespace overreach {
namespace {

/// What the token is needed for. Weak reasons count here: the replacement should still work.
std::set<std::string> needed(const Need& need) {
  std::set<std::string> out;
  for (const NeededGrant& grant : need.grants) out.insert(grant.capability);
  return out;
}

bool fits(const NarrowerKind& kind, const std::set<std::string>& needs, const Provider& provider) {
  const std::vector<std::string> covered = provider.expand(kind.fits);
  return std::includes(covered.begin(), covered.end(), needs.begin(), needs.end());
}

/// The narrowest kind that covers the need and is not what the token already is. None when
/// nothing is known about the need: advice that breaks the code is no advice.
const NarrowerKind* narrower(const Finding& finding, const Provider& provider) {
  const std::set<std::string> needs = needed(finding.need);
  if (needs.empty()) return nullptr;
  const Powers* powers = powers_of(finding.reach);
  const std::string current = powers == nullptr ? std::string() : powers->kind;
  for (const NarrowerKind& kind : provider.narrower.kinds) {
    if (kind.kind == current) return nullptr;  // already the narrowest that may fit
    if (fits(kind, needs, provider)) return &kind;
  }
  return nullptr;
}

std::string kind_title(const Provider& provider, const NarrowerKind& narrower) {
  const KindSpec* kind = provider.kind(narrower.kind);
  return kind != nullptr && !kind->title.empty() ? kind->title : narrower.kind;
}

/// A kind that cannot be restricted by verb keeps some of the excess whatever it is.
bool leaves_excess(const Finding& finding, const NarrowerKind* kind, const Provider& provider) {
  const auto matters = [](const Excess& e) { return e.grant.effect != Effect::read; };
  if (std::none_of(finding.excess.begin(), finding.excess.end(), matters)) return false;
  if (!provider.narrower.by_verb) return true;
  const KindSpec* spec = kind == nullptr ? nullptr : provider.kind(kind->kind);
  if (spec == nullptr || spec->by_verb) return false;
  const std::vector<std::string> granted = provider.expand(spec->grants);
  return std::any_of(finding.excess.begin(), finding.excess.end(), [&](const Excess& e) {
    return matters(e) && std::binary_search(granted.begin(), granted.end(), e.grant.capability);
  });
}

std::string place(const Site& site) {
  const std::string where = site.origin.path.empty() ? "standard input" : site.origin.path;
  return fmt::format("{}:{}", where, site.line);
}

/// "RAILWAY_TOKEN in .env:3 and deploy.sh:7".
std::string places(const Finding& finding) {
  std::vector<std::string> names = finding.need.names;
  std::vector<std::string> sites;
  for (const Site& site : finding.token.sites) {
    if (names.empty() && !site.name.empty()) names.push_back(site.name);
    const std::string text = place(site);
    if (std::find(sites.begin(), sites.end(), text) == sites.end()) sites.push_back(text);
  }
  const std::string where = list(sites, 3);
  return names.empty() ? where : list(names, 3) + " in " + where;
}

bool in_git(const Token& token) {
  return std::any_of(token.sites.begin(), token.sites.end(), [](const Site& site) {
    using Source = Origin::Source;
    return site.origin.source == Source::commit || site.origin.source == Source::history || site.origin.in_head;
  });
}

class Steps {
 public:
  Steps(const Finding& finding, const Provider& provider) : finding_(finding), provider_(provider) {}

  void make(const NarrowerKind& kind) {
    std::string step = "Make a " + kind_title(provider_, kind);
    if (!kind.how.empty()) step += ": " + kind.how;
    if (!kind.link.empty()) step += " (" + kind.link + ")";
    out_.push_back(step + ".");
    if (!kind.note.empty()) out_.back() += " " + kind.note;
    out_.push_back("Put it in place of the old one: " + places(finding_) + ".");
  }

  void take_out() { out_.push_back("Take it out of " + places(finding_) + "."); }

  void revoke() {
    std::string step = "Revoke the old token";
    if (!provider_.console.empty()) step += " at " + provider_.console;
    out_.push_back(step + ".");
    if (in_git(finding_.token))
      out_.push_back(
          "It is in git history, so every clone has it: revoking is what counts, deleting the line is not enough.");
  }

  void gate() {
    out_.push_back("Add the gate (overreach scan --gates DIR): no kind of " + provider_.title +
                   " token is narrow enough, so it is what stops the rest.");
  }

  void advise() {
    if (!provider_.narrower.advice.empty()) out_.push_back(provider_.narrower.advice);
  }

  std::vector<std::string> take() { return std::move(out_); }

 private:
  const Finding& finding_;
  const Provider& provider_;
  std::vector<std::string> out_;
};

std::string summary(const Finding& finding, const Fix& fix, const NarrowerKind* kind, const Provider& provider) {
  if (finding.verdict == Verdict::dead) return "Remove it from the code; the provider does not accept it any more.";
  if (finding.verdict == Verdict::fits) return "Keep it out of the repository; its powers match its use.";
  const std::string gate = fix.needs_gate ? ", and gate what no kind of token can leave out" : "";
  if (kind != nullptr) return "Replace it with a " + kind_title(provider, *kind) + gate + ".";
  if (finding.need.grants.empty() && finding.need.confidence != Confidence::unknown)
    return "Revoke it: no code that was read uses it.";
  if (finding.need.grants.empty()) return "Find out what uses it, then replace it with something narrower" + gate + ".";
  return fix.needs_gate ? "Gate what it can do beyond its use: no kind of " + provider.title + " token leaves it out."
                        : "Replace it with one that can do only what its use needs.";
}

}  // namespace

Fix fix_for(const Finding& finding, const Provider& provider) {
  const NarrowerKind* kind = finding.excess.empty() ? nullptr : narrower(finding, provider);
  Fix fix;
  fix.needs_gate = leaves_excess(finding, kind, provider);
  fix.summary = summary(finding, fix, kind, provider);
  fix.link = provider.console;
  Steps steps(finding, provider);
  if (kind != nullptr) {
    fix.narrower_kind = kind->kind;
    if (!kind->link.empty()) fix.link = kind->link;
    steps.make(*kind);
  } else {
    steps.take_out();
  }
  if (finding.verdict != Verdict::dead) steps.revoke();
  if (fix.needs_gate) steps.gate();
  if (!finding.excess.empty()) steps.advise();
  fix.steps = steps.take();
  return fix;
}

bool is_narrowest(const Finding& finding, const Provider& provider) {
  const Powers* powers = powers_of(finding.reach);
  const std::set<std::string> needs = needed(finding.need);
  if (powers == nullptr || powers->kind.empty() || needs.empty()) return false;
  for (const NarrowerKind& kind : provider.narrower.kinds)
    if (fits(kind, needs, provider)) return kind.kind == powers->kind;
  return false;
}

}  // namespace overreach
