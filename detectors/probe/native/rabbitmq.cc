// A broker tells about its users over its management API, and only to users who have one of four tags:
//
//   tag              sees                          may
//   management       what is in the virtual hosts it may enter
//   policymaker      the same                                   set policies there
//   monitoring       the same, and nodes and connections
//   administrator    everything, permissions included           make and delete users, permissions, virtual hosts
//
// What a user may do with queues and exchanges is three patterns for each virtual host: configure (declare, delete),
// write (publish, bind) and read (consume, purge). They are asked of an administrator only, so for the others they
// stay a bound. A user without a tag is told apart from a wrong password by the reason in the answer: both are a 401.
#include <algorithm>

#include "detectors/identify/encoding.h"
#include "detectors/probe/answer.h"
#include "detectors/probe/assemble.h"
#include "detectors/probe/database/granting.h"
#include "detectors/probe/native/native.h"
#include "scanner/base/base64.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostVhosts = 10;  // asked about one by one

std::string beside(const Token& token, std::string_view role) {
  const Companion* found = token.companion(role);
  return found == nullptr ? std::string() : percent_decode(found->value.reveal());
}

/// Base URLs of the management API, likeliest first. CloudAMQP serves it where any web site is; a broker of one's own
/// has a port for it, or a proxy in front.
std::vector<std::string> bases(const Target& target) {
  if (target.overridden) return {target.base};
  const std::string host = host_of(target.base);
  if (host.ends_with(".cloudamqp.com")) return {"https://" + host};
  return {"https://" + host + ":15671", "https://" + host};
}

/// The words in `tags`: a list since 3.9, a text with commas before.
std::vector<std::string> tags_of(const Json& whoami) {
  std::vector<std::string> out;
  for (const Json* tag : select(whoami, "/tags/*"))
    if (const auto text = text_of(*tag)) out.push_back(*text);
  if (!out.empty()) return out;
  const std::string all = text_at(whoami, "/tags").value_or("");
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(',', begin), all.size());
    if (end > begin) out.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

bool matches_nothing(const std::string& pattern) { return pattern.empty() || pattern == "^$"; }
bool matches_everything(const std::string& pattern) {
  return pattern == ".*" || pattern == "^.*$" || pattern == "^.*" || pattern == ".*$";
}

class Broker {
 public:
  Broker(Session& session, Powers upto)
      : session_(session), upto_(std::move(upto)), granting_(session.token(), session.provider()) {
    const Token& token = session.token();
    user_ = beside(token, "user");
    const Secret pair(user_ + ":" + percent_decode(token.secret.reveal()));
    authorization_ = Secret("Basic " + base64(pair.reveal()));
    server_.set("host", session.safe(host_of(session.target().base)));
  }

  Reach run() {
    if (user_.empty() || user_.find(':') != std::string::npos)
      return unknown("was not asked: its user's name cannot be sent");
    const auto whoami = find_broker();
    if (!whoami) return unknown(whoami.error().message);
    const int status = whoami->response.status;
    if (status == 401) return refused(text_at(whoami->json, "/reason").value_or(""));
    const auto name = text_at(whoami->json, "/name");
    if (status != 200 || !name || select(whoami->json, "/tags").empty())
      return unknown("answered " + std::to_string(status) + " in a way that is not known");
    begin_powers(*name);
    look_around();
    take_tags(tags_of(whoami->json));
    take_permissions();
    return Live{std::move(granting_).finish()};
  }

 private:
  Reach unknown(const std::string& why) const { return Unknown{session_.provider().title + " " + why, upto_}; }

  /// A 401 has two meanings, and its reason tells them apart.
  Reach refused(const std::string& reason) {
    if (reason == "Login failed") return Dead{session_.provider().title + " answered 401 “Login failed”"};
    if (reason != "Not management user")
      return unknown(
          "answered 401: the password is wrong, or the user may not sign in to the management API from here");
    begin_powers(user_);
    granting_.note("the password is right; the user has no tag, so the management API tells nothing about it");
    add_bound(server_);
    return Live{std::move(granting_).finish()};
  }

  /// A port at which nothing answers is no broker's.
  Result<Answer> find_broker() {
    Result<Response> response = fail(Error::Kind::network, "was not asked");
    for (const std::string& base : bases(session_.target())) {
      base_ = base;
      response = send("/api/whoami", "GET /api/whoami");
      if (response || response.error().kind != Error::Kind::network) break;
    }
    if (!response) return tl::unexpected<Error>(response.error());
    return read_answer(std::move(*response));
  }

  Result<Response> send(const std::string& path, std::string what) {
    return session_.send({.method = ProbeMethod::get,
                          .url = base_ + path,
                          .headers = {{"authorization", authorization_}, {"accept", Secret("application/json")}},
                          .content_type = {},
                          .body = {},
                          .reason = {},
                          .what = std::move(what)});
  }

  Result<Answer> read(const std::string& path, std::string what) {
    auto response = send(path, std::move(what));
    if (!response) return tl::unexpected<Error>(response.error());
    return read_answer(std::move(*response));
  }

  /// The elements of a list; nothing when it could not be read.
  std::optional<std::vector<Json>> list(const std::string& path, const std::string& what, const std::string& pointer) {
    const auto answer = read(path, "GET " + what);
    if (!answer || answer->response.status != 200) return std::nullopt;
    std::vector<Json> out;
    for (const Json* element : select(answer->json, pointer + "/*")) out.push_back(*element);
    return out;
  }

  void begin_powers(const std::string& name) {
    granting_.powers().kind = "user";
    granting_.powers().expires = "never";
    granting_.powers().identity = session_.safe("user " + name + " on " + std::string(server_.get("host")));
  }

  Where in_vhost(const std::string& vhost) const {
    Where where = server_;
    where.set("vhost", session_.safe(vhost));
    return where;
  }

  // --- what there is

  void look_around() {
    const auto overview = read("/api/overview", "GET /api/overview");
    const std::string version = overview ? text_at(overview->json, "/rabbitmq_version").value_or("") : std::string();
    const std::string named = version.empty() ? std::string() : ", RabbitMQ " + session_.safe(version);
    granting_.resource("broker", std::string(server_.get("host")) + named, server_);
    const auto vhosts = list("/api/vhosts?columns=name", "/api/vhosts", "");
    if (!vhosts) granting_.note("its virtual hosts could not be read");
    for (const Json& vhost : vhosts.value_or(std::vector<Json>()))
      if (const auto name = text_at(vhost, "/name")) {
        vhosts_.push_back(*name);
        granting_.resource("vhost", session_.safe(*name), in_vhost(*name));
      }
    list_queues();
  }

  void list_queues() {
    const auto queues = list("/api/queues?page=1&page_size=100&columns=name,vhost", "/api/queues", "/items");
    for (const Json& queue : queues.value_or(std::vector<Json>())) {
      const auto name = text_at(queue, "/name"), vhost = text_at(queue, "/vhost");
      if (name && vhost) granting_.resource("queue", session_.safe(*name), in_vhost(*vhost));
    }
    if (queues && queues->size() == 100) granting_.note("there may be more queues than the hundred that were listed");
  }

  // --- what it may do

  void take_tags(const std::vector<std::string>& tags) {
    const auto has = [&](std::string_view tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); };
    administrator_ = has("administrator");
    if (!administrator_ && has("monitoring")) keep_vhosts_it_may_enter();
    for (const std::string& tag : tags) {
      const bool in_vhosts = !administrator_ && (tag == "management" || tag == "policymaker");
      if (!in_vhosts) granting_.privilege(tag, server_);
      for (const std::string& vhost : vhosts_) {
        if (in_vhosts) granting_.privilege(tag, in_vhost(vhost));
        if (tag == "monitoring") granting_.capability("broker.read", in_vhost(vhost));
      }
    }
  }

  /// One who sees the whole broker is shown every virtual host; whether it may enter one shows when its exchanges are
  /// listed.
  void keep_vhosts_it_may_enter() {
    if (vhosts_.size() > kMostVhosts) {
      granting_.note("only the first " + std::to_string(kMostVhosts) + " virtual hosts were asked about");
      vhosts_.resize(kMostVhosts);
    }
    std::erase_if(vhosts_, [&](const std::string& vhost) {
      const auto answer =
          read("/api/exchanges/" + url_component(vhost) + "?columns=name", "GET /api/exchanges/{vhost}");
      return answer && answer->response.status == 401;
    });
  }

  void take_permissions() {
    if (!administrator_) return bound_permissions();
    const std::string path = "/api/users/" + url_component(user_);
    const auto permissions = list(path + "/permissions", "/api/users/{user}/permissions", "");
    if (!permissions) {
      granting_.note("its permissions could not be read");
      return add_bound(server_);
    }
    for (const Json& permission : *permissions) take_permission(permission);
    const auto topics = list(path + "/topic-permissions", "/api/users/{user}/topic-permissions", "");
    for (const Json& topic : topics.value_or(std::vector<Json>()))
      granting_.note("on the topic exchange " + session_.safe(text_at(topic, "/exchange").value_or("")) + " of " +
                     session_.safe(text_at(topic, "/vhost").value_or("")) + " it may use only some routing keys");
  }

  void take_permission(const Json& permission) {
    const auto vhost = text_at(permission, "/vhost");
    if (!vhost) return;
    for (const char* act : {"configure", "write", "read"}) {
      const std::string pattern = text_at(permission, std::string("/") + act).value_or("");
      if (matches_nothing(pattern)) continue;
      Where where = in_vhost(*vhost);
      if (!matches_everything(pattern)) where.set("name", session_.safe(pattern));
      granting_.privilege(act, where);
    }
  }

  /// Permissions are shown to administrators only.
  void bound_permissions() {
    granting_.note("only an administrator may read permissions; those on queues are what a user can have at most");
    for (const std::string& vhost : vhosts_) add_bound(in_vhost(vhost));
    if (vhosts_.empty()) granting_.note("it may enter no virtual host");
  }

  /// What is documented for powers over queues; nothing of it is proven.
  void add_bound(const Where& where) {
    for (const Grant& grant : documented_grants({"user"}, session_.provider(), where))
      if (const Capability* capability = session_.provider().capability(grant.capability);
          capability != nullptr && capability->resource == "queue")
        granting_.powers().grants.push_back(grant);
  }

  Session& session_;
  Powers upto_;
  Granting granting_;
  std::string base_;
  std::string user_;
  Secret authorization_;
  Where server_;
  std::vector<std::string> vhosts_;  // that it may enter
  bool administrator_ = false;
};

}  // namespace

Reach probe_rabbitmq(Session& session, Powers upto) {
  if (!session.target().self_hosted && !session.target().overridden)
    return Unknown{session.provider().title + " was not asked: no host stands beside the password", std::move(upto)};
  return Broker(session, std::move(upto)).run();
}

}  // namespace overreach
