// What an answer says: JSON pointers, tests, and whether it is an answer at all.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/probe/transport.h"
#include "rules/catalog/probe_spec.h"

namespace overreach {

/// A response whose body has been read as JSON.
struct Answer {
  Response response;
  nlohmann::json json;  // null for an empty body or plain text
};

/// The values at a JSON pointer, in document order. `*` stands for every element of a list
/// or every value of a table. "" is the document itself.
std::vector<const nlohmann::json*> select(const nlohmann::json& root, std::string_view pointer);

/// A text, number or boolean as text; nothing for null, lists and tables.
std::optional<std::string> text_of(const nlohmann::json& value);

/// The first value at `pointer` as text.
std::optional<std::string> text_at(const nlohmann::json& root, std::string_view pointer);

/// Makes a text from outside fit for a terminal and a report: control characters and bytes
/// that are not UTF-8 become '?', and it ends within `limit` bytes (and an ellipsis), never inside a character.
std::string tidy(std::string_view text, std::size_t limit = 200);

/// Reads the body. An error when the response is no answer: a redirect, a rate limit, a
/// server error, HTML (a login page, a captive portal), a body that should be JSON and is
/// not. The message names the status and the reason and quotes nothing of the body.
Result<Answer> read_answer(Response response);

/// Does `test` hold? `messages`: pointers to error messages, empty for the usual places.
bool holds(const AnswerTest& test, const Answer& answer, const std::vector<std::string>& messages);

enum class Outcome { alive, dead, refused, unknown };

struct Judgement {
  Outcome outcome = Outcome::unknown;
  std::string why;  // "answered 401", "answered 200 “Not Authorized”": words of the rule file only
};

/// What the answer says about the token, by the tests of `step`.
Judgement judge_answer(const ProbeStep& step, const Answer& answer, const std::vector<std::string>& messages);

}  // namespace overreach
