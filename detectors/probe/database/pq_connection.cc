#include "detectors/probe/database/pq_connection.h"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>

#include "detectors/probe/database/trust.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLargestAnswers = std::uint64_t{16} << 20U;

void ignore_notice(void*, const PGresult*) noexcept {}

/// The SQLSTATE that ends a message, where libpq was told to report nothing else of an error: "... FATAL:  28P01".
std::string state_in(std::string_view message) {
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back())) != 0) message.remove_suffix(1);
  constexpr std::size_t kLength = 5;
  if (message.size() < kLength + 3 || message.substr(message.size() - kLength - 3, 3) != ":  ") return {};
  const std::string_view state = message.substr(message.size() - kLength);
  const bool plain = std::all_of(state.begin(), state.end(),
                                 [](unsigned char c) { return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z'); });
  return plain ? std::string(state) : std::string();
}

}  // namespace

PqConnection::~PqConnection() {
  if (connection_ != nullptr) pq_->finish(connection_);
}

Result<void> PqConnection::open(const std::string& database) {
  const auto library = pq_library();
  if (!library) return tl::unexpected<Error>(library.error());
  pq_ = *library;
  if (connection_ != nullptr) pq_->finish(connection_);
  const DatabaseLogin& login = session_.login;
  const std::string port = std::to_string(login.port);
  const AuthoritiesFile certificates(trusted_authorities());  // read while it signs in
  const std::string password(login.password.reveal());        // ends with a NUL, which a Secret need not
  // Every parameter that the environment or a service file of the user could change is given.
  const std::pair<const char*, const char*> parameters[] = {
      {"host", login.host.c_str()},
      {"hostaddr", session_.address.numeric.c_str()},
      {"port", port.c_str()},
      {"user", login.user.empty() ? "postgres" : login.user.c_str()},
      {"password", password.c_str()},
      {"passfile", "/dev/null"},
      {"dbname", database.c_str()},
      {"application_name", "overreach"},
      {"sslmode", session_.address.loopback ? "prefer" : "verify-full"},
      {"sslrootcert", session_.address.loopback ? "/dev/null" : certificates.path().c_str()},
      {"sslcert", "/nonexistent"},  // a file that is there would have to be a certificate
      {"gssencmode", "disable"},
      {"target_session_attrs", "any"},
      {"client_encoding", "UTF8"},
  };
  std::vector<const char*> names, values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = pq_->connect_start(names.data(), values.data(), 0);
  auto signed_in = sign_in();
  session_.log("sign in", 0, signed_in ? std::string() : signed_in.error().message);
  if (!signed_in) return signed_in;
  // Names are looked up in the server's own catalogue only: whoever can make functions in the database must not be able
  // to put one in the place of those called here.
  return run("BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 5000; "
             "SET LOCAL lock_timeout = 1000; SET LOCAL row_security = on")
      .map([](const std::string&) {});
}

Result<void> PqConnection::sign_in() {
  if (connection_ == nullptr) return fail(Error::Kind::limit, "was not asked: libpq cannot make a connection");
  pq_->set_error_verbosity(connection_, PQERRORS_SQLSTATE);
  pq_->set_notice_receiver(connection_, &ignore_notice, nullptr);
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (pq_->status(connection_) != CONNECTION_BAD && wants != PGRES_POLLING_OK && wants != PGRES_POLLING_FAILED) {
    const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (auto ready = session_.patience.wait_for(pq_->socket(connection_), events); !ready) return ready;
    if (too_much()) return fail(Error::Kind::limit, "sent more than 16 MiB");
    wants = pq_->connect_poll(connection_);
  }
  if (wants != PGRES_POLLING_OK) return tl::unexpected<Error>(refusal());
  return {};
}

/// What libpq says of a failed sign-in, in words of ours.
Error PqConnection::refusal() {
  const std::string_view message = pq_->error_message(connection_);
  state_ = state_in(message);
  if (!state_.empty()) return {Error::Kind::refused, "refused the sign-in (SQLSTATE " + state_ + ")"};
  const auto says = [&](std::string_view text) { return message.find(text) != std::string_view::npos; };
  if (says("certificate") || says("SSL"))
    return {Error::Kind::network,
            says("does not support SSL")
                ? "was not asked: it offers no TLS, and a password is not sent without it to another machine"
                : "was not asked: its TLS certificate is not one that this machine trusts for this host"};
  return {Error::Kind::network, "closed the connection"};
}

Result<Json> PqConnection::ask(const char* what, const std::string& sql) {
  const auto text = run(sql);
  session_.log(what, text ? text->size() : 0, text ? std::string() : text.error().message);
  if (!text) return tl::unexpected<Error>(text.error());
  if (text->empty()) return Json();
  Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) return fail(Error::Kind::malformed, "sent an answer that could not be read");
  return json;
}

Result<std::string> PqConnection::run(const std::string& sql) {
  if (pq_->send_query(connection_, sql.c_str()) == 0) return fail(Error::Kind::network, "closed the connection");
  std::string value;
  for (;;) {
    while (pq_->is_busy(connection_) != 0) {
      if (auto ready = session_.patience.wait_for(pq_->socket(connection_), POLLIN); !ready)
        return tl::unexpected<Error>(ready.error());
      if (too_much()) return fail(Error::Kind::limit, "sent more than 16 MiB");
      if (pq_->consume_input(connection_) == 0) return fail(Error::Kind::network, "closed the connection");
    }
    PGresult* answer = pq_->get_result(connection_);
    if (answer == nullptr) return value;
    const ExecStatusType status = pq_->result_status(answer);
    const bool row = status == PGRES_TUPLES_OK && pq_->ntuples(answer) == 1 && pq_->nfields(answer) == 1;
    if (row) value.assign(pq_->getvalue(answer, 0, 0), static_cast<std::size_t>(pq_->getlength(answer, 0, 0)));
    const char* state = pq_->result_error_field(answer, PG_DIAG_SQLSTATE);
    state_ = state == nullptr ? "" : state;
    pq_->clear(answer);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
      return fail(Error::Kind::refused, "refused to answer" + (state_.empty() ? "" : " (SQLSTATE " + state_ + ")"));
  }
}

/// A server that never stops sending would fill the memory: libpq keeps what it gets.
bool PqConnection::too_much() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(pq_->socket(connection_), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_bytes_received > kLargestAnswers;
}

}  // namespace overreach
