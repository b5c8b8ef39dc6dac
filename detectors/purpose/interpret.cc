// M + N: facts of any language meet the rows of any provider here, and nowhere else.
#include "detectors/purpose/interpret.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "detectors/purpose/command_line.h"
#include "detectors/purpose/extract.h"
#include "detectors/purpose/graphql.h"
#include "detectors/purpose/match_use.h"
#include "detectors/purpose/resolve.h"
#include "detectors/purpose/route.h"

namespace overreach::purpose {
namespace {

constexpr std::size_t kMaxContexts = 64;
constexpr unsigned kMaxOrigin = 4;

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
bool has_hole(std::string_view text) { return text.find(kHole) != std::string_view::npos; }
std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}
bool is_verb(std::string_view word) {
  return is_any(upper(word), {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"});
}

/// Where a client object comes from.
struct Origin {
  std::set<std::string> constructs;  // "Stripe", "boto3.client"
  std::set<std::string> packages;    // "@octokit/rest"
  std::set<std::string> subjects;    // literal first arguments: boto3.client("s3")
  std::vector<std::string> urls;
  bool direct = false;  // the constructed object itself, not something it returned
  std::vector<std::pair<std::size_t, std::string>> types = {};  // file and name of the types it is made as
  bool given = false;  // the constructor got something that could be a credential
};

/// Words that neither need nor tell anything: every client has them.
bool is_housekeeping(std::string_view method) {
  // Methods of Go and of what drivers there return; client.WithToken(t) is the same client.
  if (method.starts_with("With")) return true;
  if (is_any(method, {"Close",
                      "Disconnect",
                      "Ping",
                      "PingContext",
                      "Begin",
                      "BeginTx",
                      "Commit",
                      "Rollback",
                      "Flush",
                      "Sync",
                      "Acquire",
                      "Release",
                      "Scan",
                      "Next",
                      "Err",
                      "Error",
                      "Result",
                      "Val",
                      "Int",
                      "Int64",
                      "Text",
                      "Bytes",
                      "Bool",
                      "Decode",
                      "RowsAffected",
                      "LastInsertId",
                      "SetToken",
                      "SetHeader",
                      "SetAuthToken",
                      "SetNamespace",
                      "SetAddress",
                      "SetBaseURL",
                      "SetTimeout",
                      "SetDebug",
                      "ApplyURI",
                      "Database",
                      "Collection",
                      "Bucket",
                      "Topic",
                      "Doc",
                      "Subscription",
                      "SetMaxOpenConns",
                      "SetMaxIdleConns",
                      "SetConnMaxLifetime",
                      "SetConnMaxIdleTime"}))
    return true;
  return is_any(method, {"connect",
                         "end",
                         "close",
                         "release",
                         "on",
                         "once",
                         "off",
                         "commit",
                         "rollback",
                         "cursor",
                         "then",
                         "catch",
                         "finally",
                         "disconnect",
                         "$connect",
                         "$disconnect",
                         "use",
                         "begin",
                         "dispose",
                         "quit",
                         "setMaxListeners",
                         "fetchone",
                         "fetchall",
                         "fetchmany",
                         "mount",
                         "raise_for_status",
                         "json",
                         "start",
                         "listen"});
}

/// Where classes are called on without a client, what such a call is named tells whether it only prepares one:
/// GitHub.connectUsingOAuth(…), Region.of(…), AwsBasicCredentials.create(…).
bool is_preparation(std::string_view callee) {
  constexpr std::string_view kBeginnings[] = {
      "from",        "of",      "connect",       "builder",   "new",        "init",   "instance",
      "getInstance", "set",     "getConnection", "getClient", "getDefault", "config", "open",
      "parse",       "default", "anonymous",     "valueOf",   "api_key",    "apiKey", "table"};
  constexpr std::string_view kHelpers[] = {"Credentials", "Provider", "Params", "Builder",
                                           "Exception",   "Error",    "Auth"};
  const std::string_view last = last_word(callee), first = first_word(callee);
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](auto word) { return last.starts_with(word); }) ||
         std::any_of(std::begin(kHelpers), std::end(kHelpers), [&](auto word) { return first.ends_with(word); });
}

/// Reads one use under one assumption about who calls the function it stands in.
class Reader {
 public:
  Reader(const Program& program, const Use& use, const Provider& provider, const std::vector<std::string>& hosts,
         const Context& context)
      : program_(program),
        use_(use),
        provider_(provider),
        hosts_(hosts),
        resolver_(program, context),
        path_(program.files()[use.file].path),
        file_(use.file),
        line_(use.line) {
    if (!context.calls.empty()) {
      wrapped_ = true;
      file_ = context.calls.back().second->file;
      line_ = context.calls.back().second->line;
    }
  }

  CodeReading read() {
    if (use_.command != nullptr) read_command();
    if (use_.call != nullptr) read_call();
    if (use_.step != nullptr) read_step();
    return std::move(out_);
  }
  const std::set<std::string>& needed() const { return resolver_.needed(); }

 private:
  void hit(const std::string& capability, std::string what, Where where, bool open = false) {
    out_.concerns = true;
    out_.hits.push_back({capability, std::move(where), std::move(what), open, file_, line_, wrapped_});
  }
  void puzzle(std::string what) {
    out_.concerns = true;
    out_.puzzles.push_back({std::move(what), file_, line_});
  }
  void if_reached(std::string what) { out_.if_reached.push_back({std::move(what), file_, line_}); }

  bool is_host(std::string_view host) const {
    const auto fits = [&](const std::string& pattern) { return host_fits(pattern, host); };
    return std::any_of(provider_.hosts.begin(), provider_.hosts.end(), fits) ||
           std::any_of(hosts_.begin(), hosts_.end(), fits);
  }
  bool is_program(const std::string& word) const {
    const auto& cli = provider_.clients.cli;
    return std::find(cli.begin(), cli.end(), word) != cli.end();
  }

  bool is_npm_package(const std::string& word) const {
    const auto js = provider_.clients.packages.find("js");
    return js != provider_.clients.packages.end() &&
           std::find(js->second.begin(), js->second.end(), word) != js->second.end();
  }

  void read_command();
  void read_words(const Words& words, const std::vector<std::string>& input);
  void read_http(const HttpCommand& http, const Words& words, const std::vector<std::string>& input);
  void read_request(const std::string& verb, const Address& address, std::vector<std::string> bodies,
                    const Value* call);
  bool read_documents(const std::vector<std::string>& bodies, const Value* call, const Where& base);
  bool read_sql(const std::vector<std::string>& texts, const Where& base);
  void read_call();
  bool read_client_call(const Value& call, const Origin& origin);
  bool read_http_call(const Value& call, const Origin& origin);
  bool starts_programs(const Value& call) const;
  void read_child_process(const Value& call);
  void read_program(const Value& call, std::size_t first);
  void read_step();
  void read_resource(const Step& step);
  bool configures(const Step& step) const;

  Origin origin_of(const Value& call) const;
  bool is_module(const Value& call) const;
  bool is_http_module(const Value& call) const;
  void trace(const Name& name, unsigned depth, bool same, Origin& out) const;
  void trace_value(const Value& value, std::size_t file, unsigned depth, bool same, Origin& out) const;
  void trace_call(const Value& value, std::size_t file, unsigned depth, bool same, Origin& out) const;
  const Value* request_in(const Value& call);
  const Value* request_behind(const Value& value, unsigned depth);
  bool is_ambient(const Value& value, unsigned depth) const;
  bool gives_credential(const Value& call, unsigned depth = 0) const;
  bool is_client(const Origin& origin) const;
  Where where_of(const Words* words, const Value* call, const std::vector<std::string>& texts);

  const Program& program_;
  const Use& use_;
  const Provider& provider_;
  const std::vector<std::string>& hosts_;
  Resolver resolver_;
  std::string path_;
  std::size_t file_;
  std::uint32_t line_;
  bool wrapped_ = false;
  CodeReading out_;
};

// A literal `"key": "value"` in a body.
std::string json_value(std::string_view text, const std::string& key) {
  const std::string quoted = "\"" + key + "\"";
  const std::size_t at = text.find(quoted);
  if (at == std::string_view::npos) return {};
  const std::size_t colon = text.find_first_not_of(" \t\n", at + quoted.size());
  if (colon == std::string_view::npos || text[colon] != ':') return {};
  const std::size_t open = text.find_first_not_of(" \t\n", colon + 1);
  if (open == std::string_view::npos || text[open] != '"') return {};
  const std::string_view value = text.substr(open + 1, text.find('"', open + 1) - open - 1);
  return has_hole(value) || value.size() > 128 ? std::string() : std::string(value);
}

// Only what is written literally: a flag, a variable set here, an argument, the job's `environment:`.
Where Reader::where_of(const Words* words, const Value* call, const std::vector<std::string>& texts) {
  Where where;
  for (const DimensionSpec& dimension : provider_.where) {
    std::string value;
    if (words != nullptr) value = flag_value(*words, dimension.flags);
    if (value.empty() && use_.command != nullptr)
      for (const auto& [name, assigned] : use_.command->assigns)
        if (std::find(dimension.env.begin(), dimension.env.end(), name) != dimension.env.end())
          value = resolver_.literal(assigned, path_).value_or("");
    if (value.empty() && call != nullptr) value = resolver_.member_text(*call, dimension.args, path_).value_or("");
    for (const std::string& text : texts) {
      for (const std::string& argument : dimension.args) {
        if (value.empty()) value = json_value(text, argument);
        if (!value.empty() || text.find(argument) == std::string::npos) continue;
        const GraphqlText document = read_graphql(text);
        if (const auto found = document.arguments.find(argument); found != document.arguments.end())
          value = found->second;
      }
    }
    for (const std::string& name : dimension.env) {
      if (!value.empty() || use_.command == nullptr) break;
      Value variable = Value::of(Value::Kind::environment, name, use_.line);
      variable.where = {Name::Kind::environment, use_.scope, name};
      value = resolver_.literal(variable, path_).value_or("");
    }
    const std::string& job = use_.command != nullptr ? use_.command->environment
                             : use_.step != nullptr  ? use_.step->environment
                                                     : path_;
    if (value.empty() && dimension.name == "environment" && use_.call == nullptr) value = job;
    if (!value.empty()) where.set(dimension.name, value);
  }
  return where;
}

void Reader::read_command() {
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

// Programs that only look at, test or print what they get.
bool is_harmless(std::string_view program) {
  return is_any(program, {"echo",   "printf", "test",  "[",     "[[",   ":",       "export",   "unset", "cat",
                          "grep",   "cut",    "head",  "tail",  "jq",   "base64",  "tr",       "sed",   "awk",
                          "read",   "true",   "false", "local", "set",  "declare", "source",   ".",     "exit",
                          "return", "sleep",  "tee",   "wc",    "sort", "mask",    "envsubst", "eval_", "shift"});
}

void Reader::read_words(const Words& raw, const std::vector<std::string>& input) {
  if (raw.empty()) return;
  Words words = raw;
  if (!provider_.clients.cli.empty() && is_npm_package(words[0])) words[0] = provider_.clients.cli[0];  // npx @acme/cli
  if (has_hole(words[0])) return if_reached("runs a command that is not known");
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
    return hit(match.needs, "runs " + match.row, where_of(&words, nullptr, texts), match.open);
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
  if (is_harmless(words[0]) || program_.is_function(path_, words[0]) || program_.file_beside(path_, words[0])) return;
  if (words.size() > 1 &&
      is_any(words[0], {"bash", "sh", "node", "python", "python3", "tsx", "ts-node", "bun", "deno", "zsh"}))
    for (const std::string& word : words)
      if (program_.file_beside(path_, word)) return;
  if_reached("passes it to " + (words[0].size() > 40 ? "a program" : words[0]));
}

void Reader::read_http(const HttpCommand& http, const Words& words, const std::vector<std::string>& input) {
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

void Reader::read_request(const std::string& verb, const Address& address, std::vector<std::string> bodies,
                          const Value* call) {
  if (!is_host(address.host)) {
    const bool local = address.host == "localhost" || address.host.starts_with("127.");
    if (!local)
      if_reached("sends it to " + address.host + ", which is not a host of " + provider_.title + " that is known");
    return;
  }
  out_.concerns = true;
  Words words;
  if (use_.command != nullptr) words = {""};
  const Where where = where_of(nullptr, call, bodies);
  if (read_documents(bodies, call, where)) return;
  const bool graphql = address.path.find("graphql") != std::string::npos;
  if (graphql) return puzzle("sends a GraphQL document that could not be read to " + address.host);
  const RouteMatch match = match_route(provider_, verb, address.host, address.path);
  std::string shown = address.path;
  for (std::size_t at; (at = shown.find(kHole)) != std::string::npos;) shown.replace(at, 1, "*");
  const std::string what = "sends " + verb + " " + address.host + shown;
  if (!match.needs.empty()) return hit(match.needs, what, where, false);
  puzzle(what + (has_hole(address.path) ? ", which is not known well enough" : ", which no rule maps"));
}

bool Reader::read_documents(const std::vector<std::string>& bodies, const Value* call, const Where& base) {
  bool any = false;
  for (const std::string& body : bodies) {
    for (const std::string& document : graphql_documents(body)) {
      const GraphqlText text = read_graphql(document);
      if (!text.document) continue;
      any = true;
      Where where = base;
      for (const DimensionSpec& dimension : provider_.where)
        for (const std::string& argument : dimension.args)
          if (const auto found = text.arguments.find(argument);
              found != text.arguments.end() && where.get(dimension.name).empty())
            where.set(dimension.name, found->second);
      for (const RootField& field : text.fields) {
        const std::string needs = match_graphql(provider_, field.operation, field.field);
        if (!needs.empty())
          hit(needs, "sends " + field.operation + " " + field.field, where);
        else
          puzzle("sends " + field.operation + " " + field.field + ", which no rule maps");
      }
      if (!text.complete || text.fields.empty()) puzzle("sends a GraphQL document that is only partly known");
    }
  }
  (void)call;
  return any;
}

bool Reader::read_sql(const std::vector<std::string>& texts, const Where& base) {
  bool any = false;
  for (const std::string& text : texts) {
    for (const std::string& statement : sql_statements(text)) {
      const SqlMatch match = match_sql(provider_, statement);
      if (match.needs.empty()) continue;
      hit(match.needs, "runs SQL " + match.row, base);
      any = true;
    }
  }
  return any;
}

// x.WithToken(t).SetDebug(true) is still x.
bool is_builder(std::string_view method) {
  return method.starts_with("With") || method.starts_with("with") || method.starts_with("Set");
}

// ctx, and what the provider's own package makes out of nothing (a default configuration): no credential is in it.
bool Reader::is_ambient(const Value& value, unsigned depth) const {
  if (depth > kMaxOrigin) return false;
  if (value.kind == Value::Kind::text) return value.where.kind != Name::Kind::literal;
  if (value.kind == Value::Kind::call) {
    const auto linked = value.where.text.empty() ? std::nullopt : program_.link(value.where);
    if (!linked || linked->kind != Name::Kind::package || !is_package(provider_, linked->text)) return false;
    return !gives_credential(value, depth + 1);
  }
  if (value.kind != Value::Kind::name) return false;
  const auto linked = program_.link(value.where);
  if (!linked) return false;
  if (linked->kind == Name::Kind::parameter) {
    const Function* function = program_.function_of(*linked);
    return function != nullptr &&
           std::any_of(function->params.begin(), function->params.end(),
                       [&](const Parameter& p) { return p.name == linked->text && p.type == "context.Context"; });
  }
  const auto& bound = program_.bindings(*linked);
  return !bound.empty() && std::all_of(bound.begin(), bound.end(), [&](const Program::Bound& one) {
    const Value& made = one.binding->value;
    return (made.kind == Value::Kind::call && made.text.starts_with("context.")) || is_ambient(made, depth + 1);
  });
}

bool Reader::gives_credential(const Value& call, unsigned depth) const {
  if (call.parts.empty() && call.members.empty()) return false;
  const auto opaque = [](const Value& v) { return v.kind == Value::Kind::call || v.kind == Value::Kind::unknown; };
  const auto gives = [&](const Value& v) { return !program_.names_in(v).empty() && !is_ambient(v, depth); };
  return std::any_of(call.parts.begin(), call.parts.end(),
                     [&](const Value& v) { return (opaque(v) && !is_ambient(v, depth)) || gives(v); }) ||
         std::any_of(call.members.begin(), call.members.end(), [&](const auto& m) { return gives(m.second); }) ||
         std::any_of(call.receiver.begin(), call.receiver.end(), gives);
}

// `same`: the value is the thing itself, not something that was made from it.
void Reader::trace_call(const Value& value, std::size_t file, unsigned depth, bool same, Origin& out) const {
  out.constructs.insert(value.text);
  if (same && value.constructs) {
    out.direct = true;
    out.types.emplace_back(file, value.text);
  }
  if (depth <= 1 && gives_credential(value)) out.given = true;
  if (!value.parts.empty() && value.parts[0].kind == Value::Kind::text) out.subjects.insert(value.parts[0].text);
  Resolver resolver(program_, {});
  for (const std::string& text : resolver.all_texts(value, program_.files()[file].path))
    if (text.find("://") != std::string::npos) out.urls.push_back(text);
  for (const Value& receiver : value.receiver)
    trace_value(receiver, file, depth, same && is_builder(last_word(value.text)), out);
  if (const auto function = program_.callee(value)) trace(*function, depth + 1, same, out);
  Value head = Value::of(Value::Kind::name, std::string(first_word(value.text)), value.line, value.offset);
  // The callee's root has no `where` of its own; an import is found by its local name at file scope.
  head.where = {Name::Kind::local, program_.files()[file].path + "@0", head.text};
  for (const Name& name : {head.where, value.where}) {
    const auto linked = name.text.empty() ? std::nullopt : program_.link(name);
    if (!linked) continue;
    if (linked->kind == Name::Kind::package)
      out.packages.insert(linked->text);
    else if (*linked != head.where || !program_.bindings(*linked).empty())
      trace(*linked, depth + 1, false, out);
    if (value.where == head.where) break;
  }
  // An argument can be the client: drizzle(pool), new Wrapper(stripe).
  for (const Value& part : value.parts)
    if (part.kind == Value::Kind::call || part.kind == Value::Kind::name) {
      Origin inner;
      trace_value(part, file, depth + 2, false, inner);
      out.packages.insert(inner.packages.begin(), inner.packages.end());
      out.urls.insert(out.urls.end(), inner.urls.begin(), inner.urls.end());
    }
}

void Reader::trace_value(const Value& value, std::size_t file, unsigned depth, bool same, Origin& out) const {
  if (depth > kMaxOrigin) return;
  if (value.kind == Value::Kind::call) {
    trace_call(value, file, depth, same, out);
  } else if (value.kind == Value::Kind::name) {
    if (const auto linked = program_.link(value.where)) trace(*linked, depth + 1, same, out);
  } else if (value.kind == Value::Kind::list || value.kind == Value::Kind::either) {
    for (const Value& part : value.parts) trace_value(part, file, depth + 1, same, out);
  }
}

void Reader::trace(const Name& name, unsigned depth, bool same, Origin& out) const {
  if (depth > kMaxOrigin) return;
  if (name.kind == Name::Kind::package) {
    out.packages.insert(name.text);
    return;
  }
  if (name.kind == Name::Kind::parameter) {
    const Function* function = program_.function_of(name);
    if (function == nullptr) return;
    for (const CallSite& site : program_.call_sites(name.scope))
      if (const Value* argument = program_.argument(site, *function, name.text))
        trace_value(*argument, site.file, depth + 1, same, out);
    // A client that somebody else hands in: its type says what it is, its credential is not in sight.
    for (const Parameter& parameter : function->params) {
      if (parameter.name != name.text || parameter.type.empty() || !out.packages.empty()) continue;
      const Name type{Name::Kind::local, Program::path_of(name.scope) + "@0", parameter.type};
      const auto linked = program_.link(type);
      if (!linked || linked->kind != Name::Kind::package) continue;
      out.packages.insert(linked->text);
      out.constructs.insert(parameter.type);
      out.given = out.direct = true;
    }
    return;
  }
  for (const Program::Bound& bound : program_.bindings(name))
    trace_value(bound.binding->value, bound.file, depth, same, out);
}

// The thing a method is called on: `stripe` in stripe.refunds.create(…), or the call in new X(…).y(…).
Origin Reader::origin_of(const Value& call) const {
  Origin out;
  if (!call.receiver.empty()) {
    trace_value(call.receiver[0], use_.file, 0, true, out);
    out.direct = true;
    return out;
  }
  if (call.where.text.empty()) return out;
  const auto linked = program_.link(call.where);
  if (!linked) return out;
  trace(*linked, 0, true, out);
  if (linked->kind == Name::Kind::package) out.direct = true;
  for (const Program::Bound& bound : program_.bindings(*linked)) {
    const Value& value = bound.binding->value;
    if (value.kind == Value::Kind::call &&
        (value.constructs || is_construct(provider_, value.text) || value.text.find('.') == std::string::npos))
      out.direct = true;
  }
  return out;
}

// True when the callee is the package itself or a function of it.
bool Reader::is_module(const Value& call) const {
  if (call.where.text.empty()) return false;
  const auto linked = program_.link(call.where);
  return linked && linked->kind == Name::Kind::package;
}

bool Reader::is_client(const Origin& origin) const {
  for (const std::string& package : origin.packages)
    if (is_package(provider_, package)) return true;
  // A constructor's name alone is weak ("Client"): it counts when no other package is known for it.
  if (!origin.packages.empty()) return false;
  return std::any_of(origin.constructs.begin(), origin.constructs.end(),
                     [&](const std::string& construct) { return is_construct(provider_, construct); });
}

bool Reader::read_client_call(const Value& call, const Origin& origin) {
  const std::string& language = program_.files()[use_.file].language;
  std::vector<std::string> paths = {call.text};
  for (const std::string& construct : origin.constructs)
    paths.push_back(std::string(last_word(construct)) + "." + std::string(last_word(call.text)));
  for (const std::string& subject : origin.subjects) paths.push_back(subject + "." + std::string(last_word(call.text)));
  // client.send(new XCommand()): the command is what happens.
  for (const Value& part : call.parts) {
    if (part.kind == Value::Kind::call) paths.push_back(part.text);
    if (part.kind != Value::Kind::name) continue;
    const auto linked = program_.link(part.where);
    if (!linked) continue;
    for (const Program::Bound& bound : program_.bindings(*linked))
      if (bound.binding->value.kind == Value::Kind::call) paths.push_back(bound.binding->value.text);
  }
  std::vector<std::string> texts;
  for (const Value& part : call.parts)
    for (std::string& text : resolver_.all_texts(part, path_)) texts.push_back(std::move(text));
  const Where where = where_of(nullptr, &call, texts);
  if (read_sql(texts, where)) return true;
  const MethodMatch match = match_method(provider_, language, paths);
  if (!match.needs.empty()) {
    hit(match.needs, "calls " + match.row, where);
    return true;
  }
  if (read_documents(texts, &call, where)) return true;
  // octokit.request("GET /repos/…")
  for (const std::string& text : texts) {
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || !is_verb(text.substr(0, space)) || text.compare(space + 1, 1, "/") != 0 ||
        provider_.hosts.empty())
      continue;
    read_request(upper(text.substr(0, space)), {"https", provider_.hosts[0], text.substr(space + 1)}, {}, &call);
    return true;
  }
  return false;
}

bool makes_request(std::string_view callee) {
  return is_any(last_word(callee), {"NewRequest", "NewRequestWithContext"});
}

std::string verb_of(const Value& call, Resolver& resolver, const std::string& path) {
  for (const char* key : {"method", "type"})
    if (const Value* method = call.member(key)) {
      const auto text = resolver.texts(*method, path);
      return text.size() == 1 && is_verb(text[0]) ? upper(text[0]) : "?";
    }
  for (const Value& part : call.parts) {
    const Value* method = part.member("method");
    if (method == nullptr) continue;
    const auto text = resolver.texts(*method, path);
    return text.size() == 1 && is_verb(text[0]) ? upper(text[0]) : "?";
  }
  const std::string_view last = last_word(call.text);
  if (is_verb(last)) return upper(last);
  if (last == "del") return "DELETE";
  if (last == "PostForm") return "POST";
  const bool request = makes_request(call.text);
  for (std::size_t i = 0; i < call.parts.size() && i < (request ? 2u : 1u); ++i) {
    const auto text = resolver.texts(call.parts[i], path);
    if (text.size() == 1 && is_verb(text[0])) return upper(text[0]);
  }
  if (request) return "?";
  if (is_any(last, {"urlopen", "Request"}) && (call.member("data") != nullptr || call.parts.size() > 1)) return "POST";
  return "GET";
}

// net/http and what wraps it; a GraphQL library's NewRequest takes a document.
bool Reader::is_http_module(const Value& call) const {
  const auto linked = call.where.text.empty() ? std::nullopt : program_.link(call.where);
  return linked && linked->kind == Name::Kind::package && linked->text.find("http") != std::string::npos;
}

// The request that a value is, when it was made as one: behind names, functions that return it, and parameters.
const Value* Reader::request_behind(const Value& value, unsigned depth) {
  if (depth > kMaxOrigin) return nullptr;
  std::optional<Name> name;
  if (value.kind == Value::Kind::call) {
    if (makes_request(value.text) && is_http_module(value)) return &value;
    name = program_.callee(value);
    for (const Value& receiver : value.receiver)  // req.WithContext(ctx)
      if (const Value* found = request_behind(receiver, depth + 1)) return found;
    if (!name && is_builder(last_word(value.text))) name = program_.link(value.where);
  } else if (value.kind == Value::Kind::name) {
    name = program_.link(value.where);
  }
  if (!name) return nullptr;
  if (name->kind == Name::Kind::parameter) {
    const Value* argument = resolver_.argument(*name);
    return argument == nullptr ? nullptr : request_behind(*argument, depth + 1);
  }
  for (const Program::Bound& bound : program_.bindings(*name))
    if (const Value* found = request_behind(bound.binding->value, depth + 1)) return found;
  return nullptr;
}

// client.Do(req): the request says where it goes.
const Value* Reader::request_in(const Value& call) {
  if (makes_request(call.text)) return nullptr;
  for (std::size_t i = 0; i < call.parts.size() && i < 3; ++i)
    if (const Value* found = request_behind(call.parts[i], 0)) return found;
  return nullptr;
}

bool Reader::read_http_call(const Value& outer, const Origin& origin) {
  const Value* request = is_any(last_word(outer.text), {"Do", "RoundTrip", "do", "Send", "send", "SignHTTP"}) ||
                                 outer.text.find('.') != std::string::npos
                             ? request_in(outer)
                             : nullptr;
  const Value& call = request == nullptr ? outer : *request;
  const std::string_view last = last_word(call.text);
  const bool verb_like = request != nullptr || is_verb(last) ||
                         is_any(last, {"fetch", "request", "axios", "got", "ky", "urlopen", "Request", "$fetch",
                                       "ofetch", "del", "PostForm"});
  std::vector<std::string> addresses;
  const auto consider = [&](const Value& value) {
    for (std::string& text : resolver_.texts(value, path_)) {
      if (text.find("://") != std::string::npos)
        addresses.push_back(text);
      else if (text.starts_with("/"))
        for (const std::string& base : origin.urls)
          addresses.push_back((base.ends_with("/") ? base.substr(0, base.size() - 1) : base) + text);
      else if (verb_like && is_verb(last) && !has_hole(text) && !origin.urls.empty())
        addresses.push_back(origin.urls[0] + (origin.urls[0].ends_with("/") ? "" : "/") + text);
    }
  };
  for (std::size_t i = 0; i < call.parts.size() && i < (request == nullptr ? 2u : 3u); ++i) {
    if (call.parts[i].kind == Value::Kind::object) {
      for (const char* key : {"url", "uri"})
        if (const Value* url = call.parts[i].member(key)) consider(*url);
    } else {
      consider(call.parts[i]);
    }
  }
  for (const char* key : {"url", "uri", "endpoint"})
    if (const Value* url = call.member(key)) consider(*url);
  std::vector<std::string> bodies;
  for (const Value& part : call.parts)
    for (std::string& text : resolver_.all_texts(part, path_)) bodies.push_back(std::move(text));
  for (const auto& member : call.members)
    for (std::string& text : resolver_.all_texts(member.second, path_)) bodies.push_back(std::move(text));
  if (addresses.empty() && !origin.urls.empty()) {
    // A GraphQL client: the address was given to its constructor, the document is given here.
    for (const std::string& body : bodies)
      for (const std::string& document : graphql_documents(body))
        if (read_graphql(document).document) addresses = origin.urls;
    if (addresses.empty() && is_any(last, {"request", "query", "mutate", "execute", "rawRequest"})) {
      for (const std::string& url : origin.urls)
        if (const auto address = read_address(url); address && is_host(address->host)) {
          puzzle("sends a request that could not be read to " + address->host);
          return true;
        }
    }
  }
  bool any = false;
  const bool sends = verb_like || call.constructs == false;
  for (const std::string& text : addresses) {
    const auto address = read_address(text);
    if (!address || !sends) continue;
    if (!verb_like && !is_host(address->host)) continue;
    if (!verb_like && read_documents(bodies, &call, where_of(nullptr, &call, bodies))) return true;
    if (!verb_like) continue;
    const std::string verb = verb_of(call, resolver_, path_);
    if (verb == "?") {
      if (is_host(address->host)) puzzle("sends a request with a verb that is not known to " + address->host);
      any = true;
      continue;
    }
    read_request(verb, *address, bodies, &call);
    any = true;
  }
  if (!any && request != nullptr) if_reached("sends a request to an address that is not known");
  if (!any && verb_like && is_any(last, {"fetch", "urlopen", "request", "axios"}) && !call.parts.empty() &&
      std::none_of(bodies.begin(), bodies.end(),
                   [](const std::string& text) { return text.find("://") != std::string::npos; }))
    if_reached("sends it to an address that is not known");
  return any;
}

// exec, run and call are also methods of regular expressions, databases and clients.
bool Reader::starts_programs(const Value& call) const {
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
void Reader::read_program(const Value& call, std::size_t first) {
  Words words;
  for (std::size_t i = first; i < call.parts.size(); ++i)
    for (const std::string& text : resolver_.texts(call.parts[i], path_)) {
      words.push_back(text);
      break;
    }
  if (!words.empty()) read_words(unwrap(std::move(words)), {});
}

void Reader::read_child_process(const Value& call) {
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

void Reader::read_call() {
  const Value& call = use_.call->value;
  const Origin origin = origin_of(call);
  if (is_client(origin)) {
    out_.implicit = !origin.given;
    out_.credential_given = origin.given;
    const bool constructor = is_construct(provider_, call.text) && !call.text.empty();
    if (read_client_call(call, origin)) return;
    if (read_http_call(call, origin) && !out_.hits.empty()) return;
    if (constructor || !origin.direct || is_housekeeping(last_word(call.text)) || call.constructs) return;
    // app.command("/x", handler) registers what is called from outside.
    const bool handler = std::any_of(call.parts.begin(), call.parts.end(),
                                     [](const Value& part) { return part.kind == Value::Kind::function; });
    if (handler && std::count(call.text.begin(), call.text.end(), '.') == 1) return;
    // boto3.client("s3") and connect(…) make a client; what is done with it comes later.
    const std::string& language = program_.files()[use_.file].language;
    const bool makes = call.receiver.empty() && std::count(call.text.begin(), call.text.end(), '.') <= 1 &&
                       is_module(call) && (!is_found_by_name(language) || is_preparation(call.text));
    if (makes) return;
    // A method of ours: what it does is read where it stands.
    const auto own = [&](const auto& type) {
      return program_.has_method(type.first, type.second, last_word(call.text));
    };
    if (std::any_of(origin.types.begin(), origin.types.end(), own)) return;
    // db.Where(…).Delete(…): the last call of a chain is the use.
    if (!use_.call->then.empty() && !is_housekeeping(use_.call->then)) return;
    // client.issues(…).each { … }: what comes back is looked at, nothing else is asked for.
    for (const Value* on = &call; !on->receiver.empty(); on = &on->receiver[0])
      if (!match_method(provider_, language, {on->receiver[0].text}).needs.empty()) return;
    return puzzle("calls " + call.text.substr(0, 60) + ", which no rule maps");
  }
  // A package's own class used without a client: new DeleteObjectsCommand(…), Stripe::Customer.
  if (read_http_call(call, origin)) return;
  read_child_process(call);
}

// True when the provider's block in sight names a credential, so that it does not read one by itself.
bool Reader::configures(const Step& step) const {
  const auto block = step.with.empty() ? std::nullopt : program_.link(step.with[0].second.where);
  if (!block) return false;
  for (const Program::Bound& bound : program_.bindings(*block)) {
    for (const auto& [key, value] : bound.binding->value.members) {
      std::string word = key;
      std::transform(word.begin(), word.end(), word.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      for (const std::string_view secret : {"token", "key", "secret", "password", "credential", "auth"})
        if (word.find(secret) != std::string::npos) return true;
    }
    if (bound.binding->value.kind == Value::Kind::name) return true;  // handed down from the caller of a module
  }
  return false;
}

// Applying a resource makes it, reads it back, and destroys it when it is taken out of the code or must be replaced.
void Reader::read_resource(const Step& step) {
  const std::string prefix = step.resource.substr(0, step.resource.find('_') + 1);
  const bool ours = std::any_of(provider_.uses.begin(), provider_.uses.end(), [&](const UseSpec& use) {
    return std::any_of(use.terraform.begin(), use.terraform.end(),
                       [&](const std::string& type) { return type.starts_with(prefix); });
  });
  if (!ours) {
    const std::string what = step.image ? step.uses : "the resource " + step.resource;
    return if_reached("hands it to " + what + ", from where it goes on");
  }
  out_.concerns = true;
  out_.credential_given = configures(step);
  out_.implicit = !out_.credential_given;
  if (step.image) return puzzle("uses " + step.uses + ", whose resources are not in these files");
  const bool reads = step.data || !program_.terraform_applies();
  const std::string needs = match_terraform(provider_, step.resource);
  const Capability* main = provider_.capability(needs);
  const std::string what = (reads ? "reads " : "applies ") + step.resource;
  if (needs.empty()) return puzzle(what + ", which no rule maps");
  // dns.write goes with dns.read and dns.destroy
  const std::string noun = needs.substr(0, needs.find('.'));
  const bool readable = main == nullptr || provider_.capability(noun + ".read") != nullptr;
  if (!reads || main == nullptr) hit(needs, what, {});
  if (readable && main != nullptr) hit(noun + ".read", what, {});
  if (!reads && provider_.capability(noun + ".destroy") != nullptr) hit(noun + ".destroy", what, {});
  if (reads && !readable) puzzle(what + ", and no capability says what reading it takes");
}

void Reader::read_step() {
  const Step& step = *use_.step;
  if (!step.resource.empty()) return read_resource(step);
  if (step.image)
    return if_reached("hands it to " + (step.uses.empty() ? "a container" : step.uses) +
                      ", whose code is not in these files");
  if (step.uses.starts_with("./")) return;
  const std::string needs = match_action(provider_, step.uses);
  std::vector<std::string> texts;
  for (const auto& with : step.with)
    for (std::string& text : resolver_.all_texts(with.second, path_)) texts.push_back(std::move(text));
  if (!needs.empty()) {
    out_.implicit = true;
    out_.credential_given = std::any_of(step.with.begin(), step.with.end(), [&](const auto& with) {
      return with.second.kind == Value::Kind::secret || !program_.names_in(with.second).empty();
    });
    return hit(needs, "runs the action " + step.uses, where_of(nullptr, nullptr, {}));
  }
  if_reached("passes it to the action " + step.uses + ", which no rule maps");
}

void merge(CodeReading& all, CodeReading one) {
  all.concerns = all.concerns || one.concerns;
  all.implicit = all.implicit || one.implicit;
  all.credential_given = all.credential_given || one.credential_given;
  std::move(one.hits.begin(), one.hits.end(), std::back_inserter(all.hits));
  std::move(one.puzzles.begin(), one.puzzles.end(), std::back_inserter(all.puzzles));
  std::move(one.if_reached.begin(), one.if_reached.end(), std::back_inserter(all.if_reached));
}

}  // namespace

std::vector<Use> uses_of(const Program& program) {
  std::vector<Use> out;
  const auto add_names = [&](Use& use, const Value& value) {
    for (Name& name : program.names_in(value)) use.inputs.push_back(std::move(name));
  };
  for (std::size_t i = 0; i < program.files().size(); ++i) {
    const FileFacts& facts = program.files()[i];
    for (const Command& command : facts.commands) {
      Use use{.file = i, .command = &command, .line = command.line, .scope = command.scope};
      for (const Value& word : command.words) add_names(use, word);
      for (const auto& assign : command.assigns) add_names(use, assign.second);
      for (const Value& input : command.input) add_names(use, input);
      out.push_back(std::move(use));
    }
    // A request that is made here and gets its header later: what it is assigned to belongs to the use.
    std::map<std::uint32_t, const Binding*> made;
    for (const Binding& binding : facts.bindings)
      if (binding.value.kind == Value::Kind::call && binding.value.constructs)
        made.emplace(binding.value.offset, &binding);
    for (const Call& call : facts.calls) {
      Use use{.file = i, .call = &call, .line = call.line, .scope = facts.path};
      add_names(use, call.value);
      if (const auto found = made.find(call.value.offset); call.value.constructs && found != made.end())
        if (auto name = program.link(found->second->target)) use.inputs.push_back(std::move(*name));
      for (const Value& receiver : call.value.receiver)
        for (Name& name : program.receivers_in(receiver)) use.inputs.push_back(std::move(name));
      if (!call.value.where.text.empty())
        if (auto root = program.link(call.value.where)) use.inputs.push_back(std::move(*root));
      out.push_back(std::move(use));
    }
    for (const Step& step : facts.steps) {
      Use use{.file = i, .step = &step, .line = step.line, .scope = step.scope};
      for (const auto& with : step.with) add_names(use, with.second);
      out.push_back(std::move(use));
    }
  }
  for (Use& use : out) {
    std::sort(use.inputs.begin(), use.inputs.end());
    use.inputs.erase(std::unique(use.inputs.begin(), use.inputs.end()), use.inputs.end());
  }
  return out;
}

// A parameter that is met without a caller asks for its callers; each of them is then looked at alone, so that a
// verb from one call never meets the path of another.
CodeReading read_use(const Program& program, const Use& use, const Provider& provider,
                     const std::vector<std::string>& hosts) {
  CodeReading all;
  std::vector<Context> open = {{}};
  for (std::size_t i = 0; i < open.size() && i < kMaxContexts; ++i) {
    const Context context = open[i];
    Reader reader(program, use, provider, hosts, context);
    CodeReading one = reader.read();
    bool expanded = false;
    const bool understood = !one.hits.empty() && one.puzzles.empty() && one.if_reached.empty();
    if (context.calls.size() < 3 && !understood) {
      for (const std::string& function : reader.needed()) {
        for (const CallSite& site : program.call_sites(function)) {
          Context next = context;
          next.calls.emplace_back(function, &site);
          open.push_back(std::move(next));
          expanded = true;
        }
        if (expanded) break;
      }
    }
    if (!expanded) merge(all, std::move(one));
  }
  return all;
}

}  // namespace overreach::purpose
