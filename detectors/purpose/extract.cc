// Which language a file is, and the lexical scopes of its names.
#include "detectors/purpose/extract.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace overreach::purpose {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

struct Ending {
  std::string_view ending;
  std::string_view language;
};

// A '!' marks code that is not read yet: a mention there means "unknown", never "no use".
constexpr Ending kEndings[] = {
    {".sh", "bash"},           {".bash", "bash"},      {".zsh", "bash"},       {".ksh", "bash"},
    {".js", "javascript"},     {".mjs", "javascript"}, {".cjs", "javascript"}, {".jsx", "javascript"},
    {".ts", "typescript"},     {".mts", "typescript"}, {".cts", "typescript"}, {".tsx", "tsx"},
    {".py", "python"},         {".pyi", "python"},     {".yaml", "yaml"},      {".yml", "yaml"},
    {".json", "yaml"},         {".mk", "makefile"},    {".env", "dotenv"},     {".ini", "dotenv"},
    {".properties", "dotenv"}, {".tfvars", "dotenv"},  {".go", "go"},          {".rb", "ruby"},
    {".java", "java"},         {".kt", "!kotlin"},     {".rs", "!rust"},       {".cs", "!c#"},
    {".php", "php"},           {".tf", "terraform"},   {".hcl", "!hcl"},       {".swift", "!swift"},
    {".scala", "!scala"},      {".ex", "!elixir"},     {".exs", "!elixir"},    {".ps1", "!powershell"},
    {".lua", "!lua"},          {".pl", "!perl"},       {".vue", "!vue"},       {".svelte", "!svelte"},
    {".ipynb", "!notebook"},   {".prisma", "data"},    {".groovy", "!groovy"}, {".gradle", "!gradle"},
    {".dart", "!dart"},        {".c", "!c"},           {".cc", "!c++"},        {".cpp", "!c++"},
    {".fish", "!fish"},        {".nix", "!nix"},       {".just", "!just"},
};

std::string language_of_shebang(std::string_view bytes) {
  if (!bytes.starts_with("#!")) return {};
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.find("php") != std::string_view::npos) return "php";
  if (line.find("ruby") != std::string_view::npos) return "ruby";
  if (line.find("python") != std::string_view::npos) return "python";
  if (line.find("node") != std::string_view::npos || line.find("bun") != std::string_view::npos ||
      line.find("deno") != std::string_view::npos)
    return "javascript";
  if (line.find("sh") != std::string_view::npos) return "bash";
  return "!script";
}

bool is_special(std::string_view path, const Name& name) {
  return name.kind == Name::Kind::local && name.scope.starts_with(path);
}

/// Finds the innermost function or class round an offset, and what each declares.
class Scopes {
 public:
  explicit Scopes(FileFacts& facts) : facts_(facts) {
    merge_functions();
    for (const Binding& binding : facts.bindings)
      if (binding.declares && binding.target.kind == Name::Kind::local)
        declared_.insert({function_at(binding.offset), std::string(first_word(binding.target.text))});
  }

  Name resolve(const std::string& dotted, std::uint32_t offset) const {
    const std::string_view first = first_word(dotted);
    if (first == "this" || first == "self" || first == "cls") return {Name::Kind::local, key(class_at(offset)), dotted};
    for (const Function* at = innermost(offset); at != nullptr; at = outer(*at)) {
      if (declared_.count({at->begin, std::string(first)}) != 0) return {Name::Kind::local, key(at->begin), dotted};
      for (const Parameter& parameter : at->params)
        if (parameter.name == first) return {Name::Kind::parameter, key(at->begin), dotted};
    }
    return {Name::Kind::local, key(0), dotted};
  }

  /// `$1` of a function, or of the whole script.
  Name positional(const std::string& digit, std::uint32_t offset) const {
    const Function* at = innermost(offset);
    return {Name::Kind::parameter, at == nullptr ? facts_.path + "@file" : key(at->begin), digit};
  }

 private:
  std::string key(std::uint32_t begin) const { return facts_.path + "@" + std::to_string(begin); }
  std::uint32_t function_at(std::uint32_t offset) const {
    const Function* at = innermost(offset);
    return at == nullptr ? 0 : at->begin;
  }
  std::uint32_t class_at(std::uint32_t offset) const {
    std::uint32_t best = 0;
    for (const Function& c : facts_.classes)
      if (c.begin <= offset && offset < c.end && c.begin >= best) best = c.begin;
    return best;
  }
  // Functions are sorted by their beginning, so the last one that contains the offset is the innermost.
  const Function* innermost(std::uint32_t offset) const { return last_containing(offset, facts_.functions.size()); }
  const Function* outer(const Function& inner) const {
    return last_containing(inner.begin, static_cast<std::size_t>(&inner - facts_.functions.data()));
  }
  const Function* last_containing(std::uint32_t offset, std::size_t limit) const {
    for (std::size_t i = limit, steps = 0; i > 0 && steps < 4096; --i, ++steps) {
      const Function& f = facts_.functions[i - 1];
      if (f.begin <= offset && offset < f.end) return &f;
    }
    return nullptr;
  }

  void merge_functions() {
    auto& all = facts_.functions;
    std::sort(all.begin(), all.end(), [](const Function& a, const Function& b) {
      return std::tie(a.begin, b.end, b.name) < std::tie(b.begin, a.end, a.name);  // outer first, named first
    });
    all.erase(std::unique(all.begin(), all.end(),
                          [](const Function& a, const Function& b) { return a.begin == b.begin && a.end == b.end; }),
              all.end());
    for (Function& function : all)
      for (const Function& c : facts_.classes)
        if (c.begin <= function.begin && function.end <= c.end) function.owner = c.name;
  }

  FileFacts& facts_;
  std::set<std::pair<std::uint32_t, std::string>> declared_;
};

void resolve_value(Value& value, const Scopes& scopes, const std::string& scope) {
  walk_mutable(value, [&](Value& v) {
    if (v.kind == Value::Kind::name) v.where = scopes.resolve(v.text, v.offset);
    if (v.kind == Value::Kind::call && v.receiver.empty() && !v.text.empty()) {
      const std::size_t dot = v.text.rfind('.');
      v.where = scopes.resolve(v.text.substr(0, dot), v.offset);
    }
    if (v.kind == Value::Kind::secret) v.where = {Name::Kind::secret, "", v.text};
    if (v.kind != Value::Kind::environment) return;
    const bool positional = v.text.size() == 1 && !std::isalpha(static_cast<unsigned char>(v.text[0])) && v.text != "_";
    v.where = positional ? scopes.positional(v.text, v.offset) : Name{Name::Kind::environment, scope, v.text};
  });
}

}  // namespace

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    switch (next) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case '0':
        out += '\0';
        break;
      case '\n':
        break;
      default:
        out += next;
    }
  }
  return out;
}

bool reads_environment(std::string_view callee, std::string_view argument) {
  if (argument.size() < 3 || !std::all_of(argument.begin(), argument.end(), [](unsigned char c) {
        return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_';
      }))
    return false;
  const std::string name = lower(callee);
  constexpr std::string_view kWords[] = {"env", "config", "secret", "require", "mustget"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool is_found_by_name(std::string_view language) {
  return language == "ruby" || language == "java" || language == "php";
}

std::string language_of(std::string_view path, std::string_view first_bytes) {
  const std::string name = lower(path.substr(path.rfind('/') + 1));
  if (name.starts_with(".env") || name == "env" || name.ends_with(".env") || name == ".npmrc" || name == ".flaskenv")
    return "dotenv";
  if (name.starts_with("dockerfile") || name.ends_with(".dockerfile") || name == "containerfile") return "dockerfile";
  if ((name.starts_with("application") || name.starts_with("bootstrap")) &&
      (name.ends_with(".yml") || name.ends_with(".yaml") || name.ends_with(".properties")))
    return "properties";
  if (name == "rakefile" || name == "gemfile" || name == "fastfile" || name == "config.ru" || name.ends_with(".rake"))
    return "ruby";
  if (name == "makefile" || name == "gnumakefile") return "makefile";
  if (name == "justfile" || name == "procfile" || name == "jenkinsfile" || name == "taskfile") return "!" + name;
  for (const Ending& row : kEndings)
    if (name.ends_with(row.ending)) return std::string(row.language);
  if (std::string language = language_of_shebang(first_bytes); !language.empty()) return language;
  return "data";
}

void resolve_scopes(FileFacts& facts) {
  const Scopes scopes(facts);
  for (Binding& binding : facts.bindings) {
    if (binding.target.kind == Name::Kind::local && !is_special(facts.path, binding.target))
      binding.target = scopes.resolve(binding.target.text, binding.offset);
    std::string scope = binding.target.kind == Name::Kind::environment ? binding.target.scope : facts.path;
    if (binding.outer) {
      const auto parent = facts.parents.find(scope);
      scope = parent == facts.parents.end() ? facts.path : parent->second;
    }
    resolve_value(binding.value, scopes, scope);
  }
  for (Call& call : facts.calls) resolve_value(call.value, scopes, facts.path);
  for (Command& command : facts.commands) {
    for (Value& word : command.words) resolve_value(word, scopes, command.scope);
    for (auto& assign : command.assigns) resolve_value(assign.second, scopes, command.scope);
    for (Value& input : command.input) resolve_value(input, scopes, command.scope);
  }
  for (Step& step : facts.steps)
    for (auto& with : step.with) resolve_value(with.second, scopes, step.scope);
}

// new X(…), X(…) and the usual makers.
bool makes_a_thing(const Value& value) {
  if (value.kind != Value::Kind::call || !value.receiver.empty()) return false;
  const std::string_view last = last_word(value.text);
  if (value.constructs || (!last.empty() && std::isupper(static_cast<unsigned char>(last[0])) != 0)) return true;
  for (const std::string_view maker : {"client", "resource", "connect", "create_engine", "createClient", "from_url"})
    if (last == maker) return true;
  return false;
}

void bind_returns(FileFacts& facts, std::vector<Returned> returned) {
  const auto holds = [](const Function& range, std::uint32_t offset) {
    return range.begin <= offset && offset < range.end;
  };
  for (Returned& one : returned) {
    const bool named = one.value.kind == Value::Kind::name &&
                       std::any_of(facts.bindings.begin(), facts.bindings.end(), [&](const Binding& binding) {
                         return binding.target.text == one.value.text && makes_a_thing(binding.value);
                       });
    if (!named && !makes_a_thing(one.value)) continue;
    const Function* round = nullptr;
    std::size_t depth = 0;
    for (const Function& function : facts.functions) {
      if (!holds(function, one.offset)) continue;
      const bool same = round != nullptr && round->begin == function.begin && round->end == function.end;
      if (!same) ++depth;
      if (!same || round->name.empty())
        round = &function;  // a function in a variable is there twice, once with its name
    }
    const bool method = std::any_of(facts.classes.begin(), facts.classes.end(),
                                    [&](const Function& type) { return holds(type, one.offset); });
    if (depth != 1 || method || round->name.empty()) continue;
    Binding binding;
    binding.target = {Name::Kind::local, facts.path + "@0", round->name};
    binding.line = one.value.line;
    binding.offset = one.offset;
    binding.value = std::move(one.value);
    binding.declares = false;
    binding.field = true;
    facts.bindings.push_back(std::move(binding));
  }
}

FileFacts extract(const std::string& path, std::string_view source) {
  FileFacts out;
  out.path = path;
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  out.language = language_of(path, source.substr(0, 128));
  const Place place{path, "", 0, 0};
  if (out.language == "bash")
    extract_shell(source, place, out);
  else if (out.language == "python")
    extract_python(source, place, out);
  else if (out.language == "terraform")
    extract_terraform(source, place, out);
  else if (out.language == "go")
    extract_go(source, place, out);
  else if (out.language == "ruby")
    extract_ruby(source, place, out);
  else if (out.language == "java")
    extract_java(source, place, out);
  else if (out.language == "php")
    extract_php(source, place, out);
  else if (out.language == "properties")
    extract_properties(source, out);
  else if (out.language == "yaml")
    extract_yaml(source, out);
  else if (out.language == "dotenv")
    extract_assignments(source, out);
  else if (out.language == "dockerfile")
    extract_dockerfile(source, out);
  else if (out.language == "makefile")
    extract_makefile(source, out);
  else if (out.language == "javascript" || out.language == "typescript" || out.language == "tsx")
    extract_ecmascript(source, out.language, place, out);
  else if (out.language.starts_with("!")) {
    out.failed = true;
    out.why = out.language.substr(1) + " is not read yet";
  }
  resolve_scopes(out);
  return out;
}

}  // namespace overreach::purpose
