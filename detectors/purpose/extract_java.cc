// Java into neutral facts.
//
// Builders are read as constructors with named arguments, getters as fields, and a field without a value as one that
// somebody fills with its type: that is how containers inject clients.
#include <algorithm>
#include <cctype>

#include "detectors/purpose/extractor.h"

namespace overreach::purpose {
namespace {

class Java : private Extractor {
 public:
  Java(const Place& place, FileFacts& out) : Extractor(place, out) {}
  void take(const Match& match);
  void finish() {
    take_wildcards();
    Extractor::finish();
  }

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  Value simplify(Value call, Node node) const;
  Value eval_string(Node node) const;
  Value eval_lambda(Node node, unsigned depth) const;
  std::vector<Value> arguments(Node node, unsigned depth) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;
  std::vector<Link> links_of(Node node, unsigned depth, Node& root) const;
  std::optional<Value> builder(Node node, unsigned depth) const;
  std::optional<Value> annotated(Node declaration) const;
  Value property(std::string_view name, Node node) const;

  void take_bind(Node target, Node value);
  void take_call(Node node);
  void take_field(Node node);
  void take_function(Node node);
  void take_class(Node node);
  void take_import(Node node);

  void take_wildcards();

  std::vector<std::string> wildcards_;                             // packages of `import p.*`
  std::vector<std::pair<std::uint32_t, std::uint32_t>> consumed_;  // calls that are part of one that was taken
  std::set<std::uint32_t> is_field_;                               // bytes where names of fields stand
};

Node peel(Node node) {
  for (int i = 0; i < 16; ++i) {
    if (node.is("parenthesized_expression"))
      node = node.child(0);
    else if (node.is("cast_expression"))
      node = node.field("value");
    else
      break;
  }
  return node;
}

// List<Foo> -> "List", com.acme.Foo -> "com.acme.Foo".
std::string type_name(Node type) {
  for (int i = 0; i < 8 && (type.is("generic_type") || type.is("annotated_type")); ++i) type = type.child(0);
  const std::string_view text = type.text();
  return std::string(text.substr(0, text.find_first_of("<[ ")));
}

// getApiKey -> apiKey
std::string getter(std::string_view name) {
  if (name.size() > 3 && name.starts_with("get") && std::isupper(static_cast<unsigned char>(name[3])) != 0) {
    std::string out(name.substr(3));
    out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
    return out;
  }
  return std::string(name);
}

std::optional<std::string> Java::dotted(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return std::nullopt;
  if (node.is("identifier") || node.is("type_identifier") || node.is("scoped_identifier"))
    return std::string(node.text());
  if (node.is("this")) return "self";
  if (node.is("field_access")) {
    auto object = dotted(node.field("object"), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(node.field("field").text());
  }
  if (node.is("method_invocation") && node.field("arguments").child_count() == 0) {
    const std::string_view name = node.field("name").text();
    const Node object = node.field("object");
    if (is_any_of(name, {"build", "builder", "newBuilder", "trim", "toString", "strip"})) return std::nullopt;
    if (!object.exists()) return std::string(name);
    auto path = dotted(object, depth + 1);
    if (!path) return std::nullopt;
    return *path + "." + getter(name);
  }
  return std::nullopt;
}

Value Java::eval_string(Node node) const {
  std::vector<Value> parts;
  for (const Node child : node.children())
    parts.push_back(
        made(Kind::text, child.is("escape_sequence") ? unescape(child.text()) : std::string(child.text()), node));
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

// stripe.api-key is found under its own name, or as STRIPE_API_KEY or STRIPE_APIKEY in the environment.
Value Java::property(std::string_view name, Node node) const {
  std::string dashes, plain;
  for (const char c : name) {
    const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    dashes += word ? upper : '_';
    if (c != '-') plain += word ? upper : '_';
  }
  Value out = made(Kind::either, "", node);
  for (const std::string& one : std::set<std::string>{std::string(name), dashes, plain})
    out.parts.push_back(made(Kind::environment, one, node));
  return out.parts.size() == 1 ? Value(out.parts[0]) : out;
}

// @Value("${stripe.api-key:}") String key
std::optional<Value> Java::annotated(Node declaration) const {
  for (const Node modifiers : declaration.children(16)) {
    if (!modifiers.is("modifiers")) continue;
    for (const Node annotation : modifiers.children(16)) {
      const std::string_view name = last_word(annotation.field("name").text());
      if (!is_any_of(name, {"Value", "ConfigProperty", "Property"})) continue;
      const std::string_view text = annotation.field("arguments").text();
      const std::size_t quote = text.find('"');
      if (quote == std::string_view::npos) continue;
      std::string_view inside = text.substr(quote + 1, text.find('"', quote + 1) - quote - 1);
      if (const std::size_t hole = inside.find("${"); hole != std::string_view::npos)
        inside = inside.substr(hole + 2, inside.find('}', hole) - hole - 2);
      else if (name == "Value")
        return made(Kind::text, std::string(inside), annotation);
      const std::size_t colon = inside.find(':');
      Value value = property(inside.substr(0, colon), annotation);
      if (colon == std::string_view::npos || colon + 1 == inside.size()) return value;
      return either_of(std::move(value), made(Kind::text, std::string(inside.substr(colon + 1)), annotation),
                       annotation);
    }
  }
  return std::nullopt;
}

std::vector<Value> Java::arguments(Node node, unsigned depth) const {
  std::vector<Value> out;
  for (const Node child : node.children(64))
    if (!child.is("line_comment") && !child.is("block_comment")) out.push_back(eval(child, depth + 1));
  return out;
}

// a.b().c(1).d(2): the links c and d, and the node they begin at.
std::vector<Extractor::Link> Java::links_of(Node node, unsigned depth, Node& root) const {
  std::vector<Link> links;
  while (node.is("method_invocation") && links.size() < 64) {
    links.push_back({std::string(node.field("name").text()), arguments(node.field("arguments"), depth + 1)});
    node = peel(node.field("object"));
  }
  std::reverse(links.begin(), links.end());
  root = node;
  return links;
}

std::optional<Value> Java::builder(Node node, unsigned depth) const {
  if (!is_any_of(node.field("name").text(), {"build", "connect", "create"}) ||
      node.field("arguments").child_count() != 0 || !node.field("object").is("method_invocation"))
    return std::nullopt;
  // Looked at before anything is evaluated: a chain that is no builder must not be evaluated once for each link.
  Node first = node, root;
  for (unsigned i = 0; i < 64 && peel(first.field("object")).is("method_invocation"); ++i)
    first = peel(first.field("object"));
  const bool begins = is_any_of(first.field("name").text(), {"builder", "newBuilder", "standard"});
  const bool makes = peel(first.field("object")).is("object_creation_expression");
  if (!begins && !makes && node.field("name").text() != "build") return std::nullopt;
  std::vector<Link> links = links_of(node, depth, root);
  const std::string last = links.back().name;
  links.pop_back();
  std::string type;
  std::vector<Value> given;
  if (root.is("object_creation_expression")) {
    type = type_name(root.field("type"));
    given = arguments(root.field("arguments"), depth + 1);
  } else if (const auto path = dotted(root, depth)) {
    type = *path;
    if (!links.empty() && is_any_of(links[0].name, {"builder", "newBuilder", "standard"})) {
      given = links[0].arguments;
      links.erase(links.begin());
    } else if (last != "build") {
      return std::nullopt;
    }
  }
  if (type.ends_with(".Builder")) type.resize(type.size() - 8);
  if (type.ends_with("Builder") && type.size() > 7) type.resize(type.size() - 7);
  if (type.empty()) return std::nullopt;
  return built(std::move(type), std::move(given), std::move(links), node);
}

// r -> r.channel("#ops").text("hi") is an object; other lambdas say nothing.
Value Java::eval_lambda(Node node, unsigned depth) const {
  const std::string_view param = node.field("parameters").text();
  Node root;
  std::vector<Link> links = links_of(peel(node.field("body")), depth, root);
  if (links.empty() || !root.exists() || root.text() != param) return made(Kind::function, "", node);
  Value out = built("", {}, std::move(links), node);
  out.kind = Kind::object;
  out.constructs = false;
  return out;
}

Value Java::eval_call(Node node, unsigned depth) const {
  Value out = made(Kind::call, "", node);
  out.constructs = node.is("object_creation_expression");
  if (out.constructs) {
    out.text = type_name(node.field("type"));
  } else {
    const Node object = peel(node.field("object"));
    const std::string name(node.field("name").text());
    const auto path = object.exists() ? dotted(object, depth) : std::optional<std::string>("");
    out.text = !path || path->empty() ? name : *path + "." + name;
    if (!path) out.receiver.push_back(eval(object, depth + 1));
  }
  out.parts = arguments(node.field("arguments"), depth);
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, a program, the same text.
Value Java::simplify(Value out, Node node) const {
  const std::string_view last = last_word(out.text);
  const auto text_at = [&](std::size_t i) { return i < out.parts.size() && out.parts[i].kind == Kind::text; };
  if (out.text == "System.getenv" && out.parts.empty()) return made(Kind::everything, "", node);
  if (is_any_of(out.text, {"System.getenv", "System.env.get", "System.env.getOrDefault"}) && text_at(0)) {
    Value name = made(Kind::environment, out.parts[0].text, node);
    return out.parts.size() > 1 ? either_of(std::move(name), out.parts[1], node) : name;
  }
  if (is_any_of(last, {"getProperty", "getRequiredProperty"}) && text_at(0)) {
    Value name = property(out.parts[0].text, node);
    return out.parts.size() > 1 ? either_of(std::move(name), out.parts[1], node) : name;
  }
  if (text_at(0) && out.parts.size() <= 2 && reads_environment(out.text, out.parts[0].text))
    return made(Kind::environment, out.parts[0].text, node);
  if (out.parts.empty() && is_any_of(last, {"trim", "toString", "strip", "toURI", "toURL", "stripIndent"})) {
    if (!out.receiver.empty()) return out.receiver[0];
    if (out.text.size() > last.size() + 1)
      return made(Kind::name, out.text.substr(0, out.text.size() - last.size() - 1), node);
  }
  if (last == "formatted" && !out.receiver.empty()) return filled(out.receiver[0], out.parts, node);
  if (is_any_of(last, {"orElse", "orElseThrow", "orElseGet"}) && !out.receiver.empty()) {
    if (out.parts.empty() || last != "orElse") return out.receiver[0];
    return either_of(out.receiver[0], out.parts[0], node);
  }
  if (out.parts.empty()) return out;
  if (is_any_of(out.text, {"String.format", "MessageFormat.format"})) {
    const Value format = out.parts[0];
    out.parts.erase(out.parts.begin());
    return filled(format, std::move(out.parts), node);
  }
  if (is_any_of(out.text, {"URI.create", "URI", "URL", "String.valueOf", "Objects.requireNonNull", "HttpUrl.parse",
                           "HttpUrl.get", "Optional.ofNullable", "Optional.of", "UriComponentsBuilder.fromHttpUrl",
                           "UriComponentsBuilder.fromUriString", "Objects.requireNonNullElse"}))
    return out.parts[0];
  if (is_any_of(out.text, {"List.of", "Arrays.asList", "Set.of"})) return list_of(std::move(out.parts), node);
  if (is_any_of(out.text, {"Map.of", "Map.entry"})) {
    Value object = made(Kind::object, "", node);
    for (std::size_t i = 0; i + 1 < out.parts.size(); i += 2)
      object.members.emplace_back(out.parts[i].kind == Kind::text ? out.parts[i].text : "", out.parts[i + 1]);
    return object;
  }
  if (is_any_of(out.text, {"Files.readString", "Files.readAllBytes"})) {
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  if (is_any_of(out.text, {"Path.of", "Paths.get"})) return out.parts.back();
  if (out.text == "ProcessBuilder" || out.text.ends_with("getRuntime.exec") || out.text.ends_with("runtime.exec")) {
    std::vector<Value> words = out.parts[0].kind == Kind::list ? out.parts[0].parts : out.parts;
    return run_of(std::move(words), node);
  }
  // RestTemplate: exchange(url, HttpMethod.DELETE, entity, …), postForEntity(url, entity, …)
  const bool exchange = last == "exchange" && out.parts.size() >= 3;
  if (exchange || last.ends_with("ForEntity") || last.ends_with("ForObject") || last == "postForLocation") {
    Value request = made(Kind::call, "request", node);
    request.receiver = out.receiver;
    if (out.receiver.empty() && out.text.size() > last.size() + 1)
      request.receiver.push_back(made(Kind::name, out.text.substr(0, out.text.size() - last.size() - 1), node));
    request.members.emplace_back("url", out.parts[0]);
    request.members.emplace_back("method", exchange
                                               ? Value(out.parts[1])
                                               : made(Kind::text, std::string(last.substr(0, last.find("For"))), node));
    request.members.emplace_back("entity", list_of(std::move(out.parts), node));
    return request;
  }
  return out;
}

Value Java::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "string_literal") return eval_string(node);
  if (is_any_of(type, {"decimal_integer_literal", "true", "false", "null_literal", "character_literal"}))
    return made(Kind::text, std::string(node.text()), node);
  if (type == "method_invocation" || type == "object_creation_expression") {
    if (type == "method_invocation") {
      if (auto value = builder(node, depth)) return *value;
      if (const auto path = dotted(node, depth); path && *path != "System.env" && !path->ends_with("ProcessBuilder"))
        return made(Kind::name, *path, node);
    }
    return simplify(eval_call(node, depth), node);
  }
  if (type == "field_access") {
    // An enumeration of the platform: HttpMethod.POST, Region.EU_WEST_1.
    const std::string_view object = last_word(node.field("object").text());
    if (is_any_of(object, {"HttpMethod", "Region", "Regions", "MediaType", "Method", "TimeUnit", "StandardCharsets"}))
      return made(Kind::text, std::string(node.field("field").text()), node);
  }
  if (is_any_of(type, {"identifier", "field_access", "this", "scoped_identifier"})) {
    if (const auto path = dotted(node, depth)) return made(Kind::name, *path, node);
    return list_of({eval(node.field("object"), depth + 1)}, node);
  }
  if (type == "binary_expression") {
    Value first = eval(node.field("left"), depth + 1), second = eval(node.field("right"), depth + 1);
    if (node.field("operator").text() == "+") return join({std::move(first), std::move(second)});
    return list_of({std::move(first), std::move(second)}, node);
  }
  if (type == "ternary_expression")
    return either_of(eval(node.field("consequence"), depth + 1), eval(node.field("alternative"), depth + 1), node);
  if (type == "assignment_expression") return eval(node.field("right"), depth + 1);
  if (type == "lambda_expression") return eval_lambda(node, depth);
  if (type == "array_creation_expression") return eval(node.field("value"), depth + 1);
  if (type == "array_initializer") return list_of(arguments(node, depth), node);
  if (type == "array_access") return list_of({eval(node.field("array"), depth + 1)}, node);
  return made(Kind::unknown, "", node);
}

void Java::take_bind(Node target, Node value) {
  const auto name = dotted(target, 0);
  if (!name) return;
  value = peel(value);
  // conn = new URL(u).openConnection()
  if (value.is("method_invocation") && value.field("name").text() == "openConnection") {
    open_request(*name, eval(value.field("object")), value);
    return;
  }
  bind(*name, eval(value), target, target.is("identifier"));
}

void Java::take_call(Node node) {
  for (auto at = consumed_.rbegin(); at != consumed_.rend() && at - consumed_.rbegin() < 64; ++at)
    if (at->first == node.begin() && node.end() < at->second) return;
  if (node.is("method_invocation")) {
    const std::string name(node.field("name").text());
    const auto object = dotted(node.field("object"), 0);
    if (object && is_any_of(name, {"setRequestMethod", "setRequestProperty", "addRequestProperty"})) {
      std::vector<Value> given = arguments(node.field("arguments"), 0);
      if (name == "setRequestMethod" && !given.empty())
        add_to_request(*object, "method", given[0]);
      else
        add_to_request(*object, "header", list_of(std::move(given), node));
      return;
    }
    if (auto value = builder(node, 0)) {
      consumed_.emplace_back(node.begin(), node.end());
      std::vector<Link> links;
      for (auto& [key, member] : value->members)
        links.push_back({key, member.kind == Kind::list ? member.parts : std::vector<Value>{member}});
      if (!value->parts.empty()) links.insert(links.begin(), {"newBuilder", value->parts});
      for (Link& link : links)  // GET() and the like were given an empty text
        if (!link.arguments.empty() && link.arguments[0].kind == Kind::text && link.arguments[0].text.empty())
          link.arguments.clear();
      const bool is_http = is_any_of(last_word(value->text), {"HttpRequest", "Request", "HttpGet", "HttpPost"});
      if (is_http)
        for (Link& link : links)  // a body publisher is no address
          if (is_any_of(link.name, {"POST", "PUT", "post", "put", "patch", "delete"})) link.arguments.clear();
      auto request = is_http ? request_of(std::nullopt, links, node) : std::nullopt;
      if (request) {
        for (auto& member : value->members) request->members.push_back(member);
        return add_call(std::move(*request), node);
      }
      return add_call(std::move(*value), node);
    }
    if (node.field("object").is("method_invocation")) {
      Node root;
      std::vector<Link> links = links_of(node, 0, root);
      if (auto request = request_of(root.exists() ? std::optional(eval(root)) : std::nullopt, std::move(links), node)) {
        consumed_.emplace_back(node.begin(), node.end());
        return add_call(std::move(*request), node);
      }
    }
  }
  // `a.b()` in a.b().c(x) is part of a longer name.
  const Node object = node.field("object");
  if (object.is("method_invocation") && dotted(object, 0)) consumed_.emplace_back(node.begin(), object.end() + 1);
  Value value = simplify(eval_call(node, 0), node);
  // OkHttp: the request was told from its builder.
  if (is_any_of(value.text, {"execute", "enqueue"}) && object.field("name").text() == "newCall") value.text = "send";
  if (value.kind == Kind::call) add_call(std::move(value), node);
}

void Java::take_field(Node node) {
  const std::string type = type_name(node.field("type"));
  const auto given = annotated(node);
  const bool constant = node.child(0).text().find("static") != std::string_view::npos;
  for (const Node declarator : node.children(32)) {
    if (!declarator.is("variable_declarator")) continue;
    const std::string name(declarator.field("name").text());
    fields_.insert(name);
    const Node value = declarator.field("value");
    Value bound = given ? *given : value.exists() ? eval(value) : made(Kind::call, type, declarator);
    if (!given && !value.exists()) bound.constructs = true;
    if (constant) returns(name, bound);
    bind("self." + name, bound, declarator, false);
  }
}

void Java::take_function(Node node) {
  std::string name(node.field("name").text());
  if (node.is("constructor_declaration")) name = "constructor";
  std::vector<std::string> params;
  for (const Node parameter : node.field("parameters").children(64)) {
    const Node target = parameter.is("spread_parameter") ? parameter.child(parameter.child_count() - 1).field("name")
                                                         : parameter.field("name");
    const std::string text(target.text());
    if (const auto value = annotated(parameter)) {
      add_binding(text, *value, target.begin() + place_.offset, true);
      params.emplace_back();  // keeps its place
    } else {
      params.push_back(text);
    }
  }
  const Node body = node.field("body");
  Node last;
  for (const Node statement : body.children()) last = statement;
  if (last.is("return_statement") && last.child(0).exists()) {
    const Value value = eval(last.child(0));
    if (value.kind != Kind::unknown) returns(name, value);
  }
  add_function(node, std::move(name), std::move(params));
}

void Java::take_class(Node node) {
  const std::string name(node.field("name").text());
  add_class(name, node);
  // @ConfigurationProperties(prefix = "stripe") class X { String apiKey; } and records of that kind.
  std::string prefix;
  bool configured = false;
  for (const Node modifiers : node.children(8)) {
    if (!modifiers.is("modifiers")) continue;
    for (const Node annotation : modifiers.children(16)) {
      if (last_word(annotation.field("name").text()) != "ConfigurationProperties") continue;
      const std::string_view text = annotation.field("arguments").text();
      const std::size_t quote = text.find('"');
      configured = quote != std::string_view::npos;
      if (configured) prefix = std::string(text.substr(quote + 1, text.find('"', quote + 1) - quote - 1));
    }
  }
  const auto take_property = [&](Node at) {
    std::string kebab;
    for (const char c : at.text()) {
      const auto letter = static_cast<unsigned char>(c);
      if (std::isupper(letter) != 0) kebab += '-';
      kebab += static_cast<char>(std::tolower(letter));
    }
    fields_.insert(std::string(at.text()));
    add_binding("self." + std::string(at.text()), property(prefix + "." + kebab, at), at.begin() + place_.offset,
                false);
  };
  if (configured) {
    for (const Node parameter : node.field("parameters").children(64)) take_property(parameter.field("name"));
    for (const Node field : node.field("body").children(256))
      if (field.is("field_declaration")) take_property(field.field("declarator").field("name"));
  } else if (node.is("record_declaration")) {
    std::vector<std::string> params;
    for (const Node parameter : node.field("parameters").children(64)) {
      const std::string text(parameter.field("name").text());
      params.push_back(text);
      fields_.insert(text);
    }
  }
}

void Java::take_import(Node node) {
  const Node path = node.child(0);
  const std::string module(path.text());
  const bool is_static = node.text().substr(0, 40).find("static") != std::string_view::npos;
  const std::string_view head = std::string_view(module).substr(0, module.rfind('.'));
  if (!is_static && node.text().find('*') != std::string_view::npos) {
    // Which of its classes are used is seen at the end. The platform's own collections, files and times are no matter.
    for (const std::string_view own : {"java.util", "java.io", "java.nio", "java.time", "java.math", "java.net"})
      if (module == own || (module.starts_with(own) && module[own.size()] == '.' && module != "java.net.http")) return;
    wildcards_.push_back(module);
    return;
  }
  if (is_static && is_constant(last_word(head)))
    add_import(std::string(last_word(module)), std::string(head), true);
  else
    add_import(std::string(last_word(module)), module, true);
  out_.imports.back().relative = false;
}

// A class without an import of its own is one of the one package that is imported as a whole; of several nobody knows.
void Java::take_wildcards() {
  if (wildcards_.size() != 1) return;
  std::set<std::string> own;
  for (const Function& c : out_.classes) own.insert(c.name);
  for (const std::string& name : std::set<std::string>(mentioned_.begin(), mentioned_.end()))
    if (own.count(name) == 0 && imported_.count(name) == 0) {
      add_import(name, wildcards_[0] + "." + name, true);
      out_.imports.back().relative = false;
    }
}

void Java::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists())
    take_call(call);
  else if (const Node target = match.get("bind.target"); target.exists()) {
    // Fields are taken with their annotations and types.
    if (!is_field_.count(target.begin())) take_bind(target, match.get("bind.value"));
  } else if (const Node function = match.get("function"); function.exists())
    take_function(function);
  else if (const Node scope = match.get("scope"); scope.exists()) {
    std::vector<std::string> params;
    const Node list = scope.field("parameters");
    if (list.is("identifier")) params.emplace_back(list.text());
    for (const Node parameter : list.children(16))
      params.emplace_back(parameter.is("identifier") ? parameter.text() : parameter.field("name").text());
    add_function(scope, "", std::move(params));
  } else if (const Node node = match.get("class"); node.exists())
    take_class(node);
  else if (const Node field = match.get("field"); field.exists()) {
    for (const Node declarator : field.children(32))
      if (declarator.is("variable_declarator")) is_field_.insert(declarator.field("name").begin());
    take_field(field);
  } else if (const Node import = match.get("import"); import.exists())
    take_import(import);
  else if (const Node constant = match.get("constant"); constant.exists())
    if (is_constant(constant.text())) mention(constant.text());
}

}  // namespace

void extract_java(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("java");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Java reader(place, out);
  for (const Match& match : rules.query.matches(*syntax)) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
