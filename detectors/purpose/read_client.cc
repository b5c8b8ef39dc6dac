// Calls on clients: where the client comes from, whether it was given a credential, and what is called on it.
#include "detectors/purpose/reader.h"

#include <algorithm>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/graphql.h"
#include "detectors/purpose/match_use.h"

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Words that neither need nor tell anything: every client has them.
bool is_housekeeping(std::string_view method) {
  // Methods of Go and of what drivers there return; client.WithToken(t) is the same client.
  if (method.starts_with("With")) return true;
  if (is_any(method, {"Close",
                      "ConstructEvent",
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
  return is_any(method, {"connect", "end", "close", "release", "on", "once", "off", "commit", "rollback", "cursor",
                         "then", "catch", "finally", "disconnect", "$connect", "$disconnect", "use", "begin", "dispose",
                         "quit", "setMaxListeners", "fetchone", "fetchall", "fetchmany",
                         // a signature is checked where the event arrives
                         "constructEvent", "constructEventAsync", "construct_event", "mount", "raise_for_status",
                         "json", "start", "listen"});
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

}  // namespace

// x.WithToken(t).SetDebug(true) is still x.
bool is_builder(std::string_view method) {
  return method.starts_with("With") || method.starts_with("with") || method.starts_with("Set");
}

// ctx, and what the provider's own package makes out of nothing (a default configuration): no credential is in it.
bool UseReader::is_ambient(const Value& value, unsigned depth) const {
  if (depth > kMaxOrigin) return false;
  if (value.kind == Value::Kind::text) return value.where.kind != Name::Kind::literal;
  if (value.kind == Value::Kind::call) {
    if (value.text.starts_with("context.")) return true;
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

bool UseReader::gives_credential(const Value& call, unsigned depth) const {
  if (call.parts.empty() && call.members.empty()) return false;
  const auto opaque = [](const Value& v) { return v.kind == Value::Kind::call || v.kind == Value::Kind::unknown; };
  const auto gives = [&](const Value& v) { return !program_.names_in(v).empty() && !is_ambient(v, depth); };
  return std::any_of(call.parts.begin(), call.parts.end(),
                     [&](const Value& v) { return (opaque(v) && !is_ambient(v, depth)) || gives(v); }) ||
         std::any_of(call.members.begin(), call.members.end(), [&](const auto& m) { return gives(m.second); }) ||
         std::any_of(call.receiver.begin(), call.receiver.end(), gives);
}

// `same`: the value is the thing itself, not something that was made from it.
void UseReader::trace_call(const Value& value, std::size_t file, unsigned depth, bool same, ClientOrigin& out) const {
  out.constructs.insert(value.text);
  if (same && value.constructs) {
    out.direct = true;
    out.types.emplace_back(file, value.text);
  }
  // s3.get_object(Key=key)["Body"].read(): what a call is given that is a use is no credential.
  const bool used = !match_method(provider_, program_.files()[file].language, {value.text}).needs.empty();
  if (depth <= 1 && !used && gives_credential(value)) out.given = true;
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
      ClientOrigin inner;
      trace_value(part, file, depth + 2, false, inner);
      out.packages.insert(inner.packages.begin(), inner.packages.end());
      out.urls.insert(out.urls.end(), inner.urls.begin(), inner.urls.end());
    }
}

void UseReader::trace_value(const Value& value, std::size_t file, unsigned depth, bool same, ClientOrigin& out) const {
  if (depth > kMaxOrigin) return;
  if (value.kind == Value::Kind::call) {
    trace_call(value, file, depth, same, out);
  } else if (value.kind == Value::Kind::name) {
    if (const auto linked = program_.link(value.where)) trace(*linked, depth + 1, same, out);
  } else if (value.kind == Value::Kind::list || value.kind == Value::Kind::either) {
    for (const Value& part : value.parts) trace_value(part, file, depth + 1, same, out);
  }
}

void UseReader::trace(const Name& name, unsigned depth, bool same, ClientOrigin& out) const {
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
ClientOrigin UseReader::origin_of(const Value& call) const {
  ClientOrigin out;
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
bool UseReader::is_module(const Value& call) const {
  if (call.where.text.empty()) return false;
  const auto linked = program_.link(call.where);
  return linked && linked->kind == Name::Kind::package;
}

bool UseReader::is_client(const ClientOrigin& origin) const {
  for (const std::string& package : origin.packages)
    if (is_package(provider_, package)) return true;
  // A constructor's name alone is weak ("Client"): it counts when no other package is known for it.
  if (!origin.packages.empty()) return false;
  return std::any_of(origin.constructs.begin(), origin.constructs.end(),
                     [&](const std::string& construct) { return is_construct(provider_, construct); });
}

bool UseReader::read_sql(const std::vector<std::string>& texts, const Where& base) {
  bool any = false;
  for (const std::string& text : texts) {
    for (const std::string& statement : sql_statements(text)) {
      const SqlMatch match = match_sql(provider_, statement);
      if (match.needs.empty()) continue;
      const std::vector<std::string> tables = sql_tables(statement);
      for (const std::string& table : tables)
        hit(match.needs, "runs SQL " + match.row, base, false, match.row + " " + table);
      if (tables.empty()) hit(match.needs, "runs SQL " + match.row, base, false, match.row);
      any = true;
    }
  }
  return any;
}

bool UseReader::read_client_call(const Value& call, const ClientOrigin& origin) {
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
    hit(match.needs, "calls " + match.row, where, false, match.row);
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

void UseReader::read_call() {
  const Value& call = use_.call->value;
  const ClientOrigin origin = origin_of(call);
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
    // S3Client.create()
    if (last_word(call.text) == "create" && is_construct(provider_, first_word(call.text))) return;
    const bool makes = call.receiver.empty() && std::count(call.text.begin(), call.text.end(), '.') <= 1 &&
                       is_module(call) && (!is_found_by_name(language) || is_preparation(call.text));
    if (makes) return;
    // getStripe(): what a function of ours makes is used elsewhere. A variable that holds a method is no such function.
    if (const auto function = program_.callee(call); function && call.text.find('.') == std::string::npos) {
      const auto& bound = program_.bindings(*function);
      if (std::all_of(bound.begin(), bound.end(), [](const Program::Bound& one) {
            return one.binding->field || one.binding->value.kind == Value::Kind::function;
          }))
        return;
    }
    // A method of ours: what it does is read where it stands.
    const auto own = [&](const auto& type) {
      return program_.has_method(type.first, type.second, last_word(call.text));
    };
    if (std::any_of(origin.types.begin(), origin.types.end(), own)) return;
    // db.Where(…).Delete(…): the last call of a chain is the use.
    if (!use_.call->then.empty() && !is_housekeeping(use_.call->then)) return;
    // client.issues(…).each { … }, s3.get_object(…)["Body"].read(): what comes back is looked at, nothing else is asked
    // for.
    bool answer = false;
    for (const Value& on : call.receiver)
      walk(on, [&](const Value& v) {
        answer = answer || (v.kind == Value::Kind::call && !match_method(provider_, language, {v.text}).needs.empty());
      });
    if (answer) return;
    return puzzle("calls " + call.text.substr(0, 60) + ", which no rule maps");
  }
  // A package's own class used without a client: new DeleteObjectsCommand(…), Stripe::Customer.
  if (read_http_call(call, origin)) return;
  read_child_process(call);
}

}  // namespace overreach::purpose
