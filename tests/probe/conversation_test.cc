// Every file of tests/conversations, against the provider files of the tree.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"

namespace overreach::testing {
namespace {

std::vector<std::filesystem::path> recordings() {
  std::vector<std::filesystem::path> out;
  const auto folder = std::filesystem::path(OVERREACH_SOURCE_DIR) / "tests" / "conversations";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

Reach replay(const Recording& recording, const Provider& provider, ReplayTransport& transport) {
  const Token token = token_of(recording, provider);
  ProbeOptions options;
  for (const auto& [name, value] : recording.settings) {
    if (name == "probe-host") options.extra_hosts.push_back(value);
    if (name == "requests") options.requests = static_cast<unsigned>(std::stoul(value));
  }
  return probe_token(token, provider, Powers(), transport, options);
}

std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += "\n" + text;
  return out;
}

TEST_CASE("a recorded conversation gives the reach that is written under it", "[probe]") {
  for (const auto& path : recordings()) {
    const Recording recording = read_recording(path);
    DYNAMIC_SECTION(recording.name) {
      REQUIRE(!recording.settings.empty());
      REQUIRE(recording.settings[0].first == "provider");
      REQUIRE(!recording.expected.empty());
      const Provider provider = load_provider(recording.settings[0].second);
      ReplayTransport transport(recording.exchanges);
      const Reach reach = replay(recording, provider, transport);
      CHECK(lines(transport.surprises()) == "");
      CHECK(lines(transport.unused()) == "");
      CHECK(lines(differences(recording, reach)) == "");
    }
  }
}

TEST_CASE("no recording holds anything but the placeholder for a credential", "[probe]") {
  for (const auto& path : recordings()) {
    const Recording recording = read_recording(path);
    for (const Exchange& exchange : recording.exchanges)
      for (const auto& [name, value] : exchange.headers) {
        INFO(recording.name << " line " << exchange.line << " " << name);
        if (name == "authorization" || name.find("token") != std::string::npos)
          CHECK((value.find("{token}") != std::string::npos || value.find("{session}") != std::string::npos ||
                 value.rfind("Bearer e30.", 0) == 0));  // made out of claims that stand in the recording
      }
  }
}

}  // namespace
}  // namespace overreach::testing
