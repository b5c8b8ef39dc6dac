#include "detectors/identify/excerpt.h"

#include <catch2/catch.hpp>

#include "detectors/identify/lines.h"

namespace overreach {
namespace {

struct Shown {
  Excerpt excerpt;
  std::string masked;  // what the columns point at
};

/// The excerpt for the first `secret` of `text`; `others` are hidden as well.
Shown show(std::string_view text, std::string_view secret, std::vector<std::string_view> others = {}) {
  std::vector<Span> spans;
  const auto span = [&](std::string_view value) {
    const std::size_t at = text.find(value);
    return Span{at, at + value.size()};
  };
  Reading reading;
  reading.secret = span(secret);
  spans.push_back(reading.secret);
  for (const std::string_view other : others) spans.push_back(span(other));
  std::vector<Reading> readings = {reading};
  locate(text, readings);
  Shown out{excerpt(text, readings.front(), Hidden(text, spans), 0), {}};
  out.masked = out.excerpt.text.substr(out.excerpt.column - 1, out.excerpt.end_column - out.excerpt.column);
  return out;
}

TEST_CASE("an excerpt shows the line without any secret", "[identify][excerpt]") {
  const std::string one = "q7Vw3XbT9kLm2RzP8nYc";
  const std::string two = "Zk4Hs8Wd1Qf6Tn3Vb7Mx";
  struct Row {
    const char* name;
    std::string text;
    const char* expected;
  };
  const Row rows[] = {
      {"plain", "a\n  KEY=" + one + " # mine\nb", "KEY=q7Vw… # mine"},
      {"another secret on the line", "A=" + two + " KEY=" + one, "A=Zk4H… KEY=q7Vw…"},
      {"the same value again, without context", "KEY=" + one + " echo " + one, "KEY=q7Vw… echo q7Vw…"},
      {"windows line end", "KEY=" + one + "\r\nx", "KEY=q7Vw…"},
      {"tab", "KEY\t=" + one, "KEY =q7Vw…"},
      {"escape sequence", "\x1b[31mKEY=" + one, "\xef\xbf\xbd[31mKEY=q7Vw…"},
      {"invalid utf-8", "\xff\xc3KEY=" + one, "\xef\xbf\xbd\xef\xbf\xbdKEY=q7Vw…"},
      {"text that turns round", "\xe2\x80\xaeKEY=" + one, "\xef\xbf\xbdKEY=q7Vw…"},
      {"umlauts stay", "Schlüssel=" + one, "Schlüssel=q7Vw…"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Shown shown = show(row.text, one,
                               row.text.find(two) == std::string::npos ? std::vector<std::string_view>{}
                                                                       : std::vector<std::string_view>{two});
      CHECK(shown.excerpt.text == row.expected);
      CHECK(shown.masked == "q7Vw…");
    }
}

TEST_CASE("a secret of several lines shows its first line only", "[identify][excerpt]") {
  const std::string key = "-----BEGIN KEY-----\nq7Vw3XbT9kLm2RzP8nYc\n-----END KEY-----";
  const Shown shown = show("x = \"" + key + "\"\n", key);
  CHECK(shown.excerpt.text == "x = \"----…");
}

TEST_CASE("a long line is cut on both sides of the secret and never within a character", "[identify][excerpt]") {
  const std::string secret = "q7Vw3XbT9kLm2RzP8nYc";
  const std::string other = "Zk4Hs8Wd1Qf6Tn3Vb7Mx";
  std::string wide;
  for (int i = 0; i < 400; ++i) wide += "ü";
  for (const std::size_t shift : {0U, 1U, 2U, 3U}) {
    const std::string text = std::string(shift, 'a') + wide + secret + wide;
    const Shown shown = show(text, secret);
    CHECK(shown.excerpt.text.size() <= 240);
    CHECK(shown.excerpt.text.starts_with("…ü"));
    CHECK(shown.excerpt.text.ends_with("ü…"));
    CHECK(shown.masked == "q7Vw…");
    CHECK(shown.excerpt.text.find("\xef\xbf\xbd") == std::string::npos);
  }
  // A value that the edge of the window cuts shows nothing of itself.
  for (std::size_t gap = 455; gap < 485; ++gap) {
    const std::string text = std::string(1000, '.') + other + std::string(gap, '.') + secret;
    const Shown shown = show(text, secret, {other});
    CHECK(shown.excerpt.text.find(other.substr(8)) == std::string::npos);
  }
}

TEST_CASE("a hidden value is found wherever it stands", "[identify][excerpt]") {
  const std::string text = "abcd1234 abcd12345678 xx abcd1299 abcd1234";
  const Hidden hidden(text, {{0, 8}, {9, 21}});
  // abcd12345678 begins with abcd1234 and is masked whole; abcd1299 only shares a beginning.
  CHECK(hidden.within(0, text.size()) == std::vector<Span>{{0, 8}, {9, 21}, {34, 42}});
  CHECK(hidden.within(22, 25).empty());
}

}  // namespace
}  // namespace overreach
