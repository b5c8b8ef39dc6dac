#include "detectors/probe/session.h"

#include <algorithm>
#include <cctype>
#include <optional>

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

/// A status that says nothing of the token.
bool disturbs(int status) { return status == 408 || status == 429 || status >= 500 || (status >= 300 && status < 400); }

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
      forms_(token),
      requests_left_(options.requests),
      end_(Clock::now() + kTimeForOneToken) {}

Result<void> Session::open() {
  auto target = target_of(token_, provider_, options_);
  if (!target) return tl::unexpected<Error>(target.error());
  target_ = std::move(*target);
  return {};
}

Result<Response> Session::send(const PreparedCall& call) {
  auto response = send_once(call);
  if (!response || call.method == ProbeMethod::post) return response;
  const auto wait = short_wait(*response);
  if (!wait || requests_left_ == 0 || Clock::now() + *wait >= end_) return response;
  transport_.pause(*wait, options_.stop);
  if (stopped()) return response;
  auto second = send_once(call);
  return exhausted_.empty() ? second : response;
}

Result<Response> Session::send_once(const PreparedCall& call) {
  if (!allowed(call.url))
    return fail(Error::Kind::refused, "was not asked: " + host_of(call.url) + " is not a host this token may go to");
  for (const Header& header : call.headers)
    if (!fit_for_a_header(header.value.reveal()))
      return fail(Error::Kind::refused, "was not asked: the credential holds bytes that no header can carry");
  if (std::string why = why_no_more(); !why.empty()) return give_out(std::move(why));
  if (options_.hosts != nullptr && !options_.hosts->take(host_of(call.url)))
    return give_out("the " + std::to_string(options_.requests_to_host) + " requests that one run makes to " +
                    host_of(call.url) + " are used up");
  --requests_left_;
  const auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
  const Request request{.url = call.url,
                        .headers = call.headers,
                        .timeout = std::clamp<milliseconds>(left, milliseconds{1}, kTimeForOneRequest),
                        .stop = options_.stop,
                        .tls = call.tls,
                        .reachable = named_by_user(host_of(call.url)) ? Reachable::inside_too : Reachable::outside};
  Result<Response> response = call.method == ProbeMethod::get
                                  ? transport_.get(request)
                                  : transport_.query(request, call.content_type, call.body, call.reason);
  undisturbed_ = undisturbed_ && response && !disturbs(response->status);
  log(call, response);
  return response;
}

/// Empty: another request may be sent, as far as it depends on this token alone.
std::string Session::why_no_more() const {
  if (stopped()) return "interrupted";
  if (requests_left_ == 0)
    return "the " + std::to_string(options_.requests) +
           " requests for one token are used up (--probe-requests allows more)";
  if (Clock::now() >= end_) return "the time for one token is used up";
  return {};
}

Result<Response> Session::give_out(std::string why) {
  undisturbed_ =
      undisturbed_ && requests_left_ == 0 && !stopped();  // a token's own budget ends at the same place again
  exhausted_ = std::move(why);
  return fail(Error::Kind::limit, "was not asked: " + exhausted_);
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

bool Session::allowed(const std::string& url) const {
  const std::string host = host_of(url);
  if (target_.overridden) return is_loopback_host(host) && host == host_of(target_.base);
  if (url.rfind("https://", 0) != 0) return false;
  if (named_by_user(host)) return true;
  if (is_loopback_host(host)) return false;
  return target_.self_hosted ? host == host_of(target_.base) : host_matches(provider_.hosts, host);
}

/// A server of the user's, and the token service that it may have. What the provider declares lies outside, whoever
/// named it.
bool Session::named_by_user(const std::string& host) const {
  if (!target_.self_hosted || host_matches(provider_.hosts, host)) return false;
  return (target_.named && host == host_of(target_.base)) || host_matches(options_.extra_hosts, host);
}

std::string Session::safe(std::string_view text) const { return tidy(forms_.removed_from(text)); }

}  // namespace overreach
