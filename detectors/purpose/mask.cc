#include "detectors/purpose/mask.h"

#include <algorithm>
#include <cctype>

#include "scanner/base/hash.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxText = 160;
constexpr std::size_t kMinEncoded = 6;  // shorter values make encodings that occur by chance

std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~')
      out += c;
    else
      out += "%" + hex(std::string_view(&c, 1));
  }
  return out;
}

std::string upper_hex(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '%')
      for (std::size_t k = i + 1; k < i + 3; ++k)
        text[k] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[k])));
  return text;
}

std::string json(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

// The characters of base64 that depend on `text` alone, when it stands `shift` bytes into a longer value.
std::string base64(std::string_view text, std::size_t shift, bool url) {
  static constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static constexpr char kUrl[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char* alphabet = url ? kUrl : kStandard;
  const std::string bytes = std::string(shift, '\0') + std::string(text);
  std::string out;
  for (std::size_t bit = 0; bit + 6 <= bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i)
      value = value * 2 + ((static_cast<unsigned char>(bytes[i / 8]) >> (7 - i % 8)) & 1u);
    if (bit >= shift * 8) out += alphabet[value];
  }
  return out;
}

}  // namespace

void Masker::add(std::string_view secret, const std::string& masked) {
  if (secret.empty()) return;
  const auto keep = [&](std::string form) { forms_.emplace_back(Secret(std::move(form)), masked); };
  keep(std::string(secret));
  if (secret.size() < kMinEncoded) return;
  keep(percent(secret));
  keep(upper_hex(percent(secret)));
  keep(json(secret));
  for (std::size_t shift = 0; shift < 3; ++shift)
    for (const bool url : {false, true}) keep(base64(secret, shift, url));
  // A multi-line secret is quoted line by line.
  for (std::size_t at = 0; secret.find('\n') != std::string_view::npos && at < secret.size();) {
    const std::size_t end = std::min(secret.find('\n', at), secret.size());
    if (end - at >= 12) keep(std::string(secret.substr(at, end - at)));
    at = end + 1;
  }
}

Masker::Masker(std::span<const Token> tokens) {
  for (const Token& token : tokens) {
    add(token.secret.reveal(), token.masked.empty() ? token.secret.redacted() : token.masked);
    for (const Companion& companion : token.companions)
      if (companion.secret) add(companion.value.reveal(), companion.value.redacted());
  }
  std::sort(forms_.begin(), forms_.end(), [](const auto& a, const auto& b) {
    if (a.first.reveal().size() != b.first.reveal().size()) return a.first.reveal().size() > b.first.reveal().size();
    return a.first < b.first;
  });
  forms_.erase(
      std::unique(forms_.begin(), forms_.end(), [](const auto& a, const auto& b) { return a.first == b.first; }),
      forms_.end());
}

std::string Masker::text(std::string_view text) const {
  std::string out(text);
  for (const auto& [form, masked] : forms_) {
    const std::string_view secret = form.reveal();
    for (std::size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at + masked.size()))
      out.replace(at, secret.size(), masked);
  }
  return out;
}

std::string Masker::line(std::string_view line) const {
  // Masked before it is cut: half a secret is not recognised any more.
  std::string masked = text(line);
  std::string out;
  for (std::size_t i = 0; i < masked.size() && out.size() <= kMaxText;) {
    const auto byte = static_cast<unsigned char>(masked[i]);
    std::size_t length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 0;
    for (std::size_t k = 1; k < length; ++k)
      if (i + k >= masked.size() || (static_cast<unsigned char>(masked[i + k]) & 0xC0) != 0x80) length = 0;
    if (length == 0 || byte == 0x7F || byte >= 0xF5) {
      out += '?';
      ++i;
    } else if (byte < 0x20) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      ++i;
    } else {
      if (!(byte == ' ' && out.empty())) out += masked.substr(i, length);
      i += length;
    }
  }
  if (out.size() > kMaxText) {
    std::size_t end = kMaxText - 3;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
    out += "…";
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace overreach::purpose
