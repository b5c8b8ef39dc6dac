#include "detectors/purpose/value.h"

namespace overreach::purpose {

Value join(std::vector<Value> parts) {
  std::vector<Value> flat;
  for (Value& part : parts) {
    if (part.kind == Value::Kind::join) {
      for (Value& inner : part.parts) flat.push_back(std::move(inner));
    } else if (part.kind == Value::Kind::text && !flat.empty() && flat.back().kind == Value::Kind::text) {
      flat.back().text += part.text;
    } else {
      flat.push_back(std::move(part));
    }
  }
  if (flat.size() == 1) return std::move(flat.front());
  Value out;
  out.kind = flat.empty() ? Value::Kind::text : Value::Kind::join;
  if (!flat.empty()) {
    out.line = flat.front().line;
    out.offset = flat.front().offset;
  }
  out.parts = std::move(flat);
  return out;
}

std::string_view first_word(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

std::string_view last_word(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

}  // namespace overreach::purpose
