#include "detectors/purpose/command_line.h"

#include <algorithm>
#include <cctype>

#include "detectors/purpose/graphql.h"

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_flag(std::string_view word) { return word.size() > 1 && word[0] == '-'; }
bool is_assignment(std::string_view word) {
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && !is_flag(word) && word.find('/') > equals;
}
bool has_hole(std::string_view word) { return word.find(kHole) != std::string_view::npos; }

std::string program_of(std::string word) {
  if (word.find("/.bin/") != std::string::npos || word.starts_with("/") || word.starts_with("node_modules/"))
    word = word.substr(word.rfind('/') + 1);
  const std::size_t at = word.rfind('@');
  if (at != std::string::npos && at > 0) word.resize(at);  // railway@latest
  return word;
}

// How many leading words belong to a wrapper; 0: there is none.
std::size_t wrapper_length(const Words& words) {
  const std::string& first = words[0];
  const auto skip_flags = [&](std::size_t i, std::initializer_list<std::string_view> with_value) {
    while (i < words.size() && (is_flag(words[i]) || is_assignment(words[i]))) {
      const bool takes = is_any(words[i], with_value) && words[i].find('=') == std::string::npos;
      i += takes ? 2 : 1;
    }
    return i;
  };
  const auto after_dashes = [&](std::size_t from) {
    const auto dashes = std::find(words.begin() + static_cast<std::ptrdiff_t>(from), words.end(), "--");
    return dashes == words.end() ? std::size_t{0} : static_cast<std::size_t>(dashes - words.begin()) + 1;
  };
  if (is_any(first, {"sudo", "nohup", "exec", "command", "time", "builtin", "then", "do", "!", "bunx"}))
    return skip_flags(1, {"-u", "-g"});
  if (is_any(first, {"env", "cross-env", "nice", "stdbuf", "xargs"}))
    return skip_flags(1, {"-n", "-u", "-I", "-P", "-L", "-d"});
  if (first == "timeout") return std::min<std::size_t>(skip_flags(1, {"-k", "-s"}) + 1, words.size());
  if (first == "npx") return skip_flags(1, {"-p", "--package", "-c", "--call"});
  const std::string second = words.size() > 1 ? words[1] : "";
  if (is_any(first, {"pnpm", "yarn", "npm", "bun"}) && is_any(second, {"dlx", "exec", "x"}))
    return skip_flags(2, {"-p", "--package"});
  if (is_any(first, {"poetry", "uv", "pipenv", "pdm", "hatch"}) && second == "run")
    return skip_flags(2, {"--with", "-p"});
  if (is_any(first, {"pipx", "uv"}) && second == "tool") return skip_flags(3, {});
  if (first == "bundle" && second == "exec") return 2;
  if (is_any(first, {"dotenv", "op", "doppler", "infisical", "chamber", "aws-vault", "dotenvx", "env-cmd"}))
    return after_dashes(1);
  return 0;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool has_flag(const Words& words, std::string_view flag) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word == flag || (word.starts_with(flag) && word.size() > flag.size() && word[flag.size()] == '=');
  });
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool curl_takes_value(std::string_view flag) {
  return is_any(flag, {"-H",
                       "--header",
                       "-X",
                       "--request",
                       "-d",
                       "--data",
                       "--data-raw",
                       "--data-binary",
                       "--data-ascii",
                       "--data-urlencode",
                       "--json",
                       "-u",
                       "--user",
                       "-o",
                       "--output",
                       "-F",
                       "--form",
                       "--form-string",
                       "-T",
                       "--upload-file",
                       "-A",
                       "--user-agent",
                       "-b",
                       "--cookie",
                       "-c",
                       "--cookie-jar",
                       "-e",
                       "--referer",
                       "-m",
                       "--max-time",
                       "--connect-timeout",
                       "--retry",
                       "--retry-delay",
                       "-w",
                       "--write-out",
                       "-x",
                       "--proxy",
                       "--cacert",
                       "-E",
                       "--cert",
                       "--key",
                       "--url",
                       "--resolve",
                       "-D",
                       "--dump-header",
                       "-K",
                       "--config",
                       "--oauth2-bearer",
                       "--method",
                       "--post-data",
                       "--body-data",
                       "-q",
                       "--jq",
                       "-t",
                       "--template",
                       "-f",
                       "--raw-field",
                       "--field",
                       "--input",
                       "--hostname",
                       "--preview",
                       "--cache",
                       "--aws-sigv4",
                       "--retry-max-time"});
}

struct Curl {
  HttpCommand out;
  bool sends = false;
  bool uploads = false;

  void flag(const std::string& name, const std::string& value) {
    if (is_any(name, {"-X", "--request", "--method"})) out.verb = upper(value);
    if (name == "--url") out.url = value;
    if (is_any(name, {"-T", "--upload-file"})) uploads = true;
    if (!is_any(name, {"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json",
                       "-F", "--form", "--form-string", "--post-data", "--body-data"}))
      return;
    sends = true;
    if (value == "@-" || value == "-")
      out.stdin_body = true;
    else
      out.bodies.push_back(value);
  }
};

HttpCommand read_curl(const Words& words) {
  Curl curl;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!is_flag(word)) {
      if (curl.out.url.empty()) curl.out.url = word;
      continue;
    }
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) {
      curl.flag(word.substr(0, equals), word.substr(equals + 1));
    } else if (word.starts_with("--")) {
      if (!curl_takes_value(word)) continue;
      curl.flag(word, i + 1 < words.size() ? words[i + 1] : "");
      ++i;
    } else {
      // -sSfX POST, -XPOST, -d@file: single letters run together; the first that takes a value takes the rest.
      for (std::size_t k = 1; k < word.size(); ++k) {
        const std::string letter = std::string("-") + word[k];
        if (letter == "-I") curl.out.verb = "HEAD";
        if (letter == "-f" || letter == "-q" || letter == "-t" || !curl_takes_value(letter)) continue;
        const bool inline_value = k + 1 < word.size();
        curl.flag(letter, inline_value ? word.substr(k + 1) : i + 1 < words.size() ? words[i + 1] : "");
        if (!inline_value) ++i;
        break;
      }
    }
  }
  if (has_flag(words, "-G") || has_flag(words, "--get")) curl.sends = false;
  if (curl.out.verb.empty()) curl.out.verb = curl.uploads ? "PUT" : curl.sends ? "POST" : "GET";
  return curl.out;
}

// http POST api.example/x name=value, and `gh api -X DELETE path -f query=…`.
HttpCommand read_words(const Words& words, std::size_t from) {
  HttpCommand out;
  bool sends = false;
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (is_flag(word)) {
      const bool takes =
          is_any(word, {"-X",       "--method",  "-f",      "-F", "--field",    "--raw-field", "-H",
                        "--header", "-q",        "--jq",    "-t", "--template", "--input",     "--hostname",
                        "-p",       "--preview", "--cache", "-a", "--auth",     "-A"});
      const std::string value = takes && i + 1 < words.size() ? words[i + 1] : "";
      if (is_any(word, {"-X", "--method"})) out.verb = upper(value);
      if (is_any(word, {"-f", "-F", "--field", "--raw-field", "--input"})) {
        sends = true;
        out.bodies.push_back(word == "--input" ? "@" + value : value);
      }
      if (takes) ++i;
    } else if (out.url.empty() && out.verb.empty() &&
               is_any(word, {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})) {
      out.verb = word;
    } else if (out.url.empty()) {
      out.url = word;
    } else {
      sends = true;
      out.bodies.push_back(word);
    }
  }
  if (out.verb.empty()) out.verb = sends ? "POST" : "GET";
  return out;
}

}  // namespace

Words unwrap(Words words) {
  for (int i = 0; i < 8 && !words.empty(); ++i) {
    while (!words.empty() && is_assignment(words[0]) && !has_hole(words[0].substr(0, words[0].find('='))))
      words.erase(words.begin());
    if (words.empty()) break;
    const std::size_t length = wrapper_length(words);
    if (length == 0 || length > words.size()) break;
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
  }
  if (!words.empty()) words[0] = program_of(words[0]);
  return words;
}

std::vector<Words> split_script(std::string_view script) {
  std::vector<Words> out(1);
  std::string word;
  bool in_word = false;
  char quote = 0;
  const auto end_word = [&] {
    if (in_word) out.back().push_back(std::move(word));
    word.clear();
    in_word = false;
  };
  for (std::size_t i = 0; i < script.size(); ++i) {
    const char c = script[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ';' || c == '|' || c == '&' || c == '\n') {
      end_word();
      if (!out.back().empty()) out.emplace_back();
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      end_word();
    } else {
      word += c;
      in_word = true;
    }
  }
  end_word();
  if (out.back().empty()) out.pop_back();
  return out;
}

RowFit row_fits(std::string_view row, const Words& words) {
  const auto wanted = split(row);
  RowFit fit;
  std::size_t at = 0;
  bool any = false;
  for (const std::string_view want : wanted) {
    if (want == "*") {
      any = true;
      continue;
    }
    if (is_flag(want)) {
      if (!has_flag(words, want)) return {};
      ++fit.length;
      continue;
    }
    std::size_t next = at;
    while (next < words.size() && words[next] != want) {
      // A flag may stand between, and one word behind it may be its value; anything else breaks the row.
      const bool value = next > 0 && is_flag(words[next - 1]) && next > at;
      if (!any && !is_flag(words[next]) && !value) return {};
      ++next;
    }
    if (next == words.size()) return {};
    at = next + 1;
    any = false;
    ++fit.length;
  }
  while (at < words.size() && is_flag(words[at])) ++at;
  fit.open = at < words.size() && has_hole(words[at]);
  return fit;
}

std::string flag_value(const Words& words, const std::vector<std::string>& flags) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    for (const std::string& flag : flags) {
      std::string value;
      if (words[i] == flag && i + 1 < words.size())
        value = words[i + 1];
      else if (words[i].starts_with(flag + "="))
        value = words[i].substr(flag.size() + 1);
      if (!value.empty() && !has_hole(value) && !is_flag(value)) return value;
    }
  }
  return {};
}

std::optional<HttpCommand> as_http(const Words& words) {
  if (words.empty()) return std::nullopt;
  if (words[0] == "curl") return read_curl(words);
  if (words[0] == "wget") {
    HttpCommand out = read_curl(words);
    return out;
  }
  if (is_any(words[0], {"http", "https", "xh"})) return read_words(words, 1);
  if (words.size() > 2 && words[1] == "api") return read_words(words, 2);
  return std::nullopt;
}

}  // namespace overreach::purpose
