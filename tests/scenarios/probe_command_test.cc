// The command that looks at one credential, and what the command line promises of the network.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/scenarios/railway_server.h"
#include "tests/scenarios/scenario.h"
#include "tests/support/leaks.h"
#include "tests/support/process.h"
#include "tests/support/scripted_server.h"

using namespace overreach::testing;
using nlohmann::json;

namespace {

struct Fixture {
  Scenario scenario{"pocketos"};
  RailwayServer server;
  std::string token = scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN");

  explicit Fixture(RailwayServer::Mode mode = RailwayServer::Mode::answers) : server(pocketos_world(scenario), mode) {}

  std::string endpoint() const { return "railway=" + server.url(); }
  std::string log() const { return (scenario.home() / "probe.log").string(); }

  Outcome run(std::vector<std::string> arguments, const std::string& input) const {
    arguments.insert(arguments.begin(), OVERREACH_BINARY);
    Outcome outcome = run_process(arguments, scenario.root().string(), input, {"HOME=" + scenario.home().string()});
    INFO(outcome.err);
    CHECK(leaks_of(token, outcome.out + outcome.err).empty());
    return outcome;
  }
};

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a credential on standard input is named and its provider asked", "[probe]") {
  const Fixture fixture;
  const Outcome run =
      fixture.run({"probe", "--as", "railway", "--endpoint", fixture.endpoint(), "--probe-log", fixture.log()},
                  fixture.token + "\n");
  CHECK(run.exit_code == 0);
  CHECK(says(run.out, "Railway API token (railway/api-token)"));
  CHECK(says(run.out, "kind account"));
  CHECK(says(run.out, "volume.destroy"));
  CHECK(!says(run.out, "up to"));
  CHECK(fixture.server.violations() == std::vector<std::string>{});

  struct stat info {};
  REQUIRE(stat(fixture.log().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::ifstream file(fixture.log());
  const std::string log(std::istreambuf_iterator<char>(file), {});
  CHECK(leaks_of(fixture.token, log).empty());
  std::istringstream lines(log);
  std::vector<std::string> asked;
  for (std::string line; std::getline(lines, line);) {
    const json entry = json::parse(line);
    CHECK(entry.at("provider") == "railway");
    CHECK(entry.at("host") == "127.0.0.1");
    CHECK(entry.at("status") == 200);
    CHECK(entry.at("bytes").get<int>() > 0);
    CHECK(entry.at("time").get<std::string>().size() == 20);
    asked.push_back(entry.at("request"));
  }
  CHECK(asked == fixture.server.asked());
}

TEST_CASE("a line that names the credential needs no --as, and JSON is the report of a scan", "[probe]") {
  const Fixture fixture;
  const Outcome run =
      fixture.run({"probe", "--json", "--endpoint", fixture.endpoint()}, "RAILWAY_API_TOKEN=" + fixture.token + "\n");
  CHECK(run.exit_code == 0);
  const json report = json::parse(run.out);
  REQUIRE(report.at("findings").size() == 1);
  CHECK(report.at("findings")[0].at("reach").at("state") == "live");
}

TEST_CASE("a credential that is not accepted is dead, and a provider that is down leaves it unknown", "[probe]") {
  const Fixture fixture;
  const std::string other = fixture.scenario.value("RAILWAY_OTHER_TOKEN");
  const Outcome dead = fixture.run({"probe", "--as", "railway", "--endpoint", fixture.endpoint()}, other);
  CHECK(dead.exit_code == 0);
  CHECK(says(dead.out, "nothing any more"));
  CHECK(leaks_of(other, dead.out + dead.err).empty());

  const Fixture down(RailwayServer::Mode::down);
  const Outcome unknown = down.run({"probe", "--as", "railway", "--endpoint", down.endpoint()}, down.token);
  CHECK(unknown.exit_code == 4);
  CHECK(says(unknown.out, "not known"));
  CHECK(!says(unknown.out, "overreach scan"));
}

TEST_CASE("what is no credential, or could be several, is refused without being repeated", "[probe]") {
  const Fixture fixture;
  CHECK(fixture.run({"probe", "--endpoint", fixture.endpoint()}, fixture.token).exit_code == 2);
  CHECK(fixture.run({"probe", "--as", "github", "--endpoint", fixture.endpoint()}, fixture.token).exit_code == 2);
  CHECK(fixture.run({"probe", "--as", "no-such-provider"}, fixture.token).exit_code == 2);
  CHECK(fixture.run({"probe"}, "").exit_code == 2);
  const Outcome argument = fixture.run({"probe", fixture.token}, "");
  CHECK(argument.exit_code == 2);
  CHECK(says(argument.err, "standard input"));
  CHECK(fixture.server.requests().empty());
}

TEST_CASE("offline, and when only planning, nothing is sent", "[probe]") {
  const Fixture fixture;
  const Outcome offline =
      fixture.run({"probe", "--as", "railway", "--offline", "--endpoint", fixture.endpoint()}, fixture.token);
  CHECK(offline.exit_code == 0);
  CHECK(says(offline.out, "up to, as documented"));
  const Outcome plan =
      fixture.run({"probe", "--as", "railway", "--plan", "--endpoint", fixture.endpoint()}, fixture.token);
  CHECK(plan.exit_code == 0);
  CHECK(says(plan.out, "query apiToken"));
  CHECK(fixture.server.requests().empty());
}

TEST_CASE("with --offline no socket is opened, whatever else is said", "[probe]") {
  const Fixture fixture;
  const auto guarded = [&](std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), {OVERREACH_NO_SOCKET, OVERREACH_BINARY});
    return run_process(arguments, fixture.scenario.root().string(), input,
                       {"HOME=" + fixture.scenario.home().string()});
  };
  constexpr int kKilled = 128 + 31;  // SIGSYS
  CHECK(guarded({"scan", "--offline", "--probe", "--history", "--endpoint", fixture.endpoint()}, {}).exit_code == 1);
  CHECK(guarded({"scan"}, {}).exit_code == 1);
  CHECK(guarded({"probe", "--offline", "--as", "railway", "--endpoint", fixture.endpoint()}, fixture.token).exit_code ==
        0);
  // The guard works: without --offline the program dies of it.
  CHECK(guarded({"probe", "--as", "railway", "--endpoint", fixture.endpoint()}, fixture.token).exit_code == kKilled);
}

TEST_CASE("the check of rules names every POST and why it is a read", "[probe]") {
  const std::string file = std::string(OVERREACH_SOURCE_DIR) + "/rules/providers/notion.yaml";
  const Outcome run = run_process({OVERREACH_BINARY, "rules", "check", file}, "/", {}, {});
  CHECK(run.exit_code == 0);
  CHECK(says(run.out, "notion: POST /v1/search is a read: "));
}

TEST_CASE("a scan does not ask again within minutes, and says so, unless it is told to", "[probe]") {
  const Fixture fixture;
  const std::vector<std::string> scan = {"scan", "--probe=railway", "--yes",           "--json",
                                         "-",    "--endpoint",      fixture.endpoint()};
  const auto live = [&](std::vector<std::string> arguments) {
    const Outcome run = fixture.run(std::move(arguments), {});
    CHECK(run.exit_code == 1);
    return says(run.out, "\"live\"");
  };
  CHECK(live(scan));
  const std::size_t asked = fixture.server.asked().size();
  CHECK(asked > 0);
  CHECK(live(scan));
  CHECK(fixture.server.asked().size() == asked);
  CHECK(says(fixture.run(scan, {}).out, "s ago (--no-cache asks again)"));

  const std::filesystem::path cache = fixture.scenario.home() / ".cache" / "overreach";
  for (const auto& entry : std::filesystem::directory_iterator(cache)) {
    struct stat info {};
    REQUIRE(stat(entry.path().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    std::ifstream file(entry.path(), std::ios::binary);
    CHECK(leaks_of(fixture.token, std::string(std::istreambuf_iterator<char>(file), {})).empty());
  }

  std::vector<std::string> anew = scan;
  anew.push_back("--no-cache");
  CHECK(live(anew));
  CHECK(fixture.server.asked().size() == 2 * asked);
  const Outcome cleared = fixture.run({"cache", "clear"}, {});
  CHECK(says(cleared.out, "and of providers' answers"));
  CHECK(!std::filesystem::exists(cache / "reach.key"));
  CHECK(live(scan));
  CHECK(fixture.server.asked().size() == 3 * asked);
}

TEST_CASE("an interruption ends the asking, and what is known is said", "[probe]") {
  const Scenario scenario("pocketos");
  const std::string token = scenario.secrets().at("RAILWAY_ACCOUNT_TOKEN");
  ScriptedServer slow([](const ScriptedRequest&) {
    return ScriptedAnswer{.body = R"({"data":{}})", .delay = std::chrono::seconds(8)};
  });
  // The signal comes when the log is there, which is made before the first request is sent, and mostly while it waits.
  const std::string log = (scenario.home() / "probe.log").string();
  const std::string script = "exec 3<&0; \"$0\" probe --as railway --endpoint railway=" + slow.url() + " --probe-log " +
                             log + " <&3 & pid=$!; while [ ! -e " + log +
                             " ]; do sleep 0.1; done; sleep 0.3; kill -TERM $pid; "
                             "wait $pid";
  const Outcome run = run_process({"sh", "-c", script, OVERREACH_BINARY}, scenario.root().string(), token,
                                  {"HOME=" + scenario.home().string()});
  CHECK(run.exit_code == 4);
  CHECK(says(run.err, "interrupted; this is what is known so far"));
  CHECK(says(run.out, "interrupt"));
  CHECK(says(run.out, "up to, as documented"));
  CHECK(slow.requests().size() <= 1);
  CHECK(leaks_of(token, run.out + run.err).empty());
}

TEST_CASE("on a terminal the user is asked before credentials are sent", "[probe]") {
  const auto scan = [](const Fixture& fixture, const std::string& more, const std::string& answer) {
    const std::string command = std::string(OVERREACH_BINARY) + " scan --color never --probe=railway --endpoint " +
                                fixture.endpoint() + " " + more;
    return run_process({"script", "-qec", command, "/dev/null"}, fixture.scenario.root().string(), answer,
                       {"HOME=" + fixture.scenario.home().string(), "TERM=dumb"});
  };
  const Fixture no, yes, unasked;
  const Outcome refused = scan(no, "", "n\n");
  CHECK(says(refused.out, "127.0.0.1  (1 credential)"));
  CHECK(says(refused.out, "Go on? [y/N]"));
  CHECK(no.server.requests().empty());
  CHECK(says(scan(yes, "", "y\n").out, "Go on? [y/N]"));
  CHECK(!yes.server.requests().empty());
  CHECK(!says(scan(unasked, "--yes", "").out, "Go on?"));
  CHECK(!unasked.server.requests().empty());
}
