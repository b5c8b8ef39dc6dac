#include "detectors/probe/session.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <thread>

#include "detectors/probe/answer.h"

namespace overreach {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kTimeForOneToken{120};
constexpr seconds kTimeForOneRequest{10};
constexpr seconds kLongestWait{5};

/// The wait the provider asks for, when it is short enough to be waited for.
std::optional<seconds> short_wait(const Response& response) {
  if (response.status != 429 && response.status != 503) return std::nullopt;
  const std::string_view after = response.header("retry-after");
  if (after.size() != 1 || std::isdigit(static_cast<unsigned char>(after[0])) == 0) return std::nullopt;
  const seconds wait{after[0] - '0'};
  return wait <= kLongestWait ? std::optional(wait) : std::nullopt;
}

/// A header value with a line break would be a second header.
bool fit_for_a_header(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

}  // namespace

Session::Session(const Token& token, const Provider& provider, Transport& transport, const ProbeOptions& options)
    : token_(token),
      provider_(provider),
      transport_(transport),
      options_(options),
      end_(Clock::now() + kTimeForOneToken) {}

Result<void> Session::open() {
  auto target = target_of(token_, provider_, options_);
  if (!target) return tl::unexpected<Error>(target.error());
  target_ = std::move(*target);
  return {};
}

Result<Response> Session::send(const PreparedCall& call) {
  auto response = send_once(call);
  if (!response) return response;
  const auto wait = short_wait(*response);
  if (!wait || Clock::now() + *wait >= end_) return response;
  return this->wait(*wait) ? send_once(call) : response;
}

/// False when the user does not want to wait.
bool Session::wait(milliseconds time) const {
  constexpr milliseconds kStep{50};
  for (milliseconds waited{0}; waited < time && !stopped(); waited += kStep) std::this_thread::sleep_for(kStep);
  return !stopped();
}

Result<Response> Session::send_once(const PreparedCall& call) {
  if (!allowed(call.url))
    return fail(Error::Kind::refused, "was not asked: " + host_of(call.url) + " is not a host this token may go to");
  if (stopped()) return fail(Error::Kind::limit, "was not asked: interrupted");
  if (requests_left_ == 0)
    return fail(Error::Kind::limit, "was not asked: the budget of requests for one token is used up");
  const auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
  if (left <= milliseconds{0}) return fail(Error::Kind::limit, "was not asked: the time for one token is used up");
  for (const Header& header : call.headers)
    if (!fit_for_a_header(header.value.reveal()))
      return fail(Error::Kind::refused, "was not asked: the credential holds bytes that no header can carry");
  --requests_left_;
  const Request request{.url = call.url,
                        .headers = call.headers,
                        .timeout = std::min<milliseconds>(left, kTimeForOneRequest),
                        .stop = options_.stop};
  Result<Response> response = call.method == ProbeMethod::get
                                  ? transport_.get(request)
                                  : transport_.query(request, call.content_type, call.body, call.reason);
  log(call, response);
  return response;
}

void Session::log(const PreparedCall& call, const Result<Response>& response) const {
  if (!options_.sent) return;
  SentRequest sent;
  sent.provider = provider_.id;
  sent.host = host_of(call.url);
  sent.what = call.what;
  if (response) {
    sent.status = response->status;
    sent.bytes = response->body.size();
  } else {
    sent.failure = response.error().message;
  }
  options_.sent(sent);
}

/// The last look before a credential leaves. What rule files may say was checked when they
/// were loaded; this holds whatever they say.
bool Session::allowed(const std::string& url) const {
  const std::string host = host_of(url);
  if (target_.overridden) return is_loopback_host(host) && host == host_of(target_.base);
  if (url.rfind("https://", 0) != 0 || is_loopback_host(host)) return false;
  if (target_.self_hosted) return host == host_of(target_.base);
  return host_matches(provider_.hosts, host);
}

std::string Session::safe(std::string_view text) const {
  std::string out(text);
  const std::string_view secret = token_.secret.reveal();
  for (std::size_t at = 0; !secret.empty() && (at = out.find(secret, at)) != std::string::npos;)
    out.replace(at, secret.size(), token_.masked);
  return tidy(out);
}

}  // namespace overreach
