#include "detectors/probe/answer.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace overreach {
namespace {

using Json = nlohmann::json;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "~1" is '/', "~0" is '~' (RFC 6901).
std::string unescaped(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '~' && i + 1 < segment.size())
      out += segment[++i] == '1' ? '/' : '~';
    else
      out += segment[i];
  }
  return out;
}

void step_into(const Json& value, const std::string& segment, std::vector<const Json*>& out) {
  if (segment == "*") {
    if (value.is_array() || value.is_object())
      for (const Json& element : value) out.push_back(&element);
  } else if (value.is_object()) {
    if (const auto it = value.find(segment); it != value.end()) out.push_back(&*it);
  } else if (value.is_array() && !segment.empty() && segment.size() < 6 &&
             std::all_of(segment.begin(), segment.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
    const auto index = static_cast<std::size_t>(std::stoul(segment));
    if (index < value.size()) out.push_back(&value[index]);
  }
}

/// Bytes of the UTF-8 character that `text` begins with; 0 when it begins with none. Bodies are
/// valid because they were read as JSON, headers may be anything. C1 controls count as none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || (byte(0) == 0xc2 && byte(1) < 0xa0)) return 0;
  if ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f)) return 0;
  if ((byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f)) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  return length;
}

bool looks_like_html(const Response& response) {
  if (lower(response.header("content-type")).find("html") != std::string::npos) return true;
  const std::size_t begin = response.body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (begin == std::string::npos) return false;
  const std::string head = lower(std::string_view(response.body).substr(begin, 15));
  return head.rfind("<!doctype html", 0) == 0 || head.rfind("<html", 0) == 0;
}

std::string rate_limit(const Response& response) {
  const std::string_view after = response.header("retry-after");
  const bool number = !after.empty() && after.size() < 8 &&
                      std::all_of(after.begin(), after.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? "rate limited, to be asked again in " + std::string(after) + " s" : "rate limited";
}

const std::vector<std::string>& usual_messages() {
  static const std::vector<std::string> pointers = {"/errors/*/message", "/message",       "/error",
                                                    "/error/message",    "/error/code",    "/error_description",
                                                    "/errors/*",         "/errors/*/code", "/id"};
  return pointers;
}

/// The text of `wanted` that some error message contains, or nothing.
std::optional<std::string> error_among(const std::vector<std::string>& wanted, const Json& json,
                                       const std::vector<std::string>& messages) {
  for (const std::string& pointer : messages.empty() ? usual_messages() : messages)
    for (const Json* value : select(json, pointer))
      if (const auto text = text_of(*value))
        for (const std::string& part : wanted)
          if (lower(*text).find(lower(part)) != std::string::npos) return part;
  return std::nullopt;
}

bool value_holds(const AnswerTest& test, const Json& json) {
  for (const Json* value : select(json, test.at)) {
    if (value->is_null()) continue;
    if (test.is.empty() && test.begins.empty()) return true;
    const auto text = text_of(*value);
    if (!text) continue;
    if (std::find(test.is.begin(), test.is.end(), *text) != test.is.end()) return true;
    if (std::any_of(test.begins.begin(), test.begins.end(), [&](const auto& b) { return text->rfind(b, 0) == 0; }))
      return true;
  }
  return false;
}

bool empty_list(const Json& json, const std::string& pointer) {
  const auto values = select(json, pointer);
  return !values.empty() && std::all_of(values.begin(), values.end(),
                                        [](const Json* value) { return value->is_array() && value->empty(); });
}

/// How the answer reads in a sentence, in words of the rule file.
std::string describe(const AnswerTest& test, const Answer& answer, const std::vector<std::string>& messages) {
  std::string out = "answered " + std::to_string(answer.response.status);
  if (const auto message = error_among(test.error, answer.json, messages)) return out + " “" + *message + "”";
  for (const std::string& value : test.is)
    if (text_at(answer.json, test.at) == value) return out + " “" + value + "”";
  return out;
}

}  // namespace

std::vector<const Json*> select(const Json& root, std::string_view pointer) {
  std::vector<const Json*> found = {&root};
  while (!pointer.empty() && pointer[0] == '/') {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string segment = unescaped(pointer.substr(1, end - 1));
    pointer.remove_prefix(end);
    std::vector<const Json*> next;
    for (const Json* value : found) step_into(*value, segment, next);
    found = std::move(next);
  }
  return found;
}

std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

std::optional<std::string> text_at(const Json& root, std::string_view pointer) {
  for (const Json* value : select(root, pointer))
    if (auto text = text_of(*value)) return text;
  return std::nullopt;
}

std::string tidy(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (out.size() + std::max<std::size_t>(length, 1) > limit) return out + "…";
    const bool printable = length > 1 || (length == 1 && text[i] >= 0x20 && text[i] != 0x7f);
    if (printable)
      out += text.substr(i, length);
    else
      out += '?';
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

Result<Answer> read_answer(Response response) {
  const int status = response.status;
  const std::string said = "answered " + std::to_string(status);
  if (status == 429) return fail(Error::Kind::network, said + ": " + rate_limit(response));
  if (status >= 500) return fail(Error::Kind::network, said + ": it is in trouble");
  if (status >= 300 && status < 400) return fail(Error::Kind::refused, said + ": a redirect, which is never followed");
  if (status < 200) return fail(Error::Kind::malformed, said + ": no final answer");
  if (looks_like_html(response))
    return fail(Error::Kind::malformed, said + " with HTML instead of JSON: a login page or a captive portal");
  Json json;
  const bool claims_json = lower(response.header("content-type")).find("json") != std::string::npos;
  if (!response.body.empty()) json = Json::parse(response.body, nullptr, false);
  if (json.is_discarded()) {
    if (claims_json || status < 400) return fail(Error::Kind::malformed, said + " with a body that is not JSON");
    json = nullptr;
  }
  return Answer{std::move(response), std::move(json)};
}

bool holds(const AnswerTest& test, const Answer& answer, const std::vector<std::string>& messages) {
  const auto& statuses = test.status;
  if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), answer.response.status) == statuses.end())
    return false;
  if (!test.at.empty() && !value_holds(test, answer.json)) return false;
  if (!test.error.empty() && !error_among(test.error, answer.json, messages)) return false;
  return test.empty.empty() || empty_list(answer.json, test.empty);
}

Judgement judge_answer(const ProbeStep& step, const Answer& answer, const std::vector<std::string>& messages) {
  const auto first = [&](const std::vector<AnswerTest>& tests) {
    const auto it = std::find_if(tests.begin(), tests.end(), [&](const auto& t) { return holds(t, answer, messages); });
    return it == tests.end() ? nullptr : &*it;
  };
  // What stands in between may say 200 to everything; the step would have been answered with something.
  if (answer.response.status == 200 && answer.response.body.empty())
    return {Outcome::unknown, "answered 200 without a body"};
  if (first(step.alive) != nullptr) return {Outcome::alive, {}};
  if (const AnswerTest* test = first(step.refused)) return {Outcome::refused, describe(*test, answer, messages)};
  if (const AnswerTest* test = first(step.dead)) return {Outcome::dead, describe(*test, answer, messages)};
  return {Outcome::unknown, "answered " + std::to_string(answer.response.status) + " in a way that is not known"};
}

}  // namespace overreach
