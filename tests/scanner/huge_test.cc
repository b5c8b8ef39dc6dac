#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "scanner/base/utf8.h"
#include "scanner/source/descriptor.h"
#include "scanner/source/reader.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace overreach;
using overreach::testing::TempDir;

namespace {

struct Window {
  std::string bytes;
  Part part;
};

std::vector<Window> windows_of(const std::string& content, WindowSize size, const TempDir& dir, bool paged = false) {
  const auto path = dir.write("content", content);
  std::vector<Window> out;
  Reader reader(size);
  const Result<void> done =
      reader.read_file(AT_FDCWD, path.c_str(), paged, [&](std::string_view bytes, const Part* part) {
        Part whole;
        whole.own = {0, bytes.size()};
        out.push_back({std::string(bytes), part == nullptr ? whole : *part});
      });
  REQUIRE(done.has_value());
  return out;
}

/// Lines of all lengths, some of them with characters of several bytes.
std::string text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out;
  while (out.size() < size) {
    const auto kind = static_cast<unsigned>(random() % 200);
    if (kind < 3)
      out += '\n';
    else if (kind < 20)
      out += kind % 2 == 0 ? "é" : "🔑";
    else
      out += static_cast<char>('a' + kind % 26);
  }
  return out;
}

}  // namespace

TEST_CASE("a file is read to its end, whether or not a short read is taken for it", "[huge]") {
  const TempDir dir;
  for (const std::size_t window : {8192UL, 10'000UL, 1'000'000UL})
    for (const std::size_t length :
         {0UL, 1UL, 4095UL, 4096UL, 4097UL, 8192UL, 8193UL, 131'071UL, 131'072UL, 131'073UL, 300'000UL}) {
      const std::string content = text(length, 3).substr(0, length);
      const WindowSize size{.window = window, .margin = 512};
      const std::vector<Window> once = windows_of(content, size, dir, true),
                                twice = windows_of(content, size, dir, false);
      INFO(length << " bytes, windows of " << window);
      REQUIRE(once.size() == twice.size());
      for (std::size_t i = 0; i < once.size(); ++i) {
        CHECK(once[i].bytes == twice[i].bytes);
        CHECK(once[i].part.own.begin == twice[i].part.own.begin);
        CHECK(once[i].part.own.end == twice[i].part.own.end);
      }
    }
  const Descriptor made_up(open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(!reads_through_page_cache(made_up.get()));
}

TEST_CASE("windows give every byte once, with a margin on both sides and their place in the whole", "[huge]") {
  const TempDir dir;
  const WindowSize size{.window = 4096, .margin = 512};
  for (const std::size_t length : {0UL, 1UL, 4095UL, 4096UL, 4097UL, 7000UL, 100'000UL, 131'072UL, 400'001UL}) {
    const std::string content = text(length, static_cast<unsigned>(length)).substr(0, length);
    std::string joined;
    for (const Window& window : windows_of(content, size, dir)) {
      const Part& part = window.part;
      INFO(length << " bytes, window at " << part.offset);
      REQUIRE(window.bytes.size() <= size.window);
      REQUIRE(content.substr(part.offset, window.bytes.size()) == window.bytes);
      REQUIRE(part.offset + part.own.begin == joined.size());
      if (part.offset > 0) REQUIRE(part.own.begin >= size.margin);
      const bool last = part.offset + window.bytes.size() == content.size();
      if (!last) REQUIRE(window.bytes.size() - part.own.end >= size.margin);
      joined += part.own.of(window.bytes);
      const std::string before = content.substr(0, part.offset);
      const std::size_t line = before.rfind('\n') + 1;
      CHECK(part.lines == static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
      CHECK(part.column == before.size() - line);
      CHECK(part.utf16 == utf16_length(before.substr(line)));
    }
    CHECK(joined == content);
  }
}

TEST_CASE("windows of what is not text stay aligned to four bytes", "[huge]") {
  const TempDir dir;
  std::string content = text(50'000, 3);
  content[10] = '\0';
  for (const Window& window : windows_of(content, {.window = 4096, .margin = 512}, dir)) {
    CHECK(window.part.offset % 4 == 0);
    CHECK((window.bytes.size() == content.size() || window.part.binary));
  }
}

TEST_CASE("a stream is read in windows as a file is", "[huge]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string content = text(60'000, 9).substr(0, 60'000);
  REQUIRE(write(ends[1], content.data(), content.size()) == 60'000);
  close(ends[1]);
  std::string joined;
  Reader reader({.window = 4096, .margin = 512});
  const Descriptor from(ends[0]);
  REQUIRE(reader.read_stream(from.get(), [&](std::string_view bytes, const Part* part) {
    REQUIRE(part != nullptr);
    CHECK(part->descriptor == -1);
    joined += part->own.of(bytes);
  }));
  CHECK(joined == content);
}

TEST_CASE("a file that has no end is left after a window more than it promised", "[huge]") {
  Reader reader({.window = 4096, .margin = 512});
  std::uint64_t bytes = 0;
  const auto count = [&](std::string_view window, const Part*) { bytes += window.size(); };
  const Result<void> done = reader.read_file(AT_FDCWD, "/proc/self/pagemap", false, count);
  if (!done && done.error().kind == Error::Kind::io) return;  // a kernel that does not show it
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == Error::Kind::limit);
  CHECK(bytes <= 4 * 4096);
}

TEST_CASE("credentials at and across the seams of a file of 200 MB are found once, at their places", "[huge]") {
  const TempDir dir;
  // One line of 50 MB, then short ones. Where windows of 64 MiB with margins of 1 MiB meet: 63, 125, 187 MiB.
  std::mt19937 random(7);
  constexpr std::string_view digits = "0123456789abcdef";
  const auto token = [&] {
    std::string uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    for (char& c : uuid)
      if (c == 'x') c = digits[random() % 16];
    return "RAILWAY_TOKEN=" + uuid;
  };
  std::string content(200 << 20, ' ');
  for (std::size_t i = 50 << 20; i < content.size(); i += 97) content[i] = '\n';
  std::vector<std::size_t> places = {0, 1000, (50 << 20) - 2000, content.size() - 60};
  // Of 50 bytes: before the seam, up to it, across it in keyword and value, behind it.
  const std::pair<std::size_t, std::vector<long>> seams[] = {{63 << 20, {-200, -25, 100}},
                                                             {125 << 20, {-50, 60}},
                                                             {187 << 20, {-1, 200}},
                                                             {62 << 20, {-10}},
                                                             {64 << 20, {-45}}};
  for (const auto& [seam, shifts] : seams)
    for (const long shift : shifts) places.push_back(seam + static_cast<std::size_t>(shift));
  std::sort(places.begin(), places.end());
  std::vector<std::pair<std::uint64_t, std::uint64_t>> expected;
  for (const std::size_t at : places) {
    const std::string written = token();
    content.replace(at, written.size(), written);
  }
  for (const std::size_t at : places) {
    const std::size_t value = at + std::string_view("RAILWAY_TOKEN=").size();
    const std::size_t line = at == 0 ? 0 : content.rfind('\n', at) + 1;
    expected.emplace_back(std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1,
                          value - line + 1);
  }
  std::sort(expected.begin(), expected.end());
  dir.write("huge.txt", content);
  const bool from_stdin = GENERATE(false, true);
  std::vector<std::string> command = {OVERREACH_BINARY, "scan", "-q", "--json", "-", "-j", "2"};
  command.push_back(from_stdin ? "--stdin" : ".");
  const auto outcome = overreach::testing::run_process(command, dir.path(), from_stdin ? content : "");
  REQUIRE(outcome.exit_code != 3);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  const nlohmann::json report = nlohmann::json::parse(outcome.out);
  for (const auto& finding : report["findings"])
    for (const auto& site : finding["sites"]) found.emplace_back(site["line"], site["column"]);
  std::sort(found.begin(), found.end());
  CHECK(found.size() == expected.size());
  CHECK((found == expected));
}
