// A Kubernetes API server over real TLS, with a certificate authority of its own and client certificates.
#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/encode.h"
#include "tests/support/key_pairs.h"
#include "tests/support/leaks.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

using nlohmann::json;

/// Answers as an API server does whose roles let everybody delete claims in one namespace.
class ApiServer {
 public:
  explicit ApiServer(const Authority& authority) {
    const Certified own = authority.server();
    server_ = std::make_unique<httplib::SSLServer>(dir_.write("cert.pem", own.certificate_pem).c_str(),
                                                   dir_.write("key.pem", own.key_pem).c_str(),
                                                   dir_.write("ca.pem", authority.own().certificate_pem).c_str());
    server_->Post(".*", [this](const httplib::Request& q, httplib::Response& a) { answer(q, a); });
    server_->Get(".*", [this](const httplib::Request& q, httplib::Response& a) { answer(q, a); });
    port_ = server_->bind_to_any_port("127.0.0.1");
    REQUIRE(port_ > 0);
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~ApiServer() {
    server_->stop();
    thread_.join();
  }

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::string log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  /// The name in the client's certificate, which TLS has checked.
  static std::string user_of(const httplib::Request& request) {
    X509* certificate = SSL_get0_peer_certificate(request.ssl);
    char name[64] = "";
    if (certificate != nullptr)
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::string user = user_of(request);
    {
      const std::lock_guard lock(mutex_);
      log_ += request.method + " " + request.path + " " + user + " " + request.get_header_value("authorization") + "\n";
    }
    json body;
    response.status = request.method == "GET" ? 200 : 201;
    if (request.path.find("selfsubjectreviews") != std::string::npos)
      body = {{"kind", "SelfSubjectReview"}, {"status", {{"userInfo", {{"username", user}, {"groups", {"dev"}}}}}}};
    else if (request.path.find("selfsubjectrulesreviews") != std::string::npos)
      body = {{"kind", "SelfSubjectRulesReview"},
              {"status",
               {{"incomplete", false},
                {"resourceRules",
                 {{{"verbs", {"delete"}}, {"apiGroups", {""}}, {"resources", {"persistentvolumeclaims"}}}}}}}};
    else if (request.path.find("selfsubjectaccessreviews") != std::string::npos)
      body = {{"kind", "SelfSubjectAccessReview"}, {"status", {{"allowed", false}}}};
    else
      body = {{"kind", "NamespaceList"}, {"metadata", json::object()}, {"items", {{{"metadata", {{"name", "shop"}}}}}}};
    response.set_content(body.dump(), "application/json");
  }

  TempDir dir_;
  std::unique_ptr<httplib::SSLServer> server_;
  std::thread thread_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::string log_;
};

Token user_with(const Certified& client, const std::string& authority_pem) {
  Token token = placeholder_token("kubernetes", {"client-certificate"});
  token.secret = Secret(base64(client.key_pem));
  token.companions = {{"authority", Secret(base64(authority_pem)), false},
                      {"certificate", Secret(base64(client.certificate_pem)), false},
                      {"namespace", Secret("shop"), false},
                      {"unverified", Secret("true"), false}};
  return token;
}

Reach ask(const Token& token, const std::string& url) {
  static const Provider provider = load_provider("kubernetes");
  ProbeOptions options;
  options.endpoints["kubernetes"] = url;
  const auto transport = open_network();
  REQUIRE(transport);
  return probe_token(token, provider, Powers(), **transport, options);
}

TEST_CASE("a client certificate proves itself by its key, which stays here", "[kubernetes]") {
  const Authority authority("carlot cluster");
  const ApiServer server(authority);
  const Certified client = authority.client("ana", "dev");
  const Token token = user_with(client, authority.own().certificate_pem);
  const Reach reach = ask(token, server.url());
  REQUIRE(state_of(reach) == "live");
  const Powers& powers = std::get<Live>(reach).powers;
  CHECK(powers.identity == "user ana in group dev");
  REQUIRE(powers.grants.size() == 1);
  CHECK(grant_text(powers.grants[0]) == "claim.destroy proven namespace shop");
  INFO(server.log());
  CHECK(server.log().find("POST /apis/authentication.k8s.io/v1/selfsubjectreviews ana \n") == 0);
  CHECK(leaks_of(client.key_pem.substr(100, 200), server.log()).empty());
}

TEST_CASE("a server whose certificate the cluster's authority did not sign is not asked, whatever the file says",
          "[kubernetes]") {
  const Authority authority("carlot cluster");
  const Authority other("somebody else");
  const ApiServer server(other);
  const Reach reach = ask(user_with(authority.client("ana", "dev"), authority.own().certificate_pem), server.url());
  REQUIRE(state_of(reach) == "unknown");
  const std::string& why = std::get<Unknown>(reach).why;
  INFO(why);
  CHECK(why.find("the certificate of 127.0.0.1 is not trusted") != std::string::npos);
  CHECK(why.find("asks not to check certificates, which is always done here") != std::string::npos);
  CHECK(server.log().empty());
}

TEST_CASE("one token's certificate is not shown for another token on the connection that is kept", "[kubernetes]") {
  const Authority authority("carlot cluster");
  const ApiServer server(authority);
  const auto transport = open_network();
  REQUIRE(transport);
  const Certified ana = authority.client("ana", "dev");
  const Certified bob = authority.client("bob", "dev");
  for (const auto& [client, name] : {std::pair{&ana, "ana"}, std::pair{&bob, "bob"}, std::pair{&ana, "ana"}}) {
    const TlsCertificates tls{.authority = authority.own().certificate_pem,
                              .certificate = client->certificate_pem,
                              .key = Secret(client->key_pem)};
    Request request;
    request.url = server.url() + "/whose-" + name;
    request.tls = &tls;
    REQUIRE((*transport)->get(request));
    CHECK(server.log().find(std::string("GET /whose-") + name + " " + name + " \n") != std::string::npos);
  }
}

}  // namespace
}  // namespace overreach::testing
