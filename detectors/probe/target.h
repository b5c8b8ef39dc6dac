// Where a token may be sent.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/model/token.h"
#include "detectors/probe/probe.h"
#include "rules/catalog/provider.h"

namespace overreach {

/// The base of all requests for one token.
struct Target {
  std::string base;          // "https://api.example.com", no slash at the end; empty: only URLs can be asked
  bool overridden = false;   // --endpoint: loopback, and every request goes there
  bool self_hosted = false;  // a host found beside the token: declared by the user, or a tenant of the provider's
  bool named = false;        // the user named it: it may be on this machine, or in a private network
};

/// Where this token may be sent, or why it may not: a host found beside it was not declared.
Result<Target> target_of(const Token& token, const Provider& provider, const ProbeOptions& options);

/// Whether the user named this host ("db.internal", "db.internal:5433", "[fd12::1]:6443") with --probe-host.
bool host_declared(const ProbeOptions& options, const std::string& host);

/// The URL of a step: `path_or_url` is a path below the base, or an https URL whose host
/// `provider` declares. Placeholders are already filled in.
Result<std::string> url_at(const Target& target, const Provider& provider, const std::string& path_or_url);

/// "localhost", 127.x.x.x or [::1].
bool is_loopback_host(std::string_view host);

/// What a placeholder stands for; nothing when it has no value.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Fills the placeholders of `text`; nothing when one of them has no value.
std::optional<std::string> fill(const std::string& text, const Lookup& lookup);

/// Everything but unreserved characters (RFC 3986) as %XX.
std::string url_component(std::string_view text);

}  // namespace overreach
