// Base64 writes three bytes as four characters, so a text inside of another one looks different at each of the three
// places it can begin at, but for the characters at its ends, which neighbours share:
//
//   user:secret  ->  dXNlcjpzZWNyZXQ=      "secret" begins two bytes into a group of three;
//                            zZWNyZX       characters that only it decides
#include "detectors/probe/forms.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "detectors/identify/encoding.h"
#include "detectors/probe/target.h"
#include "scanner/base/base64.h"

namespace overreach {
namespace {

constexpr std::size_t kShortest = 6;  // fewer characters stand in any text by chance

/// The characters of base64 that depend on `secret` alone when `before` bytes (0 to 2) of its first group are others'.
std::string core(std::string_view secret, std::size_t before) {
  constexpr std::array<std::size_t, 3> kShared = {0, 2, 3};
  const std::string padded = std::string(before, '\0') + std::string(secret);
  const std::string text = base64(std::string_view(padded).substr(0, padded.size() / 3 * 3));
  return text.substr(std::min(text.size(), kShared[before]));
}

std::string for_urls(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// "%2f" becomes "%2F".
std::string upper_case_escapes(std::string text) {
  const auto upper = [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); };
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '%')
      for (std::size_t k = 1; k <= 2; ++k) text[i + k] = upper(text[i + k]);
  return text;
}

bool is_base64(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("+/-_=").find(c) != std::string_view::npos;
}

}  // namespace

SentForms::SentForms(const Token& token) {
  add(token.secret.reveal(), token.masked);
  // A password out of a URL is sent with its escapes undone.
  if (const Secret plain(percent_decode(token.secret.reveal())); plain != token.secret)
    add(plain.reveal(), token.masked);
  for (const Companion& companion : token.companions)
    if (companion.secret) add(companion.value.reveal(), "…");
}

void SentForms::add(std::string_view secret, const std::string& masked) {
  if (secret.empty()) return;
  forms_.push_back({Secret(std::string(secret)), false, masked});
  if (const std::string form = url_component(secret); form != secret) {
    forms_.push_back({Secret(form), false, masked});
    forms_.push_back({Secret(upper_case_escapes(form)), false, masked});
  }
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string text = core(secret, before);
    if (text.size() < kShortest) continue;
    forms_.push_back({Secret(text), true, masked});
    if (const std::string url = for_urls(text); url != text) forms_.push_back({Secret(url), true, masked});
  }
}

std::string SentForms::removed_from(std::string_view text) const {
  std::string out(text);
  for (const Form& form : forms_) {
    const std::string_view wanted = form.text.reveal();
    for (std::size_t at = out.find(wanted); at != std::string::npos; at = out.find(wanted, at)) {
      std::size_t end = at + wanted.size();
      while (form.inside_base64 && at > 0 && is_base64(out[at - 1])) --at;
      while (form.inside_base64 && end < out.size() && is_base64(out[end])) ++end;
      out.replace(at, end - at, form.shown);
      at += form.shown.size();
    }
  }
  return out;
}

}  // namespace overreach
