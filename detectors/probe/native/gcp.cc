// Google answers which of a list of permissions a caller has on a project (testIamPermissions), to everybody, about
// himself. A service account key signs a claim (RFC 7523), which is exchanged for an access token of an hour; it is
// asked for with a scope that can read only, and the permissions that are named are those of its roles all the same.
// The token's address is a constant: what the key file says about it is never followed.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "detectors/probe/native/exchange.h"
#include "detectors/probe/native/native.h"
#include "scanner/base/base64.h"
#include "scanner/base/handle.h"

namespace overreach {
namespace {

using Json = nlohmann::json;
using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Memory = Handle<BIO, BIO_free_all>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr const char* kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform.read-only";
constexpr std::size_t kMostProjects = 5;
constexpr std::size_t kMostPermissions = 100;  // in one question

/// The key as PEM: inside JSON its lines end with `\n` as two characters, or more when that JSON lies inside a string.
Secret pem_of(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    while (i + 1 < text.size() && text[i + 1] == '\\') ++i;
    if (i + 1 < text.size() && text[i + 1] == 'n') ++i;
    out += '\n';
  }
  return Secret(std::move(out));
}

/// RS256 over `text`; empty when the key cannot sign.
std::string signature(const Secret& pem, std::string_view text) {
  const Memory in(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const DigestContext context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return {};
  std::string out(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size()) != 1)
    return {};
  out.resize(size);
  return out;
}

class Google {
 public:
  Google(Session& session, Powers upto) : session_(session), upto_(std::move(upto)) {
    heard_.asked = true;
    if (session.token().kinds.size() == 1) heard_.kind = session.token().kinds[0];
  }

  Reach ask_account() {
    const std::string email(companion_of(session_, "client_email"));
    const Secret assertion = claim(email);
    if (assertion.empty())
      return unknown_reach(session_, "was not asked: the private key is none that can sign", upto_);
    auto answer = ask(session_, exchange_call(assertion));
    if (!answer) return unknown_reach(session_, answer.error().message, upto_);
    const Secret access(text_at(answer->json, "/access_token").value_or(""));
    if (answer->response.status != 200 || access.empty()) return no_token(*answer);
    heard_.alive = heard_.scopes_named = true;
    heard_.identity = "service account " + session_.safe(email);
    authorization_ = Secret("Bearer " + std::string(access.reveal()));
    add_project(std::string(companion_of(session_, "project_id")));
    list_projects();
    for (const std::string& project : projects_) test(project);
    heard_.notes.push_back("roles on single resources and in projects that it does not list were not read");
    return live_reach(session_, heard_, false, upto_);
  }

  /// The list of Gemini models costs nothing, and whoever may not have it is told why.
  Reach ask_api_key() {
    PreparedCall call = get_call(at("https://generativelanguage.googleapis.com/v1beta/models?pageSize=1"),
                                 "GET /v1beta/models", Secret());
    call.headers.push_back({"x-goog-api-key", session_.token().secret});
    const auto answer = ask(session_, call);
    if (!answer) return unknown_reach(session_, answer.error().message, upto_);
    const int status = answer->response.status;
    const std::string reason = text_at(answer->json, "/error/details/0/reason").value_or("");
    if (reason == "API_KEY_INVALID")
      return Dead{"Google Cloud answered " + std::to_string(status) + " “API_KEY_INVALID”"};
    heard_.alive = true;
    if (status == 200 && text_at(answer->json, "/models/0/name")) {
      heard_.scopes.push_back({.scope = "generativelanguage.models.list", .where = {}, .shown = true});
      return live_reach(session_, heard_, false, upto_);
    }
    if (status != 403 || reason.empty())
      return unknown_reach(session_, "answered " + std::to_string(status) + " in a way that is not known", upto_);
    heard_.notes.push_back("it does not reach Gemini: " + session_.safe(reason));
    return live_reach(session_, heard_, false, upto_);
  }

 private:
  std::string at(const std::string& url) const {
    const auto found = url_at(session_.target(), session_.provider(), url);
    return found ? *found : url;  // Session refuses what is not a host of the provider's
  }

  /// The signed claim of RFC 7523, good for five minutes.
  Secret claim(const std::string& email) const {
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const Json claims = {{"iss", email}, {"scope", kScope}, {"aud", kTokenUrl}, {"iat", now}, {"exp", now + 300}};
    const std::string text = base64_url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url(claims.dump());
    const std::string sealed = signature(pem_of(session_.token().secret.reveal()), text);
    return sealed.empty() ? Secret() : Secret(text + "." + base64_url(sealed));
  }

  PreparedCall exchange_call(const Secret& assertion) const {
    return read_by_post(at(kTokenUrl), "POST /token",
                        Secret("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
                               std::string(assertion.reveal())),
                        "hands out a token of an hour that can read only; the key stays as it is", true);
  }

  Reach no_token(const Answer& answer) const {
    const std::string answered = "answered " + std::to_string(answer.response.status);
    const std::string error = text_at(answer.json, "/error").value_or("");
    const std::string why = text_at(answer.json, "/error_description").value_or("");
    if (error != "invalid_grant") return unknown_reach(session_, answered + " in a way that is not known", upto_);
    // The clock is the one cause that is on this side.
    if (why.find("short-lived") != std::string::npos || why.find("iat and exp") != std::string::npos)
      return unknown_reach(session_, answered + " “invalid_grant”: the clock of this machine is wrong", upto_);
    return Dead{session_.provider().title + " " + answered + " “invalid_grant”"};
  }

  void add_project(std::string id) {
    const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == ':' || c == '.';
    });
    if (!plain || projects_.size() == kMostProjects ||
        std::find(projects_.begin(), projects_.end(), id) != projects_.end())
      return;
    projects_.push_back(std::move(id));
  }

  void list_projects() {
    const auto answer =
        ask(session_, get_call(at("https://cloudresourcemanager.googleapis.com/v1/projects?pageSize=50"),
                               "GET /v1/projects", authorization_));
    if (!answer || answer->response.status != 200) return;
    for (const Json* project : select(answer->json, "/projects/*"))
      if (text_at(*project, "/lifecycleState").value_or("ACTIVE") == "ACTIVE")
        add_project(text_at(*project, "/projectId").value_or(""));
  }

  /// Permissions of the provider file: "compute.disks.delete", and not roles or scopes.
  std::vector<std::string> permissions() const {
    std::vector<std::string> out;
    for (const auto& [name, ids] : session_.provider().grants)
      if (name.find('/') == std::string::npos && std::count(name.begin(), name.end(), '.') == 2 &&
          name.rfind("generativelanguage.", 0) != 0)
        out.push_back(name);
    return out;
  }

  void test(const std::string& project) {
    const std::string shown = session_.safe(project);
    const Where where{{"project", shown}};
    const std::vector<std::string> wanted = permissions();
    for (std::size_t i = 0; i < wanted.size(); i += kMostPermissions) {
      const auto end = wanted.begin() + static_cast<std::ptrdiff_t>(std::min(wanted.size(), i + kMostPermissions));
      const Json body = {
          {"permissions", std::vector<std::string>(wanted.begin() + static_cast<std::ptrdiff_t>(i), end)}};
      PreparedCall call = read_by_post(at("https://cloudresourcemanager.googleapis.com/v1/projects/" +
                                          url_component(project) + ":testIamPermissions"),
                                       "POST /v1/projects/{project}:testIamPermissions", Secret(body.dump()),
                                       "answers which of the named permissions the caller has, and changes nothing");
      call.headers.push_back({"authorization", authorization_});
      const auto answer = ask(session_, call);
      if (!answer || answer->response.status != 200) {
        heard_.notes.push_back("what it may do in the project " + shown + " could not be read");
        return;
      }
      for (const Json* permission : select(answer->json, "/permissions/*"))
        if (const auto text = text_of(*permission))
          heard_.scopes.push_back({.scope = session_.safe(*text), .where = where});
    }
    heard_.items.push_back({.type = "project", .id = shown, .name = shown, .where = where, .variables = {}});
  }

  Session& session_;
  Powers upto_;
  Heard heard_;
  Secret authorization_;
  std::vector<std::string> projects_;
};

}  // namespace

Reach probe_gcp(Session& session, Powers upto) {
  const auto& kinds = session.token().kinds;
  const bool account = std::find(kinds.begin(), kinds.end(), "service-account") != kinds.end();
  Google google(session, std::move(upto));
  return account ? google.ask_account() : google.ask_api_key();
}

}  // namespace overreach
