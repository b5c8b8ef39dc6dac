#include <catch2/catch.hpp>

#include "reports/format/text_safe.h"
#include "tests/format/multitool.h"
#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;
using nlohmann::json;

namespace {

// Everything a repository can put into a name: line break, terminal escape, C1 control, invalid
// UTF-8, URI syntax, a space, a right-to-left override, SARIF link syntax, a quote.
const std::string kHostile =
    "a\nb\x1b[2J\xc2\x9b"
    "c\xff#?%41 d\xe2\x80\xae[x](1)'\"\\]8;;https://evil.example\x07.sh";

/// The railway sample with the hostile name wherever text of a repository or a provider can stand.
Finding hostile() {
  Finding f = samples::railway();
  for (Site& site : f.token.sites) {
    site.origin.path = kHostile + site.origin.path;
    site.name = kHostile;
    site.excerpt = kHostile + site.excerpt;
    site.excerpt_column += static_cast<std::uint32_t>(kHostile.size());
    site.excerpt_end_column += static_cast<std::uint32_t>(kHostile.size());
    site.origin.commit = kHostile;
  }
  for (NearbyId& id : f.token.ids) id.id = id.path = kHostile;
  for (NeededGrant& grant : f.need.grants)
    for (Evidence& e : grant.evidence) e.path = e.text = e.what = kHostile + e.path;
  f.need.unresolved = {{kHostile, 1, kHostile, kHostile}};
  f.need.declared = Declaration{
      kHostile, {kHostile}, {{"environment", kHostile}}, kHostile, kHostile, true, {kHostile}, {kHostile}, kHostile, 1};
  f.need.settings = {{kHostile, kHostile, false, {kHostile, 1, kHostile, kHostile}}};
  for (NeededGrant& grant : f.need.grants) grant.operations = {kHostile};
  f.remarks = {{Remark::Kind::shared, Severity::low, kHostile, kHostile, {{kHostile, 1, kHostile, kHostile}}}};
  Powers& powers = std::get<Live>(f.reach).powers;
  powers.identity = powers.expires = powers.kind = kHostile;
  powers.unmapped = powers.scopes = {kHostile};
  powers.notes = {kHostile};
  for (Grant& grant : powers.grants) grant.where.set("project", kHostile);
  for (Resource& r : powers.resources) r.name = r.id = kHostile;
  for (Excess& e : f.excess) {
    e.title = kHostile;
    e.grant.where.set("project", kHostile);
  }
  f.headline = f.fix.summary = f.fix.link = kHostile;
  f.fix.steps = {kHostile};
  for (GateRef& gate : f.gates) gate.not_covered = {kHostile};
  f.token.facts = {{kHostile, kHostile}};
  return f;
}

ScanSummary hostile_summary() {
  ScanSummary s = samples::summary();
  s.root = kHostile;
  s.notices = {kHostile};
  s.skipped = {{kHostile, kHostile, true}, {kHostile, kHostile, false}};
  s.branch = kHostile;
  return s;
}

/// True for what no output may hold: any control but the line feed, invalid UTF-8, bidi and zero-width.
bool is_harmful(std::string_view output) {
  while (!output.empty()) {
    const CodePoint c = first_code_point(output);
    if (!c.valid || (is_unsafe_to_show(c.value) && c.value != '\n')) return true;
    output.remove_prefix(c.length);
  }
  return false;
}

}  // namespace

TEST_CASE("hostile names reach no output raw", "[format][hostile]") {
  const std::vector<Finding> findings = {hostile()};
  REQUIRE(is_harmful(kHostile));
  for (const unsigned width : {1U, 40U, 80U, 200U}) {
    for (const bool unicode : {true, false}) {
      TextStyle style;
      style.width = width;
      style.unicode = unicode;
      style.verbose = true;
      CHECK_FALSE(is_harmful(text_of(findings, hostile_summary(), style)));
    }
  }
  CHECK_FALSE(is_harmful(json_of(findings, hostile_summary())));
  CHECK_FALSE(is_harmful(sarif_of(findings, hostile_summary())));
}

TEST_CASE("text without colour holds no escape byte, ASCII text nothing beyond ASCII", "[format][hostile]") {
  std::vector<Finding> findings = samples::all();
  findings.push_back(hostile());
  TextStyle style;
  style.unicode = false;
  const std::string text = text_of(findings, hostile_summary(), style);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
}

TEST_CASE("with colour and links the only escapes are ours, each one closed", "[format][hostile]") {
  const std::vector<Finding> findings = {hostile(), samples::railway()};
  TextStyle style;
  style.colour = style.links = true;
  std::string text = text_of(findings, samples::summary(), style);
  std::size_t links = 0;
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at)) {
    const std::string_view rest = std::string_view(text).substr(at);
    const bool colour = rest.starts_with("\x1b[0m") || rest.starts_with("\x1b[1m") || rest.starts_with("\x1b[2m") ||
                        rest.starts_with("\x1b[1;31m") || rest.starts_with("\x1b[3");
    const bool link = rest.starts_with("\x1b]8;;https://railway.example/account/tokens\x1b\\") ||
                      rest.starts_with("\x1b]8;;\x1b\\") || rest.starts_with("\x1b\\");
    INFO(printable(rest.substr(0, 40)));
    CHECK((colour || link));
    if (rest.starts_with("\x1b]8;;")) ++links;
    text.erase(at, 1);
  }
  CHECK(links == 2);  // opened and closed once; a link of the hostile finding is not followed
}

TEST_CASE("a path that is no UTF-8 is shown as text and kept exactly as a URI", "[format][hostile]") {
  const std::vector<Finding> findings = {hostile()};
  const json report = json::parse(json_of(findings, hostile_summary()));
  const json& site = report.at("findings").at(0).at("sites").at(0);
  CHECK(site.at("uri") == percent_encoded(kHostile + "scripts/domains.sh"));
  CHECK(site.at("path") == valid_utf8(kHostile + "scripts/domains.sh"));
  check_schema(report, std::string(OVERREACH_SOURCE_DIR) + "/reports/schema/report.schema.json");
}

TEST_CASE("the SARIF of hostile names is valid", "[format][hostile][sarif]") {
  const std::vector<Finding> findings = {hostile()};
  const std::string sarif = sarif_of(findings, hostile_summary());
  CHECK(validate_sarif(sarif) == std::vector<std::string>{});
  const json result = json::parse(sarif).at("runs").at(0).at("results").at(0);
  const json& place = result.at("locations").at(0).at("physicalLocation").at("artifactLocation");
  CHECK(place.at("uri") == percent_encoded(kHostile + "scripts/domains.sh"));
  // A name cannot forge a link of the message.
  CHECK(result.at("message").at("text").get<std::string>().find("[x](1)") == std::string::npos);
}
