#include "rules/catalog/located_json.h"

#include <catch2/catch.hpp>
#include <string>

using namespace overreach;
using nlohmann::json;

TEST_CASE("a YAML document becomes JSON of the types that its author meant", "[rules]") {
  struct Row {
    const char* name;
    const char* yaml;
    json expected;
  };
  const Row rows[] = {
      {"plain text", "a: never", {{"a", "never"}}},
      {"quoted number", "a: '42'", {{"a", "42"}}},
      {"number", "a: 42", {{"a", 42}}},
      {"negative", "a: -7", {{"a", -7}}},
      {"decimal", "a: 3.5", {{"a", 3.5}}},
      {"true", "a: true", {{"a", true}}},
      // YAML 1.1 reads these as booleans; a rule that says `on: no` means the word.
      {"no is a word", "on: no", {{"on", "no"}}},
      {"yes is a word", "a: yes", {{"a", "yes"}}},
      {"empty", "a:", {{"a", nullptr}}},
      {"tilde", "a: ~", {{"a", nullptr}}},
      {"version", "a: 1.2.3", {{"a", "1.2.3"}}},
      {"window in words", "a: 48 h", {{"a", "48 h"}}},
      {"date", "a: 2026-01-31", {{"a", "2026-01-31"}}},
      {"beyond any number", "a: 1e999", {{"a", "1e999"}}},
      {"not a number", "a: .nan", {{"a", ".nan"}}},
      {"list", "a: [x, '1']", {{"a", {"x", "1"}}}},
      {"nested", "a: {b: [{c: d}]}", {{"a", {{"b", {{{"c", "d"}}}}}}}},
      {"block text", "a: |\n  one\n  two\n", {{"a", "one\ntwo\n"}}},
      {"beyond ASCII", "a: Über", {{"a", "Über"}}},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const auto document = parse_yaml(row.yaml);
      REQUIRE(document);
      CHECK(document->json == row.expected);
    }
}

TEST_CASE("each member knows its line, and a missing one the line above it", "[rules]") {
  const auto document = parse_yaml("a: 1\nb:\n  - c: 2\n    d/e: 3\n  - f\n");
  REQUIRE(document);
  CHECK(document->line("/a") == 1);
  CHECK(document->line("/b") == 2);
  CHECK(document->line("/b/0") == 3);
  CHECK(document->line("/b/0/d~1e") == 4);
  CHECK(document->line("/b/1") == 5);
  CHECK(document->line("/b/0/missing/deeper") == 3);
}

TEST_CASE("hostile or ambiguous YAML is refused with its line", "[rules]") {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    laughs += std::string{c, ':', ' ', '&', c, ' ', '['};
    for (int i = 0; i < 8; ++i) laughs += std::string("*") + static_cast<char>(c - 1) + ", ";
    laughs += "]\n";
  }
  struct Row {
    const char* name;
    std::string yaml;
    unsigned line;
    const char* message;
  };
  const Row rows[] = {
      {"key twice", "a: 1\nb: 2\na: 3\n", 3, "\"a\" stands here twice"},
      {"key twice, nested", "a:\n  - {b: 1, b: 2}\n", 2, "\"b\" stands here twice"},
      {"billion laughs", laughs, 1, "anchors are not allowed"},
      {"endless anchor", "a: &a [*a]\n", 1, "anchors are not allowed"},
      {"merge key", "a: 1\nb:\n  <<: *a\n", 3, "anchor is not defined"},
      {"unquoted star", "grants: [*]\n", 1, "not YAML"},
      {"tag", "a: !!python/object x\n", 1, "tags are not allowed"},
      {"list as key", "? [a]\n: b\n", 1, "a key must be a text"},
      {"nothing as key", "~: b\n", 1, "a key must be a text"},
      {"two documents", "a: 1\n---\nb: 2\n", 2, "only one YAML document"},
      {"empty file", "", 1, "the file is empty"},
      {"comment only", "# nothing\n", 1, "the file is empty"},
      {"not UTF-8", "a: 1\nb: \xff\n", 2, "not UTF-8"},
      {"overlong UTF-8", "a: \xc0\xaf\n", 1, "not UTF-8"},
      {"surrogate", "a: \xed\xa0\x80\n", 1, "not UTF-8"},
      {"cut UTF-8", "a: \xe2\x82", 1, "not UTF-8"},
      {"zero byte", std::string("a: b\0c\n", 7), 1, "not UTF-8"},
      {"open bracket", "a: [1, 2\n", 2, "not YAML"},
      {"bad indentation", "a:\n  b: 1\n c: 2\n", 3, "not YAML"},
      {"very deep", "a: " + std::string(100, '[') + std::string(100, ']'), 1, "nested too deeply"},
      {"absurdly deep", "a: " + std::string(200000, '['), 1, ""},
      {"too large", std::string((1U << 20U) + 1, ' '), 1, "larger than 1 MiB"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const auto document = parse_yaml(row.yaml);
      REQUIRE(!document);
      CHECK(document.error().line == row.line);
      CHECK_THAT(document.error().message, Catch::Contains(row.message));
    }
}

TEST_CASE("every cut and every flipped byte of a file is read or refused with words", "[rules]") {
  const auto settled = [](const std::string& yaml) {
    const auto document = parse_yaml(yaml);
    return document ? document->lines.size() <= yaml.size() : !document.error().message.empty();
  };
  const std::string text = "a: {b: [1, 'x', \"y\\n\"], c: |\n    block\n  }\nd: [*x, &y z, !t u]\n? e\n: - f\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    REQUIRE(settled(text.substr(0, i)));
    for (const char c : {'\0', '\xff', ':', '[', '{', '&', '*', '\'', '"', '\n', '\t', '?', '-', '#', '%', '|'}) {
      std::string changed = text;
      changed[i] = c;
      REQUIRE(settled(changed));
    }
  }
}
