#include "tests/support/replay_transport.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "rules/catalog/graphql_document.h"
#include "tests/support/encode.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

/// Reads a conversation file line by line; what a line means depends on the one before.
class Reader {
 public:
  explicit Reader(std::string name) { recording_.name = std::move(name); }

  void line(const std::string& text, unsigned number) {
    number_ = number;
    if (text.empty() || text[0] == '#') return;
    const std::string rest = text.size() > 2 ? text.substr(2) : std::string();
    switch (text[0]) {
      case '!':
        return setting(rest);
      case '>':
        return sent(rest);
      case '<':
        return answered(rest);
      case '=':
        return recording_.expected.push_back(rest);
      case '?':
        return recording_.unmapped.push_back(rest);
      case '*':
        return recording_.notes.push_back(rest);
      default:
        throw std::runtime_error(where() + "a line begins with #, !, >, <, =, ? or *");
    }
  }

  Recording take() { return std::move(recording_); }

 private:
  enum class Part { none, request, status, answer_headers, answer_body };

  std::string where() const { return recording_.name + ":" + std::to_string(number_) + ": "; }

  void setting(const std::string& text) {
    const std::size_t space = text.find(' ');
    recording_.settings.emplace_back(text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1));
  }

  void sent(const std::string& text) {
    const bool begins = text.rfind("GET ", 0) == 0 || text.rfind("POST ", 0) == 0;
    if (begins) {
      Exchange exchange;
      exchange.method = text.substr(0, text.find(' '));
      exchange.url = text.substr(text.find(' ') + 1);
      exchange.line = number_;
      recording_.exchanges.push_back(std::move(exchange));
      part_ = Part::request;
      return;
    }
    if (part_ != Part::request) throw std::runtime_error(where() + "a request begins with GET or POST");
    Exchange& exchange = recording_.exchanges.back();
    const std::size_t colon = text.find(": ");
    const bool is_body = !exchange.body.empty() || text.rfind("query ", 0) == 0 || text.find_first_of("{[=") < colon;
    if (is_body)
      exchange.body += (exchange.body.empty() ? "" : "\n") + text;
    else
      exchange.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  }

  void answered(const std::string& text) {
    if (recording_.exchanges.empty()) throw std::runtime_error(where() + "an answer without a request");
    Exchange& exchange = recording_.exchanges.back();
    if (part_ == Part::request) return status(text, exchange);
    if (part_ == Part::answer_headers && text.empty()) {
      part_ = Part::answer_body;
    } else if (part_ == Part::answer_headers) {
      const std::size_t colon = text.find(": ");
      if (colon == std::string::npos) throw std::runtime_error(where() + "an answer's header has no colon");
      exchange.answer.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
    } else {
      exchange.answer.body += (exchange.answer.body.empty() ? "" : "\n") + text;
    }
  }

  void status(const std::string& text, Exchange& exchange) {
    exchange.timeout = text == "timeout";
    if (!exchange.timeout) exchange.answer.status = std::stoi(text);
    part_ = Part::answer_headers;
  }

  Recording recording_;
  Part part_ = Part::none;
  unsigned number_ = 0;
};

/// Basic credentials are written down in the clear and sent encoded.
std::string as_sent(const std::string& value) {
  constexpr std::string_view kBasic = "Basic ";
  if (value.rfind(kBasic, 0) != 0 || value.find(':') == std::string::npos) return value;
  return std::string(kBasic) + base64(std::string_view(value).substr(kBasic.size()));
}

/// JSON bodies are equal when their values are; white space in a GraphQL document does not count.
json comparable(std::string_view text) {
  json body = json::parse(text, nullptr, false);
  if (body.is_discarded()) return json(std::string(text));
  if (!body.is_object() || !body.contains("query")) return body;
  std::istringstream words(body["query"].get<std::string>());
  std::string squeezed;
  for (std::string word; words >> word;) squeezed += (squeezed.empty() ? "" : " ") + word;
  body["query"] = squeezed;
  return body;
}

/// "query me {"id": "1"}" stands for any query of that root field with those variables.
bool same_body(const std::string& wanted, std::string_view sent) {
  if (wanted.empty()) return sent.empty();
  constexpr std::string_view kAndMore = "…";
  if (wanted.size() > kAndMore.size() &&
      wanted.compare(wanted.size() - kAndMore.size(), kAndMore.size(), kAndMore) == 0)
    return sent.substr(0, wanted.size() - kAndMore.size()) == wanted.substr(0, wanted.size() - kAndMore.size());
  if (wanted.rfind("query ", 0) != 0) return comparable(wanted) == comparable(sent);
  const json body = json::parse(sent, nullptr, false);
  if (!body.is_object()) return false;
  const std::size_t brace = wanted.find(" {");
  const json variables = brace == std::string::npos ? json::object() : json::parse(wanted.substr(brace));
  return graphql_root_field(body.at("query").get<std::string>()) ==
             wanted.substr(6, std::min(brace, wanted.size()) - 6) &&
         body.at("variables") == variables;
}

bool fits(const Exchange& exchange, const std::string& method, const Request& request, std::string_view body) {
  if (exchange.method != method || exchange.url != request.url) return false;
  const bool headers = std::all_of(exchange.headers.begin(), exchange.headers.end(), [&](const auto& wanted) {
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const Header& header) {
      return header.name == wanted.first && header.value.reveal() == as_sent(wanted.second);
    });
  });
  return headers && same_body(exchange.body, body);
}

/// "@NAME" in what is sent and answered becomes the token whose claims a setting `! jwt NAME {…}` has.
void fill_in_tokens(Recording& recording) {
  for (const auto& [name, value] : recording.settings) {
    if (name != "jwt") continue;
    const std::string mark = "@" + value.substr(0, value.find(' '));
    const std::string token = "e30." + base64(value.substr(value.find(' ') + 1), true) + ".c2ln";
    const auto fill = [&](std::string& text) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + token.size()))
        text.replace(at, mark.size(), token);
    };
    for (Exchange& exchange : recording.exchanges) {
      fill(exchange.answer.body);
      for (auto& header : exchange.headers) fill(header.second);
    }
  }
}

}  // namespace

Recording read_recording(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  Reader reader(path.filename().string());
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) reader.line(line, ++number);
  Recording recording = reader.take();
  fill_in_tokens(recording);
  for (Exchange& exchange : recording.exchanges) {
    if (exchange.answer.header("content-type").empty())
      exchange.answer.headers.emplace_back("content-type", "application/json");
  }
  return recording;
}

Result<Response> ReplayTransport::get(const Request& request) { return answer("GET", request, {}); }

Result<Response> ReplayTransport::query(const Request& request, std::string_view, const Secret& body,
                                        std::string_view why) {
  if (why.empty()) return fail(Error::Kind::refused, "a POST without a reason");
  return answer("POST", request, body.reveal());
}

Result<Response> ReplayTransport::answer(const std::string& method, const Request& request, std::string_view body) {
  const std::lock_guard lock(mutex_);
  const auto it =
      std::find_if(left_.begin(), left_.end(), [&](const Exchange& e) { return fits(e, method, request, body); });
  if (it == left_.end()) {
    surprises_.push_back(method + " " + request.url + " " + comparable(body).dump());
    return fail(Error::Kind::network, "is not in the recording");
  }
  const Exchange exchange = *it;
  left_.erase(it);
  if (exchange.timeout) return fail(Error::Kind::network, "gave no answer within 10 s");
  return exchange.answer;
}

std::vector<std::string> ReplayTransport::surprises() const {
  const std::lock_guard lock(mutex_);
  return surprises_;
}

std::vector<std::string> ReplayTransport::unused() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const Exchange& exchange : left_)
    out.push_back("line " + std::to_string(exchange.line) + ": " + exchange.method + " " + exchange.url);
  return out;
}

}  // namespace overreach::testing
