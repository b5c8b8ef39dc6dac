#include "tests/database/mongo_server.h"

#include <bson/bson.h>

#include <cstring>
#include <memory>
#include <optional>

#include "detectors/identify/encoding.h"
#include "scanner/base/base64.h"
#include "scanner/base/hash.h"

namespace overreach::testing {
namespace {

using nlohmann::json;
using Command = nlohmann::ordered_json;  // the first field is its name

constexpr std::int32_t kReply = 1, kQuery = 2004, kMessage = 2013;
constexpr unsigned kRounds = 4096;

struct DestroyBson {
  void operator()(bson_t* bson) const { bson_destroy(bson); }
};
using Bson = std::unique_ptr<bson_t, DestroyBson>;

std::int32_t number_at(std::string_view bytes, std::size_t at) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string as_bytes(std::int32_t value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string text(const Digest& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

/// Binary values as {"$binary": {"base64": …}}.
Command read(std::string_view document) {
  const Bson bson(bson_new_from_data(reinterpret_cast<const uint8_t*>(document.data()), document.size()));
  if (bson == nullptr) return nullptr;
  char* out = bson_as_relaxed_extended_json(bson.get(), nullptr);
  Command parsed = Command::parse(out);
  bson_free(out);
  return parsed;
}

std::string write(const json& document) {
  const std::string out = document.dump();
  const Bson bson(
      bson_new_from_json(reinterpret_cast<const uint8_t*>(out.data()), static_cast<ssize_t>(out.size()), nullptr));
  return {reinterpret_cast<const char*>(bson_get_data(bson.get())), bson->len};
}

json binary(const std::string& bytes) { return {{"$binary", {{"base64", base64(bytes)}, {"subType", "00"}}}}; }

std::string payload_of(const Command& command) {
  return base64_decode(command.at("payload").at("$binary").at("base64").get<std::string>()).value_or("");
}

json refusal(int code, const std::string& name, const std::string& why) {
  return {{"ok", 0}, {"code", code}, {"codeName", name}, {"errmsg", why}};
}

/// "abc" for 'r' in "n=user,r=abc,s=...".
std::string field(const std::string& message, char name) {
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find(',', at), message.size());
    if (message.substr(at, 2) == std::string(1, name) + "=") return message.substr(at + 2, end - at - 2);
    at = end + 1;
  }
  return {};
}

/// The server's half of SCRAM-SHA-256.
class Scram {
 public:
  Scram(const std::map<std::string, MongoUser>& users, std::string source)
      : users_(users), source_(std::move(source)) {}

  std::string first(const std::string& message) {
    client_first_ = message.substr(3);  // behind "n,,"
    user_ = field(client_first_, 'n');
    server_first_ =
        "r=" + field(client_first_, 'r') + "fromserver,s=" + base64(salt_) + ",i=" + std::to_string(kRounds);
    return server_first_;
  }

  /// The signature that proves the server; nothing when the client has not proven himself.
  std::optional<std::string> last(const std::string& message) const {
    const auto known = users_.find(user_);
    if (known == users_.end() || known->second.source != source_) return std::nullopt;
    const std::string salted = text(stretch(salt_, known->second.password, kRounds));
    const std::string client_key = text(hmac_sha256(salted, "Client Key"));
    const std::string all = client_first_ + "," + server_first_ + "," + message.substr(0, message.rfind(",p="));
    std::string proof = text(hmac_sha256(text(sha256(client_key)), all));
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    if (base64(proof) != field(message, 'p')) return std::nullopt;
    return "v=" + base64(text(hmac_sha256(text(hmac_sha256(salted, "Server Key")), all)));
  }

  const std::string& user() const { return user_; }

 private:
  const std::map<std::string, MongoUser>& users_;
  std::string source_, user_, client_first_, server_first_;
  std::string salt_ = "0123456789abcdef0123456789ab";  // 28 bytes, or the driver refuses it
};

}  // namespace

class MongoServer::Conversation {
 public:
  explicit Conversation(const MongoScript& script) : script_(script) {}

  json answer(const Command& command) {
    const std::string name = command.begin().key();
    if (script_.instead) {
      const json other = script_.instead(name);
      if (!other.is_null()) return other;
    }
    if (name == "saslStart") return start(command, command.at("$db"));
    if (name == "saslContinue") return go_on(command);
    if (name == "isMaster" || name == "ismaster" || (name == "hello" && script_.knows_hello)) return hello(command);
    if (name == "hello") return refusal(59, "CommandNotFound", "no such command: 'hello'");
    if (!user_) return refusal(13, "Unauthorized", "command " + name + " requires authentication");
    if (name == "connectionStatus") return status();
    if (name == "listDatabases") return databases();
    if (name == "endSessions") return {{"ok", 1}};
    return refusal(59, "CommandNotFound", "no such command: '" + name + "'");
  }

 private:
  json start(const Command& command, const std::string& source) {
    if (command.at("mechanism") != "SCRAM-SHA-256") return refusal(334, "MechanismUnavailable", "no such mechanism");
    scram_.emplace(script_.users, source);
    return {{"conversationId", 1}, {"done", false}, {"payload", binary(scram_->first(payload_of(command)))}, {"ok", 1}};
  }

  json go_on(const Command& command) {
    const auto proof = scram_->last(payload_of(command));
    if (!proof) return refusal(18, "AuthenticationFailed", "Authentication failed.");
    user_ = scram_->user();
    return {{"conversationId", 1}, {"done", true}, {"payload", binary(*proof)}, {"ok", 1}};
  }

  json hello(const Command& command) {
    json out = {{"helloOk", script_.knows_hello},
                {"ismaster", script_.hello.value("isWritablePrimary", false)},
                {"maxBsonObjectSize", 16'777'216},
                {"maxMessageSizeBytes", 48'000'000},
                {"maxWriteBatchSize", 100'000},
                {"minWireVersion", 0},
                {"maxWireVersion", 13},
                {"saslSupportedMechs", {"SCRAM-SHA-256"}},
                {"ok", 1}};
    out.update(script_.hello);
    if (script_.begins_early && command.contains("speculativeAuthenticate")) {
      const Command& early = command["speculativeAuthenticate"];
      out["speculativeAuthenticate"] = start(early, early.at("db"));
    }
    return out;
  }

  json status() const {
    const MongoUser& user = script_.users.at(*user_);
    json info = {{"authenticatedUsers", {{{"user", *user_}, {"db", user.source}}}},
                 {"authenticatedUserRoles", user.roles}};
    if (!user.privileges.is_null()) info["authenticatedUserPrivileges"] = user.privileges;
    return {{"authInfo", info}, {"ok", 1}};
  }

  json databases() const {
    json list = json::array();
    for (const std::string& name : script_.databases) list.push_back({{"name", name}});
    return {{"databases", list}, {"ok", 1}};
  }

  const MongoScript& script_;
  std::optional<Scram> scram_;
  std::optional<std::string> user_;
};

MongoServer::MongoServer(MongoScript script, TlsIdentity identity)
    : script_(std::move(script)),
      server_([this](RoughConnection& connection) { serve(connection); }, std::move(identity)) {}

/// Each message is a length, two numbers, a kind, and then, before the document, what depends on the kind.
void MongoServer::serve(RoughConnection& connection) {
  Conversation conversation(script_);
  for (;;) {
    const auto head = connection.bytes(16);
    if (!head || number_at(*head, 0) < 16 || number_at(*head, 0) > 65'536) return;
    const auto rest = connection.bytes(static_cast<std::size_t>(number_at(*head, 0)) - 16);
    if (!rest) return;
    const std::int32_t kind = number_at(*head, 12);
    const std::size_t before = kind == kMessage ? 5 : rest->find('\0', 4) + 1 + 8;
    const Command command = read(std::string_view(*rest).substr(before));
    if ((kind != kMessage && kind != kQuery) || !command.is_object() || command.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(command.begin().key());
      received_ += *head + *rest;
    }
    const std::string document = write(conversation.answer(command));
    // Flags, cursor, position, one document; or flags and a section of kind 0.
    const std::string body = kind == kMessage ? std::string(5, '\0') + document
                                              : as_bytes(8) + std::string(12, '\0') + as_bytes(1) + document;
    const std::string answer = as_bytes(static_cast<std::int32_t>(16 + body.size())) + as_bytes(1) +
                               head->substr(4, 4) + as_bytes(kind == kMessage ? kMessage : kReply) + body;
    if (!connection.send(answer)) return;
  }
}

std::vector<std::string> MongoServer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::string MongoServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

}  // namespace overreach::testing
