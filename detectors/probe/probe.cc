#include "detectors/probe/probe.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "detectors/probe/assemble.h"
#include "detectors/probe/canary.h"
#include "detectors/probe/database/database.h"
#include "detectors/probe/native/native.h"
#include "detectors/probe/probe_token.h"
#include "detectors/probe/reach_cache.h"

namespace overreach {
namespace {

bool is_for(const std::vector<std::string>& wanted, const std::vector<std::string>& kinds) {
  return wanted.empty() || std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) {
           return std::find(wanted.begin(), wanted.end(), kind) != wanted.end();
         });
}

/// What is dead has no notes.
void add_note(Reach& reach, const std::string& note) {
  const auto add = [&](Powers& powers) {
    if (std::find(powers.notes.begin(), powers.notes.end(), note) == powers.notes.end()) powers.notes.push_back(note);
  };
  if (auto* live = std::get_if<Live>(&reach)) add(live->powers);
  if (auto* unknown = std::get_if<Unknown>(&reach)) add(unknown->upto);
  if (auto* not_probed = std::get_if<NotProbed>(&reach)) add(not_probed->upto);
}

std::int64_t now_in_seconds() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

Reach ask_now(Session& session, Powers upto) {
  if (const NativeEntry* native = native_probe(session.provider().probe.native))
    return native->run(session, std::move(upto));
  return assemble(converse(session), session.token(), session.provider(), std::move(upto));
}

/// Nothing in a conversation is meant to throw; if memory ends in one of many, the others go on.
Reach ask(const Token& token, const Catalog& catalog, Transport& transport, const ProbeOptions& options) {
  Reach unasked = bound(token, catalog, options.canary_accounts);
  const Provider* provider = catalog.find(token.provider);
  if (provider == nullptr) return unasked;
  const std::string canary = canary_service(token, options.canary_accounts);
  if (!canary.empty() && !options.canaries) {
    add_note(unasked, "its provider was not asked (--probe-canaries asks nevertheless)");
    return unasked;
  }
  try {
    Reach reach = probe_token(token, *provider, *powers_of(unasked), transport, options);
    if (!canary.empty()) add_note(reach, canary_note(canary));
    return reach;
  } catch (const std::exception&) {
    return Unknown{provider->title + " could not be asked: the conversation broke off", *powers_of(unasked)};
  }
}

bool is_for_a_database(const Token& token, const Catalog& catalog) {
  const Provider* provider = catalog.find(token.provider);
  return provider != nullptr && !provider->probe.database.empty();
}

/// Where the conversation about a token begins; empty: nowhere.
std::string first_host(const Token& token, const Catalog& catalog, const ProbeOptions& options) {
  const Provider* provider = catalog.find(token.provider);
  if (provider == nullptr || !can_be_asked(token, *provider)) return {};
  const auto target = target_of(token, *provider, options);
  return target ? host_of(target->base) : std::string();
}

}  // namespace

bool can_be_asked(const Token& token, const Provider& provider) {
  const ProbeSpec& spec = provider.probe;
  if (!spec.database.empty()) return database_probe(spec.database) != nullptr;
  if (!spec.native.empty()) return native_probe(spec.native) != nullptr && is_for(spec.native_tokens, token.kinds);
  return std::any_of(spec.steps.begin(), spec.steps.end(),
                     [&](const ProbeStep& step) { return step_is_for(step, token.kinds); });
}

Reach probe_token(const Token& token, const Provider& provider, Powers upto, Transport& transport,
                  const ProbeOptions& options) {
  if (!can_be_asked(token, provider)) return NotProbed{std::move(upto)};
  if (!provider.probe.database.empty()) return probe_database(token, provider, std::move(upto), options);
  Session session(token, provider, transport, options);
  if (const auto opened = session.open(); !opened)
    return Unknown{provider.title + " was not asked: " + opened.error().message, std::move(upto)};
  if (options.cache == nullptr) return ask_now(session, std::move(upto));
  const std::string key = options.cache->key(token, session.target(), options);
  if (auto known = options.cache->find(key, now_in_seconds())) {
    add_note(known->reach, "asked " + std::to_string(known->age.count()) + " s ago (--no-cache asks again)");
    return std::move(known->reach);
  }
  Reach reach = ask_now(session, std::move(upto));
  if (session.undisturbed()) options.cache->remember(key, reach, now_in_seconds());
  return reach;
}

std::vector<Reach> probe(std::span<const Token> tokens, const Catalog& catalog, Transport& transport,
                         const ProbeOptions& options) {
  ProbeOptions of_run = options;
  if (of_run.hosts == nullptr) of_run.hosts = std::make_shared<HostBudget>(options.requests_to_host);
  std::vector<Reach> reaches(tokens.size());
  std::atomic<std::size_t> done{0};
  const auto ask_about = [&](std::size_t i) {
    reaches[i] = ask(tokens[i], catalog, transport, of_run);
    const std::size_t finished = ++done;
    if (of_run.progress) of_run.progress(finished, tokens.size());
  };
  std::vector<std::size_t> over_http;
  std::vector<std::string> hosts;
  std::vector<std::size_t> at_databases;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_for_a_database(tokens[i], catalog)) {
      at_databases.push_back(i);
    } else {
      over_http.push_back(i);
      hosts.push_back(first_host(tokens[i], catalog, of_run));
    }
  }
  // Their libraries block, so each conversation needs a thread.
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  while (threads.size() < std::min<std::size_t>(of_run.parallel, at_databases.size()))
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < at_databases.size(); i = next++) ask_about(at_databases[i]);
    });
  transport.hold(hosts, [&](std::size_t i) { ask_about(over_http[i]); });
  threads.clear();  // joins
  return reaches;
}

}  // namespace overreach
