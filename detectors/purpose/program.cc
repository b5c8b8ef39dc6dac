// Linking: from names as they are written to the names that carry a credential.
//
// `cfg.stripe.key` is looked up by its longest prefix that something is bound to; what is left of it is then
// sought in what the prefix is: the whole environment, another name, an instance of a class that is known.
#include "detectors/purpose/program.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/paths.h"

namespace overreach::purpose {
namespace {

constexpr unsigned kMaxLinks = 6;
constexpr unsigned kMaxSteps = 1000;  // of one link, over all the ways there are; a real one takes a few dozen
constexpr unsigned kMaxUp = 8;        // directories above a file in which the root of its module is sought
constexpr std::size_t kMaxContent = 256 * 1024;

bool is_any_variable_file(std::string_view language) { return language == "dotenv" || language == "properties"; }
/// The files of a directory share one top level.
bool is_shared(std::string_view language) { return language == "go" || language == "terraform"; }

bool is_self(std::string_view word) { return word == "this" || word == "self" || word == "cls"; }

}  // namespace

Program::Program(std::vector<FileFacts> files, const CodeBase& code, std::span<const std::string> paths,
                 std::span<const Token> tokens)
    : files_(std::move(files)), code_(code), all_paths_(paths.begin(), paths.end()) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    by_path_[files_[i].path] = i;
    if (is_any_variable_file(files_[i].language) && !files_[i].bindings.empty()) dotenv_.push_back(i);
    parents_.insert(files_[i].parents.begin(), files_[i].parents.end());
    closed_.insert(files_[i].closed.begin(), files_[i].closed.end());
  }
  mark_literals(tokens);
  terraform_applies_ = applies_terraform();
  unify_packages();
  index_classes();
  link_modules();
  index_imports();
  index_bindings();
  index_calls();
}

std::string Program::path_of(std::string_view scope) { return std::string(scope.substr(0, scope.find_first_of("#@"))); }

bool Program::closed(const std::string& scope) const {
  std::string at = scope;
  for (int i = 0; i < 4; ++i) {
    if (closed_.count(at) != 0) return true;
    const auto parent = parents_.find(at);
    if (parent == parents_.end()) return false;
    at = parent->second;
  }
  return false;
}

std::optional<std::size_t> Program::file(const std::string& path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Program::file_beside(const std::string& from, std::string_view relative) const {
  if (relative.empty() || relative.size() > 512) return std::nullopt;
  if (const auto found = file(normal_path(directory_of(from) + std::string(relative)))) return found;
  return file(normal_path(relative));
}

std::optional<std::string> Program::content(const std::string& from, std::string_view relative) const {
  for (const std::string& path : {normal_path(directory_of(from) + std::string(relative)), normal_path(relative)}) {
    if (all_paths_.count(path) == 0) continue;
    Result<std::string> bytes = code_.read(path);
    if (bytes && bytes->size() <= kMaxContent) return std::move(*bytes);
  }
  return std::nullopt;
}

void Program::mark_literals(std::span<const Token> tokens) {
  std::map<std::string, std::vector<std::pair<std::string_view, std::size_t>>> in_file;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (const Site& site : tokens[i].sites) {
      auto& list = in_file[site.origin.path];
      if (!list.empty() && list.back().second == i) continue;
      if (!tokens[i].secret.empty()) list.emplace_back(tokens[i].secret.reveal(), i);
      for (const Companion& companion : tokens[i].companions)
        if (companion.secret && companion.value.reveal().size() >= 8) list.emplace_back(companion.value.reveal(), i);
    }
  }
  for (FileFacts& facts : files_) {
    const auto found = in_file.find(facts.path);
    if (found == in_file.end()) continue;
    each_value(facts, [&](Value& value) {
      walk_mutable(value, [&](Value& v) {
        if (v.kind != Value::Kind::text) return;
        for (const auto& [secret, index] : found->second)
          if (v.text.find(secret) != std::string::npos) v.where = {Name::Kind::literal, "", std::to_string(index)};
      });
    });
  }
}

void Program::index_bindings() {
  for (std::size_t i = 0; i < files_.size(); ++i)
    for (const Binding& binding : files_[i].bindings) bound_[binding.target].push_back({i, &binding});
}

const std::vector<Program::Bound>& Program::bindings(const Name& name) const {
  static const std::vector<Bound> none;
  const auto found = bound_.find(name);
  return found == bound_.end() ? none : found->second;
}

std::vector<Program::Bound> Program::environment_bindings(const Name& name) const {
  Name at = name;
  for (int i = 0; i < 4; ++i) {
    if (const auto& found = bindings(at); !found.empty()) return found;
    const auto parent = parents_.find(at.scope);
    if (parent == parents_.end()) break;
    at.scope = parent->second;
  }
  std::vector<Bound> out;
  if (closed(name.scope)) return out;
  for (const std::size_t i : dotenv_) {
    const auto& found = bindings({Name::Kind::environment, files_[i].path, name.text});
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

std::size_t Program::home(std::size_t index) const {
  if (!is_shared(files_[index].language)) return index;
  const auto found = packages_.find(files_[index].language + ":" + directory_of(files_[index].path));
  return found == packages_.end() ? index : found->second;
}

// Where `terraform plan` is all that is run, nothing is applied.
bool Program::applies_terraform() const {
  bool plans = false, applies = false;
  for (const FileFacts& facts : files_) {
    for (const Command& command : facts.commands) {
      bool terraform = false;
      for (const Value& word : command.words) {
        if (word.kind != Value::Kind::text) continue;
        terraform = terraform || word.text == "terraform" || word.text == "tofu" || word.text == "terragrunt";
        plans = plans || (terraform && word.text == "plan");
        applies = applies || (terraform && (word.text == "apply" || word.text == "destroy"));
      }
    }
  }
  return applies || !plans;
}

// The files of a package in Go share one top level: its names get the scope of the package's first file.
void Program::unify_packages() {
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (is_shared(files_[i].language)) packages_.emplace(files_[i].language + ":" + directory_of(files_[i].path), i);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    FileFacts& facts = files_[i];
    if (!is_shared(facts.language) || home(i) == i) continue;
    const std::string own = facts.path + "@0", shared = files_[home(i)].path + "@0";
    std::set<std::string, std::less<>> imports;
    for (const Import& import : facts.imports) imports.insert(import.local);
    const auto move = [&](Name& name) {
      if (name.kind == Name::Kind::local && name.scope == own && imports.count(first_word(name.text)) == 0)
        name.scope = shared;
    };
    for (Binding& binding : facts.bindings) move(binding.target);
    each_value(facts, [&](Value& value) { walk_mutable(value, [&](Value& v) { move(v.where); }); });
  }
}

// "github.com/acme/app/internal/config" lies in a directory that ends like it: under the module's own directory, which
// is one of those above the importing file, without the part that names the module.
std::optional<std::size_t> Program::package_file(const FileFacts& from, std::string_view module) const {
  std::string base = directory_of(from.path);
  for (unsigned up = 0; up < kMaxUp; ++up) {
    std::string_view rest = module;
    for (std::size_t slash; (slash = rest.find('/')) != std::string_view::npos;) {
      rest.remove_prefix(slash + 1);
      if (const auto found = packages_.find("go:" + base + std::string(rest) + "/"); found != packages_.end())
        return found->second;
    }
    if (base.empty()) break;
    base = directory_of(std::string_view(base).substr(0, base.size() - 1));
  }
  return std::nullopt;
}

// How much two paths have in common from their roots.
std::size_t shared_prefix(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return i;
}

// Of several classes of one name the nearest is meant.
std::optional<std::size_t> Program::class_file(const FileFacts& from, std::string_view module) const {
  std::optional<std::size_t> best;
  std::size_t nearest = 0;
  const std::size_t cut = module.find_last_of("./");
  const std::string word(module.substr(cut == std::string_view::npos ? 0 : cut + 1));
  const auto found = by_class_.find({from.language, word});
  if (found == by_class_.end()) return std::nullopt;
  for (const std::size_t i : found->second) {
    const std::size_t shared = shared_prefix(files_[i].path, from.path);
    if (best && shared <= nearest) continue;
    best = i;
    nearest = shared;
  }
  return best;
}

// What a Terraform module is given are the variables in its directory; it has the providers of who calls it unless it
// has its own.
void Program::bind_in_module(const FileFacts& from, const std::string& scope, const Import& module,
                             std::vector<Binding>& out) {
  const auto target = module_file(from, module);
  if (!target) return;
  const std::string inside = files_[*target].path + "@0";
  const std::string prefix = module.local + ".";
  for (const FileFacts& facts : files_) {
    for (const Binding& binding : facts.bindings) {
      const std::string& text = binding.target.text;
      if (facts.language != "terraform" || binding.target.scope != scope) continue;
      Binding copy = binding;
      if (text.starts_with(prefix)) {
        copy.target = {Name::Kind::local, inside, "var." + text.substr(prefix.size())};
      } else if (text.starts_with("provider.")) {
        copy.target = {Name::Kind::local, inside, text};
        copy.value = Value::of(Value::Kind::name, text, binding.value.line, binding.value.offset);
        copy.value.where = binding.target;
      } else {
        continue;
      }
      out.push_back(std::move(copy));
    }
  }
}

void Program::link_modules() {
  constexpr unsigned kMaxNested = 3;  // modules in modules
  std::set<Name> providers;
  for (const FileFacts& facts : files_)
    for (const Binding& binding : facts.bindings)
      if (facts.language == "terraform") providers.insert(binding.target);
  std::set<std::tuple<Name, std::size_t, std::uint32_t>> given;  // variable of a module, file and line that give it
  for (unsigned round = 0; round < kMaxNested; ++round) {
    bool any = false;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].language != "terraform") continue;
      const std::string scope = files_[home(i)].path + "@0";
      std::vector<Binding> more;
      for (const Import& module : files_[i].imports) bind_in_module(files_[i], scope, module, more);
      for (Binding& binding : more) {
        const bool fresh = binding.target.text.starts_with("provider.")
                               ? providers.insert(binding.target).second
                               : given.emplace(binding.target, i, binding.line).second;
        if (!fresh) continue;
        files_[i].bindings.push_back(std::move(binding));
        any = true;
      }
    }
    if (!any) return;
  }
}

std::optional<std::size_t> Program::module_file(const FileFacts& from, const Import& import) const {
  if (is_found_by_name(from.language)) {
    if (const auto found = class_file(from, import.module); found && files_[*found].path != from.path) return found;
    if (!import.relative) return std::nullopt;
    const std::string ending = from.path.substr(std::min(from.path.rfind('.'), from.path.size()));
    for (const std::string& tail : {std::string(), ending})
      for (const std::string& base : {directory_of(from.path), std::string(), std::string("lib/")})
        if (const auto found = file(normal_path(base + import.module + tail))) return found;
    return std::nullopt;
  }
  if (from.language == "python") {
    std::string path = import.module;
    std::string base;
    if (path.starts_with(".")) {
      base = directory_of(from.path);
      for (path.erase(0, 1); path.starts_with("."); path.erase(0, 1)) base += "../";
    }
    std::replace(path.begin(), path.end(), '.', '/');
    std::vector<std::string> tries = {base + path + ".py", base + path + "/__init__.py"};
    if (base.empty()) tries.push_back(directory_of(from.path) + path + ".py"), tries.push_back("src/" + path + ".py");
    if (!import.name.empty()) tries.push_back(base + path + "/" + import.name + ".py");
    for (const std::string& candidate : tries)
      if (const auto found = file(normal_path(candidate))) return found;
    return std::nullopt;
  }
  if (from.language == "go") return package_file(from, import.module);
  if (from.language == "terraform") {
    std::string inside = normal_path(directory_of(from.path) + import.module);
    if (!inside.empty()) inside += "/";
    const auto found = packages_.find("terraform:" + inside);
    return found == packages_.end() ? std::nullopt : std::optional(found->second);
  }
  if (!import.relative) return std::nullopt;
  std::string module = import.module;
  std::vector<std::string> bases = {directory_of(from.path) + module};
  if (module.starts_with("@/") || module.starts_with("~/")) bases = {"src/" + module.substr(2), module.substr(2)};
  for (std::string base : bases) {
    for (const std::string_view ending : {"", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.js"})
      if (const auto found = file(normal_path(base + std::string(ending)))) return found;
    if (base.ends_with(".js"))  // TypeScript writes the name of what it compiles to
      if (const auto found = file(normal_path(base.substr(0, base.size() - 3) + ".ts"))) return found;
  }
  return std::nullopt;
}

// Classes, and constants at the top of a file.
void Program::index_classes() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const FileFacts& facts = files_[i];
    if (!is_found_by_name(facts.language)) continue;
    std::set<std::string> names;
    for (const Function& c : facts.classes) names.insert(c.name);
    for (const Binding& binding : facts.bindings)
      if (binding.declares && binding.target.kind == Name::Kind::local && binding.target.scope == facts.path + "@0" &&
          !binding.target.text.empty() && std::isupper(static_cast<unsigned char>(binding.target.text[0])) != 0)
        names.insert(binding.target.text);
    for (const std::string& name : names) by_class_[{facts.language, name}].push_back(i);
  }
}

void Program::index_imports() {
  imports_.resize(files_.size());
  for (std::size_t i = 0; i < files_.size(); ++i)
    for (const Import& import : files_[i].imports)
      imports_[i].emplace(import.local, Imported{&import, module_file(files_[i], import)});
  targets_.resize(files_.size());
  for (std::size_t i = 0; i < files_.size(); ++i) {
    std::set<std::size_t> seen;
    for (const auto& entry : imports_[i])
      if (entry.second.target && seen.insert(*entry.second.target).second) targets_[i].push_back(*entry.second.target);
  }
}

const Program::Imported* Program::imported(std::size_t file, std::string_view local) const {
  const auto found = imports_[file].find(local);
  return found == imports_[file].end() ? nullptr : &found->second;
}

std::optional<Name> Program::link_import(const Name& reference, unsigned depth) const {
  const auto own = file(path_of(reference.scope));
  if (!own) return std::nullopt;
  const std::string_view first = first_word(reference.text);
  const Imported* found = imported(*own, first);
  if (found == nullptr) return std::nullopt;
  const Import& import = *found->import;
  if (!found->target) return Name{Name::Kind::package, "", import.module};
  const std::string rest = reference.text.size() > first.size() ? reference.text.substr(first.size() + 1) : "";
  const std::string& path = files_[*found->target].path;
  const std::string scope = path + "@0";
  if (import.name.empty() && is_found_by_name(files_[*own].language) &&
      !bindings({Name::Kind::local, scope, std::string(first)}).empty())  // a constant of that file
    return link({Name::Kind::local, scope, reference.text}, depth + 1);
  const bool module_itself = import.name.empty() || path.ends_with("/" + import.name + ".py");
  const std::string name = module_itself ? rest : import.name + (rest.empty() ? "" : "." + rest);
  for (const std::string& prefix : {std::string(), std::string("exports.")}) {
    const Name candidate{Name::Kind::local, scope, prefix + name};
    const Name head{Name::Kind::local, scope, prefix + std::string(first_word(name))};
    if (!bindings(candidate).empty() || !bindings(head).empty()) return link(candidate, depth + 1);
  }
  if (import.name == "default")
    return link({Name::Kind::local, scope, "exports" + (rest.empty() ? "" : "." + rest)}, depth + 1);
  return link({Name::Kind::local, scope, name}, depth + 1);
}

// cfg := config.Load(); cfg.Token: the type that is made, or what the function returns, says what Token is.
std::optional<Name> Program::link_returned(const Value& call, std::string_view rest, unsigned depth) const {
  if (call.where.kind != Name::Kind::local || call.where.text.empty()) return std::nullopt;
  if (call.constructs) {
    const auto field = link({Name::Kind::local, call.where.scope, call.text + "." + std::string(rest)}, depth + 1);
    if (field && field->text.ends_with(rest) && bound_.count(*field) != 0) return field;
  }
  if (depth >= kMaxLinks) return std::nullopt;
  const auto function = callee(call, depth + 1);  // it may be a function that calls itself
  if (!function) return std::nullopt;
  auto inside = link_member(*function, rest, depth + 1);
  return inside && *inside != *function ? inside : std::nullopt;
}

std::optional<Name> Program::callee(const Value& call, unsigned depth) const {
  if (call.kind != Value::Kind::call || call.where.text.empty() || call.text.empty()) return std::nullopt;
  const auto found = link({call.where.kind, call.where.scope, call.text}, depth);
  if (!found || found->kind != Name::Kind::local || bound_.count(*found) == 0) return std::nullopt;
  return last_word(found->text) == last_word(call.text) ? found : std::nullopt;
}

// p.field of a parameter whose type is known: the field of the type, when something is known about it; p itself is
// its type where that embeds another.
std::optional<Name> Program::link_parameter(const Name& reference, unsigned depth) const {
  const std::string_view first = first_word(reference.text);
  const Name whole{reference.kind, reference.scope, std::string(first)};
  if (depth > kMaxLinks) return whole;
  const Function* function = function_of(reference);
  if (function == nullptr) return whole;
  for (const Parameter& parameter : function->params) {
    if (parameter.name != first || parameter.type.empty()) continue;
    const std::string text = parameter.type + reference.text.substr(first.size());
    const bool foreign = text.find('.') < parameter.type.size();
    const std::size_t index = *file(path_of(reference.scope));
    const std::string scope = files_[foreign ? index : home(index)].path + "@0";
    const auto field = link({Name::Kind::local, scope, text}, depth + 1);
    if (field && (field->kind != Name::Kind::local || bound_.count(*field) != 0) && field->kind != Name::Kind::package)
      return field;
  }
  return whole;
}

std::optional<Name> Program::link_member(const Name& prefix, std::string_view rest, unsigned depth) const {
  for (const Bound& bound : bindings(prefix)) {
    const Value& value = bound.binding->value;
    if (value.kind == Value::Kind::everything)
      return Name{Name::Kind::environment, files_[bound.file].path, std::string(first_word(rest))};
    if (value.kind == Value::Kind::name && value.where.kind == Name::Kind::local)
      return link({value.where.kind, value.where.scope, value.where.text + "." + std::string(rest)}, depth + 1);
    if (value.kind == Value::Kind::object && !value.open) return std::nullopt;
    if (value.kind != Value::Kind::call) continue;
    if (auto inside = link_returned(value, rest, depth)) return inside;
    // x = env.parse(process.env): whatever a schema makes of the environment, its members are the variables.
    for (const Value& part : value.parts)
      if (part.kind == Value::Kind::everything)
        return Name{Name::Kind::environment, files_[bound.file].path, std::string(first_word(rest))};
    std::size_t where = bound.file;
    if (is_found_by_name(files_[where].language))
      if (const Imported* import = imported(where, first_word(value.text)); import != nullptr && import->target)
        where = *import->target;
    for (const Function& c : files_[where].classes) {
      if (c.name != value.text) continue;
      for (const char* self : {"this.", "self."}) {
        const Name field{Name::Kind::local, files_[where].path + "@" + std::to_string(c.begin),
                         self + std::string(rest)};
        if (!bindings(field).empty()) return field;
      }
      const Name setting{Name::Kind::local, files_[where].path + "@0", c.name + "." + std::string(rest)};
      if (!bindings(setting).empty()) return setting;
    }
  }
  return prefix;
}

std::optional<Name> Program::link(const Name& reference) const {
  if (reference.kind != Name::Kind::local) return link(reference, 0);
  const auto known = linked_.find(reference);
  if (known != linked_.end()) return known->second;
  steps_ = 0;
  return linked_.emplace(reference, link(reference, 0)).first->second;
}

std::optional<Name> Program::link(const Name& reference, unsigned depth) const {
  if (reference.kind == Name::Kind::parameter) return link_parameter(reference, depth);
  if (reference.kind != Name::Kind::local) return reference;
  if (reference.text.empty() || depth > kMaxLinks || ++steps_ > kMaxSteps) return std::nullopt;
  const std::string_view first = first_word(reference.text);
  for (std::string prefix = reference.text; !prefix.empty();) {
    if (prefix == first && is_self(first)) break;
    const Name candidate{Name::Kind::local, reference.scope, prefix};
    if (bound_.count(candidate) != 0) {
      if (prefix.size() == reference.text.size()) return candidate;
      return link_member(candidate, std::string_view(reference.text).substr(prefix.size() + 1), depth);
    }
    const std::size_t dot = prefix.rfind('.');
    if (dot == std::string::npos) break;
    prefix.resize(dot);
  }
  if (reference.scope.ends_with("@0"))
    if (auto imported = link_import(reference, depth)) return imported;
  return reference;
}

std::vector<Name> Program::names_in(const Value& value) const {
  std::vector<Name> out;
  walk(value, [&](const Value& v) {
    const bool carries = v.kind == Value::Kind::name || v.kind == Value::Kind::environment ||
                         v.kind == Value::Kind::secret ||
                         (v.kind == Value::Kind::text && v.where.kind == Name::Kind::literal);
    if (carries && !v.where.text.empty())
      if (auto name = link(v.where)) out.push_back(std::move(*name));
    if (auto name = callee(v)) out.push_back(std::move(*name));
  });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<Name> Program::receivers_in(const Value& value) const {
  std::vector<Name> out;
  walk(value, [&](const Value& v) {
    if (v.kind != Value::Kind::call || v.where.text.empty()) return;
    if (auto name = link(v.where)) out.push_back(std::move(*name));
  });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::size_t> Program::imported_by(std::size_t index) const {
  std::vector<std::size_t> out;
  for (const auto& entry : imports_[index])
    if (entry.second.target) out.push_back(*entry.second.target);
  return out;
}

const Function* Program::function_of(const Name& parameter) const {
  const auto found = functions_.find(parameter.scope);
  return found == functions_.end() ? nullptr : found->second;
}

const std::vector<CallSite>& Program::call_sites(const std::string& scope) const {
  static const std::vector<CallSite> none;
  const auto found = call_sites_.find(scope);
  return found == call_sites_.end() ? none : found->second;
}

const Value* Program::argument(const CallSite& site, const Function& function, std::string_view name) const {
  for (const Parameter& parameter : function.params) {
    if (parameter.name != name) continue;
    const Value* value = nullptr;
    if (site.call != nullptr) value = site.call->member(name);
    if (value == nullptr && parameter.index + site.skip < site.arguments->size())
      value = &(*site.arguments)[parameter.index + site.skip];
    if (value == nullptr || parameter.member.empty()) return value;
    return value->member(parameter.member);
  }
  return nullptr;
}

bool Program::is_function(const std::string& path, const std::string& name) const {
  const auto found = file(path);
  return found && named_.count({*found, name}) != 0;
}

Program::Located Program::find_function(std::size_t file_index, std::string_view name, std::string_view owner) const {
  const auto found = named_.find({home(file_index), std::string(name)});
  if (found == named_.end()) return {};
  for (const Located& one : found->second)
    if (owner.empty() || one.function->owner == owner) return one;
  return {};
}

bool Program::has_method(std::size_t index, std::string_view type, std::string_view method) const {
  const std::string_view first = first_word(type);
  if (first.size() == type.size()) return find_function(index, method, type).function != nullptr;
  const Imported* import = imported(index, first);
  return import != nullptr && import->target &&
         find_function(*import->target, method, last_word(type)).function != nullptr;
}

// s.f(…) where s is a parameter or receiver of a type of this package: "Server".
std::string Program::owner_of(const Value& call) const {
  if (call.where.kind != Name::Kind::parameter) return {};
  const Function* function = function_of(call.where);
  if (function == nullptr) return {};
  for (const Parameter& parameter : function->params)
    if (parameter.name == call.where.text && parameter.type.find('.') == std::string::npos) return parameter.type;
  return {};
}

// f(…), this.f(…), imported f(…), new K(…), and x.f(…) where only one file is in question.
void Program::add_call_site(std::size_t index, const Call& call) {
  const Value& value = call.value;
  const std::string_view first = first_word(value.text), last = last_word(value.text);
  if (last.empty()) return;
  std::size_t where = index;
  std::string name(last), owner = owner_of(value);
  const Imported* import = imported(index, first);
  if (import != nullptr) {
    if (!import->target) return;
    where = *import->target;
    if (first == last && !import->import->name.empty()) name = import->import->name;
  }
  Located found;
  const bool is_class = std::any_of(files_[where].classes.begin(), files_[where].classes.end(),
                                    [&](const Function& c) { return c.name == name; });
  if (is_class) {
    found = find_function(where, "constructor", name);
    if (found.function == nullptr) found = find_function(where, "__init__", name);
  } else {
    found = find_function(where, name, owner);
    if (found.function == nullptr && name == "default") {
      for (const Bound& bound : bindings({Name::Kind::local, files_[where].path + "@0", "default"}))
        if (bound.file == where) found = find_function(where, bound.binding->value.text, "");
    }
    // An instance of an imported class: its methods are where the class is.
    if (found.function == nullptr && import == nullptr && (first != last || is_found_by_name(files_[index].language))) {
      for (const std::size_t target : targets_[index])
        if (found.function == nullptr) found = find_function(target, name, "");
    }
  }
  if (found.function == nullptr) return;
  call_sites_[files_[found.file].path + "@" + std::to_string(found.function->begin)].push_back(
      {index, &value.parts, 0, &value, call.line});
}

void Program::index_calls() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (const Function& function : files_[i].functions) {
      functions_[files_[i].path + "@" + std::to_string(function.begin)] = &function;
      if (!function.name.empty()) named_[{home(i), function.name}].push_back({i, &function});
    }
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (const Call& call : files_[i].calls) add_call_site(i, call);
    for (const Command& command : files_[i].commands) {
      if (command.words.empty() || command.words[0].kind != Value::Kind::text) continue;
      if (const Function* function = find_function(i, command.words[0].text, "").function)
        call_sites_[files_[i].path + "@" + std::to_string(function->begin)].push_back(
            {i, &command.words, 1, nullptr, command.line});
    }
  }
}

}  // namespace overreach::purpose
