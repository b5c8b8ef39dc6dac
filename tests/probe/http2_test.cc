// HTTP/2, spoken by a real server: nghttpd of Debian's nghttp2-server, which serves files.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "detectors/probe/probe.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/key_pairs.h"
#include "tests/support/leaks.h"
#include "tests/support/real_server.h"
#include "tests/support/scoped_environment.h"

namespace overreach::testing {
namespace {

class Http2Server {
 public:
  Http2Server() {
    const Certified made = authority_.server();
    write("/cert.pem", made.certificate_pem);
    write("/key.pem", made.key_pem);
    write("/ca.pem", authority_.own().certificate_pem);
    std::filesystem::create_directories(server_.directory() + "/files/v3");
    write("/files/v3/scopes", R"({"scopes": ["mail.send"]})");
    write("/files/large", std::string((std::size_t{4} << 20U) + 1, 'x'));
    // Through a shell, so that what it says goes to a file.
    server_.start(
        {"sh", "-c",
         "exec nghttpd -v -a 127.0.0.1 -d " + server_.directory() + "/files " + std::to_string(server_.port()) + " " +
             server_.directory() + "/key.pem " + server_.directory() + "/cert.pem > " + log_ + " 2>&1"},
        [this] { return accepts_connections(server_.port()); });
  }

  std::string url() const { return "https://localhost:" + std::to_string(server_.port()); }
  std::string authority() const { return server_.directory() + "/ca.pem"; }

  /// How often `text` stands in what the server said.
  std::size_t said(const std::string& text) const {
    const std::string all = log();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; at += text.size()) ++count;
    return count;
  }
  std::string log() const {
    std::ostringstream out;
    out << std::ifstream(log_).rdbuf();
    return out.str();
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(server_.directory() + name) << text;
    server_.give(server_.directory() + name);
  }

  Authority authority_{"http2"};
  RealServer server_{"nobody"};
  std::string log_ = server_.directory() + "/log";
};

TEST_CASE("many conversations over HTTP/2 share connections and keep their answers apart", "[http2]") {
  const Http2Server server;
  const ScopedEnvironment environment(trusting(server.authority()));
  const Catalog catalog;
  std::vector<Token> tokens;
  for (int i = 0; i < 12; ++i) {
    tokens.push_back(placeholder_token("sendgrid", {"restricted"}));
    tokens.back().secret = Secret("{token} " + std::to_string(i));
  }
  ProbeOptions options;
  options.endpoints["sendgrid"] = server.url();
  const auto transport = open_network();
  REQUIRE(transport);
  const std::vector<Reach> reaches = probe(tokens, catalog, **transport, options);
  REQUIRE(reaches.size() == tokens.size());
  for (const Reach& reach : reaches) {
    const auto* unknown = std::get_if<Unknown>(&reach);
    INFO((unknown == nullptr ? "" : unknown->why));
    REQUIRE(std::holds_alternative<Live>(reach));
    CHECK(std::get<Live>(reach).powers.scopes.count("mail.send") == 1);
  }
  INFO(server.log().substr(0, 4'000));
  CHECK(server.said(":path: /v3/scopes") == tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i)
    CHECK(server.said("authorization: Bearer {token} " + std::to_string(i) + "\n") == 1);
  CHECK(server.said("The negotiated protocol: h2") == 1);
}

TEST_CASE("what is too large is cut off over HTTP/2, too, and the connection goes on", "[http2]") {
  const Http2Server server;
  const ScopedEnvironment environment(trusting(server.authority()));
  const auto transport = open_network();
  REQUIRE(transport);
  Request request;
  request.url = server.url() + "/large";
  const auto large = (*transport)->get(request);
  REQUIRE(!large);
  CHECK(large.error().message.find("larger than 4 MiB") != std::string::npos);
  request.url = server.url() + "/v3/scopes";
  const auto small = (*transport)->get(request);
  REQUIRE(small);
  CHECK(small->status == 200);
  request.url = server.url() + "/not-there";
  const auto missing = (*transport)->get(request);
  REQUIRE(missing);
  CHECK(missing->status == 404);
}

}  // namespace
}  // namespace overreach::testing
