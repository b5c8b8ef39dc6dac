#include "reports/format/text_safe.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace overreach;

TEST_CASE("text for a terminal holds nothing that moves, hides or turns it", "[format][safe]") {
  struct Row {
    const char* name;
    std::string in, unicode, ascii;
  };
  const Row rows[] = {
      {"plain", "src/main.cc", "src/main.cc", "src/main.cc"},
      {"newline and tab", "a\nb\tc\r", "a\\nb\\tc\\r", "a\\nb\\tc\\r"},
      {"escape", "\x1b[31mred", "\\x1b[31mred", "\\x1b[31mred"},
      {"NUL and DEL", std::string("\0\x7f", 2), "\\x00\\x7f", "\\x00\\x7f"},
      {"C1 control sequence introducer",
       "\xc2\x9b"
       "2J",
       "\\u{9b}2J", "\\u{9b}2J"},
      {"raw 0x9b is no UTF-8",
       "\x9b"
       "2J",
       "\\x9b2J", "\\x9b2J"},
      {"right-to-left override",
       "\xe2\x80\xae"
       "txt.sh",
       "\\u{202e}txt.sh", "\\u{202e}txt.sh"},
      {"zero-width space",
       "a\xe2\x80\x8b"
       "b",
       "a\\u{200b}b", "a\\u{200b}b"},
      {"line separator",
       "a\xe2\x80\xa8"
       "b",
       "a\\u{2028}b", "a\\u{2028}b"},
      {"byte order mark", "\xef\xbb\xbfx", "\\u{feff}x", "\\u{feff}x"},
      {"tag characters", "\xf3\xa0\x81\x81", "\\u{e0041}", "\\u{e0041}"},
      {"letters of other scripts", "café/ключ", "café/ключ", "caf\\u{e9}/\\u{43a}\\u{43b}\\u{44e}\\u{447}"},
      {"signs of ours", "3f2a… → x", "3f2a… → x", "3f2a... -> x"},
      {"cut in a character", "ab\xe2\x80", "ab\\xe2\\x80", "ab\\xe2\\x80"},
      {"overlong slash", "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"},
      {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      CHECK(printable(row.in) == row.unicode);
      CHECK(printable(row.in, false) == row.ascii);
    }
  }
}

TEST_CASE("text for JSON is valid UTF-8 and otherwise the same", "[format][safe]") {
  CHECK(valid_utf8("a\xff"
                   "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(valid_utf8("\xe2\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(valid_utf8("\x1b[31m\n café") == "\x1b[31m\n café");
  CHECK(is_valid_utf8("café"));
  CHECK_FALSE(is_valid_utf8("caf\xe9"));
}

TEST_CASE("JSON on a terminal is the same JSON without a character that harms", "[format][safe]") {
  const nlohmann::json value = {"\x1b[2J\xc2\x9b", "\xe2\x80\xae", "\x7f", "\xf3\xa0\x81\x81", "plain é"};
  const std::string shown = escaped_for_terminal(value.dump(2));
  CHECK(nlohmann::json::parse(shown) == value);
  CHECK(shown.find('\x1b') == std::string::npos);
  CHECK(shown.find('\x7f') == std::string::npos);
  CHECK(shown.find("\xc2\x9b") == std::string::npos);
  CHECK(shown.find("\\u202e") != std::string::npos);
  CHECK(shown.find("\\udb40\\udc41") != std::string::npos);
  CHECK(shown.find("plain é") != std::string::npos);
}

TEST_CASE("a path in a URI keeps every byte", "[format][safe]") {
  CHECK(percent_encoded("src/a-b_c.~d") == "src/a-b_c.~d");
  CHECK(percent_encoded("a b#c%d?e:f\\g") == "a%20b%23c%25d%3Fe%3Af%5Cg");
  CHECK(percent_encoded("\xff\n\xc3\xa9") == "%FF%0A%C3%A9");
}

TEST_CASE("columns are counted as a terminal shows them", "[format][safe]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é…") == 2);
  CHECK(display_width("e\xcc\x81") == 1);  // a letter and its combining accent
  CHECK(display_width("日本") == 4);
  CHECK(display_width("") == 0);
}
