#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace overreach::testing {
namespace {

struct Pipe {
  std::array<int, 2> end{-1, -1};
  Pipe() {
    if (pipe2(end.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  }
  void close_end(int i) {
    if (end[static_cast<std::size_t>(i)] >= 0) close(end[static_cast<std::size_t>(i)]);
    end[static_cast<std::size_t>(i)] = -1;
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

bool drain(int fd, std::string& into) {
  std::array<char, 65536> chunk;
  const ssize_t got = read(fd, chunk.data(), chunk.size());
  if (got > 0) into.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// Feeds input and collects both outputs until the program has closed them.
void converse(Pipe& in, Pipe& out, Pipe& err, const std::string& input, Outcome& outcome) {
  std::size_t sent = 0;
  if (input.empty()) in.close_end(1);
  while (out.end[0] >= 0 || err.end[0] >= 0) {
    std::array<pollfd, 3> waits = {{{out.end[0], POLLIN, 0}, {err.end[0], POLLIN, 0}, {in.end[1], POLLOUT, 0}}};
    poll(waits.data(), waits.size(), -1);
    if (waits[0].revents != 0 && !drain(out.end[0], outcome.out)) out.close_end(0);
    if (waits[1].revents != 0 && !drain(err.end[0], outcome.err)) err.close_end(0);
    if (waits[2].revents == 0) continue;
    const ssize_t wrote = write(in.end[1], input.data() + sent, input.size() - sent);
    if (wrote > 0) sent += static_cast<std::size_t>(wrote);
    if (wrote < 0 || sent == input.size()) in.close_end(1);
  }
}

}  // namespace

Outcome run_process(const std::vector<std::string>& argv, const std::string& directory, const std::string& input,
                    const std::vector<std::string>& environment) {
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = environment;
  if (const char* path = std::getenv("PATH")) variables.push_back(std::string("PATH=") + path);
  const std::vector<char*> args = pointers(arguments);
  const std::vector<char*> env = pointers(variables);
  Pipe in, out, err;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    dup2(in.end[0], 0);
    dup2(out.end[1], 1);
    dup2(err.end[1], 2);
    if (chdir(directory.c_str()) == 0) execvpe(args[0], args.data(), env.data());
    _exit(127);
  }
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  Outcome outcome;
  converse(in, out, err, input, outcome);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::string git(const std::string& directory, const std::vector<std::string>& arguments, int day) {
  std::vector<std::string> argv = {"git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const std::string date = std::to_string(1767225600 + day * 86400) + " +0000";
  const Outcome outcome =
      run_process(argv, directory, {},
                  {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "HOME=/nonexistent",
                   "GIT_AUTHOR_NAME=Dev", "GIT_AUTHOR_EMAIL=dev@example.com", "GIT_COMMITTER_NAME=Dev",
                   "GIT_COMMITTER_EMAIL=dev@example.com", "GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date});
  if (outcome.exit_code != 0) throw std::runtime_error("git " + arguments[0] + ": " + outcome.err);
  return outcome.out;
}

}  // namespace overreach::testing
