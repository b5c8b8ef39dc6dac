// What stands encoded in a text is found, at the place where its encoded form stands, in linear work.
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "scanner/base/alphabet.h"
#include "scanner/match/decode/classes.h"
#include "scanner/match/decode/escapes.h"
#include "scanner/match/decode/find.h"
#include "scanner/match/decode/utf.h"
#include "scanner/match/encoded.h"
#include "tests/support/encode.h"

using namespace overreach;
using namespace overreach::testing;

namespace {

constexpr std::string_view kPrefix[] = {"acme_"};
constexpr std::string_view kNear[] = {"railbird"};
constexpr std::string_view kInside[] = {"-----BEGIN "};
const Pattern kPatterns[] = {
    {"acme/token", kPrefix, R"(\bacme_[a-z0-9]{24}\b)", Pattern::Anchor::prefix, 0, 0, 64},
    {"railbird/token", kNear, R"(\b[0-9a-f]{8}-[0-9a-f]{4}\b)", Pattern::Anchor::context, 30, 60, 64},
    {"key/pem", kInside, R"((?s)-----BEGIN KEY-----.*?-----END KEY-----)", Pattern::Anchor::inside, 4, 0, 9000},
};

const std::string kToken = "acme_" + std::string("0123456789abcdefghijklmn");

struct Found {
  Span outer;          // in the block
  std::string source;  // the bytes there
  std::string value;   // what they say
  std::string via;
};

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += out.empty() ? part : ", " + part;
  return out;
}

struct Scan {
  std::vector<Found> found;
  std::uint64_t decoded = 0;
  bool limited = false;
};

Scan scan(const std::string& text) {
  static const Matcher matcher(kPatterns);
  const EncodedScanner scanner(matcher);
  EncodedScanner::Scratch scratch(matcher);
  std::vector<Region> regions;
  scanner.scan(text, scratch, regions);
  Scan out;
  out.decoded = scratch.decoded;
  for (const Region& region : regions) out.limited = out.limited || region.limited;
  scanner.read(text, regions, scratch, [&](const EncodedText& here) {
    for (const Candidate& candidate : here.candidates) {
      const Span span = here.in_block(candidate.span);
      out.found.push_back(
          {span, std::string(span.of(text)), std::string(candidate.span.of(here.text())), joined(here.via())});
    }
  });
  return out;
}

bool holds(const Scan& scan, const std::string& value, const std::string& via) {
  return std::any_of(scan.found.begin(), scan.found.end(),
                     [&](const Found& f) { return f.value == value && f.via == via; });
}

}  // namespace

TEST_CASE("a token is found in each encoding, and its site is that of the encoded text", "[decode]") {
  struct Row {
    const char* name;
    std::string before, encoded, after, via;
    std::string source;  // the part of `encoded` that is the token; empty: all of it
  };
  const std::string pair = "user:" + kToken;
  const Row rows[] = {
      {"base64", "token: \"", base64(kToken), "\"\n", "base64", base64(kToken).substr(0, 39)},
      {"base64 without padding", "t=", base64(kToken).substr(0, 39), ";", "base64", ""},
      {"base64 with the URL alphabet", "t=", base64(">?>>" + pair + "~~?>", true), ";", "base64",
       base64(">?>>" + pair + "~~?>", true).substr(12, 40)},
      {"Basic authorization", "Authorization: Basic ", base64(pair), "\r\n", "base64", base64(pair).substr(4, 42)},
      {"base64 behind a path", "https://h/v1/", base64(kToken), "/x", "base64", base64(kToken).substr(0, 39)},
      {"hex", "t=", hex_of(kToken), ";", "hex", ""},
      {"hex behind 0x", "t=0x", hex_of(kToken), ";", "hex", ""},
      {"percent", "t=", percent_of(kToken), "&b=1", "percent", ""},
      {"one percent escape", "t%3D", kToken, "&b=1", "percent", ""},
      {"unicode escapes", "\"t\": \"", unicode_of(kToken), "\"", "escapes", ""},
      {"one unicode escape", "\"t\": \"", "\\u0061" + kToken.substr(1), "\"", "escapes", ""},
      {"braces", "t = '", "acme\\u{5f}" + kToken.substr(5), "'", "escapes", ""},
      {"\\x escapes", "t = '", "acme\\x5f" + kToken.substr(5), "'", "escapes", ""},
      {"an octal escape", "t = $'", "acme\\137" + kToken.substr(5), "'", "escapes", ""},
      {"behind an escaped line break", "\"x\\n", kToken, "\"", "escapes", ""},
      {"UTF-16 in other bytes", std::string("\0\1\2\3\4", 5), wide(kToken, 2), "\xff\xff", "UTF-16", ""},
      {"UTF-16, high byte first", std::string("\1\1\2\3\4", 5), wide(kToken, 2, false), "\xff\xff", "UTF-16", ""},
      {"UTF-32 in other bytes", std::string("\0\1\2\3\4", 5), wide(kToken, 4), "\xff\xff", "UTF-32", ""},
      {"base64 of UTF-16", "powershell -e ", base64(wide("$t = '" + kToken + "'", 2)), "\n", "base64, UTF-16",
       base64(wide("$t = '" + kToken + "'", 2)).substr(16, 80)},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const Scan found = scan(row.before + row.encoded + row.after);
      REQUIRE(found.found.size() == 1);
      CHECK(found.found[0].value == kToken);
      CHECK(found.found[0].via == row.via);
      const std::string source = found.found[0].source;
      const std::string expected = row.source.empty() ? row.encoded : row.source;
      if (row.via == "UTF-16" || row.via == "UTF-32")
        CHECK(source.size() + 3 >= expected.size());  // the zeros round it may belong to either neighbour
      else
        CHECK(source == expected);
    }
}

TEST_CASE("wrapped lines are one text, and the site begins on the right one", "[decode]") {
  const std::string text = std::string(100, '.') + " " + kToken + " " + std::string(60, '.');
  const std::string encoded = base64(text);
  for (const std::size_t width : {60U, 64U, 76U})
    for (const std::string& line_break : {std::string("\n"), std::string("\r\n"), std::string("\n    ")}) {
      const std::string wrapped = wrap(encoded, width, line_break);
      const Scan found = scan("key: |" + line_break + wrapped + "end\n");
      REQUIRE(found.found.size() == 1);
      CHECK(found.found[0].value == kToken);
      const std::size_t groups = 101 / 3 * 4;
      const std::size_t begin = 6 + line_break.size() + groups + groups / width * line_break.size();
      CHECK(found.found[0].outer.begin == begin);
    }
}

TEST_CASE("encodings inside each other are undone to the third layer", "[decode]") {
  const std::string json = "{\"t\": \"" + unicode_of(kToken) + "\"}";
  CHECK(holds(scan(base64(json)), kToken, "base64, escapes"));
  CHECK(holds(scan("a " + base64("b " + base64(json))), kToken, "base64, base64, escapes"));
  CHECK(holds(scan("u=" + percent_of(base64(kToken))), kToken, "percent, base64"));
  CHECK(holds(scan("x: \"" + json_inside("{\"y\": \"" + json_inside("a\n" + kToken) + "\"}") + "\""), kToken,
              "escapes, escapes"));
  CHECK(holds(scan("k: " + hex_of("see " + base64(kToken) + " there")), kToken, "hex, base64"));
  // The fourth stays closed.
  CHECK(scan(base64("x" + base64("y" + base64("z" + base64(kToken))))).found.empty());
}

TEST_CASE("the name beside an encoded value wakes rules that need one", "[decode]") {
  const Scan found = scan("data:\n  railbird-token: " + base64("0123abcd-beef") + "AA\n");
  CHECK(found.found.empty());  // too short to be looked at
  const std::string value = "12345678-beef is it";
  CHECK(holds(scan("data:\n  railbird-token: " + base64(value) + "\n"), "12345678-beef", "base64"));
  CHECK(holds(scan("- name: RAILBIRD\n  value: " + base64(value) + "\n"), "12345678-beef", "base64"));
  CHECK(scan("data:\n  other: " + base64(value) + "\n").found.empty());
}

TEST_CASE("keys with thousands of bytes are found whole, over windows as well", "[decode]") {
  std::mt19937 random(1);
  std::string body;
  for (int i = 0; i < 6000; ++i) body += static_cast<char>('a' + random() % 26);
  const std::string key = "-----BEGIN KEY-----\n" + body + "\n-----END KEY-----";
  for (const std::size_t before : {std::size_t{0}, std::size_t{700'000}, std::size_t{780'000}, std::size_t{784'000},
                                   std::size_t{830'000}, std::size_t{2'000'000}}) {
    const std::string text = std::string(before, '.') + key + std::string(900'000, '.');
    for (const std::string& encoded : {base64(text), wrap(base64(text), 76), hex_of(text)}) {
      const Scan found = scan("x: " + encoded);
      REQUIRE(found.found.size() == 1);
      CHECK(found.found[0].value == key);
    }
  }
  CHECK(holds(scan("\"k\": \"" + json_inside(key) + "\""), key, "escapes"));
}

TEST_CASE("what only looks encoded is not decoded", "[decode]") {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    std::string digest;
    for (int k = 0; k < 20; ++k) digest += static_cast<char>(random());
    text += hex_of(digest) + " src/some/longer/path/of_a_file_" + std::to_string(i) + ".cc " + base64(digest) + "\n";
  }
  CHECK(scan(text).decoded * 50 < text.size());
}

TEST_CASE("decoding is linear: the bytes decoded for a byte of input have a bound", "[decode]") {
  std::mt19937 random(3);
  const auto repeated = [](const std::string& unit, std::size_t size) {
    std::string out;
    while (out.size() < size) out += unit;
    return out;
  };
  struct Row {
    const char* name;
    std::string unit;
  };
  const std::string three = base64(base64(base64(std::string(27, 'I')) + " "));
  const Row rows[] = {
      {"one line of base64", base64("I am a line of text; ")},
      {"lines of base64", base64("I am a line of text; ") + "\n"},
      {"shortest runs", "SUlJSUlJSUlJSUlJSUlJSUlJ "},
      {"every phase is text", "IIII"},
      {"layers", three + " "},
      {"hex", "49206120 6d"},
      {"one run of hex", "4920616d"},
      {"percent", "%41"},
      {"percent of percent", "%25%34%31"},
      {"backslashes", "\\"},
      {"escaped escapes", "\\\\u0041"},
      {"one escape a line", "\\x41\n"},
      {"escapes with words", "\\nabcdefghij"},
      {"zeros", std::string(1, '\0')},
      {"wide", std::string("a\0", 2)},
      {"wide and other", std::string("a\0b\0c\0\1", 7)},
      {"tokens", base64(kToken) + "\n"},
      {"gzip that is none", "H4sIAAAAAAAAA "},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      for (const std::size_t size : {std::size_t{1} << 16U, std::size_t{1} << 18U, std::size_t{1} << 20U}) {
        const std::string text = repeated(row.unit, size);
        CHECK(scan(text).decoded <= 12 * text.size());
      }
    }
}

TEST_CASE("regions of one encoding cover a byte a bounded number of times", "[decode]") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    static const std::string parts[] = {"SUlJSUlJSUlJSUlJSUlJSUlJ",
                                        " ",
                                        "\n",
                                        "\\x41",
                                        "%41%42",
                                        "4920616d4920616d4920616d4920616d",
                                        "IIII",
                                        "=",
                                        "\\",
                                        "abcdefgh",
                                        std::string("a\0", 2),
                                        std::string(30, '.')};
    std::string text;
    for (int i = 0; i < 2000; ++i) text += parts[random() % std::size(parts)];
    std::uint64_t covered[6] = {};
    std::size_t regions = 0;
    find_regions(text, {0, text.size()}, [&](const Region& region) {
      ++regions;
      REQUIRE(region.context.contains(region.span));
      REQUIRE(region.context.end <= text.size());
      View view;
      view_region(text, region, view);
      covered[static_cast<std::size_t>(region.how)] += view.text.size();
    });
    CHECK(regions > 0);
    INFO("seed " << seed);
    for (std::size_t how = 0; how < 6; ++how) CHECK(covered[how] <= (how == 0 ? 6 : 3) * text.size());
  }
}

TEST_CASE("vector instructions and the plain table see the same", "[decode]") {
  std::mt19937 random(5);
  for (std::size_t size = 0; size < 400; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random());
    for (std::size_t i = 0; i < size && i < 256; ++i) text[i] = static_cast<char>(size % 2 == 0 ? i : 255 - i);
    std::vector<ClassMask> plain(size / kMaskBytes + 1), fast(plain.size());
    classify(text, plain.data(), Vectors::none);
    for (const Vectors with : {Vectors::avx2, Vectors::avx512}) {
      if (with > best_vectors()) continue;
      classify(text, fast.data(), with);
      for (std::size_t i = 0; i < fast.size(); ++i) {
        REQUIRE(fast[i].plain == plain[i].plain);
        REQUIRE(fast[i].word == plain[i].word);
        REQUIRE(fast[i].token == plain[i].token);
        REQUIRE(fast[i].brace == plain[i].brace);
        REQUIRE(fast[i].escape == plain[i].escape);
        REQUIRE(fast[i].nul == plain[i].nul);
      }
    }
  }
}

TEST_CASE("a backslash, a letter or digit and neither word nor brace behind them hide nothing", "[decode]") {
  for (unsigned letter = 0; letter < 256; ++letter)
    for (unsigned behind = 0; behind < 256; ++behind) {
      if (!is_plain(static_cast<char>(letter)) || is_token(static_cast<char>(behind)) || behind == '{') continue;
      const std::string text = {
          '\\', static_cast<char>(letter), static_cast<char>(behind), '4', '1', 'f', 'd', '}', 'a', 'b', 'c', 'd'};
      CHECK_FALSE(hides(text, 0));
      CHECK_FALSE(hides(text.substr(0, 3), 0));
    }
}

TEST_CASE("every byte of a view knows where it came from", "[decode]") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    static const std::string parts[] = {base64("I am a line of text; "),
                                        wrap(base64(std::string(120, 'x')), 44),
                                        "\n",
                                        "\\u0041\\n",
                                        "%41%42",
                                        hex_of("another line of text"),
                                        " = '",
                                        "\\ud83d\\udd11",
                                        "H4sI",
                                        std::string("a\0b\0c\0d\0", 8),
                                        "abcdefgh"};
    std::string text;
    for (int i = 0; i < 60; ++i) text += parts[random() % std::size(parts)];
    find_regions(text, {0, text.size()}, [&](const Region& region) {
      View view;
      view_region(text, region, view);
      std::uint64_t last = region.context.begin;
      for (std::uint64_t at = 0; at < view.text.size(); ++at) {
        const Span source = view.source_of({at, at + 1});
        REQUIRE(source.begin >= last);
        REQUIRE(source.end <= region.context.end);
        REQUIRE(source.size() > 0);
        last = source.begin;
      }
    });
  }
}

TEST_CASE("text in UTF-16 and UTF-32 is read as text, with a mark and without", "[decode]") {
  const std::string text = "API_TOKEN=" + kToken + "\nnext line\n";
  CHECK(wide_to_utf8("\xff\xfe" + wide(text, 2)) == text);
  CHECK(wide_to_utf8("\xfe\xff" + wide(text, 2, false)) == text);
  CHECK(wide_to_utf8(std::string("\xff\xfe\0\0", 4) + wide(text, 4)) == text);
  CHECK(wide_to_utf8(std::string("\0\0\xfe\xff", 4) + wide(text, 4, false)) == text);
  for (const unsigned width : {2U, 4U})
    for (const bool little : {true, false}) CHECK(wide_to_utf8(wide(text, width, little)) == text);
  CHECK(wide_to_utf8("plain text") == std::nullopt);
  CHECK(wide_to_utf8(std::string(4000, '\0')) == std::nullopt);
  CHECK(wide_to_utf8(std::string("\x7f"
                                 "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                                 16)) == std::nullopt);
  CHECK(wide_to_utf8("") == std::nullopt);
}

TEST_CASE("any bytes can be decoded without harm", "[decode]") {
  std::size_t decoded = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    static const std::string alphabet =
        "IIIIUSaeZ019+/-_=\\%ux{}41 \n\r\"" + std::string("\0\0\0", 3) + "H4sIe\xff\xc3";
    std::string text;
    for (int i = 0; i < 3000; ++i) text += alphabet[random() % (random() % 2 == 0 ? 6 : alphabet.size())];
    decoded += scan(text).decoded;
  }
  CHECK(decoded > 0);
}
