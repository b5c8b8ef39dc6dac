// Twenty providers on the loopback interface, for ci/bench/run: overreach-providers DIRECTORY TOKENS REQUESTS
// LATENCY_MS
//
// Writes into DIRECTORY what asks them: authority.pem, a rule file for each (rules/), credentials (tree/.env), and the
// endpoints as arguments (arguments). Then answers until its standard input ends, and says what it saw.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "tests/support/rough_server.h"

namespace overreach::testing {
namespace {

constexpr int kProviders = 20;

/// How many requests are being answered at one provider, and were at most.
struct Load {
  std::atomic<int> now{0}, most{0};
};

std::string id_of(int provider) { return "bench" + std::to_string(10 + provider); }

/// Every request names a further project, which the next request is for, up to the last.
std::string rule_file(const std::string& id, int requests) {
  std::string out =
      "provider: " + id + "\ntitle: " + id + "\nhosts: [" + id + ".example.com]\n" +
      "documented: 'A provider of the benchmark.'\ntokens:\n  - id: key\n    title: key of " + id +
      "\n    kinds: [key]\n    prefix: ['" + id + "_']\n    pattern: '\\b" + id +
      "_[0-9A-Za-z]{32}\\b'\n    entropy: 3.0\n    confidence: sure\n    examples: ['KEY={token}', "
      "'key = \"{token}\"']\n    non_examples: ['KEY=" +
      id + "_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']\n" +
      "capabilities:\n  - {id: thing.read, effect: read, on: thing, title: read things}\n"
      "kinds:\n  - {id: key, title: key, by_verb: true, expires: never, reach: Reads things, grants: [thing.read]}\n"
      "grants:\n  'read': [thing.read]\nprobe:\n  endpoint: https://" +
      id + ".example.com\n  headers: {authorization: 'Bearer {secret}'}\n  steps:\n";
  for (int i = 0; i < requests; ++i)
    out +=
        "    - id: s" + std::to_string(i) + "\n      get: /v1/s" + std::to_string(i) +
        "\n      alive: [{status: 200, at: /scopes}]\n      dead: [{status: 401}]\n      scopes: [{at: '/scopes/*'}]\n";
  return out;
}

std::string random_body(std::mt19937_64& random) {
  constexpr char kLetters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out;
  for (int i = 0; i < 32; ++i) out += kLetters[random() % 62];
  return out;
}

int serve(const std::filesystem::path& directory, int tokens, int requests, int latency) {
  std::filesystem::create_directories(directory / "rules");
  std::filesystem::create_directories(directory / "tree");
  const TestAuthority authority;
  authority.write(directory / "authority.pem");
  std::vector<Load> loads(kProviders);
  std::vector<std::unique_ptr<RoughServer>> servers;
  std::ofstream arguments(directory / "arguments");
  std::ofstream env(directory / "tree" / ".env");
  std::mt19937_64 random(std::random_device{}());
  const std::string answer = http_answer(200, R"({"scopes": ["read"]})");
  for (int i = 0; i < kProviders; ++i) {
    const std::string address = "127.0.0." + std::to_string(i + 2);
    servers.push_back(std::make_unique<RoughServer>(
        [&, &load = loads[static_cast<std::size_t>(i)]](RoughConnection& connection) {
          while (connection.request()) {
            const int now = ++load.now;
            for (int most = load.most; now > most && !load.most.compare_exchange_weak(most, now);) {
            }
            connection.wait(std::chrono::milliseconds(latency));
            --load.now;
            if (!connection.send(answer)) return;
          }
        },
        authority.issue({"IP:" + address}), address));
    std::ofstream(directory / "rules" / (id_of(i) + ".yaml")) << rule_file(id_of(i), requests);
    arguments << "--endpoint " << id_of(i) << "=" << servers.back()->url(address) << "\n";
    for (int n = 0; n < tokens / kProviders; ++n)
      env << "KEY_" << i << "_" << n << "=" << id_of(i) << "_" << random_body(random) << "\n";
  }
  env.close();
  arguments.close();
  std::cout << "ready" << std::endl;
  while (std::cin.get() != EOF) {
  }
  std::size_t answered = 0;
  unsigned connections = 0;
  int most = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    answered += servers[i]->requests().size();
    connections += servers[i]->connections();
    most = std::max(most, loads[i].most.load());
  }
  std::cout << answered << " requests over " << connections << " connections to " << kProviders << " hosts, at most "
            << most << " at a time to one" << std::endl;
  return 0;
}

}  // namespace
}  // namespace overreach::testing

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "overreach-providers DIRECTORY TOKENS REQUESTS LATENCY_MS\n";
    return 2;
  }
  return overreach::testing::serve(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
}
