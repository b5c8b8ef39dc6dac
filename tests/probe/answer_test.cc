// Small parts: pointers, texts from outside, times.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "detectors/probe/answer.h"
#include "detectors/probe/collect.h"
#include "detectors/probe/target.h"

namespace overreach {
namespace {

using nlohmann::json;

TEST_CASE("a pointer finds values, and a star every element", "[answer]") {
  const json doc =
      json::parse(R"({"a": [{"b": 1}, {"b": null}, {"c": 2}], "x/y": {"z~": true}, "t": {"p": "q", "r": "s"}})");
  struct Row {
    const char* pointer;
    json found;
  };
  const Row rows[] = {
      {"", json::array({doc})}, {"/a/*/b", {1, nullptr}},           {"/a/2/c", json::array({2})},
      {"/t/*", {"q", "s"}},     {"/x~1y/z~0", json::array({true})}, {"/a/b", json::array()},
      {"/a/9", json::array()},  {"/a/-1", json::array()},           {"/a/999999999999/b", json::array()},
  };
  for (const Row& row : rows) {
    json found = json::array();
    for (const json* value : select(doc, row.pointer)) found.push_back(*value);
    INFO(row.pointer);
    CHECK(found == row.found);
  }
  CHECK(text_at(doc, "/a/*/b") == "1");
  CHECK(!text_at(doc, "/t"));
}

TEST_CASE("a text from outside keeps its letters and loses what steers a terminal", "[answer]") {
  struct Row {
    const char* name;
    std::string text, tidy;
  };
  const Row rows[] = {
      {"plain", "production", "production"},
      {"letters", "Zürich 東京 🚲", "Zürich 東京 🚲"},
      {"escape", "a\x1b[31mb\r\n", "a?[31mb??"},
      {"C1 control",
       "a\xc2\x9b"
       "31m",
       "a??31m"},
      {"broken", "a\xff\xe6\x9d", "a???"},
      {"overlong", "\xc0\xaf", "??"},
      {"surrogate", "\xed\xa0\x80", "???"},
      {"long", std::string(250, 'x'), std::string(200, 'x') + "…"},
      {"cut at a character", std::string(199, 'x') + "üx", std::string(199, 'x') + "…"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(tidy(row.text) == row.tidy);
    }
}

TEST_CASE("the end of a token's life is read in every form", "[answer]") {
  struct Row {
    const char* name;
    const char* form;
    const char* absent;
    json body;
    const char* expires;
  };
  const Row rows[] = {
      {"date", "date", "", {{"e", "2027-03-01"}}, "2027-03-01"},
      {"ISO time", "date", "", {{"e", "2027-03-01T10:00:00Z"}}, "2027-03-01T10:00:00Z"},
      {"with a zone name", "date", "", {{"e", "2027-03-01 10:00:00 UTC"}}, "2027-03-01T10:00:00Z"},
      {"with an offset", "date", "", {{"e", "2027-03-01 10:00:00 -0500"}}, "2027-03-01T10:00:00-0500"},
      {"epoch", "epoch", "", {{"e", 1'800'000'000}}, "2027-01-15T08:00:00Z"},
      {"epoch in milliseconds", "epoch", "", {{"e", 1'800'000'000'000}}, "2027-01-15T08:00:00Z"},
      {"from now", "seconds", "", {{"e", 60}}, "1970-01-01T00:01:40Z"},
      {"null means never", "date", "never", {{"e", nullptr}}, "never"},
      {"missing means unknown", "date", "", json::object(), ""},
      {"nonsense", "date", "", {{"e", "soon"}}, ""},
      {"no number", "epoch", "", {{"e", "tomorrow"}}, ""},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      ExpirySource source;
      source.at = "/e";
      source.form = row.form;
      source.absent = row.absent;
      Answer answer;
      answer.json = row.body;
      CHECK(collect_expiry(source, answer, 40) == row.expires);
    }
}

TEST_CASE("a template is filled from left to right, and not at all when a value is missing", "[answer]") {
  const Lookup lookup = [](const std::string& name) -> std::optional<std::string> {
    if (name == "a") return "{b}";
    if (name == "b") return "2";
    return std::nullopt;
  };
  CHECK(fill("{a}-{b}-{b}", lookup) == "{b}-2-2");
  CHECK(!fill("{a}{c}", lookup));
  CHECK(url_component("a/b?c=d e") == "a%2fb%3fc%3dd%20e");
}

}  // namespace
}  // namespace overreach
