// Command lines: programs of the provider, HTTP clients, SQL, and what programs start.
#include "detectors/purpose/reader.h"

#include <algorithm>

#include "detectors/purpose/graphql.h"
#include "detectors/purpose/match_use.h"

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Programs that only look at, test or print what they get.
bool is_harmless(std::string_view program) {
  return is_any(program, {"echo",   "printf", "test",  "[",     "[[",   ":",       "export",   "unset", "cat",
                          "grep",   "cut",    "head",  "tail",  "jq",   "base64",  "tr",       "sed",   "awk",
                          "read",   "true",   "false", "local", "set",  "declare", "source",   ".",     "exit",
                          "return", "sleep",  "tee",   "wc",    "sort", "mask",    "envsubst", "eval_", "shift"});
}

}  // namespace

void UseReader::read_command() {
  std::vector<Words> lines = {{}};
  for (const Value& word : use_.command->words) {
    const auto texts = resolver_.texts(word, path_);
    std::vector<Words> next;
    for (const Words& line : lines) {
      for (const std::string& text : texts) {
        if (next.size() == 16) break;
        next.push_back(line);
        // An unquoted variable that holds several words becomes several words.
        const bool splits = word.kind == Value::Kind::environment && text.find(' ') != std::string::npos;
        const auto parts = splits ? split_script(text) : std::vector<Words>{{text}};
        if (!parts.empty()) next.back().insert(next.back().end(), parts[0].begin(), parts[0].end());
      }
    }
    lines = std::move(next);
  }
  std::vector<std::string> input;
  for (const Value& value : use_.command->input)
    for (std::string& text : resolver_.all_texts(value, path_)) input.push_back(std::move(text));
  for (const auto& assign : use_.command->assigns)
    if (std::find(provider_.env.begin(), provider_.env.end(), assign.first) != provider_.env.end())
      out_.credential_given = true;
  for (const Words& line : lines) {
    Words words = unwrap(line);
    if (words.size() > 2 && is_any(words[0], {"bash", "sh", "zsh"}) && words[1].ends_with("c")) {
      for (const Words& inner : split_script(words[2])) read_words(unwrap(inner), input);
    } else {
      read_words(words, input);
    }
  }
}

void UseReader::read_words(const Words& raw, const std::vector<std::string>& input) {
  if (raw.empty()) return;
  Words words = raw;
  if (!provider_.clients.cli.empty() && is_npm_package(words[0])) words[0] = provider_.clients.cli[0];  // npx @acme/cli
  if (has_hole(words[0])) return if_reached("runs a command that is not known");
  if (program_.is_function(path_, words[0])) return;
  const bool token_flag = std::any_of(words.begin(), words.end(), [](const std::string& w) {
    return w.starts_with("--token") || w.starts_with("--api-key") || w.starts_with("--auth-token") ||
           w == "--password-stdin";
  });
  out_.credential_given = out_.credential_given || token_flag;
  if (const auto http = as_http(words)) return read_http(*http, words, input);

  const CliMatch match = match_cli(provider_, words);
  if (!match.needs.empty()) {
    out_.implicit = is_program(words[0]);  // git pushes to GitHub, but reads none of its variables
    std::vector<std::string> texts = words;
    texts.insert(texts.end(), input.begin(), input.end());
    return hit(match.needs, "runs " + match.row, where_of(&words, nullptr, texts), match.open, match.row);
  }
  if (is_program(words[0])) {
    out_.implicit = true;
    out_.concerns = true;
    std::vector<std::string> sql = input;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (is_any(words[i], {"-c", "--command"}) && i + 1 < words.size()) sql.push_back(words[i + 1]);
      if (words[i].starts_with("--command=")) sql.push_back(words[i].substr(10));
      if (is_any(words[i], {"-f", "--file"}) && i + 1 < words.size())
        if (auto content = program_.content(path_, words[i + 1])) sql.push_back(std::move(*content));
    }
    if (read_sql(sql, where_of(&words, nullptr, {}))) return;
    if (is_benign_command(words)) return;
    const bool dynamic = std::any_of(words.begin(), words.end(), [](const std::string& w) { return has_hole(w); });
    return puzzle("runs " + words[0] +
                  (dynamic ? " with a command that is not known" : " with a command that no rule maps"));
  }
  if (is_harmless(words[0]) || program_.file_beside(path_, words[0])) return;
  if (words.size() > 1 &&
      is_any(words[0], {"bash", "sh", "node", "python", "python3", "tsx", "ts-node", "bun", "deno", "zsh"}))
    for (const std::string& word : words)
      if (program_.file_beside(path_, word)) return;
  if_reached("passes it to " + (words[0].size() > 40 ? "a program" : words[0]));
}

void UseReader::read_http(const HttpCommand& http, const Words& words, const std::vector<std::string>& input) {
  std::vector<std::string> bodies;
  for (const std::string& body : http.bodies) {
    const std::string_view data =
        body.starts_with("query=@") ? std::string_view(body).substr(6) : std::string_view(body);
    if (data.starts_with("@") && data.size() > 1) {
      if (auto content = program_.content(path_, data.substr(1)))
        bodies.push_back(std::move(*content));
      else
        bodies.emplace_back(1, kHole);
    } else {
      bodies.push_back(body);
    }
  }
  if (http.stdin_body || http.bodies.empty()) bodies.insert(bodies.end(), input.begin(), input.end());
  // A credential that is fed in beside a literal body is no document: keep both, documents are told apart later.
  auto address = read_address(http.url);
  if (!address && words.size() > 1 && words[1] == "api" && is_program(words[0]) && !provider_.hosts.empty()) {
    out_.implicit = true;
    address = Address{"https", provider_.hosts[0], http.url.starts_with("/") ? http.url : "/" + http.url};
  } else if (!address && !has_hole(http.url.substr(0, http.url.find('/')))) {
    address = read_address("https://" + http.url);
  }
  if (!address) return if_reached("sends it to an address that is not known");
  read_request(http.verb, *address, std::move(bodies), nullptr);
}

// exec, run and call are also methods of regular expressions, databases and clients.
bool UseReader::starts_programs(const Value& call) const {
  if (!call.receiver.empty()) return false;
  const std::string_view first = first_word(call.text);
  if (first.size() == call.text.size() && is_any(first, {"execSync", "execFileSync", "spawnSync", "$", "execa"}))
    return true;
  if (is_any(first, {"subprocess", "os", "child_process", "childProcess", "cp", "execa", "shell", "sh", "asyncio"}))
    return true;
  const auto linked = program_.link(call.where);
  return linked && linked->kind == Name::Kind::package &&
         is_any(linked->text, {"child_process", "node:child_process", "execa", "zx", "subprocess", "os", "shelljs",
                               "bun", "sh", "os/exec"});
}

// exec.Command("acme", "up"), exec.CommandContext(ctx, "acme", args...): every argument is a word.
void UseReader::read_program(const Value& call, std::size_t first) {
  Words words;
  for (std::size_t i = first; i < call.parts.size(); ++i)
    for (const std::string& text : resolver_.texts(call.parts[i], path_)) {
      words.push_back(text);
      break;
    }
  if (!words.empty()) read_words(unwrap(std::move(words)), {});
}

void UseReader::read_child_process(const Value& call) {
  if (!starts_programs(call)) return;
  const std::string_view last = last_word(call.text);
  if (is_any(last, {"Command", "CommandContext"})) return read_program(call, last == "Command" ? 0 : 1);
  if (!is_any(last_word(call.text),
              {"exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync", "execa", "execaSync", "run",
               "Popen", "call", "check_call", "check_output", "system", "popen", "$", "execaCommand"}) ||
      call.parts.empty())
    return;
  const auto words_of = [&](const Value& list) {
    Words words;
    for (const Value& part : list.parts) words.push_back(resolver_.texts(part, path_)[0]);
    return words;
  };
  if (call.parts[0].kind == Value::Kind::list) return read_words(unwrap(words_of(call.parts[0])), {});
  for (const std::string& text : resolver_.texts(call.parts[0], path_)) {
    if (call.parts.size() > 1 && call.parts[1].kind == Value::Kind::list) {
      Words words = {text};
      const Words rest = words_of(call.parts[1]);
      words.insert(words.end(), rest.begin(), rest.end());
      read_words(unwrap(std::move(words)), {});
    } else if (text.size() < 4096 && text != std::string(1, kHole)) {
      for (const Words& words : split_script(text)) read_words(unwrap(words), {});
    }
  }
}

}  // namespace overreach::purpose
