// A password leaves this machine only through TLS with a certificate that names the host: servers of three kinds, asked
// as if they were elsewhere.
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <functional>

#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"
#include "tests/support/certificates.h"
#include "tests/support/key_pairs.h"
#include "tests/support/process.h"
#include "tests/support/real_server.h"
#include "tests/support/scoped_environment.h"

namespace overreach::testing {
namespace {

/// Files of a server's certificate, readable for its user alone.
struct Files {
  std::string certificate, key;
};

Files certificate_for(const RealServer& server, const Authority& authority) {
  const Certified made = authority.server();
  const Files files{server.directory() + "/cert.pem", server.directory() + "/key.pem"};
  std::ofstream(files.certificate) << made.certificate_pem;
  std::ofstream(files.key) << made.key_pem;
  for (const std::string& file : {files.certificate, files.key}) server.give(file);
  return files;
}

/// Asks as if the server were on another machine.
Reach ask_elsewhere(const std::string& provider_id, const RealServer& server, const std::string& host,
                    const std::string& user, const std::string& password) {
  const Provider provider = load_provider(provider_id);
  const Token token = database_token(provider_id, user, password, server.port(), {});
  const ProbeOptions options;
  DatabaseSession session{token, provider, options, {}, {}, {}};
  session.login = {.host = host,
                   .port = static_cast<unsigned>(server.port()),
                   .user = user,
                   .password = Secret(password),
                   .database = provider_id == "postgres" ? "postgres" : ""};
  session.address = {.numeric = "127.0.0.1", .loopback = false};
  session.patience = {.end = std::chrono::steady_clock::now() + std::chrono::seconds(20), .stop = nullptr};
  return database_probe(provider_id)->run(session, Powers());
}

/// What OpenSSL looks for in a directory.
std::string authority_hash(const Authority& authority) {
  const std::string pem = authority.own().certificate_pem;
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  char hash[16];
  std::snprintf(hash, sizeof hash, "%08lx",
                X509_NAME_hash_ex(X509_get_subject_name(certificate.get()), nullptr, nullptr, nullptr));
  return hash;
}

void check_trust(const std::string& provider, const RealServer& server, const std::string& user,
                 const std::string& password, const Authority& authority) {
  const TempDir place;
  const auto ca = place.write("ca.pem", authority.own().certificate_pem);
  const Authority stranger("somebody else");
  const auto other = place.write("other.pem", stranger.own().certificate_pem);
  INFO(provider);
  {
    const ScopedEnvironment trust(trusting(ca.string()));
    const Reach trusted = ask_elsewhere(provider, server, "localhost", user, password);
    if (const auto* unknown = std::get_if<Unknown>(&trusted)) UNSCOPED_INFO(unknown->why);
    CHECK(std::holds_alternative<Live>(trusted));
  }
  {
    // A directory that holds the authority by its hash, beside a file that does not.
    const TempDir hashed;
    hashed.write(authority_hash(authority) + ".0", authority.own().certificate_pem);
    const ScopedEnvironment trust({{"SSL_CERT_FILE", other.string()},
                                   {"SSL_CERT_DIR", hashed.path().string()},
                                   {"CURL_CA_BUNDLE", std::nullopt}});
    const Reach trusted = ask_elsewhere(provider, server, "localhost", user, password);
    if (const auto* unknown = std::get_if<Unknown>(&trusted)) UNSCOPED_INFO(unknown->why);
    CHECK(std::holds_alternative<Live>(trusted));
  }
  const ScopedEnvironment trust(trusting(other.string()));
  const Reach untrusted = ask_elsewhere(provider, server, "localhost", user, password);
  REQUIRE(std::holds_alternative<Unknown>(untrusted));
  CHECK(std::get<Unknown>(untrusted).why.find("TLS") != std::string::npos);
}

/// A server without TLS gets no password.
void check_refusal(const std::string& provider, const RealServer& server, const std::string& user,
                   const std::string& password) {
  INFO(provider);
  const Reach reach = ask_elsewhere(provider, server, "localhost", user, password);
  REQUIRE(std::holds_alternative<Unknown>(reach));
  CHECK(std::get<Unknown>(reach).why.find("refused the sign-in") == std::string::npos);
}

}  // namespace

TEST_CASE("PostgreSQL elsewhere is signed in to through trusted TLS only") {
  const std::string bin = "/usr/lib/postgresql/15/bin/", password = fresh_password();
  const Authority authority("database authority");
  for (const bool tls : {true, false}) {
    RealServer server("postgres", SIGINT);
    const std::string data = server.directory() + "/data", file = server.directory() + "/pw";
    std::ofstream(file) << password << "\n";
    server.give(file);
    server.run({bin + "initdb", "-D", data, "-A", "scram-sha-256", "--pwfile", file, "--no-sync", "-U", "postgres"});
    std::vector<std::string> argv = {bin + "postgres",   "-D", data,        "-p", std::to_string(server.port()), "-k",
                                     server.directory(), "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"};
    if (tls) {
      const Files files = certificate_for(server, authority);
      for (const std::string& setting :
           {std::string("ssl=on"), "ssl_cert_file=" + files.certificate, "ssl_key_file=" + files.key}) {
        argv.emplace_back("-c");
        argv.push_back(setting);
      }
    }
    server.start(argv, [&] {
      return run_process({"pg_isready", "-q", "-h", "127.0.0.1", "-p", std::to_string(server.port())}).exit_code == 0;
    });
    if (tls)
      check_trust("postgres", server, "postgres", password, authority);
    else
      check_refusal("postgres", server, "postgres", password);
  }
}

TEST_CASE("Redis elsewhere is signed in to through trusted TLS only") {
  const std::string password = fresh_password();
  const Authority authority("database authority");
  for (const bool tls : {true, false}) {
    RealServer server("redis");
    const std::string port = std::to_string(server.port());
    std::ofstream(server.directory() + "/redis.conf") << "requirepass " << password << "\nbind 127.0.0.1\nsave \"\"\n";
    server.give(server.directory() + "/redis.conf");
    std::vector<std::string> argv = {"redis-server", server.directory() + "/redis.conf", "--port", tls ? "0" : port};
    if (tls) {
      const Files files = certificate_for(server, authority);
      for (const std::string& word :
           {std::string("--tls-port"), port, std::string("--tls-cert-file"), files.certificate,
            std::string("--tls-key-file"), files.key, std::string("--tls-ca-cert-file"), files.certificate,
            std::string("--tls-auth-clients"), std::string("no")})
        argv.push_back(word);
    }
    server.start(argv, [&] { return accepts_connections(server.port()); });
    if (tls)
      check_trust("redis", server, "default", password, authority);
    else
      check_refusal("redis", server, "default", password);
  }
}

TEST_CASE("MariaDB elsewhere is signed in to through trusted TLS only") {
  const std::string password = fresh_password();
  const Authority authority("database authority");
  for (const bool tls : {true, false}) {
    RealServer server("mysql");
    const std::string data = server.directory() + "/data", init = server.directory() + "/init.sql";
    server.run({"mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db",
                "--datadir=" + data, "--tmpdir=" + server.directory()});
    std::ofstream(init) << "CREATE USER app IDENTIFIED BY '" << password << "';\n";
    std::vector<std::string> argv = {"mariadbd",
                                     "--no-defaults",
                                     "--datadir=" + data,
                                     "--port=" + std::to_string(server.port()),
                                     "--bind-address=127.0.0.1",
                                     "--socket=" + server.directory() + "/sock",
                                     "--tmpdir=" + server.directory(),
                                     "--pid-file=" + server.directory() + "/pid",
                                     "--init-file=" + init,
                                     "--innodb-buffer-pool-size=16M"};
    if (tls) {
      const Files files = certificate_for(server, authority);
      argv.push_back("--ssl-cert=" + files.certificate);
      argv.push_back("--ssl-key=" + files.key);
    }
    server.start(argv, [&] { return accepts_connections(server.port()); });
    if (tls)
      check_trust("mysql", server, "app", password, authority);
    else
      check_refusal("mysql", server, "app", password);
  }
}

}  // namespace overreach::testing
