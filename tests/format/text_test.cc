#include <catch2/catch.hpp>
#include <sstream>

#include "reports/format/text_safe.h"
#include "reports/format/words.h"
#include "tests/format/samples.h"
#include "tests/format/support.h"

using namespace overreach;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// True when no break could have made the line shorter: one word after the indentation.
bool is_one_word(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos || line.find(' ', begin) == std::string::npos;
}

std::string last_lines(const std::vector<Finding>& findings, const ScanSummary& summary) {
  const std::vector<std::string> lines = lines_of(text_of(findings, summary));
  std::string out;
  for (std::size_t i = lines.size() > 4 ? lines.size() - 4 : 0; i < lines.size(); ++i) out += lines[i] + "\n";
  return out;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("no line is wider than asked for, unless it is one word", "[format][text]") {
  const std::vector<Finding> findings = samples::all();
  for (const unsigned width : {40U, 60U, 80U, 100U, 200U}) {
    TextStyle style;
    style.width = width;
    for (const std::string& line : lines_of(text_of(findings, samples::summary(), style))) {
      INFO(width << ": " << line);
      // A label and a word that cannot be broken share a line.
      const bool labelled = line.size() > 11 && line[2] != ' ' && is_one_word(line.substr(11));
      CHECK((display_width(line) <= width || is_one_word(line) || labelled));
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE("the caret stands under the masked credential", "[format][text]") {
  struct Row {
    const char* name;
    std::string before, masked, after;
    unsigned width;
  };
  const std::string wide(300, 'w');
  const Row rows[] = {
      {"plain", "TOKEN=", "abcd…", " # x", 80},
      {"tabs", "\t\tTOKEN\t=", "abcd…", "", 80},
      {"wide letters", "名前 = \"", "abcd…", "\"", 80},
      {"combining letters", "e\xcc\x81 = ", "abcd…", "", 80},
      {"control characters", "\x1b[2J = ", "abcd…", "\x07", 80},
      {"long line before", wide, "abcd…", "", 80},
      {"long line after", "T=", "abcd…", wide, 80},
      {"long line on both sides, narrow", wide, "abcd…", wide, 40},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Finding finding = samples::dead();
      Site& site = finding.token.sites.front();
      site.excerpt = row.before + row.masked + row.after;
      site.excerpt_column = static_cast<std::uint32_t>(row.before.size()) + 1;
      site.excerpt_end_column = site.excerpt_column + static_cast<std::uint32_t>(row.masked.size());
      TextStyle style;
      style.width = row.width;
      const std::vector<std::string> lines = lines_of(text_of({&finding, 1}, samples::summary(), style));
      std::size_t at = 0;
      while (at < lines.size() && !has(lines[at], "^~~~~")) ++at;
      REQUIRE(at < lines.size());
      const std::string& excerpt = lines[at - 1];
      const std::size_t token = excerpt.find(row.masked);
      REQUIRE(token != std::string::npos);
      CHECK(display_width(excerpt.substr(0, token)) == lines[at].find('^'));
      CHECK(display_width(excerpt) <= row.width);
    }
  }
}

TEST_CASE("an excerpt that is empty or has its columns wrong does no harm", "[format][text]") {
  Finding finding = samples::dead();
  Site& site = finding.token.sites.front();
  for (const std::uint32_t column : {0U, 1U, 500U}) {
    for (const std::uint32_t end : {0U, 3U, 900U}) {
      site.excerpt_column = column;
      site.excerpt_end_column = end;
      CHECK(has(text_of({&finding, 1}, samples::summary()), "GH_TOKEN=ghp_…"));
    }
  }
  site.excerpt.clear();
  CHECK_FALSE(has(text_of({&finding, 1}, samples::summary()), "^"));
}

TEST_CASE("the end of a report says what was scanned, whatever was found", "[format][text]") {
  ScanSummary scan = samples::summary();
  scan.skipped.clear();
  scan.notices.clear();
  const std::string_view scanned = "412 files, 38 blobs, 12 commits, 3.4 MB; 0 skipped";
  CHECK(has(last_lines({}, scan), scanned));
  CHECK(has(last_lines({}, scan), "no credential found"));
  CHECK(has(last_lines({samples::dead()}, scan), scanned));
  scan.files = scan.blobs = scan.commits = scan.bytes = 0;
  CHECK(has(last_lines({}, scan), "nothing was read"));
  CHECK_FALSE(has(last_lines({}, scan), "no credential found"));
}

TEST_CASE("what could not be read is named, and what was left out only when asked", "[format][text]") {
  const std::string brief = text_of({}, samples::summary());
  CHECK(has(brief, "not read: private/key.pem: permission denied"));
  CHECK(has(brief, "incomplete"));
  CHECK_FALSE(has(brief, "logo.png"));
  TextStyle style;
  style.verbose = true;
  CHECK(has(text_of({}, samples::summary(), style), "skipped: assets/logo.png: binary"));

  ScanSummary many = samples::summary();
  many.skipped.assign(25, {"gone", "vanished", true});
  CHECK(has(text_of({}, many), "not read: 15 more"));
}

TEST_CASE("the last line is one command that helps now", "[format][text]") {
  struct Row {
    const char* name;
    Finding finding;
    bool probed;
    const char* next;
  };
  const Row rows[] = {
      {"nobody asked the provider", samples::not_probed(), false, "next: overreach scan --probe=plan"},
      {"asked as far as possible", samples::not_probed(), true, "next: overreach rules show digitalocean"},
      {"gates are there", samples::railway(), true, "next: overreach rules show railway"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      ScanSummary scan = samples::summary();
      scan.probed = row.probed;
      CHECK(has(last_lines({row.finding}, scan), row.next));
    }
  }
  Finding ungated = samples::railway();
  ungated.gates.clear();
  CHECK(has(last_lines({ungated}, samples::summary()), "next: overreach scan --probe --gates DIR"));
  ScanSummary whole = samples::summary();
  CHECK_FALSE(has(last_lines({}, whole), "next:"));
  whole.skipped.clear();
  CHECK(has(last_lines({}, whole), "next: overreach scan --history"));
}

TEST_CASE("the fix says a thing once", "[format][text]") {
  Finding finding = samples::railway();
  CHECK(has(text_of({&finding, 1}, samples::summary()), "           " + finding.fix.link + "\n"));
  CHECK(has(text_of({&finding, 1}, samples::summary()), "no kind of token is narrow enough"));
  finding.fix.steps.push_back("Add the gate; make the token at " + finding.fix.link);
  CHECK_FALSE(has(text_of({&finding, 1}, samples::summary()), "           " + finding.fix.link + "\n"));
  CHECK_FALSE(has(text_of({&finding, 1}, samples::summary()), "no kind of token is narrow enough"));
}

TEST_CASE("a command to paste never holds an odd root", "[format][text]") {
  struct Row {
    const char *root, *command;
  };
  const Row rows[] = {{".", "overreach scan --probe=plan"},
                      {"services/api", "overreach scan services/api --probe=plan"},
                      {"a b; rm -rf x", "overreach scan PATH --probe=plan"},
                      {"--probe-host=evil.example", "overreach scan PATH --probe=plan"}};
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.root) {
      ScanSummary scan = samples::summary();
      scan.probed = false;
      scan.root = row.root;
      CHECK(has(last_lines({samples::not_probed()}, scan), std::string("next: ") + row.command + "\n"));
    }
  }
}

TEST_CASE("places that differ in one dimension are told in one breath", "[format][text]") {
  using Wheres = std::vector<Where>;
  struct Row {
    const char* name;
    Wheres places;
    const char* text;
  };
  const Row rows[] = {
      {"none", {}, "everywhere"},
      {"unrestricted beats all", {Where{}, Where{{"project", "a"}}}, "everywhere"},
      {"one", {Where{{"environment", "production"}, {"project", "a"}}}, "environment production, project a"},
      {"two environments",
       {Where{{"environment", "production"}, {"project", "a"}}, Where{{"environment", "staging"}, {"project", "a"}}},
       "environment production or staging, project a"},
      {"two projects", {Where{{"project", "a"}}, Where{{"project", "b"}}}, "project a or b"},
      {"different dimensions", {Where{{"project", "a"}}, Where{{"account", "1"}}}, "account 1; project a"},
      {"a project and a place in it",
       {Where{{"project", "a"}}, Where{{"environment", "staging"}, {"project", "a"}}},
       "project a"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CHECK(places_text(row.places, 4) == row.text); }
  }
}

TEST_CASE("numbers are told in words that people use", "[format][text]") {
  CHECK(size_words(0) == "0 bytes");
  CHECK(size_words(1) == "1 byte");
  CHECK(size_words(999) == "999 bytes");
  CHECK(size_words(1000) == "1.0 kB");
  CHECK(size_words(3'412'000) == "3.4 MB");
  CHECK(size_words(9'960'000) == "10 MB");
  CHECK(size_words(999'600'000) == "1.0 GB");
  CHECK(count_of(1, "file") == "1 file");
  CHECK(count_of(0, "policy") == "0 policies");
  const std::vector<std::string> five = {"a", "b", "c", "d", "e"};
  CHECK(joined(five, 3) == "a, b, c, and 2 more");
  CHECK(joined(five, 4) == "a, b, c, d, e");
}
