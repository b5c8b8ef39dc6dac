// PHP into neutral facts.
//
// A curl handle is one request, however many lines set it up. What `config('services.stripe.key')` reads is what a file
// in config/ returns under that name.
#include "detectors/purpose/extractor.h"

namespace overreach::purpose {
namespace {

class Php : private Extractor {
 public:
  Php(const Place& place, FileFacts& out) : Extractor(place, out) {}
  void take(const Match& match);
  void finish() { Extractor::finish(); }

 private:
  Value eval(Node node, unsigned depth = 0) const;
  Value eval_call(Node node, unsigned depth) const;
  Value simplify(Value call, Node node) const;
  Value eval_string(Node node, unsigned depth) const;
  Value eval_array(Node node, unsigned depth) const;
  void add_arguments(Node node, unsigned depth, Value& out) const;
  std::optional<std::string> dotted(Node node, unsigned depth) const;

  void take_bind(Node target, Node value);
  void take_call(Node node);
  bool take_curl(const Value& value);
  void take_option(const std::string& handle, std::string_view option, Value value, Node node);
  void take_field(Node node);
  void take_function(Node node);
  void take_import(Node node);
  void take_config(Node node);
};

Node peel(Node node) {
  for (int i = 0; i < 16; ++i) {
    if (node.is("parenthesized_expression") || node.is("error_suppression_expression"))
      node = node.child(0);
    else if (node.is("cast_expression"))
      node = node.field("value");
    else
      break;
  }
  return node;
}

bool is_member(Node node) {
  return node.is("member_access_expression") || node.is("nullsafe_member_access_expression");
}

std::optional<std::string> Php::dotted(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return std::nullopt;
  if (node.is("variable_name")) {
    const std::string name(node.text().substr(1));
    return name == "this" ? "self" : name;
  }
  if (node.is("name") || node.is("qualified_name") || node.is("relative_scope")) {
    const std::string name = with_dots(node.text());
    return is_any_of(name, {"self", "static"}) ? "self" : name;
  }
  if (is_member(node)) {
    const Node name = node.field("name");
    auto object = dotted(node.field("object"), depth + 1);
    if (!object || !name.is("name")) return std::nullopt;
    return *object + "." + std::string(name.text());
  }
  if (node.is("scoped_property_access_expression")) {
    auto object = dotted(node.field("scope"), depth + 1);
    if (!object || !node.field("name").is("variable_name")) return std::nullopt;
    return *object + "." + std::string(node.field("name").text().substr(1));
  }
  if (node.is("class_constant_access_expression") && node.child_count() == 2) {
    auto object = dotted(node.child(0), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(node.child(1).text());
  }
  if (node.is("subscript_expression") && node.child_count() == 2) {
    const Node key = node.child(1);
    if (!key.is("string") && !key.is("encapsed_string")) return std::nullopt;
    auto object = dotted(node.child(0), depth + 1);
    if (!object) return std::nullopt;
    return *object + "." + std::string(key.child(0).text());
  }
  return std::nullopt;
}

Value Php::eval_string(Node node, unsigned depth) const {
  std::vector<Value> parts;
  for (const Node child : node.children()) {
    if (child.is("string_content") || child.is("nowdoc_string"))
      parts.push_back(made(Kind::text, std::string(child.text()), node));
    else if (child.is("escape_sequence"))
      parts.push_back(made(Kind::text, unescape(child.text()), node));
    else
      parts.push_back(eval(child, depth + 1));
  }
  Value out = join(std::move(parts));
  out.line = node.line() + place_.line_offset;
  return out;
}

Value Php::eval_array(Node node, unsigned depth) const {
  Value object = made(Kind::object, "", node);
  for (const Node item : node.children(256)) {
    if (!item.is("array_element_initializer")) continue;
    if (item.child_count() == 2) {
      const Value key = eval(item.child(0), depth + 1);
      object.members.emplace_back(key.kind == Kind::text || key.kind == Kind::name ? key.text : "",
                                  eval(item.child(1), depth + 1));
    } else {
      object.parts.push_back(eval(item.child(0), depth + 1));
    }
  }
  if (object.members.empty()) return list_of(std::move(object.parts), node);
  object.open = !object.parts.empty();
  return object;
}

void Php::add_arguments(Node node, unsigned depth, Value& out) const {
  for (const Node argument : node.children(64)) {
    if (!argument.is("argument")) continue;
    const Node name = argument.field("name");
    const Node value = argument.child(argument.child_count() - 1);
    if (name.exists())
      out.members.emplace_back(std::string(name.text()), eval(value, depth + 1));
    else
      out.parts.push_back(eval(value, depth + 1));
  }
}

Value Php::eval_call(Node node, unsigned depth) const {
  Value out = made(Kind::call, "", node);
  Node arguments = node.field("arguments");
  if (node.is("object_creation_expression")) {
    out.constructs = true;
    out.text = dotted(node.child(0), depth).value_or("");
    arguments = node.child(node.child_count() - 1);
  } else if (node.is("function_call_expression")) {
    if (const auto path = dotted(node.field("function"), depth))
      out.text = *path;
    else
      out.receiver.push_back(eval(node.field("function"), depth + 1));
  } else {
    const Node object = node.is("scoped_call_expression") ? node.field("scope") : node.field("object");
    const Node name = node.field("name");
    const auto path = dotted(object, depth);
    out.text = name.is("name") ? std::string(name.text()) : "?";  // $client->$method()
    if (path)
      out.text = *path + "." + out.text;
    else
      out.receiver.push_back(eval(object, depth + 1));
  }
  if (arguments.is("arguments")) add_arguments(arguments, depth, out);
  return out;
}

// Calls that are known to be what they are given: an environment read, a file, a program, the same text.
Value Php::simplify(Value out, Node node) const {
  const auto text_at = [&](std::size_t i) { return i < out.parts.size() && out.parts[i].kind == Kind::text; };
  if (is_any_of(out.text, {"getenv", "env", "Env.get", "apache_getenv"}) && text_at(0)) {
    Value name = made(Kind::environment, out.parts[0].text, node);
    return out.parts.size() > 1 ? either_of(std::move(name), out.parts[1], node) : name;
  }
  if (is_any_of(out.text, {"config", "Config.get"}) && text_at(0))
    return made(Kind::environment, "config(" + out.parts[0].text + ")", node);
  if (text_at(0) && out.parts.size() == 1 && reads_environment(out.text, out.parts[0].text))
    return made(Kind::environment, out.parts[0].text, node);
  if (out.parts.empty()) return out;
  if (is_any_of(out.text, {"json_encode", "trim", "rtrim", "strval", "http_build_query", "urlencode", "rawurlencode"}))
    return out.parts[0];
  if (out.text == "sprintf") {
    const Value format = out.parts[0];
    out.parts.erase(out.parts.begin());
    return filled(format, std::move(out.parts), node);
  }
  if (is_any_of(out.text, {"shell_exec", "exec", "system", "passthru", "proc_open", "popen", "Process", "Process.run",
                           "Process.fromShellCommandline", "Symfony.Component.Process.Process"}))
    return run_of(out.parts[0].kind == Kind::list ? out.parts[0].parts : std::vector<Value>{out.parts[0]}, node);
  if (is_any_of(out.text, {"file_get_contents", "fopen"})) {
    const bool url = out.parts[0].kind != Kind::text || out.parts[0].text.find("://") != std::string::npos;
    if (out.parts.size() > 2 || (url && out.parts[0].kind != Kind::name)) {
      Value request = made(Kind::call, "request", node);
      request.members.emplace_back("url", out.parts[0]);
      if (out.parts.size() > 2) request.members.emplace_back("method", made(Kind::unknown, "", node));
      request.members.emplace_back("context", list_of(std::move(out.parts), node));
      return request;
    }
    Value file = made(Kind::file, "", node);
    file.parts.push_back(out.parts[0]);
    return file;
  }
  // Guzzle and Symfony: request('DELETE', 'repos/x', […])
  if (is_any_of(last_word(out.text), {"request", "requestAsync"}) && out.parts.size() >= 2) {
    if (out.text.size() > 8 && out.receiver.empty())
      out.receiver.push_back(made(Kind::name, out.text.substr(0, out.text.rfind('.')), node));
    Value url = out.parts[1];
    const bool relative =
        url.kind == Kind::text && !url.text.starts_with("/") && url.text.find(':') == std::string::npos;
    if (relative) url.text.insert(0, "/");
    out.text = "request";
    out.members.emplace_back("method", out.parts[0]);
    out.members.emplace_back("url", std::move(url));
    out.parts.erase(out.parts.begin(), out.parts.begin() + 2);
  }
  // Guzzle: new Request('POST', $url, […])
  if (out.constructs && last_word(out.text) == "Request" && out.parts.size() >= 2) {
    out.text = "request";
    out.members.emplace_back("method", out.parts[0]);
    out.members.emplace_back("url", out.parts[1]);
    out.parts.erase(out.parts.begin(), out.parts.begin() + 2);
  }
  return out;
}

Value Php::eval(Node node, unsigned depth) const {
  node = peel(node);
  if (!node.exists() || depth > kEvaluationDepth) return Value();
  const std::string_view type = node.type();
  if (type == "string" || type == "encapsed_string" || type == "heredoc_body" || type == "nowdoc_body")
    return eval_string(node, depth);
  if (type == "heredoc" || type == "nowdoc") return eval(node.field("value"), depth + 1);
  if (type == "shell_command_expression") return run_of({eval_string(node, depth)}, node);
  if (is_any_of(type, {"integer", "float", "boolean", "null"})) return made(Kind::text, std::string(node.text()), node);
  if (type.ends_with("call_expression") || type == "object_creation_expression")
    return simplify(eval_call(node, depth), node);
  if (type == "array_creation_expression") return eval_array(node, depth);
  if (type == "binary_expression") {
    const std::string_view by = node.field("operator").text();
    Value first = eval(node.field("left"), depth + 1), second = eval(node.field("right"), depth + 1);
    if (by == ".") return join({std::move(first), std::move(second)});
    if (by == "??" || by == "||") return either_of(std::move(first), std::move(second), node);
    return list_of({std::move(first), std::move(second)}, node);
  }
  if (type == "conditional_expression") {
    const Node body = node.field("body").exists() ? node.field("body") : node.field("condition");
    return either_of(eval(body, depth + 1), eval(node.field("alternative"), depth + 1), node);
  }
  if (type == "assignment_expression") return eval(node.field("right"), depth + 1);
  if (type == "anonymous_function" || type == "arrow_function") return made(Kind::function, "", node);
  if (const auto path = dotted(node, depth)) {
    for (const std::string_view root : {"_ENV", "_SERVER"}) {
      if (*path == root) return made(Kind::everything, "", node);
      if (path->starts_with(root) && (*path)[root.size()] == '.')
        return made(Kind::environment, path->substr(root.size() + 1), node);
    }
    return made(Kind::name, *path, node);
  }
  if (is_member(node)) return list_of({eval(node.field("object"), depth + 1)}, node);
  if (type == "subscript_expression") return list_of({eval(node.child(0), depth + 1)}, node);
  return made(Kind::unknown, "", node);
}

void Php::take_bind(Node target, Node value) {
  const auto name = dotted(target, 0);
  if (!name) return;
  value = peel(value);
  if (value.is("function_call_expression") && value.field("function").text() == "curl_init") {
    Value call = eval_call(value, 0);
    open_request(*name, call.parts.empty() ? made(Kind::unknown, "", value) : Value(call.parts[0]), value);
    return;
  }
  bind(*name, eval(value), target, target.is("variable_name"));
}

void Php::take_option(const std::string& handle, std::string_view option, Value value, Node node) {
  if (option == "CURLOPT_URL") return add_to_request(handle, "url", std::move(value));
  if (option == "CURLOPT_CUSTOMREQUEST") return add_to_request(handle, "method", std::move(value));
  if (is_any_of(option, {"CURLOPT_POST", "CURLOPT_POSTFIELDS"}))
    add_to_request(handle, "default-method", made(Kind::text, "POST", node));
  add_to_request(handle, std::string(option), std::move(value));
}

bool Php::take_curl(const Value& value) {
  if (!value.text.starts_with("curl_")) return false;
  const Value* handle = value.parts.empty() ? nullptr : &value.parts[0];
  if (handle == nullptr || handle->kind != Kind::name) return true;
  if (value.text == "curl_setopt_array" && value.parts.size() > 1) {
    for (const auto& [option, setting] : value.parts[1].members) {
      if (is_any_of(option, {"CURLOPT_POST", "CURLOPT_POSTFIELDS"}))
        add_to_request(handle->text, "default-method", Value::literal("POST", value.line, value.offset));
      add_to_request(handle->text,
                     option == "CURLOPT_URL"             ? "url"
                     : option == "CURLOPT_CUSTOMREQUEST" ? "method"
                                                         : option,
                     setting);
    }
  }
  return true;
}

void Php::take_call(Node node) {
  Value value = node.is("shell_command_expression") ? eval(node) : simplify(eval_call(node, 0), node);
  if (value.kind != Kind::call) return;
  if (value.text == "curl_setopt" && value.parts.size() == 3 && value.parts[0].kind == Kind::name)
    return take_option(value.parts[0].text, value.parts[1].text, value.parts[2], node);
  if (take_curl(value)) return;
  // Stripe::setApiKey($key)
  if (node.is("scoped_call_expression") && !value.parts.empty() &&
      is_any_of(last_word(value.text), {"setApiKey", "setAccessToken"}))
    return add_binding(value.text.substr(0, value.text.rfind('.')) + ".key", value.parts[0], value.offset, false);
  add_call(std::move(value), node);
}

void Php::take_field(Node node) {
  const Node type = node.field("type");
  for (const Node element : node.children(32)) {
    const bool constant = element.is("const_element");
    if (!constant && !element.is("property_element")) continue;
    const Node target = constant ? element.child(0) : element.field("name");
    const std::string name = constant ? std::string(target.text()) : std::string(target.text().substr(1));
    const Node value = constant ? element.child(1) : element.field("default_value");
    Value bound = value.exists() ? eval(value) : made(Kind::call, with_dots(type.text()), element);
    if (!value.exists() && !type.exists()) continue;
    bound.constructs = bound.constructs || !value.exists();
    if (constant) returns(name, bound);
    bind("self." + name, bound, element, false);
  }
}

void Php::take_function(Node node) {
  std::string name(node.field("name").text());
  if (name == "__construct") name = "constructor";
  std::vector<std::string> params;
  for (const Node parameter : node.field("parameters").children(64)) {
    const std::string_view text = parameter.field("name").text();
    if (text.empty()) continue;
    const std::string param(text.substr(1));
    params.push_back(param);
    const Node type = parameter.field("type");
    if (!parameter.is("property_promotion_parameter")) continue;
    add_binding("self." + param, made(Kind::name, param, parameter), parameter.field("name").begin() + place_.offset,
                false);
    if (!is_constant(last_word(with_dots(type.text())))) continue;
    Value made_by_type = made(Kind::call, with_dots(type.text()), parameter);
    made_by_type.constructs = true;
    add_binding("self." + param, std::move(made_by_type), node.begin() + place_.offset, false);
  }
  Node last;
  for (const Node statement : node.field("body").children()) last = statement;
  if (last.is("return_statement") && last.child(0).exists()) {
    const Value value = eval(last.child(0));
    if (value.kind != Kind::unknown) returns(name, value);
  }
  add_function(node, std::move(name), std::move(params));
}

void Php::take_import(Node node) {
  std::string prefix;
  const auto take_clause = [&](Node clause) {
    const Node path = clause.child(0);
    std::string module = prefix + with_dots(path.text());
    const Node alias = clause.field("alias");
    std::string local(alias.exists() ? alias.text() : last_word(module));
    // A facade stands for its service.
    if (module.starts_with("Illuminate.Support.Facades.")) module = std::string(last_word(module));
    add_import(std::move(local), std::move(module), false);
  };
  for (const Node child : node.children(64)) {
    if (child.is("namespace_name")) prefix = with_dots(child.text()) + ".";
    if (child.is("namespace_use_clause")) take_clause(child);
    if (!child.is("namespace_use_group")) continue;
    for (const Node clause : child.children(64)) take_clause(clause);
  }
}

// config/services.php: return ['stripe' => ['key' => env('STRIPE_KEY')]];
void Php::take_config(Node node) {
  const std::size_t at = out_.path.rfind("config/");
  if (at == std::string::npos || (at > 0 && out_.path[at - 1] != '/')) return;
  std::string name = out_.path.substr(at + 7);
  name.resize(name.rfind('.'));
  std::vector<std::pair<std::string, Value>> open = {{name, eval(node)}};
  for (std::size_t i = 0; i < open.size() && open.size() < 4096; ++i) {
    const Value value = open[i].second;
    const std::string path = open[i].first;
    for (const auto& [key, member] : value.members) open.emplace_back(path + "." + key, member);
    if (value.kind == Kind::object) continue;
    Binding binding;
    binding.target = Name{Name::Kind::environment, out_.path, "config(" + path + ")"};
    binding.line = value.line;
    binding.value = value;
    binding.offset = value.offset;
    out_.bindings.push_back(std::move(binding));
  }
}

void Php::take(const Match& match) {
  if (const Node call = match.get("call"); call.exists())
    take_call(call);
  else if (const Node target = match.get("bind.target"); target.exists())
    take_bind(target, match.get("bind.value"));
  else if (const Node function = match.get("function"); function.exists())
    take_function(function);
  else if (const Node scope = match.get("scope"); scope.exists()) {
    // A closure sees the variables round it: it is no scope of its own but for its parameters.
    std::vector<std::string> params;
    for (const Node parameter : scope.field("parameters").children(16))
      if (parameter.field("name").exists()) params.emplace_back(parameter.field("name").text().substr(1));
    add_function(scope, "", std::move(params));
  } else if (const Node node = match.get("class"); node.exists())
    add_class(std::string(node.field("name").text()), node);
  else if (const Node field = match.get("field"); field.exists())
    take_field(field);
  else if (const Node import = match.get("import"); import.exists())
    take_import(import);
  else if (const Node config = match.get("config"); config.exists())
    take_config(config);
  else if (const Node require = match.get("require"); require.exists()) {
    const Value path = eval(require.child(0));
    std::string file;
    walk(path, [&](const Value& part) {
      if (part.kind == Kind::text && part.text.find(".php") != std::string::npos) file = part.text;
    });
    if (!file.empty()) add_import(file, file.starts_with("/") ? file.substr(1) : file, true);
  } else if (const Node constant = match.get("constant"); constant.exists() && is_constant(constant.text()))
    mention(constant.text());
}

}  // namespace

void extract_php(std::string_view source, const Place& place, FileFacts& out) {
  const Grammar& rules = grammar("php");
  const Result<Syntax> syntax = Syntax::parse(rules.language, source);
  if (!syntax) {
    out.failed = true;
    out.why = syntax.error().message;
    return;
  }
  Php reader(place, out);
  for (const Match& match : rules.query.matches(*syntax)) reader.take(match);
  reader.finish();
}

}  // namespace overreach::purpose
