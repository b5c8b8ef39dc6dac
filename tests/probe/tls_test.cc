// Whom the transport believes, and what it does when a server misbehaves.
#include <libdeflate.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <cstdio>

#include "detectors/probe/probe.h"
#include "tests/probe/resolver.h"
#include "tests/support/rough_server.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {
namespace {

using std::chrono::milliseconds;

const std::string kAnswer = http_answer(200, R"({"ok":true})");

Request request_to(const std::string& url, milliseconds timeout = milliseconds(10'000)) {
  Request request;
  request.url = url;
  request.headers.push_back({"authorization", Secret("Bearer {token}")});
  request.timeout = timeout;
  return request;
}

std::unique_ptr<Transport> network() {
  auto transport = open_network();
  REQUIRE(transport);
  return std::move(*transport);
}

/// An authority that the transports of this test trust.
struct Trusted {
  TempDir directory;
  TestAuthority authority;
  std::string file = (directory.path() / "authority.pem").string();
  ScopedEnvironment environment{trusting(file)};
  Trusted() { authority.write(file); }
};

std::string error_of(const Result<Response>& response) { return response ? "no error" : response.error().message; }

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

TEST_CASE("authorities of the environment are trusted, as curl and OpenSSL name them", "[tls]") {
  const TempDir directory;
  const TestAuthority authority;
  const std::string file = (directory.path() / "authority.pem").string();
  authority.write(file);
  // A directory is read by the hash of the subject.
  const Handle<std::FILE, std::fclose> pem(std::fopen(file.c_str(), "r"));
  const Certificate certificate(PEM_read_X509(pem.get(), nullptr, nullptr, nullptr));
  char hash[16];
  std::snprintf(hash, sizeof hash, "%08lx.0",
                X509_NAME_hash_ex(X509_get_subject_name(certificate.get()), nullptr, nullptr, nullptr));
  authority.write(directory.path() / hash);

  RoughServer server(always(kAnswer), authority.issue({"DNS:localhost", "IP:127.0.0.1"}));
  struct Row {
    const char* name;
    ScopedEnvironment::Values environment;
    bool trusted;
  };
  const std::string here = directory.path().string();
  const Row rows[] = {
      {"nothing", {{"CURL_CA_BUNDLE", {}}, {"SSL_CERT_FILE", {}}, {"SSL_CERT_DIR", {}}}, false},
      {"a bundle", {{"CURL_CA_BUNDLE", file}, {"SSL_CERT_FILE", {}}, {"SSL_CERT_DIR", {}}}, true},
      {"a file", {{"CURL_CA_BUNDLE", {}}, {"SSL_CERT_FILE", file}, {"SSL_CERT_DIR", {}}}, true},
      {"a directory", {{"CURL_CA_BUNDLE", {}}, {"SSL_CERT_FILE", {}}, {"SSL_CERT_DIR", here}}, true},
      {"a file that is not there",
       {{"CURL_CA_BUNDLE", {}}, {"SSL_CERT_FILE", here + "/no"}, {"SSL_CERT_DIR", {}}},
       false},
      {"an empty value", {{"CURL_CA_BUNDLE", ""}, {"SSL_CERT_FILE", file}, {"SSL_CERT_DIR", ""}}, true},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      const ScopedEnvironment environment(row.environment);
      const auto transport = network();
      for (const char* host : {"localhost", "127.0.0.1"}) {
        const auto response = transport->get(request_to(server.url(host)));
        INFO(error_of(response));
        CHECK(response.has_value() == row.trusted);
        if (!row.trusted) CHECK(says(error_of(response), "certificate"));
      }
      CHECK(server.requests().empty() == !row.trusted);
    }
}

TEST_CASE("a certificate that is not right gets no request", "[tls]") {
  const Trusted trusted;
  const TestAuthority other("another authority");
  const TestAuthority impostor;  // of the trusted one's name
  struct Row {
    const char* name;
    TlsIdentity identity;
    const char* says = "was not asked: the certificate of localhost is not trusted";
  };
  const Row rows[] = {
      {"of another name", trusted.authority.issue({"DNS:api.example.com"})},
      {"of a name that begins the same", trusted.authority.issue({"DNS:localhost.example.com"})},
      {"of a wildcard", trusted.authority.issue({"DNS:*"})},
      {"expired", trusted.authority.issue({"DNS:localhost"}, -7200, -3600)},
      {"not valid yet", trusted.authority.issue({"DNS:localhost"}, 3600, 7200)},
      {"of an authority that nobody knows", other.issue({"DNS:localhost"})},
      {"of an authority that calls itself the trusted one", impostor.issue({"DNS:localhost"}), "could not be reached"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      RoughServer server(always(kAnswer), row.identity);
      const auto response = network()->get(request_to(server.url("localhost")));
      INFO(error_of(response));
      REQUIRE(!response);
      CHECK(response.error().kind == Error::Kind::network);
      CHECK(says(error_of(response), row.says));
      CHECK(!says(error_of(response), "{token}"));
      CHECK(server.requests().empty());
    }
}

/// One request is read, then the script goes on with the connection.
RoughServer::Script after_request(RoughServer::Script rest) {
  return [rest = std::move(rest)](RoughConnection& connection) {
    if (connection.request()) rest(connection);
  };
}

void endless(RoughConnection& connection, std::string_view begin, const std::string& then, milliseconds between) {
  if (!connection.send(begin)) return;
  while (connection.send(then) && (between == milliseconds(0) || connection.wait(between))) {
  }
}

TEST_CASE("a server that misbehaves is an error after bounded time and bytes", "[tls]") {
  const Trusted trusted;
  const std::string block(16'384, 'x');
  struct Row {
    const char* name;
    RoughServer::Script script;
    const char* says;
  };
  const Row rows[] = {
      {"says nothing", [](auto& c) { c.wait(milliseconds(30'000)); }, "gave no answer within 1 s"},
      {"sends its headers line by line",
       [](auto& c) { endless(c, "HTTP/1.1 200 OK\r\n", "X-A: b\r\n", milliseconds(20)); }, "gave no answer within 1 s"},
      {"sends its body byte by byte",
       [](auto& c) { endless(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "x", milliseconds(20)); },
       "gave no answer within 1 s"},
      {"cuts the headers", [](auto& c) { c.send("HTTP/1.1 200 OK\r\nContent-Le"); }, "could not be reached"},
      {"cuts the body", [](auto& c) { c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":"); },
       "could not be reached"},
      {"cuts a chunk", [](auto& c) { c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"); },
       "could not be reached"},
      {"cuts the connection", [](auto&) {}, "could not be reached"},
      {"never ends its headers",
       [](auto& c) { endless(c, "HTTP/1.1 200 OK\r\n", "X-A: " + std::string(1'000, 'a') + "\r\n", milliseconds(0)); },
       "headers over 64 KiB"},
      {"sends one endless header", [&](auto& c) { endless(c, "HTTP/1.1 200 OK\r\nX-A: ", block, milliseconds(0)); },
       ""},
      {"never ends its interim answers",
       [](auto& c) {
         endless(c, "", "HTTP/1.1 100 Continue\r\nX-A: " + std::string(200, 'a') + "\r\n\r\n", milliseconds(0));
       },
       "headers over 64 KiB"},
      {"never ends its body", [&](auto& c) { endless(c, "HTTP/1.1 200 OK\r\n\r\n", block, milliseconds(0)); },
       "larger than 4 MiB"},
      {"never ends its chunks",
       [&](auto& c) {
         endless(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4000\r\n" + block + "\r\n",
                 milliseconds(0));
       },
       "larger than 4 MiB"},
      {"announces more than it may send",
       [](auto& c) { c.send("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{}"); }, ""},
      {"is no web server", [](auto& c) { c.send("SSH-2.0-OpenSSH_9.2\r\n"); }, "could not be reached"},
      {"speaks HTTP of before headers", [](auto& c) { c.send("{\"ok\":true}"); }, "could not be reached"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      RoughServer server(after_request(row.script), trusted.authority.issue({"DNS:localhost"}));
      const auto response = network()->get(request_to(server.url("localhost"), milliseconds(1'000)));
      INFO(error_of(response));
      REQUIRE(!response);
      CHECK(says(error_of(response), row.says));
      CHECK(!says(error_of(response), "{token}"));
      CHECK(server.requests().size() >= 1);
    }
}

TEST_CASE("a packed answer is not unpacked, and none is asked for", "[tls]") {
  const Trusted trusted;
  // 64 MiB of zeros in some 64 KiB.
  const std::string zeros(std::size_t{64} << 20U, '\0');
  const Handle<libdeflate_compressor, libdeflate_free_compressor> compressor(libdeflate_alloc_compressor(9));
  std::string packed(libdeflate_zlib_compress_bound(compressor.get(), zeros.size()), '\0');
  packed.resize(libdeflate_zlib_compress(compressor.get(), zeros.data(), zeros.size(), packed.data(), packed.size()));
  REQUIRE(!packed.empty());
  RoughServer server(always(http_answer(200, packed, "Content-Encoding: deflate\r\n")),
                     trusted.authority.issue({"DNS:localhost"}));
  const auto response = network()->get(request_to(server.url("localhost")));
  REQUIRE(response);
  CHECK(response->body == packed);
  REQUIRE(server.requests().size() == 1);
  CHECK(!says(server.requests()[0], "Accept-Encoding"));
  CHECK(!says(server.requests()[0], "accept-encoding"));
}

TEST_CASE("a name that resolves to an address inside gets no connection, whatever it resolved to before", "[tls]") {
  for (const char* address : {"127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254",
                              "fd00:ec2::254", "fe80::1", "100.64.0.1", "0.0.0.0", "::ffff:127.0.0.1"}) {
    INFO(address);
    const ResolvesTo inside("api.example.com", {address, address});
    const auto transport = network();
    for (int i = 0; i < 2; ++i) {
      const auto response = transport->get(request_to("https://api.example.com/"));
      REQUIRE(!response);
      CHECK(error_of(response) == "was not asked: api.example.com has a private, loopback or metadata address");
      CHECK(response.error().kind == Error::Kind::refused);
    }
    CHECK(inside.asked() > 0);
  }
}

TEST_CASE("a name server that does not answer holds up neither the end nor the others", "[tls]") {
  RoughServer server(always(kAnswer));
  const auto transport = network();
  const NeverResolves dead("dead.example.com");
  int answered = 0;
  std::string error;
  transport->hold({"dead.example.com", "127.0.0.1"}, [&](std::size_t i) {
    if (i == 0)
      error = error_of(transport->get(request_to("https://dead.example.com/", milliseconds(300))));
    else
      for (int n = 0; n < 20; ++n) answered += transport->get(request_to(server.url("127.0.0.1"))) ? 1 : 0;
  });
  CHECK(answered == 20);
  CHECK(says(error, "gave no answer"));
  CHECK(!dead.gave_up());
}

}  // namespace
}  // namespace overreach::testing
