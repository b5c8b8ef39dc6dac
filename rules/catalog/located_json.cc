// Builds JSON from yaml-cpp's events rather than from its nodes: nodes merge duplicate
// keys silently, expand aliases and forget the difference between 1 and '1'.
#include "rules/catalog/located_json.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <streambuf>
#include <utility>
#include <vector>

namespace overreach {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxDepth = 24;

/// Thrown through yaml-cpp's parser, caught in parse_yaml.
struct Refused {
  unsigned line;
  std::string message;
};

/// A whole number if it is one that fits, else a finite decimal, else nothing.
json number_or_null(std::string_view text) {
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end)
    return whole;
  double decimal = 0;
  const auto read = std::from_chars(text.data(), end, decimal);
  const bool digits = text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  if (digits && read.ec == std::errc{} && read.ptr == end && std::isfinite(decimal)) return decimal;
  return nullptr;
}

json plain_scalar(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  json number = number_or_null(text);
  return number.is_null() ? json(text) : number;
}

std::string escape_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

unsigned line_of(const YAML::Mark& mark) { return mark.line < 0 ? 0 : static_cast<unsigned>(mark.line) + 1; }

class Builder : public YAML::EventHandler {
 public:
  LocatedJson take() { return std::move(result_); }
  bool empty() const { return !done_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (done_) throw Refused{line_of(mark), "only one YAML document is allowed in a file"};
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    throw Refused{line_of(mark), "anchors are not allowed (&" + name + "): write the value out, or quote it"};
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refused{line_of(mark), "aliases are not allowed: write the value out, or quote a text that begins with '*'"};
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { scalar(mark, nullptr); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    if (tag != "?" && tag != "!" && !tag.empty()) throw Refused{line_of(mark), "tags are not allowed (" + tag + ")"};
    if (expects_key()) return key(mark, value);
    scalar(mark, tag == "?" ? plain_scalar(value) : json(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, json::array());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, json::object());
  }
  void OnSequenceEnd() override { stack_.pop_back(); }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  struct Level {
    json* value;
    std::string pointer;
    std::string key;  // of the member that comes next, once has_key
    bool has_key = false;
  };

  bool expects_key() const { return !stack_.empty() && stack_.back().value->is_object() && !stack_.back().has_key; }

  void key(const YAML::Mark& mark, const std::string& name) {
    Level& top = stack_.back();
    if (top.value->contains(name)) throw Refused{line_of(mark), "\"" + name + "\" stands here twice"};
    result_.lines[top.pointer + "/" + escape_token(name)] = line_of(mark);
    top.key = name;
    top.has_key = true;
  }

  void scalar(const YAML::Mark& mark, json value) {
    if (expects_key()) throw Refused{line_of(mark), "a key must be a text"};
    place(mark, std::move(value));
  }

  void open(const YAML::Mark& mark, const std::string& tag, json value) {
    if (tag != "?" && !tag.empty()) throw Refused{line_of(mark), "tags are not allowed (" + tag + ")"};
    if (expects_key()) throw Refused{line_of(mark), "a key must be a text"};
    if (stack_.size() >= kMaxDepth) throw Refused{line_of(mark), "nested too deeply"};
    auto [pointer, placed] = place(mark, std::move(value));
    stack_.push_back({placed, std::move(pointer), {}, false});
  }

  /// Puts a value where the document is, and says where that was.
  std::pair<std::string, json*> place(const YAML::Mark& mark, json value) {
    if (stack_.empty()) {
      result_.json = std::move(value);
      done_ = true;
      result_.lines[""] = line_of(mark);
      return {"", &result_.json};
    }
    Level& top = stack_.back();
    if (top.value->is_array()) {
      std::string pointer = top.pointer + "/" + std::to_string(top.value->size());
      result_.lines[pointer] = line_of(mark);
      top.value->push_back(std::move(value));
      return {std::move(pointer), &top.value->back()};
    }
    top.has_key = false;
    json& member = (*top.value)[top.key];
    member = std::move(value);
    return {top.pointer + "/" + escape_token(top.key), &member};
  }

  LocatedJson result_;
  std::vector<Level> stack_;
  bool done_ = false;
};

/// Line of the first byte that is not UTF-8 text; 0 if there is none.
unsigned line_of_bad_byte(std::string_view text) {
  unsigned line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') ++line;
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return line;
    const std::size_t length = c < 0x80                ? 1
                               : c >= 0xC2 && c < 0xE0 ? 2
                               : (c & 0xF0U) == 0xE0   ? 3
                               : c >= 0xF0 && c < 0xF5 ? 4
                                                       : 0;
    if (length == 0 || i + length > text.size()) return line;
    const auto next = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if ((c == 0xE0 && next < 0xA0) || (c == 0xED && next > 0x9F) || (c == 0xF0 && next < 0x90) ||
        (c == 0xF4 && next > 0x8F))
      return line;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80) return line;
    i += length;
  }
  return 0;
}

/// Reads from borrowed bytes.
struct ViewBuffer : std::streambuf {
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // the get area is only read
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

unsigned LocatedJson::line(std::string_view pointer) const {
  for (;;) {
    if (const auto it = lines.find(std::string(pointer)); it != lines.end()) return it->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return 1;
    pointer = pointer.substr(0, slash);
  }
}

tl::expected<LocatedJson, YamlError> parse_yaml(std::string_view text) {
  if (text.size() > kMaxBytes) return tl::unexpected(YamlError{1, "larger than 1 MiB"});
  if (const unsigned line = line_of_bad_byte(text); line != 0)
    return tl::unexpected(YamlError{line, "holds bytes that are not UTF-8 text"});
  Builder builder;
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return tl::unexpected(YamlError{refused.line, refused.message});
  } catch (const YAML::Exception& e) {
    return tl::unexpected(YamlError{line_of(e.mark), "not YAML: " + e.msg});
  }
  if (builder.empty()) return tl::unexpected(YamlError{1, "the file is empty"});
  return builder.take();
}

}  // namespace overreach
