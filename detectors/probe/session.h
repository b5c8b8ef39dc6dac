// One token's budget and its only way to the network.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/probe/forms.h"
#include "detectors/probe/target.h"

namespace overreach {

/// One request before it is sent.
struct PreparedCall {
  ProbeMethod method = ProbeMethod::get;
  std::string url;
  std::vector<Header> headers;
  std::string content_type;
  Secret body;
  std::string reason;  // why a POST is a read
  std::string what;    // "GET /user": the rule file's words, for the log
  const TlsCertificates* tls = nullptr;
};

/// Sends the requests of one token, one at a time, within a budget: ProbeOptions::requests, what is left for the host,
/// two minutes, 10 s per request. Used by one conversation.
class Session {
 public:
  Session(const Token& token, const Provider& provider, Transport& transport, const ProbeOptions& options);

  const Token& token() const { return token_; }
  const Provider& provider() const { return provider_; }
  const Target& target() const { return target_; }

  /// Finds out where this token may be sent. Must succeed before send().
  Result<void> open();

  /// The last look before a credential leaves. What rule files may say was checked when they were loaded; this holds
  /// whatever they say. Beside its own host, a token of a server of the user's goes where the user said it may.
  bool allowed(const std::string& url) const;

  /// Sends one request. When a GET or a GraphQL query is answered with a Retry-After of at most 5 s, it is sent once
  /// more, if the budget has room; longer ones are the caller's to report. Errors never quote a header or a body.
  Result<Response> send(const PreparedCall& call);

  /// Why the last request was not sent, if nothing more can be asked about this token: a budget is used up, or the user
  /// has had enough. Else empty.
  const std::string& exhausted() const { return exhausted_; }

  /// False when something in between kept an answer away: no connection, a limit of the provider, trouble of its own,
  /// an interruption. The next time may be another.
  bool undisturbed() const { return undisturbed_; }

  /// Says that the last answer was such a one, though its status does not show it.
  void note_disturbance() { undisturbed_ = false; }

  /// Removes the credential, in every form in which it was sent, from a text of the provider, and makes it fit for a
  /// terminal.
  std::string safe(std::string_view text) const;

 private:
  Result<Response> send_once(const PreparedCall& call);
  bool named_by_user(const std::string& host) const;
  Result<Response> give_out(std::string why);
  bool stopped() const { return options_.stop != nullptr && *options_.stop; }
  std::string why_no_more() const;
  void log(const PreparedCall& call, const Result<Response>& response) const;

  const Token& token_;
  const Provider& provider_;
  Transport& transport_;
  const ProbeOptions& options_;
  SentForms forms_;
  Target target_;
  unsigned requests_left_;
  std::chrono::steady_clock::time_point end_;
  std::string exhausted_;
  bool undisturbed_ = true;
};

}  // namespace overreach
