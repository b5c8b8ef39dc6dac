// What the readers of class-based languages share: Ruby, Java, PHP.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/purpose/extract.h"
#include "detectors/purpose/queries.h"

namespace overreach::purpose {

/// True when `word` is one of `words`.
bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words);

/// "Acme::Rail", "Acme\Rail" and "acme::rail" as dotted names.
std::string with_dots(std::string_view path);

/// True for names that begin with a capital: constants, classes.
bool is_constant(std::string_view word);

/// Collects the facts of one file. Fields are spelled `self.x` whatever the language writes, constructors are named
/// "constructor", a program that is run is the call `subprocess.run`, and what a function returns is bound to its name.
class Extractor {
 public:
  Extractor(const Extractor&) = delete;

 protected:
  using Kind = Value::Kind;

  Extractor(const Place& place, FileFacts& out) : place_(place), out_(out) {}
  ~Extractor() = default;

  Value made(Kind kind, std::string text, Node node) const {
    return Value::of(kind, std::move(text), node.line() + place_.line_offset, node.begin() + place_.offset);
  }
  Value list_of(std::vector<Value> parts, Node node) const;
  Value either_of(Value first, Value second, Node node) const;
  /// The call that stands for running a program: words, or one text for a shell.
  Value run_of(std::vector<Value> words, Node node) const;

  /// A template with `%s` or `{}` holes and what is put into them.
  Value filled(const Value& format, std::vector<Value> holes, Node node) const;
  /// X.builder().a(1).b(2).build() as `X(…, a: 1, b: 2)`.
  struct Link {
    std::string name;
    std::vector<Value> arguments;
  };
  Value built(std::string type, std::vector<Value> arguments, std::vector<Link> links, Node node) const;
  /// The request that client.post(url).header(…).send() makes; nullopt when the links make none.
  std::optional<Value> request_of(std::optional<Value> client, std::vector<Link> links, Node node) const;

  /// A request that is put together by calls on a variable: curl handles, connections. `open` begins one.
  void open_request(const std::string& variable, Value url, Node node);
  void add_to_request(const std::string& variable, std::string key, Value value);

  /// `name` gets `value`, and `name.key` each member of an object.
  void bind(const std::string& name, const Value& value, Node at, bool declares);
  void add_binding(std::string name, Value value, std::uint32_t offset, bool declares);
  /// What a function returns is what its name stands for, in its class and, by its file, outside.
  void returns(const std::string& function, const Value& value);
  void add_call(Value value, Node node);
  void add_class(const std::string& name, Node node);
  void add_function(Node node, std::string name, std::vector<std::string> params);
  /// A class or constant that no import explains: the file of that name, or a library's.
  void mention(std::string_view name) { mentioned_.insert(std::string(name)); }
  void add_import(std::string local, std::string module, bool relative);

  /// Bare names of `fields` become `self.<name>` where no variable or parameter of that name is nearer, and
  /// mentioned classes become imports. To be called last.
  void finish();

  std::set<std::string> fields_;

  const Place& place_;
  FileFacts& out_;

 private:
  bool shadowed(std::string_view name, std::uint32_t offset) const;

  std::map<std::string, Call> open_;

 protected:
  std::set<std::string> mentioned_;
  std::set<std::string> imported_;
  std::map<std::string, std::vector<std::pair<std::uint32_t, std::uint32_t>>, std::less<>> locals_;
};

}  // namespace overreach::purpose
