#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/format/page.h"
#include "reports/format/text_finding.h"
#include "reports/format/words.h"
#include "scanner/cli/explanation.h"

namespace overreach {
namespace {

using Doc = nlohmann::ordered_json;

std::string text(const Doc& doc, const char* name) { return doc.value(name, std::string()); }

std::vector<std::string> texts(const Doc& list) {
  std::vector<std::string> out;
  for (const Doc& one : list) out.push_back(one.get<std::string>());
  return out;
}

Ink ink_of_effect(const std::string& effect) {
  return parse_effect(effect).value_or(Effect::read) >= Effect::secrets ? Ink::red : Ink::plain;
}

class ExplanationText {
 public:
  ExplanationText(Page& page, const Doc& doc, bool verbose) : page_(page), doc_(doc), verbose_(verbose) {}

  void write() {
    if (doc_.at("about") == "finding")
      finding();
    else
      rule();
  }

 private:
  void row(std::vector<Piece> pieces, std::size_t indent = 0) {
    page_.paragraph(label_, pieces, indent);
    label_ = {};
  }
  void row(std::string line, std::size_t indent = 0) { row({Piece{.text = std::move(line)}}, indent); }
  void section(std::string_view label) { label_ = label; }

  void finding() {
    const Severity severity = parse_severity(text(doc_, "severity")).value_or(Severity::note);
    page_.heading(std::vector<Piece>{{.text = text(doc_, "severity") + ": ", .ink = ink_of(severity)},
                                     {.text = text(doc_, "headline"), .ink = Ink::bold}});
    const Doc& is = doc_.at("is");
    std::string what = text(is, "title");
    if (!text(is, "kind").empty()) what += ", kind " + text(is, "kind");
    if (!text(is, "identity").empty()) what += ", " + text(is, "identity");
    if (!text(is, "expires").empty()) what += ", expires " + text(is, "expires");
    section("is:");
    row({{.text = text(is, "masked"), .whole = true}, {.text = " " + what}});
    section("judged:");
    for (const Doc& sentence : doc_.at("judged")) row(sentence.get<std::string>());
    needs();
    powers();
    narrower();
    steps();
    places();
    stores();
  }

  void needs() {
    section("needs:");
    for (const Doc& need : doc_.at("needs")) {
      std::string place = text(need, "where");
      row({{.text = text(need, "capability"), .ink = Ink::bold},
           {.text = (place == "everywhere" ? "" : ", " + place) + " (" + text(need, "confidence") + ")"}});
      for (const Doc& step : need.at("evidence")) row(step.get<std::string>(), 2);
    }
  }

  /// Powers that hold at the same places stand under one line that says where. Reads are counted and not told one by
  /// one, unless everything is wanted.
  void powers() {
    section("powers:");
    std::size_t reads = 0;
    const Doc nowhere;
    const Doc* at = &nowhere;
    for (const Doc& power : doc_.at("powers")) {
      const bool quiet = !verbose_ && power.at("effect") == "read" && !power.value("needed", false);
      reads += quiet ? 1 : 0;
      if (quiet) continue;
      if (power.contains("at") && power["at"] != *at) {
        at = &power["at"];
        for (const Doc& place : grouped_places(*at)) row({{.text = place.get<std::string>(), .ink = Ink::dim}});
      }
      power_row(power, power.contains("at") ? 2 : 0);
    }
    if (reads != 0)
      row({{.text = "and " + count_of(reads, "power") + " to read (--verbose tells them)", .ink = Ink::dim}});
    if (doc_.at("powers").empty()) row("none that is known");
  }

  void power_row(const Doc& power, std::size_t indent) {
    const std::string effect = text(power, "effect");
    std::string means =
        " " + effect + ": " + (text(power, "title").empty() ? text(power, "means") : text(power, "title"));
    if (!text(power, "undo").empty()) means += "; " + text(power, "undo");
    if (power.value("takes_backups", false)) means += "; the backups die with it";
    std::vector<Piece> pieces = {{.text = text(power, "capability"), .ink = ink_of_effect(effect)}, {.text = means}};
    if (power.value("needed", false)) pieces.push_back({.text = " (needed)", .ink = Ink::green});
    row(std::move(pieces), indent);
  }

  /// "proven (the provider answered so) in project rentals; project billing", one line for each proof.
  Doc grouped_places(const Doc& at) const {
    constexpr std::size_t kPlaces = 4;
    std::map<std::string, std::vector<std::string>> by_proof;
    for (const Doc& place : at)
      by_proof[text(place, "proof") + " (" + text(place, "because") + ")"].push_back(text(place, "where"));
    Doc out = Doc::array();
    for (const auto& [proof, places] : by_proof)
      out.push_back(proof + ", " + joined(places, verbose_ ? places.size() : kPlaces, "; ") + ":");
    return out;
  }

  void narrower() {
    section("make:");
    for (const Doc& kind : doc_.at("narrower")) {
      row({{.text = text(kind, "title"), .ink = Ink::bold}, {.text = ": " + text(kind, "how")}});
      if (kind.contains("scopes")) row("with " + joined(texts(kind["scopes"]), kind["scopes"].size()), 2);
      if (kind.contains("statement")) row({{.text = kind["statement"].dump(), .ink = Ink::plain}}, 2);
      if (!text(kind, "note").empty()) row(text(kind, "note"), 2);
      if (!text(kind, "link").empty())
        row({{.text = text(kind, "link"), .ink = Ink::cyan, .whole = true, .link = text(kind, "link")}}, 2);
    }
    if (doc_.at("narrower").empty()) row("no narrower kind is known");
  }

  void steps() {
    section("rotate:");
    std::size_t n = 0;
    for (const Doc& step : doc_.at("rotate")) row(fmt::format("{}. {}", ++n, step.get<std::string>()));
  }

  void places() {
    constexpr std::size_t kPlaces = 12;
    section("lies at:");
    std::size_t shown = 0;
    for (const Doc& place : doc_.at("lies_at")) {
      if (!verbose_ && shown == kPlaces) break;
      ++shown;
      std::vector<Piece> pieces = {{.text = fmt::format("{}:{}", text(place, "path"), place.at("line").get<unsigned>()),
                                    .ink = Ink::plain,
                                    .whole = true}};
      if (place.contains("commit"))
        pieces.push_back({.text = " since commit " + std::string(short_commit(text(place, "commit")))});
      if (place.value("ignored", false)) pieces.push_back({.text = " (git-ignored)"});
      row(std::move(pieces));
    }
    const std::size_t rest = doc_.at("lies_at").size() - shown;
    if (rest != 0) row({{.text = "and " + count_of(rest, "more place") + " (--verbose tells them)", .ink = Ink::dim}});
  }

  void stores() {
    section("stores:");
    const std::vector<std::string> paths = texts(doc_.at("stores"));
    if (!paths.empty())
      row(fmt::format("tools of {} keep credentials in {}", text(doc_, "provider_title"), joined(paths, paths.size())));
  }

  void rule() {
    page_.heading(std::vector<Piece>{{.text = text(doc_, "provider_title"), .ink = Ink::bold},
                                     {.text = " (" + text(doc_, "id") + "): " + text(doc_, "documented")}});
    section("tokens:");
    for (const Doc& token : doc_.at("tokens"))
      row({{.text = text(token, "rule"), .ink = Ink::bold},
           {.text = " " + text(token, "title") + "; can be " +
                    joined(texts(token.at("kinds")), token.at("kinds").size())}});
    section("kinds:");
    for (const Doc& kind : doc_.at("kinds")) {
      std::string reach = ": " + text(kind, "reach");
      if (!kind.at("by_verb").get<bool>()) reach += " It cannot be restricted by verb.";
      if (!text(kind, "expires").empty()) reach += " Expires: " + text(kind, "expires") + ".";
      row({{.text = text(kind, "kind"), .ink = Ink::bold}, {.text = reach}});
    }
    section("asked:");
    row(text(doc_, "asked"));
    powers();
    narrower();
    if (doc_.at("only_a_gate").get<bool>()) row("No kind is narrower by verb: only a gate stops the rest.");
    if (!text(doc_, "advice").empty()) row(text(doc_, "advice"));
    section("rotate:");
    row("Make the narrower one, put it where the old one is used, check that it works, and only then revoke the old "
        "one" +
        (text(doc_, "console").empty() ? std::string(".") : " at " + text(doc_, "console") + "."));
    stores();
  }

  Page& page_;
  const Doc& doc_;
  bool verbose_;
  std::string_view label_;
};

}  // namespace

void write_explanation(std::ostream& out, const nlohmann::ordered_json& explanation, const TextStyle& style) {
  Page page(out, style);
  ExplanationText(page, explanation, style.verbose).write();
}

}  // namespace overreach
