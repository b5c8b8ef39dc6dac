// Code as values: what every language file is translated into.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace overreach::purpose {

/// A name that a credential can travel under.
struct Name {
  enum class Kind : std::uint8_t {
    literal,      // the credential itself stands there; text = index of the token
    environment,  // variable; scope = file, "file#job", or "" for what any program sees
    secret,       // secret of the CI system
    local,        // variable, field or function of a program; scope = file + '@' + offset of the lexical scope
    parameter,    // of a function; scope = file + '@' + offset of the function, text = its name
    package,      // imported library whose module state holds the credential
    session,      // what a login command leaves behind; scope = environment scope, text = program
  };
  Kind kind = Kind::local;
  std::string scope;
  std::string text;
  auto operator<=>(const Name&) const = default;
};
struct NameHash {
  std::size_t operator()(const Name& name) const noexcept {
    const std::hash<std::string_view> hash;
    return (hash(name.scope) * 31 + hash(name.text)) * 31 + static_cast<std::size_t>(name.kind);
  }
};

/// An expression of any language, reduced to what matters for the journey of a credential.
struct Value {
  enum class Kind : std::uint8_t {
    unknown,      // something that is not understood
    text,         // literal text
    name,         // a dotted name; text = "cfg.stripe.key"
    environment,  // a variable of the environment; text = its name
    secret,       // a secret of the CI system; text = its name
    everything,   // the whole environment (`process.env`)
    file,         // the content of a file; parts[0] = its path
    join,         // parts after one another
    either,       // one of the parts
    list,         // an array; parts = items
    object,       // a map or keyword arguments; members
    call,         // text = dotted callee; parts = arguments, members = keyword arguments,
                  // receiver = what the callee's first word stands for when it has no name
    function,     // an inline function; opaque
  };
  Kind kind = Kind::unknown;
  bool constructs = false;  // call: `new X(...)`
  bool open = false;        // object: has a spread or a computed key
  std::string text;
  std::uint32_t offset = 0;  // byte offset in the file
  std::uint32_t line = 0;    // 1-based
  Name where;                // name, environment: filled in when the file is complete
  std::vector<Value> parts;
  std::vector<std::pair<std::string, Value>> members;
  std::vector<Value> receiver;

  // Defined below: a value holds pairs of itself, which are complete only when it is.
  Value();
  ~Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;

  static Value literal(std::string text, std::uint32_t line, std::uint32_t offset = 0);
  static Value of(Kind kind, std::string text, std::uint32_t line, std::uint32_t offset = 0);
  const Value* member(std::string_view key) const {
    for (const auto& [name, value] : members)
      if (name == key) return &value;
    return nullptr;
  }
};

inline Value::Value() = default;
inline Value::~Value() = default;
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;

inline Value Value::literal(std::string text, std::uint32_t line, std::uint32_t offset) {
  Value v;
  v.kind = Value::Kind::text;
  v.text = std::move(text);
  v.line = line;
  v.offset = offset;
  return v;
}
inline Value Value::of(Kind kind, std::string text, std::uint32_t line, std::uint32_t offset) {
  Value v = literal(std::move(text), line, offset);
  v.kind = kind;
  return v;
}

/// Joins parts and flattens: neighbouring texts become one.
Value join(std::vector<Value> parts);

/// Calls `visit` for `value` and everything inside it, at most 64 levels deep.
template <class Visit>
void walk(const Value& value, const Visit& visit, unsigned depth = 0) {
  visit(value);
  if (depth == 64) return;
  for (const Value& part : value.parts) walk(part, visit, depth + 1);
  for (const auto& member : value.members) walk(member.second, visit, depth + 1);
  for (const Value& receiver : value.receiver) walk(receiver, visit, depth + 1);
}
template <class Visit>
void walk_mutable(Value& value, const Visit& visit, unsigned depth = 0) {
  visit(value);
  if (depth == 64) return;
  for (Value& part : value.parts) walk_mutable(part, visit, depth + 1);
  for (auto& member : value.members) walk_mutable(member.second, visit, depth + 1);
  for (Value& receiver : value.receiver) walk_mutable(receiver, visit, depth + 1);
}

/// "a.b.c" -> "a"; and "a.b.c" -> "c".
std::string_view first_word(std::string_view dotted);
std::string_view last_word(std::string_view dotted);

}  // namespace overreach::purpose
