// Google service account keys: a JSON document that names its account and project.
#include <nlohmann/json.hpp>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

/// The value of `"key": "…"`. Not a JSON parser: the match may be a piece of the document.
std::string quoted_value(std::string_view text, std::string_view key) {
  const std::string name = '"' + std::string(key) + '"';
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  at = text.find_first_not_of(" \t\r\n:", at + name.size());
  if (at == std::string_view::npos || text[at] != '"') return {};
  const std::size_t end = text.find('"', at + 1);
  return end == std::string_view::npos ? std::string() : plain(text.substr(at + 1, end - at - 1));
}

/// A named group of the pattern, else what the secret itself says.
std::string value_of(const Token& token, std::string_view key) {
  if (const Companion* companion = token.companion(key)) return plain(companion->value.reveal());
  return quoted_value(token.secret.reveal(), key);
}

/// deploy@shop-prod.iam.gserviceaccount.com lies in the project shop-prod.
std::string project_of(std::string_view email) {
  const std::size_t at = email.find('@');
  const std::size_t end = email.find(".iam.gserviceaccount.com");
  if (at == std::string_view::npos || end == std::string_view::npos || end <= at) return {};
  return std::string(email.substr(at + 1, end - at - 1));
}

}  // namespace

void decode_gcp_service_account(const TokenRule&, const Provider&, Token& token) {
  const std::string email = value_of(token, "client_email");
  std::string project = value_of(token, "project_id");
  if (project.empty()) project = project_of(email);
  if (!project.empty()) token.facts["project"] = project;
  if (email.empty()) return;
  token.facts["account"] = email;
  decoded_of(token).identity = "service account " + email;
}

}  // namespace overreach
