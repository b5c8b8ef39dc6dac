// Lays out words on a terminal: wrapping, colour, links. The only place that writes an escape.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/model/token.h"
#include "reports/format/report.h"

namespace overreach {

enum class Ink : std::uint8_t { plain, bold, dim, alarm, red, yellow, green, cyan };

/// A run of text in one colour. Spaces are where it may be broken.
struct Piece {
  std::string text;
  Ink ink = Ink::plain;
  bool whole = false;     // never broken: paths, ids
  std::string link = {};  // OSC 8 target; dropped unless it is plain https
};

/// Writes paragraphs within the style's width.
///
/// Whatever a Piece holds is made printable here, so text of a hostile repository reaches the
/// terminal as harmless characters, and colour is added after that. A word wider than the line
/// is not broken: a path stays clickable.
class Page {
 public:
  Page(std::ostream& out, const TextStyle& style);

  /// Text after a label (at most eight columns) in column 2, wrapped two columns right of its own
  /// start. An empty label continues the section above; `indent` moves the text further in.
  void paragraph(std::string_view label, std::span<const Piece> pieces, std::size_t indent = 0);
  /// Text from column 0, wrapped lines indented by four.
  void heading(std::span<const Piece> pieces);
  /// The line a token stands on, with a caret and tildes under its masked span.
  void excerpt(const Site& site, Ink ink);
  void blank();

 private:
  struct Part {
    std::string text;
    Ink ink;
    std::string link;
  };
  struct Word;
  std::vector<Word> words_of(std::span<const Piece> pieces) const;
  void flow(std::span<const Piece> pieces, std::size_t at, std::size_t hanging);
  void print_line(std::vector<Part>& line);
  std::string painted(const std::string& text, Ink ink, const std::string& link) const;

  std::ostream& out_;
  TextStyle style_;
};

}  // namespace overreach
