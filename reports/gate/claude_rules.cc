#include "reports/gate/claude_rules.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <span>
#include <utility>

namespace overreach {
namespace {

using Form = Operation::Form;
using Globs = std::vector<std::string>;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ') word += c;
    if (c == ' ' && !word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// "railway volume delete": the words in order, with anything between them. A short word
/// needs a blank before it, or `rm` would be found in `--format`; and a command of two words
/// an end after it, or `railway down` would stop `railway logs --since downtime`.
Globs cli_globs(const std::string& text) {
  const std::vector<std::string> words = words_of(text);
  if (words.size() < 2) return {};  // a bare program name: only the hook can tell it from its own sub-commands
  if (words.size() == 2)
    return {"*" + text + "*", "*" + words[0] + " * " + words[1], "*" + words[0] + " * " + words[1] + " *"};
  std::string glob = "*" + words[0] + "*";
  for (const std::string& word : std::span(words).subspan(1))
    if (word != "*") glob += (word.size() < 5 ? " " : "") + word + "*";
  return {glob};
}

/// Field names in camel case are rare enough to be looked for alone; `variables` is also
/// the member of every GraphQL request, so a plain name needs the word `mutation` before it.
Globs graphql_globs(const std::string& text) {
  const std::size_t space = text.find(' ');
  const std::string field = text.substr(space + 1);
  const bool camel = field.size() >= 8 && std::any_of(field.begin(), field.end(), [](char c) {
                       return std::isupper(static_cast<unsigned char>(c)) != 0;
                     });
  if (camel) return {"*" + field + "*"};
  if (text.starts_with("mutation ")) return {"*mutation*" + field + "*"};
  return {};
}

/// The verb may stand before the address (`curl -X DELETE`) or after it, or be a method (`requests.delete`).
Globs http_globs(const std::string& text, const std::vector<std::string>& hosts) {
  const std::size_t space = text.find(' ');
  if (space == text.npos) return {};
  const std::string verb = text.substr(0, space);
  std::string path = text.substr(space + 1);
  if (verb == "GET") return {};
  while (path.ends_with("*") || path.ends_with("/")) path.pop_back();
  if (std::count(path.begin(), path.end(), '/') < 1) return {};
  Globs globs;
  for (const std::string& host : hosts) {
    const std::string address = (host.starts_with("*.") ? host.substr(1) : host) + path;
    globs.push_back("*" + verb + "*" + address + "*");
    globs.push_back("*" + address + "*" + verb + "*");
    globs.push_back("*." + lower(verb) + "*" + address + "*");  // no parenthesis: it would end the rule
  }
  return globs;
}

/// One word of SQL (`TRUNCATE`) is also an English word: it needs a program of the provider before it.
Globs sql_globs(const std::string& text, const std::vector<std::string>& programs) {
  Globs globs;
  const bool phrase = text.find(' ') != text.npos;
  for (const std::string& spelling : {text, lower(text)}) {
    if (phrase) globs.push_back("*" + spelling + "*");
    for (const std::string& program : programs)
      if (!phrase) globs.push_back("*" + program + "*" + spelling + "*");
  }
  return globs;
}

Globs globs_of(const Operation& operation, const Provider& provider) {
  switch (operation.form) {
    case Form::cli:
      return cli_globs(operation.text);
    case Form::graphql:
      return graphql_globs(operation.text);
    case Form::http:
      return http_globs(operation.text, provider.hosts);
    case Form::sql:
      return sql_globs(operation.text, provider.clients.cli);
    case Form::code:
      return {};
  }
  return {};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

/// Commands that must stay possible, spelled as somebody would type them.
std::vector<std::string> allowed_commands(const GatePlan& plan) {
  std::vector<std::string> commands;
  const std::string host = plan.provider->hosts.empty() ? "" : plan.provider->hosts.front();
  for (const Operation& operation : plan.operations) {
    if (!plan.keeps_open(operation)) continue;
    const std::string text = replaced(operation.text, "*", "example");
    if (operation.form == Form::cli) commands.insert(commands.end(), {text, text + " example --json"});
    if (operation.form == Form::graphql)
      commands.push_back("curl https://" + host + " -d '{\"query\":\"" + replaced(text, " ", " { ") +
                         "(input: $input) { id } }\",\"variables\":{}}'");
    if (operation.form == Form::http) {
      const std::size_t space = std::min(text.find(' '), text.size() - 1);
      commands.push_back("curl -X " + text.substr(0, space) + " https://" + host + text.substr(space + 1));
    }
    if (operation.form == Form::sql) commands.push_back("psql -c '" + text + " example'");
  }
  return commands;
}

bool stops_any(const std::string& glob, const std::vector<std::string>& commands) {
  return std::any_of(commands.begin(), commands.end(), [&](const std::string& c) { return glob_matches(glob, c); });
}

/// Calls visit(operation, usable globs, complete) for every denied operation.
template <class Visit>
void for_each_denied(const GatePlan& plan, Visit visit) {
  const std::vector<std::string> allowed = allowed_commands(plan);
  for (const Operation& operation : plan.operations) {
    if (!operation.denied) continue;
    Globs globs = globs_of(operation, *plan.provider);
    const bool some = !globs.empty();
    const auto left_out = std::erase_if(globs, [&](const std::string& glob) { return stops_any(glob, allowed); });
    visit(operation, globs, some && left_out == 0);
  }
}

/// Characters that mean something in a gitignore pattern or end a rule become `?`:
/// a rule with unbalanced parentheses is dropped without a word.
std::string literal(std::string_view path) {
  std::string out;
  for (const char c : path) out += std::string_view("*?[]()\\!").find(c) == std::string_view::npos ? c : '?';
  return out;
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = glob.npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::vector<std::string> bash_rules(const GatePlan& plan) {
  std::set<std::string> rules;
  for_each_denied(plan, [&](const Operation&, const Globs& globs, bool) {
    for (const std::string& glob : globs) rules.insert("Bash(" + glob + ")");
  });
  return {rules.begin(), rules.end()};
}

std::vector<std::string> without_rule(const GatePlan& plan) {
  std::vector<std::string> texts;
  for_each_denied(plan, [&](const Operation& operation, const Globs&, bool complete) {
    if (!complete) texts.push_back(operation.text);
  });
  return texts;
}

std::vector<std::string> read_rules(std::string_view path) {
  const std::string pattern = literal(path);
  if (pattern.starts_with("~/")) return {"Read(" + pattern + ")"};
  if (pattern.starts_with("/")) return {"Read(/" + pattern + ")"};
  std::vector<std::string> rules = {"Read(**/" + pattern + ")"};
  // A dot file is a credential store in every project, so its rule may hold on the whole disk;
  // `src/index.ts` is not, so its rule holds below the directory that Claude Code starts in.
  if (pattern.substr(pattern.rfind('/') + 1).starts_with(".")) rules.push_back("Read(//**/" + pattern + ")");
  return rules;
}

}  // namespace overreach
