#include "detectors/probe/database/resp.h"

#include <charconv>
#include <cstring>

namespace overreach {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{1} << 20U;
constexpr unsigned kDeepest = 16;

tl::unexpected<Error> malformed() { return fail(Error::Kind::malformed, "sent an answer that could not be read"); }

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

const RespValue* RespValue::find(std::string_view key) const {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].text == key) return &items[i + 1];
  return nullptr;
}

std::string_view RespValue::code() const {
  return error ? std::string_view(text).substr(0, text.find(' ')) : std::string_view();
}

Result<RespValue> RespConnection::ask(const std::vector<std::string_view>& command) {
  std::string bytes = "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string_view word : command)
    bytes.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  const auto sent = stream_.send(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  if (!sent) return tl::unexpected<Error>(sent.error());
  answer_ends_ = received_ + kLargestAnswer;
  return value(0);
}

Result<void> RespConnection::more() {
  if (received_ > answer_ends_) return fail(Error::Kind::limit, "sent an answer that is larger than 1 MiB");
  char data[4096];
  const auto size = stream_.receive(data, sizeof data);
  if (!size) return tl::unexpected<Error>(size.error());
  buffer_.append(data, *size);
  received_ += *size;
  return {};
}

Result<std::string> RespConnection::line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (auto read = more(); !read) return tl::unexpected<Error>(read.error());
  std::string out = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return out;
}

Result<std::string> RespConnection::exactly(std::size_t size) {
  while (buffer_.size() < size)
    if (auto read = more(); !read) return tl::unexpected<Error>(read.error());
  std::string out = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

Result<RespValue> RespConnection::value(unsigned depth) {
  auto head = line();
  if (!head) return tl::unexpected<Error>(head.error());
  if (head->empty() || depth > kDeepest) return malformed();
  const char type = head->front();
  head->erase(0, 1);
  RespValue out;
  if (type == '+' || type == '-' || type == ':') {
    out.error = type == '-';
    out.text = std::move(*head);
    return out;
  }
  const auto size = number(*head);
  if (!size || (type != '$' && type != '*') || *size > static_cast<std::int64_t>(kLargestAnswer)) return malformed();
  if (*size < 0) return out;  // nil
  if (type == '$') {
    auto text = exactly(static_cast<std::size_t>(*size) + 2);
    if (!text) return tl::unexpected<Error>(text.error());
    out.text = text->substr(0, text->size() - 2);
    return out;
  }
  for (std::int64_t i = 0; i < *size; ++i) {
    auto item = value(depth + 1);
    if (!item) return item;
    out.items.push_back(std::move(*item));
  }
  return out;
}

}  // namespace overreach
