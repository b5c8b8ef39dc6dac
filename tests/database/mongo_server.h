// A server that speaks enough of MongoDB's protocol for libmongoc to sign in to it. Debian has no MongoDB server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/rough_server.h"

namespace overreach::testing {

/// A user, and what connectionStatus says of him ("authenticatedUserRoles", "authenticatedUserPrivileges").
struct MongoUser {
  std::string password;
  std::string source = "admin";  // the database that knows him
  nlohmann::json roles = nlohmann::json::array();
  nlohmann::json privileges = nlohmann::json::array();  // null: the server tells none
};

struct MongoScript {
  std::map<std::string, MongoUser> users;
  nlohmann::json hello = {{"isWritablePrimary", true}};  // besides what every server answers
  std::vector<std::string> databases;
  bool begins_early = false;  // the first message of a sign-in may come with the greeting, as since version 4.4
  bool knows_hello = true;    // or the command is not there, as before version 4.4
  /// What is answered instead, when it is given and not null: {"ok": 0, "code": 13} and the like.
  std::function<nlohmann::json(const std::string& command)> instead;
};

/// Signs users in by SCRAM-SHA-256 (RFC 7677) and refuses every command to who has not. It keeps the names of commands
/// that came.
class MongoServer {
 public:
  explicit MongoServer(MongoScript script, TlsIdentity identity = nullptr);

  int port() const { return server_.port(); }
  std::vector<std::string> commands() const;
  /// All bytes that came, for a search for what must not be among them.
  std::string received() const;

 private:
  class Conversation;
  void serve(RoughConnection& connection);

  MongoScript script_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::string received_;
  RoughServer server_;
};

}  // namespace overreach::testing
