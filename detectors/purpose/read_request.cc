// Requests: verb and address, GraphQL documents, and the libraries that send them.
#include "detectors/purpose/reader.h"

#include <algorithm>

#include "detectors/purpose/graphql.h"
#include "detectors/purpose/match_use.h"

namespace overreach::purpose {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
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

}  // namespace

void UseReader::read_request(const std::string& verb, const Address& address, std::vector<std::string> bodies,
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

bool UseReader::read_documents(const std::vector<std::string>& bodies, const Value* call, const Where& base) {
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

// net/http and what wraps it; a GraphQL library's NewRequest takes a document.
bool UseReader::is_http_module(const Value& call) const {
  const auto linked = call.where.text.empty() ? std::nullopt : program_.link(call.where);
  return linked && linked->kind == Name::Kind::package && linked->text.find("http") != std::string::npos;
}

// The request that a value is, when it was made as one: behind names, functions that return it, and parameters.
const Value* UseReader::request_behind(const Value& value, unsigned depth) {
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
const Value* UseReader::request_in(const Value& call) {
  if (makes_request(call.text)) return nullptr;
  for (std::size_t i = 0; i < call.parts.size() && i < 3; ++i)
    if (const Value* found = request_behind(call.parts[i], 0)) return found;
  return nullptr;
}

bool UseReader::read_http_call(const Value& outer, const ClientOrigin& origin) {
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

}  // namespace overreach::purpose
