#include "reports/format/text_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "reports/format/words.h"

namespace overreach {
namespace {

constexpr std::string_view kAlone = "one credential";
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max() / 2;

/// How much of each list is shown. Verbose shows all.
struct Limits {
  std::size_t excess, needs, evidence, groups, capabilities, places, sites, names;
};
constexpr Limits kBrief = {4, 3, 3, 4, 6, 2, 6, 3};
constexpr Limits kFull = {kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll};

std::string at(std::string_view path, std::uint32_t line) { return fmt::format("{}:{}", path, line); }

std::string location_of(const Site& site) {
  const std::string path = site.origin.path.empty() ? "stdin" : site.origin.path;
  return fmt::format("{}:{}:{}", path, site.line, std::max(site.column, 1U));
}

Piece plain(std::string text) { return {.text = std::move(text)}; }
Piece dim(std::string text) { return {.text = std::move(text), .ink = Ink::dim}; }
Piece bold(std::string text) { return {.text = std::move(text), .ink = Ink::bold}; }
Piece path_piece(std::string text) { return {.text = std::move(text), .ink = Ink::cyan, .whole = true}; }

/// One item more takes no more room than the line that says "and 1 more".
std::size_t cut(std::size_t total, std::size_t most) { return total <= most + 1 ? total : most; }

std::string in_places(std::span<const Where> places, std::size_t most) {
  const std::string text = places_text(places, most);
  return text == "everywhere" ? text : "in " + text;
}

std::string_view proof_words(Proof proof) {
  switch (proof) {
    case Proof::assumed:
      return "as nothing rules it out";
    case Proof::documented:
      return "as documented for its kind";
    case Proof::decoded:
      return "as the token itself says";
    case Proof::proven:
      return "proven";
  }
  return "";
}

/// True for a need at some place when another one says the same of every place.
bool needed_everywhere(const Need& need, const NeededGrant& grant) {
  return !grant.where.everywhere() && std::any_of(need.grants.begin(), need.grants.end(), [&](const NeededGrant& g) {
    return g.capability == grant.capability && g.where.everywhere();
  });
}

/// Writes the sections of one finding, in the order a reader asks for them.
class FindingText {
 public:
  FindingText(Page& page, const Finding& finding, const ScanSummary& summary, const TextStyle& style)
      : page_(page),
        finding_(finding),
        summary_(summary),
        verbose_(style.verbose),
        limits_(style.verbose ? kFull : kBrief),
        sites_(sites_by_use(finding)) {}

  void write_credential() {
    page_.heading(std::vector<Piece>{bold(finding_.token.title), dim(" (" + finding_.token.rule + ")")});
    what_it_is();
    can();
    const Fix& fix = finding_.fix;
    section("console:");
    if (!fix.link.empty()) row({{.text = fix.link, .ink = Ink::cyan, .whole = true, .link = fix.link}});
  }

  void write() {
    head();
    what_it_is();
    verdict();
    needs();
    can();
    excess();
    remarks();
    fix();
    gates();
    other_sites();
    line("id:", {{.text = finding_.token.id, .ink = Ink::dim, .whole = true}});
  }

 private:
  void head();
  void what_it_is();
  void verdict();
  void needs();
  void needed(const NeededGrant& grant);
  void evidence(std::span<const Evidence> steps);
  void declared();
  void can();
  void powers(const Powers& powers);
  void grants(const std::vector<GrantGroup>& groups);
  void excess();
  void excess_row(const ExcessGroup& row);
  void remarks();
  void fix();
  void gates();
  void gate(const GateRef& ref);
  void other_sites();

  /// A line of the current section: the first one carries the label.
  void line(std::string_view label, std::vector<Piece> pieces, std::size_t indent = 0) {
    page_.paragraph(label, pieces, indent);
  }
  void section(std::string_view label) { label_ = label; }
  void row(std::vector<Piece> pieces, std::size_t indent = 0) {
    line(label_, std::move(pieces), indent);
    label_ = {};
  }
  void more(std::size_t total, std::size_t shown, std::string_view what) {
    if (total > shown) row({dim(fmt::format("and {} more {} (--verbose shows all)", total - shown, what))});
  }

  Page& page_;
  const Finding& finding_;
  const ScanSummary& summary_;
  bool verbose_;
  Limits limits_;
  std::vector<const Site*> sites_;
  std::string_view label_;
  std::set<std::pair<std::string, std::uint32_t>> shown_;  // evidence already on the page
};

void FindingText::head() {
  std::vector<Piece> pieces;
  if (!sites_.empty()) pieces.push_back({.text = location_of(*sites_.front()) + ":", .ink = Ink::bold, .whole = true});
  pieces.push_back({.text = fmt::format(" {}: ", to_string(finding_.severity)), .ink = ink_of(finding_.severity)});
  const std::string fallback = fmt::format("{}: {}", finding_.token.title, verdict_words(finding_.verdict));
  pieces.push_back(bold(finding_.headline.empty() ? fallback : finding_.headline));
  page_.heading(pieces);
  if (!sites_.empty()) page_.excerpt(*sites_.front(), ink_of(finding_.severity));
}

void FindingText::what_it_is() {
  const Powers* powers = powers_of(finding_.reach);
  std::string what = finding_.token.title;
  if (const std::string kind = kind_of(finding_, " or "); !kind.empty()) what += ", kind " + kind;
  if (powers != nullptr && !powers->identity.empty()) what += ", " + powers->identity;
  if (powers != nullptr && !powers->expires.empty()) what += ", expires " + powers->expires;
  line("is:", {{.text = finding_.token.masked, .whole = true}, plain(" " + what)});
}

void FindingText::verdict() {
  line("verdict:", {{.text = std::string(to_string(finding_.verdict)), .ink = ink_of(finding_.severity)},
                    plain(fmt::format(" ({})", verdict_words(finding_.verdict)))});
  if (finding_.muted)
    line("muted:", {plain("by "), path_piece(finding_.muted->by), plain(": " + sentence(finding_.muted->reason))});
}

void FindingText::needs() {
  section("needs:");
  const Need& need = finding_.need;
  std::vector<const NeededGrant*> grants;
  for (const NeededGrant& grant : need.grants)
    if (verbose_ || !needed_everywhere(need, grant)) grants.push_back(&grant);
  const std::size_t shown = cut(grants.size(), limits_.needs);
  for (std::size_t i = 0; i < shown; ++i) needed(*grants[i]);
  more(grants.size(), shown, "needs");
  if (need.grants.empty() && need.confidence == Confidence::unknown)
    row({plain("not known: no code was read that shows what it is for")});
  else if (need.grants.empty())
    row({plain(fmt::format("nothing: no use of it in {} read", count_of(need.files_read, "source file")))});
  if (!need.unresolved.empty()) {
    row({plain("uses that could not be read:")});
    evidence(need.unresolved);
  }
  declared();
}

void FindingText::needed(const NeededGrant& grant) {
  std::vector<Piece> pieces = {bold(grant.capability)};
  if (!grant.where.everywhere()) pieces.push_back(plain(", " + grant.where.text()));
  const std::string_view how = grant.declared ? "declared" : to_string(grant.confidence);
  pieces.push_back(dim(fmt::format(" ({})", how)));
  row(std::move(pieces));
  evidence(grant.evidence);
}

/// Definition, hand-over, use: the first, the second and the last step, unless already shown.
void FindingText::evidence(std::span<const Evidence> steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool kept = steps.size() <= limits_.evidence || i + 2 < limits_.evidence || i + 1 == steps.size() ||
                      (i == 1 && limits_.evidence > 2);
    const Evidence& e = steps[i];
    if (!kept || (!shown_.emplace(e.path, e.line).second && !verbose_ && i + 1 < steps.size())) continue;
    std::vector<Piece> pieces = {path_piece(at(e.path, e.line))};
    if (!e.what.empty()) pieces.push_back(plain(" " + e.what));
    if (!e.text.empty() && (verbose_ || e.what.empty())) pieces.push_back(dim(" " + e.text));
    row(std::move(pieces), 2);
  }
}

void FindingText::declared() {
  if (!finding_.need.declared) return;
  const Declaration& d = *finding_.need.declared;
  std::vector<Piece> pieces = {path_piece(at(d.path, d.line)),
                               plain(" declares " + joined(d.needs, limits_.capabilities))};
  if (!d.where.everywhere()) pieces.push_back(plain(", " + d.where.text()));
  if (!d.reason.empty()) pieces.push_back(plain(": " + d.reason));
  if (!d.expires.empty()) pieces.push_back(plain(fmt::format(" ({} {})", d.expired ? "expired" : "until", d.expires)));
  row(std::move(pieces));
  if (!d.wider.empty()) row({plain("declared, but no code does it: " + joined(d.wider, limits_.capabilities))}, 2);
}

void FindingText::can() {
  section("can:");
  const std::string why(why_of(finding_.reach));
  if (std::holds_alternative<Dead>(finding_.reach)) return row({plain("nothing any more: " + sentence(why))});
  if (std::holds_alternative<Unknown>(finding_.reach)) row({plain("not known: " + sentence(why))});
  if (const Powers* known = powers_of(finding_.reach)) powers(*known);
  if (std::holds_alternative<Live>(finding_.reach) || summary_.mode == kAlone) return;
  const bool again = std::holds_alternative<Unknown>(finding_.reach);
  if (!again && summary_.probed) return row({plain("not proven: the provider was not asked about it")});
  row({plain(again ? "to ask again: " : "not proven; to prove it: "),
       {.text = scan_command(summary_, "--probe"), .ink = Ink::bold, .whole = true}});
}

void FindingText::powers(const Powers& powers) {
  const std::vector<GrantGroup> groups = grouped(powers.grants);
  const bool live = std::holds_alternative<Live>(finding_.reach);
  if (groups.empty()) row({plain(live ? "nothing: accepted, but without any power we know of" : "up to: not known")});
  grants(groups);
  if (!powers.resources.empty()) row({plain("reaches " + resources_text(powers.resources, limits_.names))});
  if (!powers.unmapped.empty()) {
    const std::vector<std::string> scopes(powers.unmapped.begin(), powers.unmapped.end());
    row({plain("has scopes that our rules do not know: " + joined(scopes, limits_.names))});
  }
  for (const std::string& note : powers.notes) row({plain(sentence(note))});
}

/// One heading for each place and proof, worst first, and under it a line for each effect.
void FindingText::grants(const std::vector<GrantGroup>& groups) {
  const bool live = std::holds_alternative<Live>(finding_.reach);
  const std::size_t shown = cut(groups.size(), limits_.groups);
  const auto same_block = [](const GrantGroup& a, const GrantGroup& b) {
    return a.proof == b.proof && a.places == b.places;
  };
  for (std::size_t i = 0; i < shown; ++i) {
    const auto under = [&](const GrantGroup& g) { return same_block(g, groups[i]); };
    const auto end = groups.begin() + static_cast<std::ptrdiff_t>(shown);
    if (std::find_if(groups.begin(), end, under) != groups.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    row({dim(fmt::format("{}{} {}:", live ? "" : "up to, ", proof_words(groups[i].proof),
                         in_places(groups[i].places, limits_.places)))});
    for (std::size_t j = i; j < shown; ++j) {
      if (!under(groups[j])) continue;
      const Ink ink = groups[j].effect >= Effect::secrets ? Ink::red : Ink::plain;
      row({{.text = std::string(to_string(groups[j].effect)), .ink = ink},
           plain(": " + joined(groups[j].capabilities, limits_.capabilities))},
          2);
    }
  }
  more(groups.size(), shown, "lines");
}

void FindingText::excess() {
  section("excess:");
  const std::vector<ExcessGroup> rows = grouped(finding_.excess);
  const std::size_t shown = cut(rows.size(), limits_.excess);
  for (std::size_t i = 0; i < shown; ++i) excess_row(rows[i]);
  more(rows.size(), shown, "excess rows");
}

void FindingText::excess_row(const ExcessGroup& group) {
  const Excess& e = *group.first;
  std::vector<Piece> pieces = {{.text = fmt::format("{}:", to_string(e.severity)), .ink = ink_of(e.severity)},
                               bold(" " + (e.title.empty() ? e.grant.capability : e.title))};
  if (!e.title.empty()) pieces.push_back(plain(fmt::format(" ({})", e.grant.capability)));
  pieces.push_back(plain(" " + in_places(group.places, limits_.places)));
  std::vector<std::string> reasons = e.why;
  const std::string all = joined(reasons, reasons.size(), " ");
  if (e.takes_backups && all.find("backup") == std::string::npos) reasons.emplace_back("the backups die with it");
  if (e.reversible && all.find("undo") == std::string::npos && all.find("revers") == std::string::npos)
    reasons.emplace_back("can be undone");
  if (!reasons.empty()) pieces.push_back(dim(": " + joined(reasons, reasons.size(), "; ")));
  row(std::move(pieces));
}

void FindingText::remarks() {
  section("remarks:");
  for (const Remark& remark : finding_.remarks) {
    row({{.text = fmt::format("{}:", to_string(remark.severity)), .ink = ink_of(remark.severity)},
         plain(" " + remark.text + " " + remark.advice),
         dim(fmt::format(" ({})", to_string(remark.kind)))});
    for (const Evidence& e : remark.evidence)
      if (verbose_ || !shown_.contains({e.path, e.line})) row({path_piece(at(e.path, e.line)), plain(" " + e.what)}, 2);
  }
}

void FindingText::fix() {
  const Fix& fix = finding_.fix;
  const auto told = [&](std::string_view words) {
    return std::any_of(fix.steps.begin(), fix.steps.end(),
                       [words](const std::string& step) { return step.find(words) != std::string::npos; });
  };
  section("fix:");
  if (!fix.summary.empty()) row({plain(sentence(fix.summary))});
  for (std::size_t i = 0; i < fix.steps.size(); ++i) row({plain(fmt::format("{}. {}", i + 1, fix.steps[i]))});
  if (!fix.narrower_kind.empty()) row({plain("narrower kind: "), bold(fix.narrower_kind)});
  if (fix.needs_gate && !told("gate")) row({plain("no kind of token is narrow enough: a gate must stop the rest")});
  if (!fix.link.empty() && !told(fix.link))
    row({{.text = fix.link, .ink = Ink::cyan, .whole = true, .link = fix.link}});
}

void FindingText::gates() {
  section("gates:");
  const auto unwritten = [](const GateRef& ref) { return ref.path.empty(); };
  const bool none = std::all_of(finding_.gates.begin(), finding_.gates.end(), unwritten);
  if (none && !finding_.gates.empty() && !verbose_) {
    const GateRef& ref = finding_.gates.front();
    return row(
        {plain("none written; --gates DIR writes policies that deny " + joined(ref.covers, limits_.capabilities))});
  }
  for (const GateRef& ref : finding_.gates) gate(ref);
  const auto gaps = [](const GateRef& ref) { return !ref.not_covered.empty(); };
  if (!verbose_ && std::any_of(finding_.gates.begin(), finding_.gates.end(), gaps))
    row({dim("what they do not cover stands in the files (--verbose shows it here)")});
  if (finding_.gates.empty() && finding_.fix.needs_gate && summary_.gates_dir.empty())
    row({plain("none written; --gates DIR writes them")});
}

void FindingText::gate(const GateRef& ref) {
  std::vector<Piece> pieces;
  if (ref.path.empty())
    pieces = {bold(ref.format), plain(" (not written; --gates DIR writes it)")};
  else
    pieces = {path_piece(ref.path), plain(" (" + ref.format + ")")};
  if (!ref.covers.empty()) pieces.push_back(plain(" denies " + joined(ref.covers, limits_.capabilities)));
  row(std::move(pieces));
  if (!verbose_) return;
  for (const std::string& gap : ref.not_covered) row({plain("does not cover: " + sentence(gap))}, 2);
}

void FindingText::other_sites() {
  const auto& ids = finding_.token.ids;
  section("near:");
  const std::size_t ids_shown = cut(ids.size(), limits_.names);
  for (std::size_t i = 0; i < ids_shown; ++i)
    row({plain(ids[i].resource + " id "),
         {.text = ids[i].id, .whole = true},
         plain(" at "),
         path_piece(at(ids[i].path, ids[i].line))});
  more(ids.size(), ids_shown, "ids");

  section("where:");
  const std::size_t shown = cut(sites_.size(), limits_.sites);
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string note = place_note(*sites_[i]);
    if (i == 0 && note.empty()) continue;  // the heading said it all
    std::vector<Piece> pieces = {path_piece(location_of(*sites_[i]))};
    if (!note.empty()) pieces.push_back(plain(" (" + note + ")"));
    row(std::move(pieces));
  }
  more(sites_.size(), shown, "places");
}

}  // namespace

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return Ink::alarm;
    case Severity::high:
      return Ink::red;
    case Severity::medium:
      return Ink::yellow;
    case Severity::low:
      return Ink::cyan;
    case Severity::note:
      return Ink::dim;
  }
  return Ink::plain;
}

std::string scan_command(const ScanSummary& summary, std::string_view flags) {
  constexpr std::string_view plain_name = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";
  const std::string& root = summary.root;
  if (root.empty() || root == "." || summary.mode == "stdin") return fmt::format("overreach scan {}", flags);
  const bool safe = root.front() != '-' && root.find_first_not_of(plain_name) == std::string::npos;
  return fmt::format("overreach scan {} {}", safe ? root : "PATH", flags);
}

void write_credential(Page& page, const Finding& finding, const TextStyle& style) {
  ScanSummary summary;
  summary.mode = kAlone;
  FindingText(page, finding, summary, style).write_credential();
}

void write_finding(Page& page, const Finding& finding, const ScanSummary& summary, const TextStyle& style) {
  FindingText(page, finding, summary, style).write();
}

}  // namespace overreach
