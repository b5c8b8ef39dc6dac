#include "scanner/cli/needs_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "detectors/verdict/least.h"
#include "reports/format/page.h"
#include "reports/format/text_safe.h"

namespace overreach {
namespace {

using Doc = nlohmann::ordered_json;

Doc where_doc(const Where& where) {
  Doc out = Doc::object();
  for (const auto& [dimension, value] : where.entries()) out[dimension] = value;
  return out;
}

Doc evidence_doc(const std::vector<Evidence>& steps) {
  Doc out = Doc::array();
  for (const Evidence& step : steps)
    out.push_back({{"path", step.path}, {"line", step.line}, {"text", step.text}, {"what", step.what}});
  return out;
}

Doc need_doc(const Need& need) {
  Doc out = Doc::array();
  for (const NeededGrant& grant : need.grants)
    out.push_back({{"capability", grant.capability},
                   {"effect", to_string(grant.effect)},
                   {"where", where_doc(grant.where)},
                   {"confidence", grant.declared ? "declared" : to_string(grant.confidence)},
                   {"operations", grant.operations},
                   {"evidence", evidence_doc(grant.evidence)}});
  return out;
}

Doc least_doc(const LeastPrivilege& least) {
  Doc out = {{"form", least.form}, {"by_verb", least.by_verb}};
  if (least.kind != nullptr) {
    out["kind"] = {{"id", least.kind->kind}, {"title", least.kind_title}, {"how", least.kind->how}};
    if (!least.kind->link.empty()) out["kind"]["link"] = least.kind->link;
    if (!least.kind->note.empty()) out["kind"]["note"] = least.kind->note;
  }
  out["words"] = Doc::array();
  for (const LeastWord& word : least.words) {
    Doc places = Doc::array();
    for (const Where& place : word.places) places.push_back(where_doc(place));
    out["words"].push_back(
        {{"word", word.word}, {"serves", word.serves}, {"brings", word.brings}, {"where", std::move(places)}});
  }
  out["unsaid"] = least.unsaid;
  out["paste"] = least.paste;
  out["notes"] = least.notes;
  return out;
}

/// "needs": uses were found. "nothing": none was, in code that was read. "unknown": it cannot be told.
std::string_view state_of(const Need& need) {
  if (need.confidence == Confidence::unknown) return "unknown";
  return need.grants.empty() ? "nothing" : "needs";
}

Doc credential_doc(const CredentialNeed& one) {
  Doc out = {{"names", one.names}, {"provider", one.provider->id}, {"provider_title", one.provider->title}};
  out["found"] = one.found;
  out["ambient"] = one.ambient;
  if (one.found) {
    out["id"] = one.token.id;
    out["title"] = one.token.title;
    out["masked"] = one.token.masked;
    const Site& site = one.token.sites.front();
    out["at"] = {{"path", site.origin.path}, {"line", site.line}};
  }
  out["state"] = state_of(one.need);
  out["needs"] = need_doc(one.need);
  out["unresolved"] = evidence_doc(one.need.unresolved);
  out["files_read"] = one.need.files_read;
  out["least"] = least_doc(least_privilege(one.need, *one.provider));
  return out;
}

/// Writes one credential. The notation stands at the left edge, so that it can be copied.
class NeedsText {
 public:
  NeedsText(std::ostream& out, const TextStyle& style) : out_(out), style_(style), page_(out, style) {}

  void write(const Doc& one) {
    head(one);
    needs(one);
    unresolved(one);
    least(one.at("least"));
  }

 private:
  void row(std::vector<Piece> pieces, std::size_t indent = 0) {
    page_.paragraph(label_, pieces, indent);
    label_ = {};
  }
  void row(std::string line, std::size_t indent = 0) { row({Piece{.text = std::move(line)}}, indent); }
  static std::string text(const Doc& doc, const char* name) { return doc.at(name).get<std::string>(); }
  static std::string joined(const Doc& list) {
    std::string out;
    for (const Doc& one : list) out += (out.empty() ? "" : ", ") + one.get<std::string>();
    return out;
  }

  void head(const Doc& one) {
    std::string name = joined(one.at("names"));
    if (one.at("ambient") == true) name = "what its library finds by itself";
    std::string what = text(one, "provider_title");
    if (one.at("found") == true) {
      const std::string place = text(one.at("at"), "path") + ":" + std::to_string(one.at("at").at("line").get<int>());
      what = text(one, "title") + ", " + text(one, "masked") + " in " + place;
      if (name.empty()) name = text(one, "masked");
    } else if (one.at("ambient") == false) {
      what += ", named in code; no value was found";
    }
    page_.heading(std::vector<Piece>{{.text = name, .ink = Ink::bold}, {.text = " (" + what + ")", .ink = Ink::dim}});
  }

  void needs(const Doc& one) {
    label_ = "needs:";
    for (const Doc& need : one.at("needs")) {
      std::string where;
      for (const auto& [dimension, value] : need.at("where").items())
        where += ", " + dimension + " " + value.get<std::string>();
      row({{.text = text(need, "capability"), .ink = Ink::bold},
           {.text = where},
           {.text = " (" + text(need, "confidence") + ")", .ink = Ink::dim}});
      const Doc& last = need.at("evidence").empty() ? Doc::object() : need.at("evidence").back();
      if (last.empty()) continue;
      row({{.text = text(last, "path") + ":" + std::to_string(last.at("line").get<int>()),
            .ink = Ink::cyan,
            .whole = true},
           {.text = " " + text(last, "what")}},
          2);
    }
    if (text(one, "state") == "nothing")
      row(fmt::format("nothing: no use of it in {} source files read. Revoke it.", one.at("files_read").get<int>()));
    if (text(one, "state") == "unknown" && one.at("needs").empty()) row("not known");
  }

  void unresolved(const Doc& one) {
    if (one.at("unresolved").empty()) return;
    label_ = "unknown:";
    row("what follows may be too little; these uses could not be read:");
    for (const Doc& step : one.at("unresolved"))
      row({{.text = text(step, "path") + ":" + std::to_string(step.at("line").get<int>()),
            .ink = Ink::cyan,
            .whole = true},
           {.text = " " + text(step, "what")}},
          2);
  }

  void least(const Doc& least) {
    if (least.contains("kind")) {
      const Doc& kind = least.at("kind");
      label_ = "make:";
      row({{.text = text(kind, "title"), .ink = Ink::bold}, {.text = ": " + text(kind, "how")}});
      if (kind.contains("link"))
        row({{.text = text(kind, "link"), .ink = Ink::cyan, .whole = true, .link = text(kind, "link")}});
      if (kind.contains("note")) row(text(kind, "note"));
    }
    label_ = "note:";
    if (least.at("by_verb") == false && least.contains("kind"))
      row("no kind of token of this provider is narrower by verb: this is the narrowest that covers it");
    for (const Doc& word : least.at("words"))
      if (!word.at("brings").empty()) row(text(word, "word") + " also gives " + joined(word.at("brings")));
    if (!least.at("unsaid").empty()) row("the provider has no word that we know for " + joined(least.at("unsaid")));
    for (const Doc& note : least.at("notes")) row(note.get<std::string>());
    label_ = {};
    paste(text(least, "paste"));
  }

  void paste(std::string_view text) {
    if (text.empty()) return;
    out_ << "\n";
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      out_ << printable(text.substr(0, end), style_.unicode) << "\n";
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::ostream& out_;
  const TextStyle& style_;
  Page page_;
  std::string_view label_;
};

}  // namespace

nlohmann::ordered_json needs_json(const std::vector<CredentialNeed>& credentials) {
  Doc out = {{"schema", "overreach/needs/1"}, {"credentials", Doc::array()}};
  for (const CredentialNeed& one : credentials) out["credentials"].push_back(credential_doc(one));
  return out;
}

void write_needs(std::ostream& out, const nlohmann::ordered_json& needs, const TextStyle& style) {
  NeedsText text(out, style);
  bool first = true;
  for (const Doc& one : needs.at("credentials")) {
    if (!first) out << "\n";
    first = false;
    text.write(one);
  }
  if (first) out << "No credential was found, and none is named in code that uses a provider we know.\n";
}

}  // namespace overreach
