// Azure shared access signatures: a query string that carries its own permissions.
//
// `sp` lists operations by letter, `sr` or `ss`+`srt` say on what, `se` until when, `si` names a
// policy on the server that holds the rest. The signature is over these fields, so they are the
// truth; only a policy can be wider than what stands here.
#include <array>
#include <map>
#include <string>

#include "detectors/identify/decode.h"
#include "detectors/identify/encoding.h"

namespace overreach {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

Fields fields_of(std::string_view text) {
  if (const std::size_t query = text.find('?'); query != std::string_view::npos) text.remove_prefix(query + 1);
  Fields out;
  while (!text.empty() && out.size() < 64) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) out.emplace(pair.substr(0, equals), percent_decode(pair.substr(equals + 1)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    // `&amp;` in HTML and XML.
    if (text.starts_with("amp;")) text.remove_prefix(4);
  }
  return out;
}

std::string field(const Fields& fields, std::string_view name) {
  const auto it = fields.find(name);
  return it == fields.end() ? std::string() : plain(it->second);
}

/// What `sr` stands for, in words.
std::string resource_name(std::string_view letter) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"b", "blob"},      {"bv", "blob version"}, {"bs", "blob snapshot"}, {"c", "container"},
      {"d", "directory"}, {"f", "file"},          {"s", "share"}};
  for (const auto& [key, name] : names)
    if (key == letter) return std::string(name);
  return {};
}

/// An account signature names services (`ss`) and resource types (`srt`); it reaches all of them.
std::string extent(const Fields& fields) {
  if (const std::string name = resource_name(field(fields, "sr")); !name.empty()) return name;
  return field(fields, "ss").empty() ? std::string() : "account";
}

void grant_letters(const Provider& provider, Powers& powers, std::string_view letters) {
  for (const char letter : letters) {
    const std::string scope = std::string("sas:") + letter;
    grant_scope(provider, powers, scope, {});
  }
}

}  // namespace

void decode_azure_sas(const TokenRule&, const Provider& provider, Token& token) {
  const Fields fields = fields_of(token.secret.reveal());
  const std::string policy = field(fields, "si");
  const std::string letters = field(fields, "sp");
  if (letters.empty() && policy.empty()) return;
  Powers& powers = decoded_of(token);
  powers.expires = field(fields, "se");
  if (const std::string on = extent(fields); !on.empty()) token.facts["resource"] = on;
  if (!letters.empty()) token.facts["permissions"] = letters;
  if (!field(fields, "st").empty()) token.facts["starts"] = field(fields, "st");
  grant_letters(provider, powers, letters);
  token.facts["signed_by"] = field(fields, "skoid").empty() ? "account key" : "user delegation key";
  if (policy.empty()) return;
  token.facts["policy"] = policy;
  powers.notes.push_back("The stored access policy `" + policy + "` can add permissions and decides when it ends.");
}

}  // namespace overreach
