#include "detectors/probe/target.h"

#include <algorithm>
#include <cctype>

#include "detectors/probe/conversation.h"
#include "scanner/base/hash.h"

namespace overreach {
namespace {

/// "/v1" of "https://api.example.com/v1/"; empty when there is no path.
std::string path_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  std::string path = slash == std::string::npos ? std::string() : url.substr(slash);
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

std::string without_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

/// Host, with its port, of what stands beside a token: a bare host or a URL. Empty when it is neither.
std::string host_beside(std::string_view value) {
  std::string host(value);
  if (const std::size_t scheme = host.find("://"); scheme != std::string::npos) host.erase(0, scheme + 3);
  host.erase(std::min(host.find_first_of("/?#"), host.size()));
  const bool plain = !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view(".-:[]").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? host : std::string();
}

/// The base URL of the server that `value`, beside a token, names: a host, or what a tenant is called in its host.
Result<std::string> base_at(const SelfHosted& spec, const std::string& value) {
  const auto url = fill(spec.endpoint, [&](const std::string& name) -> std::optional<std::string> {
    if (name == "companion." + spec.companion) return value;
    return std::nullopt;
  });
  if (!url) return fail(Error::Kind::refused, "the endpoint has a placeholder without a value");
  return without_slash(*url);
}

/// "git.example.com:8443" of "https://git.example.com:8443/api".
std::string authority_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

bool has_absolute_step(const Token& token, const ProbeSpec& spec) {
  return std::any_of(spec.steps.begin(), spec.steps.end(),
                     [&](const ProbeStep& step) { return step.target[0] != '/' && step_is_for(step, token.kinds); });
}

}  // namespace

bool host_declared(const ProbeOptions& options, const std::string& host) {
  const std::string bare = host_of("https://" + host);
  return std::any_of(options.extra_hosts.begin(), options.extra_hosts.end(), [&](const std::string& extra) {
    return host_matches({extra}, host) || host_matches({extra}, bare);
  });
}

Result<Target> target_of(const Token& token, const Provider& provider, const ProbeOptions& options) {
  const ProbeSpec& spec = provider.probe;
  if (const auto it = options.endpoints.find(provider.id); it != options.endpoints.end())
    return Target{.base = without_slash(it->second) + path_of(spec.endpoint), .overridden = true, .self_hosted = false};
  if (!spec.endpoint.empty() && !host_matches(provider.hosts, host_of(spec.endpoint)))
    return fail(Error::Kind::refused, host_of(spec.endpoint) + " is not a host of this provider");
  const Companion* beside = spec.self_hosted ? token.companion(spec.self_hosted->companion) : nullptr;
  const bool tenants = spec.self_hosted && spec.self_hosted->tenants;
  // Such a token can still be asked about where a step names another host of the provider's.
  if (tenants && beside == nullptr && has_absolute_step(token, spec)) return Target{};
  // A native conversation says itself what it misses.
  if (beside == nullptr && (tenants || (spec.endpoint.empty() && spec.native.empty())))
    return fail(Error::Kind::refused, "no host of " + provider.title + " stands beside the token");
  if (beside == nullptr || beside->secret)
    return Target{.base = without_slash(spec.endpoint), .overridden = false, .self_hosted = false};
  const std::string value = host_beside(beside->value.reveal());
  if (value.empty()) return fail(Error::Kind::refused, "the host beside the token is not a host name");
  const auto base = base_at(*spec.self_hosted, value);
  if (!base) return tl::unexpected<Error>(base.error());
  const std::string host = authority_of(*base);
  const bool of_provider = host_matches(provider.hosts, host);
  // "gitlab.com" beside a token means the provider itself.
  if (of_provider && !tenants)
    return Target{.base = without_slash(spec.endpoint), .overridden = false, .self_hosted = false};
  if (!of_provider && !host_declared(options, host))
    return fail(Error::Kind::refused, "host not declared; pass --probe-host " + host);
  return Target{.base = *base, .overridden = false, .self_hosted = true, .named = !of_provider};
}

Result<std::string> url_at(const Target& target, const Provider& provider, const std::string& path_or_url) {
  if (path_or_url.empty()) return fail(Error::Kind::refused, "a step without a path");
  if (path_or_url[0] == '/' && target.base.empty())
    return fail(Error::Kind::refused, "no host of " + provider.title + " stands beside the token");
  if (path_or_url[0] == '/') return target.base + path_or_url;
  if (target.overridden) {
    const std::size_t scheme = target.base.find("://");
    const std::size_t slash = path_or_url.find('/', std::string_view("https://").size());
    const std::string path = slash == std::string::npos ? "/" : path_or_url.substr(slash);
    return target.base.substr(0, target.base.find('/', scheme + 3)) + path;
  }
  if (target.self_hosted) return fail(Error::Kind::refused, "the token belongs to another host");
  if (path_or_url.rfind("https://", 0) != 0 || !host_matches(provider.hosts, host_of(path_or_url)))
    return fail(Error::Kind::refused, host_of(path_or_url) + " is not a host of this provider");
  return path_or_url;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (host.substr(0, 4) != "127.") return false;
  return std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
}

std::optional<std::string> fill(const std::string& text, const Lookup& lookup) {
  std::string out = text;
  std::size_t from = 0;
  for (const std::string& name : placeholders(text)) {
    const auto value = lookup(name);
    if (!value) return std::nullopt;
    const std::size_t at = out.find("{" + name + "}", from);
    out.replace(at, name.size() + 2, *value);
    from = at + value->size();
  }
  return out;
}

std::string url_component(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~").find(c) != std::string_view::npos)
      out += c;
    else
      out += "%" + hex(std::string_view(&c, 1));
  }
  return out;
}

void require_loopback(const std::string& provider, const std::string& url) {
  const bool scheme = url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
  if (!scheme || url.find('@') != std::string::npos || !is_loopback_host(host_of(url)))
    throw UsageError("--endpoint " + provider + ": only http(s)://127.0.0.1, [::1] and localhost are allowed");
}

}  // namespace overreach
