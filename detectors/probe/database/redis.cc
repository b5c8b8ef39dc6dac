// Redis decides on commands before it runs them, and since version 7 tells how it would decide: ACL DRYRUN. One command
// stands for each capability, with a key that the user's patterns allow.
//
// A user who may not ask that is limited, and how far only the server's administrator can see: the documented bound
// stays.
#include <algorithm>

#include "detectors/probe/assemble.h"
#include "detectors/probe/database/granting.h"
#include "detectors/probe/database/resp.h"

namespace overreach {
namespace {

struct Act {
  std::string_view capability;
  std::vector<std::string_view> command;  // "KEY": a key the user may have
};

const std::vector<Act>& acts() {
  static const std::vector<Act> all = {
      {"key.read", {"GET", "KEY"}},
      {"key.write", {"SET", "KEY", "value"}},
      {"key.destroy", {"DEL", "KEY"}},
      {"database.destroy", {"FLUSHALL"}},
      {"database.destroy", {"FLUSHDB"}},
      {"channel.send", {"PUBLISH", "CHANNEL", "message"}},
      {"channel.read", {"SUBSCRIBE", "CHANNEL"}},
      {"script.exec", {"EVAL", "return 1", "0"}},
      {"server.read", {"CLIENT", "LIST"}},
      {"server.admin", {"CONFIG", "SET", "maxclients", "1"}},
      {"server.exec", {"MODULE", "LOAD", "/"}},
      {"server.destroy", {"SHUTDOWN"}},
      {"user.admin", {"ACL", "SETUSER", "somebody"}},
  };
  return all;
}

/// A name that a glob pattern allows.
std::string sample_of(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*' || pattern[i] == '?') {
      out += 'x';
    } else if (pattern[i] == '[' && i + 1 < pattern.size()) {
      out += pattern[i + 1];
      i = std::min(pattern.find(']', i), pattern.size() - 1);
    } else {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      out += pattern[i];
    }
  }
  return out;
}

/// "~app:* %R~cache:*" without what is in front of each pattern.
std::vector<std::string> patterns_of(std::string_view text, char mark) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (const std::size_t at = word.find(mark); at != std::string_view::npos) out.emplace_back(word.substr(at + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// The value of `key:value` among the lines of INFO.
std::string info_line(std::string_view info, std::string_view key) {
  for (std::size_t at = 0; (at = info.find(key, at)) != std::string_view::npos; at += key.size()) {
    const bool begins = at == 0 || info[at - 1] == '\n';
    const std::size_t colon = at + key.size();
    if (begins && colon < info.size() && info[colon] == ':')
      return std::string(info.substr(colon + 1, info.find_first_of("\r\n", colon) - colon - 1));
  }
  return {};
}

class Asking {
 public:
  Asking(DatabaseSession& session, RespConnection connection)
      : session_(session), connection_(std::move(connection)), granting_(session.token, session.provider) {
    server_.set("host", session.place());
  }

  Reach run(Powers upto) {
    if (auto refusal = sign_in(upto)) return std::move(*refusal);
    const auto who = ask("who signed in", {"ACL", "WHOAMI"});
    if (!who) return Unknown{session_.provider.title + " " + who.error().message, std::move(upto)};
    const bool without_users = who->error && who->code() == "ERR";  // before version 6
    user_ = who->error ? session_.login.user : who->text;
    if (user_.empty() || without_users) user_ = "default";
    granting_.powers().kind = user_ == "default" ? "default-user" : "acl-user";
    granting_.powers().identity = granting_.safe("user " + user_ + " on " + session_.place());
    granting_.powers().expires = "never";
    look_around();
    const auto asked = take_powers(without_users);
    if (!asked) return Unknown{session_.provider.title + " " + asked.error().message, std::move(upto)};
    if (replica_) leave_reads();
    return Live{std::move(granting_).finish()};
  }

 private:
  Result<RespValue> ask(const char* what, const std::vector<std::string_view>& command) {
    const std::size_t before = connection_.received();
    auto answer = connection_.ask(command);
    session_.log(what, connection_.received() - before, answer ? std::string() : answer.error().message);
    return answer;
  }

  /// What there is to say when nobody was let in.
  std::optional<Reach> sign_in(const Powers& upto) {
    const DatabaseLogin& login = session_.login;
    const auto answer = login.user.empty() ? ask("sign in", {"AUTH", login.password.reveal()})
                                           : ask("sign in", {"AUTH", login.user, login.password.reveal()});
    const std::string& title = session_.provider.title;
    if (!answer) return Unknown{title + " " + answer.error().message, upto};
    if (!answer->error) return std::nullopt;
    if (answer->code() == "WRONGPASS") return Dead{title + " answered WRONGPASS: the password is not accepted"};
    if (answer->text.find("without any password configured") != std::string::npos ||
        answer->text.find("no password is set") != std::string::npos) {
      granting_.note("the server has no password: whoever reaches it can do the same");
      return std::nullopt;
    }
    if (answer->text.find("invalid password") != std::string::npos)  // before version 6
      return Dead{title + " answered that the password is invalid"};
    return Unknown{title + " refused the sign-in: " + granting_.safe(answer->code()), upto};
  }

  void look_around() {
    const auto server = ask("about the server", {"INFO", "server"});
    const std::string version = server && !server->error ? info_line(server->text, "redis_version") : std::string();
    granting_.resource("server", session_.place() + (version.empty() ? "" : ", Redis " + version), server_);
    const auto replication = ask("about replication", {"INFO", "replication"});
    replica_ = replication && !replication->error && info_line(replication->text, "role") == "slave";
    const auto keys = ask("about databases", {"INFO", "keyspace"});
    if (!keys || keys->error) return;
    for (int i = 0; i < 16; ++i)
      if (const std::string has = info_line(keys->text, "db" + std::to_string(i)); !has.empty()) {
        Where where = server_;
        where.set("database", std::to_string(i));
        granting_.resource("database", std::to_string(i) + ", " + has.substr(0, has.find(',')), where);
      }
  }

  Result<void> take_powers(bool without_users) {
    if (without_users) {  // such a server lets whoever has the password do everything
      for (const Act& act : acts()) granting_.capability(std::string(act.capability), server_);
      return {};
    }
    const auto dry = ask("whether it may ask", {"ACL", "DRYRUN", user_, "PING"});
    if (!dry) return tl::unexpected<Error>(dry.error());
    if (dry->error) return take_description();
    const auto user = ask("what the user may do", {"ACL", "GETUSER", user_});
    if (!user) return tl::unexpected<Error>(user.error());
    return try_acts(*user);
  }

  Result<void> try_acts(const RespValue& user) {
    const auto patterns = [&](std::string_view field, char mark) {
      const RespValue* value = user.error ? nullptr : user.find(field);
      std::vector<std::string> out;
      if (value != nullptr) out = patterns_of(value->text, mark);
      if (out.empty()) out.emplace_back("*");
      return out;
    };
    const std::vector<std::string> keys = patterns("keys", '~'), channels = patterns("channels", '&');
    for (const Act& act : acts()) {
      const bool on_key = std::find(act.command.begin(), act.command.end(), "KEY") != act.command.end();
      const bool on_channel = std::find(act.command.begin(), act.command.end(), "CHANNEL") != act.command.end();
      const std::vector<std::string> everywhere = {"*"};
      for (const std::string& pattern : on_key ? keys : on_channel ? channels : everywhere) {
        const auto allowed = would_run(act, sample_of(pattern));
        if (!allowed) return tl::unexpected<Error>(allowed.error());
        Where where = server_;
        if (on_key) where.set("key", granting_.safe(pattern));
        if (on_channel) where.set("channel", granting_.safe(pattern));
        if (*allowed) granting_.capability(std::string(act.capability), where, proof_of(act));
      }
    }
    return {};
  }

  Result<bool> would_run(const Act& act, const std::string& name) {
    std::vector<std::string_view> command = {"ACL", "DRYRUN", user_};
    for (const std::string_view word : act.command) command.push_back(word == "KEY" || word == "CHANNEL" ? name : word);
    const auto answer = ask("whether a command would be run", command);
    if (!answer) return tl::unexpected<Error>(answer.error());
    return !answer->error && answer->text == "OK";
  }

  /// A server that has DRYRUN (version 7) loads no modules that its configuration does not allow, whoever asks.
  Proof proof_of(const Act& act) {
    if (act.capability != "server.exec") return Proof::proven;
    const auto allowed = ask("whether modules may be loaded", {"CONFIG", "GET", "enable-module-command"});
    const RespValue* value = allowed && !allowed->error ? allowed->find("enable-module-command") : nullptr;
    return value != nullptr && value->text == "yes" ? Proof::proven : Proof::assumed;
  }

  /// Without DRYRUN: before version 7, or for a user who may not ask.
  Result<void> take_description() {
    const auto user = ask("what the user may do", {"ACL", "GETUSER", user_});
    if (!user) return tl::unexpected<Error>(user.error());
    const RespValue* commands = user->error ? nullptr : user->find("commands");
    const RespValue* keys = user->error ? nullptr : user->find("keys");
    const bool all_keys = keys != nullptr && (keys->text.find("~*") != std::string::npos ||
                                              (keys->items.size() == 1 && keys->items[0].text == "*"));
    if (commands != nullptr && commands->text == "+@all" && all_keys) {
      for (const Act& act : acts()) granting_.capability(std::string(act.capability), server_);
      return {};
    }
    granting_.note("this user may not ask what it may do, so it is limited; how far is not known");
    for (Grant& grant : documented_grants({granting_.powers().kind}, session_.provider, server_))
      granting_.powers().grants.push_back(std::move(grant));
    return {};
  }

  void leave_reads() {
    granting_.note("this server is a replica: writes need the primary, where the same user may exist");
    granting_.drop([](const Capability& capability) {
      return capability.id == "key.write" || capability.id == "key.destroy" || capability.id == "database.destroy";
    });
  }

  DatabaseSession& session_;
  RespConnection connection_;
  Granting granting_;
  Where server_;
  std::string user_;
  bool replica_ = false;
};

}  // namespace

Reach probe_redis(DatabaseSession& session, Powers upto) {
  auto stream = Stream::open(session);
  if (!stream) return Unknown{session.provider.title + " " + stream.error().message, std::move(upto)};
  return Asking(session, RespConnection(std::move(*stream))).run(std::move(upto));
}

}  // namespace overreach
