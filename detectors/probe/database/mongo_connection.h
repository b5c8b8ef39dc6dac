// One connection to MongoDB.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "detectors/probe/database/mongo_stream.h"

namespace overreach {

/// Signs in with the first question, out in the destructor. Used by one thread. It asks the one server that the session
/// names, never others that this one tells of. Errors have words of ours and a number only.
class MongoConnection {
 public:
  explicit MongoConnection(const DatabaseSession& session) : session_(session) {}
  MongoConnection(const MongoConnection&) = delete;
  MongoConnection& operator=(const MongoConnection&) = delete;

  /// Prepares a connection; `source` is the database that knows the user. Nothing is sent yet.
  Result<void> open(const std::string& source);

  /// Sends one command that reads, to the database `admin`. `command` is JSON of ours, `what` names it in the log.
  Result<nlohmann::json> ask(const char* what, const std::string& command);

  /// The last failure was the server's no to user and password.
  bool not_accepted() const { return not_accepted_; }
  /// The last failure was the server's, and has this number; 0: it was not.
  unsigned code() const { return code_; }

 private:
  struct Close {
    const MongoLibrary* mongo;
    void operator()(mongoc_client_t* client) const { mongo->client_destroy(client); }
  };

  static mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* self,
                                      bson_error_t* error) noexcept;
  bool set_login(mongoc_uri_t* uri, const std::string& source) const;
  Result<nlohmann::json> send(const std::string& command);
  Error error_of(const bson_error_t& error);

  const DatabaseSession& session_;
  const MongoLibrary* mongo_ = nullptr;
  MongoTrouble trouble_;  // outlives the client, which keeps streams that write to it
  std::unique_ptr<mongoc_client_t, Close> client_;
  unsigned code_ = 0;
  bool not_accepted_ = false;
};

}  // namespace overreach
