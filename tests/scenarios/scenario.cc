#include "tests/scenarios/scenario.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.h"

namespace overreach::testing {

/// The head of a `commit` paragraph.
struct Scenario::Commit {
  std::string date;  // ISO 8601
  std::string name;  // "Dev"
  std::string mail;  // "dev@pocketos.example"
  std::string message;
};

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// `.env` lies in the tree as `dot-env`, or our own git and every scanner would act on it.
fs::path stored(const fs::path& path) {
  fs::path out;
  for (const fs::path& part : path) {
    const std::string name = part.string();
    out /= name.starts_with(".") ? "dot-" + name.substr(1) : name;
  }
  return out;
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::string between(const std::string& text, char from, char to) {
  const std::size_t begin = text.find(from), end = text.find(to, begin);
  if (end == text.npos) throw std::runtime_error("no " + std::string(1, to) + " in: " + text);
  return text.substr(begin + 1, end - begin - 1);
}

}  // namespace

Scenario::Scenario(const std::string& name, std::uint64_t seed)
    : root_(directory_.path() / name), home_(directory_.path() / "home"), placeholders_(seed) {
  fs::create_directories(root_);
  fs::create_directories(home_);
  git({"init", "--quiet", "--initial-branch=main"});
  run_script(fs::path(OVERREACH_SOURCE_DIR) / "tests/scenarios" / name);
}

void Scenario::run_script(const fs::path& source) {
  std::istringstream script(read_file(source / "commits.script"));
  std::optional<Commit> open;
  const auto finish = [&] {
    if (open) commit(*open);
    open.reset();
  };
  unsigned number = 0;
  for (std::string line; std::getline(script, line);) {
    ++number;
    if (line.empty() || line.starts_with("#")) continue;
    try {
      if (line.starts_with("  ")) {
        apply(source, line);
        continue;
      }
      finish();
      if (line == "worktree") continue;
      if (!line.starts_with("commit ") || line.find(" | ") == line.npos) throw std::runtime_error("what is: " + line);
      const std::string person = line.substr(line.find(' ', 7) + 1);
      open = Commit{words(line).at(1), person.substr(0, person.find(" <")), between(line, '<', '>'),
                    line.substr(line.find(" | ") + 3)};
    } catch (const std::exception& error) {
      throw std::runtime_error((source / "commits.script").string() + ":" + std::to_string(number) + ": " +
                               error.what());
    }
  }
  finish();
}

/// One of: put PATH [from FILE] [executable], remove PATH.
void Scenario::apply(const fs::path& source, const std::string& step) {
  const std::vector<std::string> part = words(step);
  const fs::path target = root_ / part.at(1);
  if (part[0] == "remove") {
    if (!fs::remove(target)) throw std::runtime_error("there is no " + part[1]);
    return;
  }
  if (part[0] != "put") throw std::runtime_error("what is: " + step);
  fs::path from = source / "files" / stored(part[1]);
  bool executable = false;
  for (std::size_t i = 2; i < part.size(); ++i) {
    if (part[i] == "executable")
      executable = true;
    else if (part[i] == "from")
      from = source / "old" / part.at(++i);
    else
      throw std::runtime_error("what is: " + part[i]);
  }
  fs::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary | std::ios::trunc) << filled(read_file(from));
  if (executable) fs::permissions(target, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
}

std::string Scenario::filled(std::string text) {
  for (std::size_t at = 0; (at = text.find("@@", at)) != text.npos;) {
    const std::size_t end = text.find("@@", at + 2);
    if (end == text.npos) throw std::runtime_error("a placeholder has no end");
    const std::string name = text.substr(at + 2, end - at - 2);
    const std::string value = placeholders_.value(name);
    (is_identifier_name(name) ? ids_ : secrets_)[name] = value;
    text.replace(at, end + 2 - at, value);
    at += value.size();
  }
  return text;
}

void Scenario::commit(const Commit& commit) {
  git({"add", "--all"});
  git({"commit", "--quiet", "--no-verify", "--message", commit.message}, &commit);
  std::string id = git({"rev-parse", "HEAD"});
  id.pop_back();  // the new line
  commits_.push_back(std::move(id));
}

std::string Scenario::git(const std::vector<std::string>& arguments, const Commit* commit) const {
  std::vector<std::string> environment = {"HOME=" + home_.string(), "GIT_CONFIG_NOSYSTEM=1",
                                          "GIT_CONFIG_GLOBAL=/dev/null", "LC_ALL=C", "TZ=UTC"};
  if (commit != nullptr)
    for (const char* role : {"AUTHOR", "COMMITTER"}) {
      const std::string prefix = std::string("GIT_") + role;
      environment.push_back(prefix + "_NAME=" + commit->name);
      environment.push_back(prefix + "_EMAIL=" + commit->mail);
      environment.push_back(prefix + "_DATE=" + commit->date);
    }
  std::vector<std::string> argv = {"git", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_process(argv, root_.string(), "", environment);
  if (outcome.exit_code != 0) throw std::runtime_error("git " + arguments.front() + ": " + outcome.err);
  return outcome.out;
}

}  // namespace overreach::testing
