// How the errors of rule files are put into words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// In double quotes, cut off after 60 bytes.
std::string in_quotes(std::string_view text);

/// A value as an author would recognise it: a text in quotes, a number, "a list", "a table".
std::string shown(const nlohmann::json& value);

/// "a text" for "string". Throws std::logic_error for what is no type of JSON Schema.
std::string type_name(std::string_view type);

/// "a", "b" and "c"; `last` is the word before the last.
std::string list_of(const std::vector<std::string>& names, std::string_view last);

/// The pointer one level below.
std::string child(const std::string& pointer, std::string_view key);

/// "tokens[0].pattern" for "/tokens/0/pattern"; "the file" for "".
std::string readable_path(std::string_view pointer);

/// " in tokens[0]"; nothing for the document itself.
std::string field_in(std::string_view pointer);

/// The candidate closest to `word` if it is close enough to be what was meant; else empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace overreach
