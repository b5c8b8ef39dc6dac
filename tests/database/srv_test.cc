// SRV and TXT records: answers of name servers, byte for byte, and what a mongodb+srv URL makes of them.
#include "detectors/probe/database/srv.h"

#include <resolv.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "detectors/probe/database/database.h"
#include "tests/database/comparison.h"
#include "tests/probe/recorded_probe.h"

namespace overreach::testing {
namespace {

constexpr int kTxt = 16, kSrv = 33;

std::string two_bytes(unsigned value) { return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)}; }

/// "a.b" as labels behind their lengths.
std::string labels(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    out += static_cast<char>(end - at);
    out += name.substr(at, end - at);
    at = end + 1;
  }
  return out + '\0';
}

std::string record(int type, const std::string& data) {
  const std::string owner = {'\xc0', '\x0c'};  // the name of the question
  return owner + two_bytes(static_cast<unsigned>(type)) + two_bytes(1) + std::string(4, '\0') +
         two_bytes(static_cast<unsigned>(data.size())) + data;
}

std::string srv(const std::string& host, unsigned port) {
  return record(kSrv, two_bytes(0) + two_bytes(0) + two_bytes(port) + labels(host));
}

std::string txt(const std::vector<std::string>& pieces) {
  std::string data;
  for (const std::string& piece : pieces) data += static_cast<char>(piece.size()) + piece;
  return record(kTxt, data);
}

std::string answer(int type, const std::vector<std::string>& records) {
  std::string out = std::string(2, '\1') + two_bytes(0x8180) + two_bytes(1) +
                    two_bytes(static_cast<unsigned>(records.size())) + std::string(4, '\0') +
                    labels("name.example.com") + two_bytes(static_cast<unsigned>(type)) + two_bytes(1);
  for (const std::string& text : records) out += text;
  return out;
}

/// What name servers answer in this test program. Threads that ask may outlive a test.
struct Names {
  std::mutex mutex;
  std::map<std::pair<std::string, int>, std::string> answers;
  std::vector<std::string> asked;
  std::atomic<bool> silent{false};
};
Names& names() {
  static Names* const forever = new Names;
  return *forever;
}

class Answering {
 public:
  using Answers = std::map<std::pair<std::string, int>, std::string>;
  explicit Answering(Answers answers = {}) {
    const std::lock_guard lock(names().mutex);
    names().answers = std::move(answers);
    names().asked.clear();
  }
  ~Answering() {
    const std::lock_guard lock(names().mutex);
    names().answers.clear();
  }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
};

Patience ten_seconds(const std::atomic<bool>* stop = nullptr) {
  return {.end = std::chrono::steady_clock::now() + std::chrono::seconds(10), .stop = stop};
}

DatabaseLogin login_at(const std::string& host, const std::string& scheme = "mongodb+srv") {
  DatabaseLogin login;
  login.host = host;
  login.port = 27'017;
  login.scheme = scheme;
  return login;
}

std::string why(const Result<std::vector<DatabaseLogin>>& places) {
  return places ? "it has places" : places.error().message;
}

}  // namespace

TEST_CASE("records of name servers are read, also where names refer to earlier ones", "[srv]") {
  const auto records =
      read_srv(answer(kSrv, {srv("a.example.com", 27'017), srv("b.example.com", 27'018), txt({"not one of these"})}));
  REQUIRE(records);
  REQUIRE(records->size() == 2);
  CHECK((*records)[0].host == "a.example.com");
  CHECK((*records)[1].port == 27'018);
  // "c" in front of what the question is about.
  const auto referring = read_srv(answer(kSrv, {record(kSrv, std::string(4, '\0') + two_bytes(1) + "\1c\xc0\x0c")}));
  REQUIRE(referring);
  CHECK((*referring)[0].host == "c.name.example.com");
  const auto texts = read_txt(answer(kTxt, {txt({"authSource=", "admin"}), txt({""})}));
  REQUIRE(texts);
  CHECK(*texts == std::vector<std::string>{"authSource=admin", ""});
  CHECK(!read_srv(answer(kSrv, {})));
  CHECK(read_txt(answer(kTxt, {}))->empty());
}

TEST_CASE("a name server's answer that is cut anywhere is an error, and so is one that refers to itself", "[srv]") {
  const std::string whole = answer(kSrv, {srv("a.example.com", 1), srv("b.example.com", 2)});
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(!read_srv(whole.substr(0, size)));
  const std::string text = answer(kTxt, {txt({"authSource=", "admin"})});
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(!read_txt(text.substr(0, size)));
  // The second piece claims more than its record has.
  CHECK(!read_txt(answer(kTxt, {record(kTxt,
                                       "\1a\x7f"
                                       "b"),
                                txt({std::string(200, 'x')})})));
  const std::string question = answer(kSrv, {});
  const auto loop = static_cast<unsigned>(question.size() + 12 + 6);  // where the host begins
  CHECK(!read_srv(answer(kSrv, {record(kSrv, std::string(6, '\0') + two_bytes(0xc000U | loop))})));
}

TEST_CASE("the servers of a mongodb+srv URL are those that its records name", "[srv]") {
  const Answering here(Answering::Answers{
      {{"_mongodb._tcp.shop.abc.example.net", kSrv},
       answer(kSrv, {srv("shop-00.abc.example.net", 27'017), srv("Shop-01.ABC.example.net", 27'018)})},
      {{"shop.abc.example.net", kTxt}, answer(kTxt, {txt({"replicaSet=rs0&authSource=users"})})}});
  const auto places = mongodb_places(login_at("shop.abc.example.net"), ten_seconds());
  REQUIRE(places);
  REQUIRE(places->size() == 2);
  CHECK((*places)[0].host == "shop-00.abc.example.net");
  CHECK((*places)[0].port == 27'017);
  CHECK((*places)[1].port == 27'018);
  CHECK((*places)[1].auth_source == "users");
  // What the URL says itself counts more.
  DatabaseLogin login = login_at("shop.abc.example.net");
  login.auth_source = "admin";
  CHECK((*mongodb_places(login, ten_seconds()))[0].auth_source == "admin");
}

TEST_CASE("records that lead out of the domain of the name are not followed", "[srv]") {
  for (const char* host : {"evil.example.org", "abc.example.net", "shop.abc.example.net.example.org",
                           "xabc.example.net", "metadata", "127.0.0.1"}) {
    INFO(host);
    const Answering here(Answering::Answers{{{"_mongodb._tcp.shop.abc.example.net", kSrv},
                                             answer(kSrv, {srv("shop-00.abc.example.net", 1), srv(host, 1)})}});
    CHECK(why(mongodb_places(login_at("shop.abc.example.net"), ten_seconds())) ==
          "was not asked: its SRV records lead out of the domain of its name");
  }
  CHECK(why(mongodb_places(login_at("example.net"), ten_seconds())).find("no domain") != std::string::npos);
  CHECK(why(mongodb_places(login_at("nothing.abc.example.net"), ten_seconds())) ==
        "could not be found: the name has no SRV record");
}

TEST_CASE("no record is asked for but of a mongodb+srv URL that the user named", "[srv]") {
  const Answering here;
  const DatabaseLogin plain = login_at("shop.abc.example.net", "mongodb");
  CHECK((*mongodb_places(plain, ten_seconds()))[0].host == plain.host);
  Token token = database_token("mongodb", "app", "x", 27'017, {});
  for (Companion& companion : token.companions)
    if (companion.role == "host") companion.value = Secret("shop.abc.example.net");
  token.companions.push_back({"scheme", Secret("mongodb+srv"), false});
  const Provider provider = load_provider("mongodb");
  ProbeOptions options;
  options.databases = true;
  for (const std::vector<std::string>& named :
       {std::vector<std::string>{}, {"abc.example.net"}, {"other.example.net"}}) {
    options.extra_hosts = named;
    const Reach reach = probe_database(token, provider, Powers(), options);
    CHECK(std::get<Unknown>(reach).why ==
          "MongoDB was not asked: host not declared; pass --probe-host shop.abc.example.net");
  }
  {
    const std::lock_guard lock(names().mutex);
    CHECK(names().asked.empty());
  }
  options.extra_hosts = {"shop.abc.example.net"};
  CHECK(std::get<Unknown>(probe_database(token, provider, Powers(), options)).why ==
        "MongoDB could not be found: the name has no SRV record");
}

TEST_CASE("a name server that does not answer is given up when the user has had enough", "[srv]") {
  const Answering here;
  names().silent = true;
  std::atomic<bool> stop{false};
  std::thread user([&] { stop = true; });
  CHECK(why(mongodb_places(login_at("shop.abc.example.net"), ten_seconds(&stop))) ==
        "gave no answer before the interruption");
  user.join();
  names().silent = false;
}

}  // namespace overreach::testing

/// Stands before the system's.
extern "C" int res_nquery(res_state, const char* name, int, int type, unsigned char* out, int size) {
  overreach::testing::Names& names = overreach::testing::names();
  while (names.silent) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::lock_guard lock(names.mutex);
  names.asked.emplace_back(name);
  const auto known = names.answers.find({name, type});
  if (known == names.answers.end()) return -1;
  const std::string& answer = known->second;
  std::memcpy(out, answer.data(), std::min<std::size_t>(answer.size(), static_cast<std::size_t>(size)));
  return static_cast<int>(answer.size());
}
