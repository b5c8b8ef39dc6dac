// The generated hook, run as Claude Code runs it: an event on standard input, a verdict in the exit status.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/gate/gate_fixture.h"

namespace overreach::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kUrl = "https://backboard.railway.com/graphql/v2";

/// An installed hook, and a project directory for the commands it is asked about.
class Hook {
 public:
  explicit Hook(Finding finding) {
    std::vector<Finding> findings = {std::move(finding)};
    script_ =
        scratch_.write("hook.sh", content_of(make_gates(findings, find_provider), "claude-code/deny-destructive.sh"));
    // The scripts that commands of the corpus run.
    scratch_.write("project/wipe.sh", "#!/bin/sh\nrailway volume delete --yes\n");
    scratch_.write("project/wipe.json", R"({"query": "mutation { volumeDelete(volumeId: \"v\") }"})");
    scratch_.write("project/scripts/domains.sh",
                   "#!/bin/sh\ncurl -d \"{\\\"query\\\": \\\"mutation { customDomainDelete(id: $1) }\\\"}\" " +
                       std::string(kUrl) + "\nrailway domain \"$1\"\n");
    scratch_.write("project/list.json", R"({"query": "query { projects { edges { node { id } } } }"})");
    fs::create_directory_symlink("/nonexistent", scratch_.path() / "project/dangling");
  }

  /// Exit status for the raw bytes of an event. `awk` empty: the system's.
  int run(const std::string& event, const std::string& awk = {}) const {
    scratch_.write("event.json", event);
    std::string path = std::getenv("PATH");
    if (!awk.empty()) {
      const fs::path bin = scratch_.path() / ("bin-" + awk);
      fs::create_directories(bin);
      std::error_code ignored;
      fs::create_symlink("/usr/bin/" + awk, bin / "awk", ignored);
      path = bin.string() + ":" + path;
    }
    const std::string command = "PATH='" + path + "' sh '" + script_.string() + "' < '" +
                                (scratch_.path() / "event.json").string() + "' 2> '" +
                                (scratch_.path() / "stderr").string() + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  int shell(const std::string& command, const std::string& awk = {}) const {
    return run(event("Bash", {{"command", command}, {"description", "volumeDelete"}}), awk);
  }

  std::string event(const std::string& tool, const Json& input) const {
    return Json{{"session_id", "s"},
                {"cwd", (scratch_.path() / "project").string()},
                {"hook_event_name", "PreToolUse"},
                {"tool_name", tool},
                {"tool_input", input}}
        .dump();
  }

  std::string said() const { return read_file(scratch_.path() / "stderr"); }

 private:
  TempDir scratch_;
  fs::path script_;
};

std::vector<std::string> awks() {
  std::vector<std::string> found = {""};
  for (const char* name : {"mawk", "gawk", "original-awk"})
    if (fs::exists(std::string("/usr/bin/") + name)) found.emplace_back(name);
  return found;
}

std::string curl(const std::string& body) { return std::string("curl -s ") + kUrl + " -d '" + body + "'"; }

const std::string kDelete = R"({"query":"mutation { volumeDelete(volumeId: \"vol-123\") }"})";

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

struct Row {
  const char* name;
  std::string command;
};

}  // namespace

TEST_CASE("the hook denies every spelling of a destructive command that can be read", "[gate][hook]") {
  const Row rows[] = {
      {"plain", curl(kDelete)},
      {"absolute path", "/usr/bin/" + curl(kDelete)},
      {"env", "env " + curl(kDelete)},
      {"assignment in front", "X=1 " + curl(kDelete)},
      {"timeout", "timeout 5 " + curl(kDelete)},
      {"after &&", "true && " + curl(kDelete)},
      {"command substitution", "echo $(" + curl(kDelete) + ")"},
      {"backtick", "echo `" + curl(kDelete) + "`"},
      {"bash -c", "bash -c \"" + curl(kDelete) + "\""},
      {"sh -c", "sh -c 'railway volume delete'"},
      {"eval", "eval 'railway volume delete'"},
      {"xargs", "echo volume delete | xargs -n1 railway"},
      {"find -exec", "find . -name x -exec railway volume delete {} \\;"},
      {"npx -c", "npx -c 'railway volume delete'"},
      {"script by interpreter", "sh wipe.sh"},
      {"script by path", "./wipe.sh --now"},
      {"script as standard input", "sh < wipe.sh"},
      {"script behind env and timeout", "env A=1 timeout 9 bash ./wipe.sh"},
      {"source", ". ./wipe.sh"},
      {"here-document", "sh <<EOF\nrailway volume delete\nEOF"},
      {"python -c", "python3 -c 'import subprocess; subprocess.run([\"railway\", \"volume\", \"delete\"])'"},
      {"python urllib",
       std::string("python3 -c \"urllib.request.urlopen('") + kUrl + "', data=b'mutation{volumeDelete}')\""},
      {"node -e",
       std::string("node -e \"fetch('") + kUrl + "', {method: 'POST', body: 'mutation { volumeDelete }'})\""},
      {"base64 to sh", "echo cmFpbHdheSB2b2x1bWUgZGVsZXRl | base64 -d | sh"},
      {"base64 in a request", std::string("curl ") + kUrl + " -d \"$(echo eA== | base64 -d)\""},
      {"split quotes", curl(R"({"query":"mutation { volumeDel''ete }"})")},
      {"split double quotes", std::string("curl ") + kUrl + R"( -d "mutation { volumeDel""ete }")"},
      {"backslash in the word", std::string("curl ") + kUrl + R"( -d mutation\ {volumeDel\ete})"},
      {"line continuation", "railway volume del\\\nete"},
      {"variable splice", std::string("v=Delete; curl ") + kUrl + " -d \"mutation { volume$v }\""},
      {"braced splice", std::string("v=volume; curl ") + kUrl + " -d \"mutation { ${v}Delete }\""},
      {"substitution splice", std::string("curl ") + kUrl + " -d \"mutation { volume$(echo Delete) }\""},
      {"JSON escape", curl(R"({"query":"mutation { volume\u0044elete }"})")},
      {"hexadecimal escape", std::string("curl ") + kUrl + R"( -d $'mutation { volume\x44elete }')"},
      {"octal escape", std::string("curl ") + kUrl + R"( -d $'mutation { volume\104elete }')"},
      {"new line escape before the word", curl(R"({"query":"mutation {\nvolumeDelete }"})")},
      {"percent escape", std::string("curl '") + kUrl + "?query=mutation%7Bvolume%44elete%7D'"},
      {"alias in GraphQL", curl(R"({"query":"mutation { tidy: volumeDelete(volumeId: \"v\") }"})")},
      {"second field", curl(R"({"query":"mutation { customDomainDelete(id: 1) volumeDelete(volumeId: 2) }"})")},
      {"flags before the verb", "railway --json volume delete"},
      {"flag with a value before the verb", "railway --service api volume delete"},
      {"double spaces", "railway   volume    delete"},
      {"other name of the verb", "railway volumes rm --yes"},
      {"two words", "railway down"},
      {"two words with a flag between", "railway -e staging down"},
      {"a flag value that looks like an allowed word", "railway -e domain delete"},
      {"Windows program", "curl.exe " + std::string(kUrl) + " -d \"mutation { volumeDelete }\""},
      {"Windows path", "railway.exe volume delete"},
      {"other host of the provider", "curl https://backboard.railway.app/graphql/v2 -d 'mutation{volumeDelete}'"},
      {"no host in sight", "curl \"$URL\" -d 'mutation { volumeDelete(volumeId: 1) }'"},
      {"body from a file", std::string("curl ") + kUrl + " -d @wipe.json"},
      {"body from a file that is not there", std::string("curl ") + kUrl + " -d @/nonexistent/body.json"},
      {"body from standard input", std::string("cat list.json | curl ") + kUrl + " --data-binary @-"},
      {"backup", curl(R"({"query":"mutation { volumeInstanceBackupDelete }"})")},
      {"secrets by a field with a common name", curl(R"({"query":"query { variables(projectId: \"p\") }"})")},
  };
  const Hook hook(pocketos_finding());
  for (const std::string& awk : awks())
    for (const Row& row : rows) DYNAMIC_SECTION(row.name << " " << awk) {
        CHECK(hook.shell(row.command, awk) == 2);
        CHECK(hook.said().find("overreach: denied") == 0);
      }
}

TEST_CASE("the hook lets the purpose, reads and unrelated commands pass", "[gate][hook]") {
  const Row rows[] = {
      {"add a domain", "railway domain shop.example.com --service web"},
      {"remove a domain", "railway domain delete shop.example.com --yes"},
      {"domain by API",
       curl(
           R"({"query":"mutation($input: CustomDomainCreateInput!) { customDomainCreate(input: $input) { id } }","variables":{"input":{"domain":"x"}}})")},
      {"domain by API with the token of the environment",
       std::string("curl -H \"Authorization: Bearer $RAILWAY_API_TOKEN\" ") + kUrl +
           R"( -d "{\"query\": \"mutation { customDomainDelete(id: \\\"$ID\\\") }\"}")"},
      {"script of the purpose", "scripts/domains.sh add shop.example.com"},
      {"read by CLI", "railway status"},
      {"read with a flag that holds a verb", "railway service list --format json"},
      {"read by API", curl(R"({"query":"query { projects { edges { node { id name } } } }"})")},
      {"read with a body from a file", std::string("curl ") + kUrl + " -d @list.json"},
      {"variables of a query",
       curl(R"({"query":"query($id: String!) { project(id: $id) { id } }","variables":{"id":"p"}})")},
      {"standard input from a file", "sort < list.json | tee < scripts/domains.sh"},
      {"here-document with markup", "cat > page.html <<EOF\n<p>50 < 60</p>\nEOF"},
      {"unrelated", "echo hello && ls -la | grep delete"},
      {"unrelated script", "npm test -- --run volume"},
      {"unrelated base64", "base64 -d cert.b64 > cert.pem"},
      {"word inside a word", "grep -rn volumeDeleteButton src"},
      {"searching a document", "cat docs/railway.md"},
      {"git", "git commit -m 'Delete the volume label'"},
      {"empty", ""},
  };
  const Hook hook(pocketos_finding());
  for (const std::string& awk : awks())
    for (const Row& row : rows) DYNAMIC_SECTION(row.name << " " << awk) {
        CHECK(hook.shell(row.command, awk) == 0);
        CHECK(hook.said() == "");
      }
}

TEST_CASE("the hook tells REST routes apart by verb and whole path", "[gate][hook]") {
  const std::string url = "https://api.acme.example/v1";
  struct {
    const char* name;
    std::string command;
    int status;
  } const rows[] = {
      {"delete", "curl -X DELETE " + url + "/things/7", 2},
      {"delete glued to its flag", "curl -XDELETE " + url + "/things/7", 2},
      {"delete with a query", "curl --request delete '" + url + "/things/7?force=1'", 2},
      {"delete of a variable thing", "curl -X DELETE " + url + "/things/$ID", 2},
      {"delete from Python", "python3 -c \"requests.delete('" + url + "/things/7')\"", 2},
      {"delete below, which is a write", "curl -X DELETE " + url + "/things/7/labels/red", 0},
      {"read", "curl " + url + "/things/7", 0},
      {"write", "curl -d '{}' " + url + "/things", 0},
      {"deploy", "curl --json '{}' " + url + "/deploys", 2},
      {"tenant host", "curl -X DELETE https://eu.acme.example/v1/things/7", 2},
      {"same path, other host", "curl -X DELETE https://other.example/v1/things/7", 0},
      {"command", "acme thing rm 7", 2},
      {"bare command", "acme --prod", 2},
      {"another command of the same program", "acme whoami", 0},
      {"SQL", "acme db -c 'drop  table users'", 2},
      {"SQL with a comment", "acme db -c 'DROP/* */TABLE users'", 2},
      {"SQL of one word", "acme db -c 'truncate users'", 2},
      {"SQL words without the provider", "git commit -m 'Truncate names, drop table layout'", 0},
      {"GraphQL with a common name", "curl https://api.acme.example/graphql -d '{ secrets { value } }'", 2},
  };
  const Hook hook(acme_finding({"thing.write"}, {"thing.destroy", "deploy.create", "table.destroy", "secret.read"}));
  for (const auto& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(hook.shell(row.command) == row.status);
    }
}

TEST_CASE("the hook denies what it cannot read", "[gate][hook]") {
  const Hook hook(pocketos_finding());
  struct {
    const char* name;
    std::string event;
  } const rows[] = {
      {"nothing", ""},
      {"not JSON", "hello"},
      {"cut off", R"({"tool_name":"Bash","tool_input":{"command":"ls)"},
      {"two documents", R"({"tool_name":"Bash","tool_input":{"command":"ls"}} {})"},
      {"no tool", R"({"tool_input":{"command":"ls"}})"},
      {"tool is no string", R"({"tool_name":7,"tool_input":{"command":"ls"}})"},
      {"wrong escape", R"({"tool_name":"Bash","tool_input":{"command":"\q"}})"},
      {"too deep", std::string(100, '[') + std::string(100, ']')},
      // The hook must answer in time: one that runs into its timeout lets the call pass.
      {"many commands", hook.event("Bash", {{"command", repeated("railway status; ", 2000)}})},
      {"one endless command", hook.event("Bash", {{"command", repeated("railway ", 10'000)}})},
      {"many files", hook.event("Bash", {{"command", repeated("<a ", 20'000)}})},
      {"too long", hook.event("Bash", {{"command", std::string(200'000, 'a')}})},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(hook.run(row.event) == 2);
    }
}

TEST_CASE("the hook reads other tools than the shell", "[gate][hook]") {
  const Hook hook(pocketos_finding());
  const std::string graphql = std::string(kUrl) + "?query=mutation{volumeDelete}";
  struct {
    const char* name;
    const char* tool;
    Json input;
    int status;
  } const rows[] = {
      {"fetch", "WebFetch", {{"url", graphql}, {"prompt", "read"}}, 2},
      {"fetch elsewhere", "WebFetch", {{"url", "https://docs.example.com/"}, {"prompt", "read"}}, 0},
      {"MCP tool by its name", "mcp__railway__volume_delete", {{"id", "v"}}, 2},
      {"MCP tool by its arguments", "mcp__http__post", {{"body", {{"query", "mutation { volumeDelete }"}}}}, 2},
      {"MCP tool that reads", "mcp__railway__project_list", Json::object(), 0},
      // A document may name an act: writing about it is not doing it.
      {"editing a file", "Write", {{"file_path", "a.md"}, {"content", "volumeDelete"}}, 0},
  };
  for (const auto& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(hook.run(hook.event(row.tool, row.input)) == row.status);
    }
}

TEST_CASE("the stanza denies when the hook is not there", "[gate][hook]") {
  std::vector<Finding> findings = {pocketos_finding()};
  const Json stanza = Json::parse(content_of(make_gates(findings, find_provider), "claude-code/hook-stanza.json"));
  const Json entry = stanza["hooks"]["PreToolUse"][0];
  CHECK(entry["matcher"] == "Bash|PowerShell|WebFetch|mcp__.*");
  const std::string command = entry["hooks"][0]["command"];
  const TempDir home;
  const auto run = [&](const std::string& input) {
    home.write("event", input);
    const int status = std::system(("HOME='" + home.path().string() + "' sh -c '" + command + "' < '" +
                                    (home.path() / "event").string() + "' 2> /dev/null")
                                       .c_str());
    return WEXITSTATUS(status);
  };
  const std::string harmless = R"({"tool_name":"Bash","tool_input":{"command":"ls"}})";
  CHECK(run(harmless) == 2);
  home.write(".claude/hooks/overreach-deny-destructive.sh",
             content_of(make_gates(findings, find_provider), "claude-code/deny-destructive.sh"));
  CHECK(run(harmless) == 0);
}

}  // namespace overreach::testing
