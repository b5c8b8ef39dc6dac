// A real RabbitMQ with users of many kinds. What is said of each is held against what its management API then lets it
// do.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "detectors/probe/probe_token.h"
#include "scanner/base/hash.h"
#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/real_server.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

class RabbitMq {
 public:
  RabbitMq()
      : names_("rabbitmq", SIGKILL),
        server_("rabbitmq", SIGKILL),
        management_(free_port()),
        distribution_(free_port()),
        password_(fresh_password()) {
    // The directory of node names would live on as a daemon if the broker started it.
    names_.start({"epmd", "-port", std::to_string(names_.port()), "-address", "127.0.0.1"},
                 [&] { return accepts_connections(names_.port()); });
    write("rabbitmq.conf", "listeners.tcp.1 = 127.0.0.1:" + std::to_string(server_.port()) +
                               "\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = " + std::to_string(management_) +
                               "\nlog.console = true\nlog.console.level = warning\ndefault_user = root\n"
                               "default_pass = " +
                               password_ + "\n");
    write("enabled_plugins", "[rabbitmq_management].\n");
    server_.start(
        {"/usr/lib/rabbitmq/bin/rabbitmq-server"}, [&] { return is_ready(); }, environment());
    for (const std::string vhost : {"app", "other/one"}) {
      request("root", "PUT", "/api/vhosts/" + escaped(vhost));
      permit("root", vhost, ".*", ".*", ".*");
    }
  }

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(management_); }
  const std::string& password() const { return password_; }
  static std::string escaped(const std::string& name) { return name == "other/one" ? "other%2Fone" : name; }

  /// The status that a request of the user's gets.
  int request(const std::string& user, const std::string& method, const std::string& path,
              const json& body = json::object()) const {
    httplib::Client client("127.0.0.1", management_);
    client.set_basic_auth(user, password_);
    client.set_url_encode(false);
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = {{"content-type", "application/json"}};
    if (method != "GET") request.body = body.dump();
    const auto answer = client.send(request);
    return answer ? answer->status : 0;
  }

  std::string state() const {
    httplib::Client client("127.0.0.1", management_);
    client.set_basic_auth("root", password_);
    return client.Get("/api/definitions")->body;
  }

  void add_user(const std::string& name, const std::string& tags) const {
    const int status = request("root", "PUT", "/api/users/" + name, {{"password", password_}, {"tags", tags}});
    REQUIRE((status == 201 || status == 204));
  }

  void permit(const std::string& user, const std::string& vhost, const std::string& configure, const std::string& write,
              const std::string& read) const {
    const int status = request("root", "PUT", "/api/permissions/" + escaped(vhost) + "/" + user,
                               {{"configure", configure}, {"write", write}, {"read", read}});
    REQUIRE((status == 201 || status == 204));
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    const std::string path = server_.directory() + "/" + name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms(0644));
  }

  bool is_ready() const { return accepts_connections(management_) && request("root", "GET", "/api/whoami") == 200; }

  std::vector<std::string> environment() const {
    const std::string home = server_.directory() + "/";
    return {"RABBITMQ_NODENAME=overreach@localhost",
            "RABBITMQ_MNESIA_BASE=" + home + "mnesia",
            "RABBITMQ_LOG_BASE=" + home + "log",
            "RABBITMQ_LOGS=-",
            "RABBITMQ_ENABLED_PLUGINS_FILE=" + home + "enabled_plugins",
            "RABBITMQ_CONFIG_FILE=" + home + "rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE=" + home + "none",
            "RABBITMQ_DIST_PORT=" + std::to_string(distribution_),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT=" + std::to_string(names_.port()),
            "ERL_EPMD_ADDRESS=127.0.0.1"};
  }

  RealServer names_, server_;
  int management_, distribution_;
  std::string password_;
};

/// One for all tests of this file: it takes seconds to start.
const RabbitMq& broker() {
  static const RabbitMq server;
  return server;
}

Reach ask(const std::string& user, const std::string& password, const std::string& endpoint = broker().endpoint()) {
  const Provider provider = load_provider("amqp");
  ProbeOptions options;
  options.endpoints["amqp"] = endpoint;
  Token token = database_token("amqp", user, password, 5672, "app");
  token.kinds = {"user"};
  auto transport = open_network();
  REQUIRE(transport);
  return probe_token(token, provider, Powers(), **transport, options);
}

Reach ask(const std::string& user) { return ask(user, broker().password()); }

Where at(const std::string& vhost = {}, const std::string& name = {}) {
  Where where{{"host", "127.0.0.1"}};
  where.set("vhost", vhost);
  where.set("name", name);
  return where;
}

/// "METHOD path body".
std::string command(const std::string& method, const std::string& path, const json& body = json::object()) {
  return method + " " + path + " " + body.dump();
}

/// A name that a user's pattern allows is looked at through the pattern.
const std::map<std::string, std::string> kNames = {{"^app-", "app-1"}, {"^orders$", "orders"}, {"zz", "zz"}};

std::vector<Act> all_acts() {
  const json message = {
      {"properties", json::object()}, {"routing_key", "k"}, {"payload", "x"}, {"payload_encoding", "string"}};
  const json get = {{"count", 1}, {"ackmode", "ack_requeue_true"}, {"encoding", "auto"}};
  std::vector<Act> acts;
  for (const std::string vhost : {"app", "other/one"}) {
    const std::string in = RabbitMq::escaped(vhost) + "/";
    for (const auto& [pattern, name] : kNames) {
      const Where where = at(vhost, pattern);
      acts.push_back({"queue.read", where, command("POST", "/api/queues/" + in + name + "/get", get)});
      acts.push_back({"queue.write", where, command("POST", "/api/exchanges/" + in + name + "/publish", message)});
      acts.push_back({"queue.destroy", where, command("DELETE", "/api/queues/" + in + name + "/contents")});
      acts.push_back({"queue.destroy", where, command("DELETE", "/api/queues/" + in + name)});
      acts.push_back({"queue.configure", where, command("PUT", "/api/queues/" + in + name)});
    }
    acts.push_back(
        {"policy.admin", at(vhost),
         command("PUT", "/api/policies/" + in + "p", {{"pattern", "^n"}, {"definition", {{"max-length", 9}}}})});
    acts.push_back({"broker.read", at(vhost), command("GET", "/api/exchanges/" + RabbitMq::escaped(vhost))});
  }
  acts.push_back({"node.read", at(), command("GET", "/api/nodes")});
  acts.push_back({"user.admin", at(), command("PUT", "/api/users/fresh", {{"password", "x"}, {"tags", ""}})});
  acts.push_back({"user.destroy", at(), command("DELETE", "/api/users/doomed")});
  acts.push_back({"vhost.destroy", at(), command("DELETE", "/api/vhosts/doomed")});
  return acts;
}

/// What the acts act on.
void set_the_scene() {
  for (const std::string vhost : {"app", "other%2Fone"})
    for (const auto& [pattern, name] : kNames) {
      broker().request("root", "PUT", "/api/queues/" + vhost + "/" + name);
      broker().request("root", "PUT", "/api/exchanges/" + vhost + "/" + name, {{"type", "fanout"}});
    }
  broker().request("root", "PUT", "/api/vhosts/doomed");
  broker().add_user("doomed", "");
}

/// Does it, and undoes a deletion.
bool works(const std::string& user, const Act& act) {
  const std::size_t first = act.command.find(' '), second = act.command.find(' ', first + 1);
  const std::string method = act.command.substr(0, first);
  const std::string path = act.command.substr(first + 1, second - first - 1);
  const int status = broker().request(user, method, path, json::parse(act.command.substr(second + 1)));
  INFO(act.command << " answered " << status);
  // A user who may enter the virtual host and not publish is told so with 400.
  CHECK((status == 200 || status == 201 || status == 204 || status == 400 || status == 401));
  if (act.capability == "user.destroy") broker().add_user("doomed", "");
  if (method == "DELETE" && act.capability != "user.destroy" && !path.ends_with("/contents"))
    broker().request("root", "PUT", path);
  return status < 300;
}

void compare(const std::string& user) {
  const Reach reach = ask(user);
  const std::vector<Act> acts = all_acts();
  std::vector<bool> worked;
  for (const Act& act : acts) worked.push_back(works(user, act));
  for (const std::string& difference : disagreements(reach, acts, worked)) {
    INFO(user << ": " << difference);
    CHECK(difference.empty());
  }
}

const Powers& powers(const Reach& reach) {
  REQUIRE(std::holds_alternative<Live>(reach));
  return std::get<Live>(reach).powers;
}

bool says(const Powers& all, const std::string& words) {
  return std::any_of(all.notes.begin(), all.notes.end(),
                     [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

}  // namespace

// One test, because the broker takes seconds to start and each test is a process.
TEST_CASE("what is said of a user of RabbitMQ is what the broker lets it do") {
  SECTION("users of every kind") {
    broker().add_user("governor", "administrator");
    broker().add_user("narrow", "administrator,management");
    broker().permit("narrow", "app", "^app-", "^orders$", "^$");
    broker().permit("narrow", "other/one", "", "", ".*");
    broker().add_user("worker", "management");
    broker().permit("worker", "app", "^$", "^orders$", ".*");
    broker().add_user("policy", "policymaker");
    broker().permit("policy", "other/one", "", "", "");
    broker().add_user("watcher", "monitoring");
    broker().add_user("helper", "monitoring,policymaker");
    broker().permit("helper", "app", ".*", ".*", ".*");
    set_the_scene();
    for (const std::string user : {"root", "governor", "narrow", "worker", "policy", "watcher", "helper"})
      compare(user);
  }
  SECTION("what only administrators may read stays a bound in the virtual hosts a user may enter") {
    broker().add_user("worker", "management");
    broker().permit("worker", "app", "^$", "^orders$", ".*");
    const Reach reach = ask("worker");
    const Powers& all = powers(reach);
    CHECK(says(all, "only an administrator may read permissions"));
    bool bounded = false;
    for (const Grant& grant : all.grants) {
      if (grant.capability == "broker.read") continue;
      CHECK(grant.proof != Proof::proven);
      CHECK(grant.where == at("app"));
      bounded = bounded || grant.capability == "queue.destroy";
    }
    CHECK(bounded);
    CHECK(all.identity == "user worker on 127.0.0.1");
  }
  SECTION("a tag that RabbitMQ gives no meaning is named, and topic permissions are told") {
    broker().add_user("odd", "administrator,night-shift");
    broker().permit("odd", "app", ".*", ".*", ".*");
    REQUIRE(broker().request("root", "PUT", "/api/topic-permissions/app/odd",
                             {{"exchange", "amq.topic"}, {"write", "^a"}, {"read", ""}}) == 201);
    const Reach reach = ask("odd");
    CHECK(powers(reach).unmapped == std::set<std::string>{"night-shift"});
    CHECK(says(powers(reach), "on the topic exchange amq.topic of app it may use only some routing keys"));
  }
  SECTION("a wrong password and a user without a tag are told apart, though RabbitMQ answers 401 to both") {
    broker().add_user("quiet", "");
    broker().permit("quiet", "app", ".*", ".*", ".*");
    const Reach quiet = ask("quiet");
    CHECK(says(powers(quiet), "the user has no tag"));
    for (const Grant& grant : powers(quiet).grants) CHECK(grant.proof != Proof::proven);
    CHECK_FALSE(powers(quiet).grants.empty());
    const Reach wrong = ask("quiet", fresh_password());
    REQUIRE(std::holds_alternative<Dead>(wrong));
    CHECK(std::get<Dead>(wrong).why == "RabbitMQ (AMQP) answered 401 “Login failed”");
    CHECK(std::holds_alternative<Dead>(ask("nobody")));
  }
  SECTION("RabbitMQ is sent the password that the escapes of a URL stand for, and nothing changes by asking") {
    const std::string before = broker().state();
    std::string escaped = broker().password();
    escaped.replace(3, 1, "%" + hex(escaped.substr(3, 1)));
    CHECK(std::holds_alternative<Live>(ask("root", escaped)));
    CHECK(broker().state() == before);
  }
}

TEST_CASE("something that is no broker's management API gives no answer") {
  const Reach reach = ask("root", fresh_password(), "http://127.0.0.1:1");
  REQUIRE(std::holds_alternative<Unknown>(reach));
  CHECK(std::get<Unknown>(reach).why.find("RabbitMQ") == 0);
}

}  // namespace overreach::testing
