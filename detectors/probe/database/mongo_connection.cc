#include "detectors/probe/database/mongo_connection.h"

namespace overreach {
namespace {

using Json = nlohmann::json;

constexpr int kTime = 10'000;  // milliseconds; the session's patience is what counts

}  // namespace

bool MongoConnection::set_login(mongoc_uri_t* uri, const std::string& source) const {
  const DatabaseLogin& login = session_.login;
  const std::string password(login.password.reveal());
  return mongo_->uri_set_username(uri, login.user.c_str()) && mongo_->uri_set_password(uri, password.c_str()) &&
         mongo_->uri_set_auth_source(uri, source.c_str()) && mongo_->uri_set_appname(uri, "overreach") &&
         mongo_->uri_set_bool(uri, MONGOC_URI_DIRECTCONNECTION, true) &&
         mongo_->uri_set_bool(uri, MONGOC_URI_RETRYREADS, false) &&
         mongo_->uri_set_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, kTime) &&
         mongo_->uri_set_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, kTime) &&
         mongo_->uri_set_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, kTime);
}

Result<void> MongoConnection::open(const std::string& source) {
  const auto library = mongo_library();
  if (!library) return tl::unexpected<Error>(library.error());
  mongo_ = *library;
  const auto destroy = [this](mongoc_uri_t* uri) { mongo_->uri_destroy(uri); };
  const std::unique_ptr<mongoc_uri_t, decltype(destroy)> uri(
      mongo_->uri_new(session_.login.host.c_str(), static_cast<uint16_t>(session_.login.port)), destroy);
  if (uri == nullptr || !set_login(uri.get(), source))
    return fail(Error::Kind::refused, "was not asked: its user or password cannot be sent");
  trouble_.error.reset();
  client_ = {mongo_->client_new(uri.get()), Close{mongo_}};
  if (client_ == nullptr) return fail(Error::Kind::limit, "was not asked: libmongoc cannot make a connection");
  mongo_->set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
  mongo_->set_stream_initiator(client_.get(), &open_stream, this);
  return {};
}

mongoc_stream_t* MongoConnection::open_stream(const mongoc_uri_t*, const mongoc_host_list_t*, void* self,
                                              bson_error_t* error) noexcept try {
  auto& connection = *static_cast<MongoConnection*>(self);
  mongoc_stream_t* stream = open_mongo_stream(connection.session_, connection.trouble_);
  if (stream == nullptr)
    connection.mongo_->bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no connection");
  return stream;
} catch (...) {  // out of memory: nothing may unwind through C
  return nullptr;
}

Result<Json> MongoConnection::ask(const char* what, const std::string& command) {
  auto answer = send(command);
  session_.log(what, answer ? answer->dump(-1, ' ', false, Json::error_handler_t::replace).size() : 0,
               answer ? std::string() : answer.error().message);
  return answer;
}

Result<Json> MongoConnection::send(const std::string& command) {
  bson_error_t error{};
  const auto destroy = [this](bson_t* bson) { mongo_->bson_destroy(bson); };
  const std::unique_ptr<bson_t, decltype(destroy)> question(
      mongo_->bson_from_json(reinterpret_cast<const uint8_t*>(command.data()), static_cast<ssize_t>(command.size()),
                             &error),
      destroy);
  if (question == nullptr) return fail(Error::Kind::malformed, "was not asked: a question of ours is malformed");
  bson_t reply;
  const bool answered = mongo_->command(client_.get(), "admin", question.get(), nullptr, &reply, &error);
  const std::unique_ptr<bson_t, decltype(destroy)> owned(&reply, destroy);
  if (!answered) return tl::unexpected<Error>(error_of(error));
  code_ = 0;
  not_accepted_ = false;
  char* text = mongo_->bson_as_json(&reply, nullptr);
  Json json = text == nullptr ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
  mongo_->bson_free(text);
  if (json.is_discarded()) return fail(Error::Kind::malformed, "sent an answer that could not be read");
  return json;
}

/// libmongoc's own texts quote the server; only what they are about is told.
Error MongoConnection::error_of(const bson_error_t& error) {
  constexpr std::uint32_t kNotAccepted = 18;  // AuthenticationFailed
  const std::string_view text(error.message);
  code_ = error.domain == MONGOC_ERROR_SERVER ? error.code : 0;
  const bool about_sign_in = error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
  not_accepted_ = !trouble_.error && (code_ == kNotAccepted ||
                                      (about_sign_in && text.find("Authentication failed") != std::string_view::npos));
  if (trouble_.error) return *trouble_.error;
  if (about_sign_in || code_ == kNotAccepted) return {Error::Kind::refused, "refused the sign-in"};
  if (code_ != 0) return {Error::Kind::refused, "refused to answer (code " + std::to_string(code_) + ")"};
  if (error.domain == MONGOC_ERROR_PROTOCOL && error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION)
    return {Error::Kind::malformed, "speaks a version of the protocol that libmongoc does not know"};
  return {Error::Kind::malformed, "sent an answer that could not be read"};
}

}  // namespace overreach
