// All files together: what a name in one file means in another.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "detectors/model/token.h"
#include "detectors/purpose/facts.h"
#include "detectors/purpose/purpose.h"

namespace overreach::purpose {

/// A place where a function is called.
struct CallSite {
  std::size_t file = 0;
  const std::vector<Value>* arguments = nullptr;
  std::size_t skip = 0;         // arguments that are the callee itself (shell: the first word)
  const Value* call = nullptr;  // for keyword arguments; null in shell
  std::uint32_t line = 0;
};

/// The facts of every file that was read, linked. Immutable after construction; what link() answers is remembered, so
/// one thread at a time.
class Program {
 public:
  /// `files` sorted by path, `paths` are all of `code`. Literals that hold the secret of a token are marked on the way
  /// in.
  Program(std::vector<FileFacts> files, const CodeBase& code, std::span<const std::string> paths,
          std::span<const Token> tokens);
  Program(const Program&) = delete;

  const std::vector<FileFacts>& files() const { return files_; }
  std::optional<std::size_t> file(const std::string& path) const;
  /// The file that `relative` means when `from` says it; nullopt when it was not read.
  std::optional<std::size_t> file_beside(const std::string& from, std::string_view relative) const;

  /// The name that a reference stands for, through imports and object members; nullopt: nothing that could carry
  /// a credential.
  std::optional<Name> link(const Name& reference) const;
  /// Linked names of `value` and everything in it. Sorted, unique.
  std::vector<Name> names_in(const Value& value) const;
  /// The function of ours that a call calls, when what it returns is known: a name like any other. nullopt: not known.
  std::optional<Name> callee(const Value& call, unsigned depth = 0) const;
  /// What the calls in `value` are made on: what they return is derived from it.
  std::vector<Name> receivers_in(const Value& value) const;

  struct Bound {
    std::size_t file;
    const Binding* binding;
  };
  /// What is assigned to a linked name.
  const std::vector<Bound>& bindings(const Name& name) const;
  /// The same for a variable of the environment: its own scope, then the scopes round it, then dotenv files.
  std::vector<Bound> environment_bindings(const Name& name) const;

  /// The function whose parameter `name` is.
  const Function* function_of(const Name& parameter) const;
  const std::vector<CallSite>& call_sites(const std::string& function_scope) const;
  /// The argument that a call site passes for a parameter; null: none.
  const Value* argument(const CallSite& site, const Function& function, std::string_view parameter) const;
  /// True when a command's first word is a function of its own script.
  bool is_function(const std::string& path, const std::string& name) const;

  /// True when the type that `file` calls `type` is ours and has this method.
  bool has_method(std::size_t file, std::string_view type, std::string_view method) const;

  /// Content of a file of the code base that `from` names, at most 256 KiB.
  std::optional<std::string> content(const std::string& from, std::string_view relative) const;

  /// False when the code plans Terraform's changes and nothing in sight applies them.
  bool terraform_applies() const { return terraform_applies_; }

  const std::map<std::string, std::string>& parents() const { return parents_; }
  /// Files that `file` imports.
  std::vector<std::size_t> imported_by(std::size_t file) const;
  bool closed(const std::string& scope) const;
  /// The file an environment scope belongs to.
  static std::string path_of(std::string_view scope);

 private:
  std::optional<Name> link(const Name& reference, unsigned depth) const;
  std::optional<Name> link_member(const Name& prefix, std::string_view rest, unsigned depth) const;
  std::optional<Name> link_import(const Name& reference, unsigned depth) const;
  std::optional<std::size_t> module_file(const FileFacts& from, const Import& import) const;
  void unify_packages();
  std::optional<std::size_t> class_file(const FileFacts& from, std::string_view module) const;
  void index_classes();
  bool applies_terraform() const;
  void link_modules();
  void bind_in_module(const FileFacts& from, const std::string& scope, const Import& module, std::vector<Binding>& out);
  void index_imports();
  std::optional<std::size_t> package_file(const FileFacts& from, std::string_view module) const;
  /// The file whose top level `file` shares: the first of its package in Go, itself elsewhere.
  std::size_t home(std::size_t file) const;
  std::optional<Name> link_parameter(const Name& reference, unsigned depth) const;
  std::optional<Name> link_returned(const Value& call, std::string_view rest, unsigned depth) const;
  /// The import that binds `local` in a file, and the file it means if that was read; null: none.
  struct Imported {
    const Import* import = nullptr;
    std::optional<std::size_t> target;
  };
  const Imported* imported(std::size_t file, std::string_view local) const;
  void mark_literals(std::span<const Token> tokens);
  void index_bindings();
  void index_calls();
  void add_call_site(std::size_t file, const Call& call);
  std::string owner_of(const Value& call) const;
  struct Located {
    std::size_t file = 0;
    const Function* function = nullptr;
  };
  Located find_function(std::size_t file, std::string_view name, std::string_view owner) const;

  std::vector<FileFacts> files_;
  const CodeBase& code_;
  std::unordered_set<std::string> all_paths_;
  std::vector<std::size_t> dotenv_;  // files
  std::unordered_map<std::string, std::size_t> by_path_;
  std::unordered_map<Name, std::vector<Bound>, NameHash> bound_;
  mutable unsigned steps_ = 0;  // of the link that is looked for: each name can have many bindings
  mutable std::unordered_map<Name, std::optional<Name>, NameHash> linked_;     // what link() answered before
  std::unordered_map<std::string, const Function*> functions_;                 // "path@begin"
  std::unordered_map<std::string, std::vector<CallSite>> call_sites_;          // "path@begin"
  std::map<std::pair<std::size_t, std::string>, std::vector<Located>> named_;  // (home of the file, name)
  std::map<std::string, std::size_t, std::less<>> packages_;  // "go:" or "terraform:" and a directory -> its first file
  std::vector<std::map<std::string, Imported, std::less<>>> imports_;                 // per file, by local name
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_class_;  // (language, class or constant)
  std::vector<std::vector<std::size_t>> targets_;  // per file: the files that its imports mean, each once
  bool terraform_applies_ = true;
  std::map<std::string, std::string> parents_;
  std::set<std::string> closed_;
};

/// Calls `visit` for every top-level value of a file.
template <class Facts, class Visit>
void each_value(Facts& facts, const Visit& visit) {
  for (auto& binding : facts.bindings) visit(binding.value);
  for (auto& call : facts.calls) visit(call.value);
  for (auto& command : facts.commands) {
    for (auto& word : command.words) visit(word);
    for (auto& assign : command.assigns) visit(assign.second);
    for (auto& input : command.input) visit(input);
  }
  for (auto& step : facts.steps)
    for (auto& with : step.with) visit(with.second);
}

}  // namespace overreach::purpose
