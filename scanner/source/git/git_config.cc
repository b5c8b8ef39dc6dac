#include "scanner/source/git/git_config.h"

#include <algorithm>
#include <cctype>

namespace overreach {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; }

/// A configuration file from front to back.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  template <class Visit>
  Result<void> read(const Visit& visit) {
    for (;;) {
      skip_blank();
      if (at_ >= text_.size()) return {};
      if (text_[at_] == '[' ? !section() : !setting(visit))
        return fail(Error::Kind::malformed, "bad configuration in line " + std::to_string(line()));
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  std::size_t line() const {
    const std::size_t end = std::min(at_, text_.size());
    return 1 +
           static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  }
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void skip_blank() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#' || text_[at_] == ';'))
      if (is_space(text_[at_]))
        ++at_;
      else
        skip_line();
  }

  /// [section], [section.sub] or [section "sub"].
  bool section() {
    std::string name;
    for (++at_; is_name(peek()) || peek() == '.'; ++at_) name += peek();
    name = lower(name);
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (peek() == '"') {
      name += '.';
      for (++at_; peek() != '"' && peek() != '\n'; ++at_) {
        if (peek() == '\\') ++at_;
        name += peek();
      }
      if (peek() == '"') ++at_;
    }
    if (peek() != ']' || name.empty()) return false;
    ++at_;
    section_ = name + ".";
    return true;
  }

  template <class Visit>
  bool setting(const Visit& visit) {
    std::string name;
    for (; is_name(peek()); ++at_) name += peek();
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (name.empty() || section_.empty()) return false;
    std::string text = "true";
    if (peek() == '=') {
      ++at_;
      if (!value(text)) return false;
    } else if (peek() != '\n' && peek() != '\r' && peek() != '#' && peek() != ';') {
      return false;
    }
    visit(section_ + lower(name), text);
    return true;
  }

  /// Up to the end of the line: quotes, escapes and comments taken away, outer blanks too.
  bool value(std::string& out) {
    out.clear();
    std::size_t solid = 0;  // how much of it ends in something other than an unquoted blank
    bool quoted = false;
    for (; peek() != '\n' || quoted; ++at_) {
      if (at_ >= text_.size()) return !quoted;
      const char c = peek();
      if (c == '\n') return false;
      if (!quoted && (c == '#' || c == ';')) {
        skip_line();
        break;
      }
      if (c == '"') {
        quoted = !quoted;
        solid = out.size();
      } else if (c == '\\') {
        ++at_;
        if (text_.substr(at_, 2) == "\r\n") ++at_;
        if (!escape(out)) return false;
        solid = out.size();
      } else if (quoted || !is_space(c)) {
        out += c;
        solid = out.size();
      } else if (!out.empty()) {
        out += c;
      }
    }
    out.resize(solid);
    return true;
  }

  bool escape(std::string& out) {
    switch (peek()) {
      case '\n':
        return at_ < text_.size();  // the value goes on in the next line
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'b':
        if (!out.empty()) out.pop_back();
        return true;
      case '"':
      case '\\':
        out += peek();
        return true;
      default:
        return false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string section_;
};

}  // namespace

Result<void> for_each_setting(std::string_view text,
                              const std::function<void(const std::string&, const std::string&)>& visit) {
  return Reader(text).read(visit);
}

bool is_true(std::string_view value) {
  const std::string text = lower(value);
  return text == "true" || text == "yes" || text == "on" ||
         (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
          text.find_first_not_of('0') != std::string::npos);
}

}  // namespace overreach
