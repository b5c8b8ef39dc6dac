#include <catch2/catch.hpp>

#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;

namespace {

/// A scan that was neither probed nor incomplete, for the samples one by one.
ScanSummary quiet() {
  ScanSummary s = samples::summary();
  s.skipped.clear();
  s.notices.clear();
  s.exit_code = 1;
  return s;
}

}  // namespace

TEST_CASE("each kind of finding is written as in its golden file", "[format]") {
  struct Row {
    const char* name;
    Finding finding;
  };
  const Row rows[] = {
      {"railway", samples::railway()}, {"dead", samples::dead()},       {"not-probed", samples::not_probed()},
      {"unknown", samples::unknown()}, {"fitting", samples::fitting()}, {"history-only", samples::history_only()},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      ScanSummary scan = quiet();
      scan.probed = !std::holds_alternative<NotProbed>(row.finding.reach);
      const std::span<const Finding> one(&row.finding, 1);
      check_golden(std::string(row.name) + ".txt", text_of(one, scan));
      check_golden(std::string(row.name) + ".json", json_of(one, scan));
      check_golden(std::string(row.name) + ".sarif", sarif_of(one, scan));
    }
  }
}

TEST_CASE("a whole report is written as in its golden files", "[format]") {
  const std::vector<Finding> findings = samples::all();
  check_golden("report.txt", text_of(findings, samples::summary()));
  check_golden("report.json", json_of(findings, samples::summary()));
  check_golden("report.sarif", sarif_of(findings, samples::summary()));
}

TEST_CASE("colour, verbosity, width and ASCII change the text as in the golden files", "[format]") {
  const std::vector<Finding> findings = samples::all();
  const auto with = [](auto change) {
    TextStyle style;
    change(style);
    return style;
  };
  check_golden("colour.txt",
               text_of(findings, samples::summary(), with([](TextStyle& s) { s.colour = s.links = true; })));
  check_golden("verbose.txt", text_of(findings, samples::summary(), with([](TextStyle& s) { s.verbose = true; })));
  check_golden("width-40.txt", text_of(findings, samples::summary(), with([](TextStyle& s) { s.width = 40; })));
  check_golden("width-200.txt", text_of(findings, samples::summary(), with([](TextStyle& s) { s.width = 200; })));
  check_golden("ascii.txt", text_of(findings, samples::summary(), with([](TextStyle& s) { s.unicode = false; })));
}

TEST_CASE("a scan that found nothing says what it scanned", "[format]") {
  check_golden("nothing.txt", text_of({}, quiet()));
  check_golden("nothing.json", json_of({}, quiet()));
  check_golden("nothing.sarif", sarif_of({}, quiet()));
}
