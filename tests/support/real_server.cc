#include "tests/support/real_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

namespace overreach::testing {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

RealServer::RealServer(const std::string& user, int stop_signal)
    : user_(geteuid()), group_(getegid()), port_(free_port()), stop_signal_(stop_signal) {
  if (user_ != 0) return;
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr)
    throw std::runtime_error("there is no user " + user + "; ci/setup --tests installs its package");
  user_ = entry->pw_uid;
  group_ = entry->pw_gid;
  if (chown(directory().c_str(), user_, group_) != 0) throw std::runtime_error("chown failed");
}

RealServer::~RealServer() {
  if (server_ < 0) return;
  kill(-server_, stop_signal_);
  for (int i = 0; i < 100 && waitpid(server_, nullptr, WNOHANG) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  kill(-server_, SIGKILL);
  waitpid(server_, nullptr, 0);
}

pid_t RealServer::spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment) const {
  std::vector<std::string> all = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=" + directory()};
  all.insert(all.end(), environment.begin(), environment.end());
  const std::vector<char*> arguments = pointers(argv), variables = pointers(all);
  const std::string output = directory() + "/output", home = directory();
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(group_) != 0 || setuid(user_) != 0)) _exit(126);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (file < 0 || nothing < 0 || chdir(home.c_str()) != 0) _exit(126);
  dup2(nothing, 0);
  dup2(file, 1);
  dup2(file, 2);
  execvpe(arguments[0], arguments.data(), variables.data());
  _exit(127);
}

std::string RealServer::log() const {
  std::ifstream file(directory() + "/output");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void RealServer::give(const std::string& file) const {
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  if (geteuid() == 0 && chown(file.c_str(), user_, group_) != 0) throw std::runtime_error("chown failed");
}

void RealServer::run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) const {
  int status = 0;
  if (waitpid(spawn(argv, environment), &status, 0) < 0 || status != 0)
    throw std::runtime_error(argv[0] + " failed:\n" + log());
}

void RealServer::start(const std::vector<std::string>& argv, const std::function<bool()>& ready,
                       const std::vector<std::string>& environment) {
  server_ = spawn(argv, environment);
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!ready()) {
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      throw std::runtime_error(argv[0] + " ended:\n" + log());
    }
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error(argv[0] + " does not start:\n" + log());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string fresh_password() {
  constexpr std::string_view kLetters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::random_device random;
  std::string out;
  for (int i = 0; i < 20; ++i) out += kLetters[random() % kLetters.size()];
  return out;
}

bool accepts_connections(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace overreach::testing
