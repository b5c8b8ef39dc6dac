#include "detectors/probe/database/mariadb_connection.h"

#include <errmsg.h>
#include <sys/socket.h>

#include "detectors/probe/database/trust.h"

namespace overreach {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{4} << 20U;
constexpr unsigned long kLargestPacket = 1UL << 20U;

/// Ways to prove a password that are not the password itself, and those that send it through TLS. Others could make the
/// library ask on the terminal or load whatever a server names.
constexpr const char* kWaysToSignIn =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,parsec";

}  // namespace

MariadbConnection::~MariadbConnection() {
  if (connection_ != nullptr) mariadb_->close(connection_);
}

Result<void> MariadbConnection::open(const std::string& database) {
  const auto library = mariadb_library();
  if (!library) return tl::unexpected<Error>(library.error());
  mariadb_ = *library;
  if (connection_ != nullptr) mariadb_->close(connection_);
  connection_ = mariadb_->init(nullptr);
  auto signed_in =
      connection_ == nullptr ? fail(Error::Kind::limit, "was not asked: no connection can be made") : configure();
  if (signed_in) signed_in = sign_in(database);
  session_.log("sign in", 0, signed_in ? std::string() : signed_in.error().message);
  if (!signed_in) return signed_in;
  for (const char* statement : {"SET SESSION sql_mode = ''", "SET SESSION sql_quote_show_create = 1",
                                "SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"})
    if (auto done = run(statement); !done) return tl::unexpected<Error>(done.error());
  return {};
}

Result<void> MariadbConnection::configure() {
  bool all = true;
  const auto set = [&](mysql_option option, const void* value) {
    all = all && mariadb_->optionsv(connection_, option, value) == 0;
  };
  const my_bool yes = 1;
  const unsigned int no = 0;
  const unsigned int seconds = 10;
  const Authorities authorities = trusted_authorities();
  const unsigned int tcp = MYSQL_PROTOCOL_TCP;  // "localhost" would mean a socket in the file system
  set(MYSQL_OPT_NONBLOCK, nullptr);
  set(MYSQL_OPT_PROTOCOL, &tcp);
  set(MYSQL_OPT_LOCAL_INFILE, &no);  // a server may ask for any file of this machine
  set(MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  set(MYSQL_OPT_MAX_ALLOWED_PACKET, &kLargestPacket);
  set(MARIADB_OPT_RESTRICTED_AUTH, kWaysToSignIn);
  set(MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (!session_.address.loopback) {
    set(MYSQL_OPT_SSL_ENFORCE, &yes);
    set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    set(MYSQL_OPT_SSL_CA, authorities.file.c_str());
    if (!authorities.directory.empty()) set(MYSQL_OPT_SSL_CAPATH, authorities.directory.c_str());
  }
  if (!all) return fail(Error::Kind::limit, "was not asked: libmariadb refuses an option");
  return {};
}

/// Drives one call of the library to its end. Without patience the connection is cut, so that the call ends at once and
/// the library frees what it holds without reading on.
template <class Continue>
Result<void> MariadbConnection::drive(int wanted, const Continue& next) const {
  Result<void> in_time;
  while (wanted != 0) {
    if (in_time) in_time = wait(wanted);
    if (!in_time) shutdown(mariadb_->get_socket(connection_), SHUT_RDWR);
    wanted = next(wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT));
  }
  return in_time;
}

/// The library names what it waits for; time is counted here.
Result<void> MariadbConnection::wait(int wanted) const {
  short events = 0;
  if ((wanted & MYSQL_WAIT_READ) != 0) events |= POLLIN;
  if ((wanted & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
  if ((wanted & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
  return session_.patience.wait_for(mariadb_->get_socket(connection_), events);
}

Result<void> MariadbConnection::sign_in(const std::string& database) {
  const DatabaseLogin& login = session_.login;
  const std::string password(login.password.reveal());
  MYSQL* connected = nullptr;
  // Off this machine the name has to be given, for the certificate; that it still means an allowed address was checked
  // a moment ago.
  const std::string& host = session_.address.loopback ? session_.address.numeric : login.host;
  const int wanted =
      mariadb_->connect_start(&connected, connection_, host.c_str(), login.user.c_str(), password.c_str(),
                              database.empty() ? nullptr : database.c_str(), login.port, nullptr, 0);
  auto done = drive(wanted, [&](int ready) { return mariadb_->connect_cont(&connected, connection_, ready); });
  if (!done) return done;
  if (connected == nullptr) return tl::unexpected<Error>(refusal("refused the sign-in"));
  return {};
}

Error MariadbConnection::refusal(const std::string& what) {
  number_ = mariadb_->error_number(connection_);
  if (number_ == CR_SSL_CONNECTION_ERROR)
    return {Error::Kind::network,
            "was not asked: it offers no TLS with a certificate that this machine trusts for this host"};
  if (number_ >= CR_MIN_ERROR && number_ <= CR_MAX_ERROR) return {Error::Kind::network, "closed the connection"};
  return {Error::Kind::refused, what + " (error " + std::to_string(number_) + ")"};
}

Result<std::vector<MariadbConnection::Row>> MariadbConnection::ask(const char* what, const std::string& sql) {
  auto answer = run(sql);
  std::size_t bytes = 0;
  if (answer)
    for (const Row& row : *answer)
      for (const std::string& cell : row) bytes += cell.size();
  session_.log(what, bytes, answer ? std::string() : answer.error().message);
  return answer;
}

Result<std::vector<MariadbConnection::Row>> MariadbConnection::run(const std::string& sql) {
  int failed = 0;
  const int wanted = mariadb_->query_start(&failed, connection_, sql.data(), sql.size());
  const auto done = drive(wanted, [&](int ready) { return mariadb_->query_cont(&failed, connection_, ready); });
  if (!done) return tl::unexpected<Error>(done.error());
  if (failed != 0) return tl::unexpected<Error>(refusal("refused to answer"));
  return rows();
}

Result<std::vector<MariadbConnection::Row>> MariadbConnection::rows() {
  std::vector<Row> out;
  MYSQL_RES* result = mariadb_->use_result(connection_);
  if (result == nullptr) return out;  // a statement without rows
  std::size_t bytes = 0;
  Result<void> in_time;
  MYSQL_ROW row = nullptr;
  do {
    const int wanted = mariadb_->fetch_row_start(&row, result);
    in_time = drive(wanted, [&](int ready) { return mariadb_->fetch_row_cont(&row, result, ready); });
    if (!in_time || row == nullptr) break;
    const unsigned long* lengths = mariadb_->fetch_lengths(result);
    Row& cells = out.emplace_back();
    for (unsigned i = 0; i < mariadb_->num_fields(result); ++i) {
      cells.emplace_back(row[i] == nullptr ? "" : std::string(row[i], lengths[i]));
      bytes += cells.back().size();
    }
    if (bytes > kLargestAnswer) in_time = fail(Error::Kind::limit, "sent more than 4 MiB");
  } while (in_time);
  if (!in_time) shutdown(mariadb_->get_socket(connection_), SHUT_RDWR);  // or the next line would read the rest
  mariadb_->free_result(result);
  if (!in_time) return tl::unexpected<Error>(in_time.error());
  if (mariadb_->error_number(connection_) != 0) return tl::unexpected<Error>(refusal("broke off its answer"));
  return out;
}

}  // namespace overreach
