#include "reports/format/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "reports/format/text_safe.h"

namespace overreach {
namespace {

constexpr std::size_t kTextColumn = 11;  // two spaces, the longest label ("verdict:"), a space
constexpr std::size_t kLeastWidth = 30;

std::string_view code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "1";
    case Ink::dim:
      return "2";
    case Ink::alarm:
      return "1;31";
    case Ink::red:
      return "31";
    case Ink::yellow:
      return "33";
    case Ink::green:
      return "32";
    case Ink::cyan:
      return "36";
  }
  return "";
}

/// Only what a browser opens and a terminal cannot misread.
bool is_plain_https(std::string_view url) {
  return url.starts_with("https://") &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Tabs would move the caret.
std::string untabbed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\t')
      out += "  ";
    else
      out += c;
  }
  return out;
}

/// The end of `text` that takes at most `columns`, and the beginning likewise.
std::string last_columns(std::string_view text, std::size_t columns) {
  while (display_width(text) > columns) text.remove_prefix(first_code_point(text).length);
  return std::string(text);
}

std::string first_columns(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0, width = 0;
  while (bytes < text.size()) {
    const CodePoint c = first_code_point(text.substr(bytes));
    width += display_width(text.substr(bytes, c.length));
    if (width > columns) break;
    bytes += c.length;
  }
  return std::string(text.substr(0, bytes));
}

}  // namespace

/// Parts that stand together without a space.
struct Page::Word {
  std::vector<Part> parts;
  std::size_t width = 0;
};

Page::Page(std::ostream& out, const TextStyle& style) : out_(out), style_(style) {}

std::vector<Page::Word> Page::words_of(std::span<const Piece> pieces) const {
  std::vector<Word> words;
  bool glue = false;  // the next part continues the last word
  const auto add = [&](std::string text, const Piece& piece) {
    if (text.empty()) return;
    if (!glue) words.emplace_back();
    words.back().width += display_width(text);
    words.back().parts.push_back({std::move(text), piece.ink, piece.link});
    glue = true;
  };
  for (const Piece& piece : pieces) {
    const std::string text = printable(piece.text, style_.unicode);
    if (piece.whole) {
      add(text, piece);
      continue;
    }
    std::size_t from = 0;
    for (std::size_t space = text.find(' '); space != std::string::npos; space = text.find(' ', from)) {
      add(text.substr(from, space - from), piece);
      glue = false;
      from = space + 1;
    }
    add(text.substr(from), piece);
  }
  return words;
}

std::string Page::painted(const std::string& text, Ink ink, const std::string& link) const {
  std::string out = text;
  if (style_.colour && ink != Ink::plain) out = fmt::format("\x1b[{}m{}\x1b[0m", code_of(ink), out);
  if (style_.links && is_plain_https(link)) out = fmt::format("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", link, out);
  return out;
}

void Page::print_line(std::vector<Part>& line) {
  for (const Part& part : line) out_ << painted(part.text, part.ink, part.link);
  out_ << '\n';
  line.clear();
}

void Page::flow(std::span<const Piece> pieces, std::size_t at, std::size_t hanging) {
  const std::size_t width = std::max<std::size_t>(style_.width, kLeastWidth);
  std::size_t column = at;
  std::vector<Part> line;
  // Neighbours of one colour share one escape: add to the last part where that is possible.
  const auto put = [&](const std::string& text, Ink ink, const std::string& link) {
    if (!line.empty() && line.back().ink == ink && line.back().link == link)
      line.back().text += text;
    else
      line.push_back({text, ink, link});
  };
  for (const Word& word : words_of(pieces)) {
    const Part& first = word.parts.front();
    const bool fresh = line.empty();
    if (!fresh && column + 1 + word.width > width) {
      print_line(line);
      out_ << std::string(hanging, ' ');
      column = hanging;
    } else if (!fresh) {
      const bool runs_on = line.back().ink == first.ink && line.back().link == first.link;
      put(" ", runs_on ? first.ink : Ink::plain, runs_on ? first.link : "");
      ++column;
    }
    for (const Part& part : word.parts) put(part.text, part.ink, part.link);
    column += word.width;
  }
  print_line(line);
}

void Page::paragraph(std::string_view label, std::span<const Piece> pieces, std::size_t indent) {
  const std::size_t column = kTextColumn + indent;
  out_ << "  " << painted(std::string(label), label.empty() ? Ink::plain : Ink::bold, "")
       << std::string(column - 2 - display_width(label), ' ');
  flow(pieces, column, column + 2);
}

void Page::heading(std::span<const Piece> pieces) { flow(pieces, 0, 4); }

void Page::excerpt(const Site& site, Ink ink) {
  if (site.excerpt.empty()) return;
  const std::string_view all = site.excerpt;
  const std::size_t begin = std::min<std::size_t>(site.excerpt_column > 0 ? site.excerpt_column - 1 : 0, all.size());
  const std::size_t end =
      std::clamp<std::size_t>(site.excerpt_end_column > 0 ? site.excerpt_end_column - 1 : 0, begin, all.size());
  const auto clean = [&](std::string_view s) { return printable(untabbed(s), style_.unicode); };
  std::string before = clean(all.substr(0, begin));
  before.erase(0, before.find_first_not_of(' ') == std::string::npos ? before.size() : before.find_first_not_of(' '));
  const std::string masked = clean(all.substr(begin, end - begin));
  std::string after = clean(all.substr(end));

  const std::string gutter = fmt::format("{:>6} | ", site.line);
  const std::string dots = style_.unicode ? "…" : "...";
  const std::size_t room = std::max<std::size_t>(style_.width, kLeastWidth) - gutter.size();
  const std::size_t wide = display_width(masked);
  const std::size_t left = room > wide + 6 ? (room - wide) * 2 / 3 : 0;
  if (display_width(before) > left) before = dots + last_columns(before, left > 3 ? left - 3 : 0);
  const std::size_t used = display_width(before) + wide;
  const std::size_t right = room > used ? room - used : 0;
  if (display_width(after) > right) after = right > 3 ? first_columns(after, right - 3) + dots : "";
  while (!after.empty() && after.back() == ' ') after.pop_back();

  out_ << painted(gutter, Ink::dim, "") << before << painted(masked, ink, "") << after << '\n';
  if (wide == 0) return;
  out_ << std::string(gutter.size() - 2, ' ') << painted("| ", Ink::dim, "") << std::string(display_width(before), ' ')
       << painted("^" + std::string(wide - 1, '~'), ink, "") << '\n';
}

void Page::blank() { out_ << '\n'; }

}  // namespace overreach
