#include "detectors/purpose/resolve.h"

#include <algorithm>

#include "detectors/purpose/graphql.h"

namespace overreach::purpose {
namespace {

using Kind = Value::Kind;
constexpr std::size_t kAlternatives = 8;
constexpr std::size_t kMaxText = 256 * 1024;
constexpr unsigned kDepth = 8;

std::vector<std::string> hole() { return {std::string(1, kHole)}; }

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& text : more)
    if (all.size() < kAlternatives && std::find(all.begin(), all.end(), text) == all.end())
      all.push_back(std::move(text));
}

// "…{}…{name}…".format(…): the braces are holes.
std::string without_braces(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    if (close != std::string_view::npos && close - i < 40) {
      out += kHole;
      i = close;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

const CallSite* Context::find(const std::string& function) const {
  for (const auto& [scope, site] : calls)
    if (scope == function) return site;
  return nullptr;
}

std::vector<std::string> Resolver::bound_texts(const Name& name, unsigned depth) {
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  if (std::any_of(open_.begin(), open_.end(), [&](const Name* one) { return *one == name; })) {
    ++cuts_;
    return hole();
  }
  const std::size_t cuts = cuts_;
  open_.push_back(&name);
  const std::vector<Program::Bound> bound =
      name.kind == Name::Kind::environment ? program_.environment_bindings(name) : program_.bindings(name);
  std::vector<std::string> out;
  for (const Program::Bound& one : bound) {
    if (out.size() == kAlternatives) break;
    append(out, texts(one.binding->value, program_.files()[one.file].path, depth + 1));
  }
  open_.pop_back();
  if (out.empty()) out = hole();
  if (cuts == cuts_) known_.emplace(name, out);
  return out;
}

std::vector<std::string> Resolver::name_texts(const Value& value, const std::string& path, unsigned depth) {
  const auto name = program_.link(value.where);
  if (!name) return hole();
  if (name->kind == Name::Kind::parameter) {
    const Function* function = program_.function_of(value.where);
    if (function == nullptr) return hole();
    const CallSite* site = context_.find(value.where.scope);
    if (site == nullptr) {
      needed_.insert(value.where.scope);
      return hole();
    }
    const std::string first(first_word(value.where.text));
    const Value* argument = program_.argument(*site, *function, first);
    if (argument != nullptr && first.size() < value.where.text.size())
      argument = argument->member(std::string_view(value.where.text).substr(first.size() + 1));
    return argument == nullptr ? hole() : texts(*argument, program_.files()[site->file].path, depth + 1);
  }
  if (name->kind == Name::Kind::environment || name->kind == Name::Kind::local) return bound_texts(*name, depth);
  (void)path;
  return hole();
}

std::vector<std::string> Resolver::texts(const Value& value, const std::string& path, unsigned depth) {
  if (depth > kDepth || budget_ == 0) {
    ++cuts_;
    return hole();
  }
  --budget_;
  switch (value.kind) {
    case Kind::text:
      return {value.text.substr(0, kMaxText)};
    case Kind::name:
    case Kind::environment:
      return name_texts(value, path, depth);
    case Kind::either: {
      std::vector<std::string> out;
      for (const Value& part : value.parts) append(out, texts(part, path, depth + 1));
      // A default beside a variable that nobody sets is the value; a hole next to it says nothing more.
      if (out.size() > 1) std::erase(out, std::string(1, kHole));
      return out.empty() ? hole() : out;
    }
    case Kind::join: {
      std::vector<std::string> out = {""};
      for (const Value& part : value.parts) {
        std::vector<std::string> next;
        for (const std::string& tail : texts(part, path, depth + 1))
          for (const std::string& head : out)
            if (head.size() + tail.size() <= kMaxText) append(next, {head + tail});
        if (next.empty()) return hole();
        out = std::move(next);
      }
      return out;
    }
    case Kind::file: {
      std::vector<std::string> out;
      for (const std::string& name : value.parts.empty() ? hole() : texts(value.parts[0], path, depth + 1))
        if (auto content = program_.content(path, name)) append(out, {std::move(*content)});
      return out.empty() ? hole() : out;
    }
    case Kind::call:
      if (!value.receiver.empty() && value.text == "format") {
        std::vector<std::string> out;
        for (const std::string& text : texts(value.receiver[0], path, depth + 1)) append(out, {without_braces(text)});
        return out;
      }
      if (!value.receiver.empty() && (value.text == "trim" || value.text == "strip"))
        return texts(value.receiver[0], path, depth + 1);
      return hole();
    default:
      return hole();
  }
}

std::optional<std::string> Resolver::literal(const Value& value, const std::string& path) {
  const auto all = texts(value, path);
  if (all.size() != 1 || all[0].empty() || all[0].find(kHole) != std::string::npos) return std::nullopt;
  return all[0];
}

void Resolver::collect(const Value& value, const std::string& path, unsigned depth, std::vector<std::string>& out) {
  if (depth > kDepth || out.size() > 64 || budget_ == 0) return;
  const bool text = value.kind == Kind::text || value.kind == Kind::join || value.kind == Kind::name ||
                    value.kind == Kind::environment || value.kind == Kind::file || value.kind == Kind::either ||
                    value.kind == Kind::call;
  if (text)
    for (std::string& one : texts(value, path)) out.push_back(std::move(one));
  for (const Value& part : value.parts) collect(part, path, depth + 1, out);
  for (const auto& member : value.members) collect(member.second, path, depth + 1, out);
  if (value.kind == Kind::name) {
    // A name of an object has no text of its own, what is in the object has.
    if (const auto name = program_.link(value.where); name && name->kind == Name::Kind::local) {
      for (const Program::Bound& bound : program_.bindings(*name)) {
        const Kind kind = bound.binding->value.kind;
        if (kind == Kind::object || kind == Kind::list || kind == Kind::call)
          collect(bound.binding->value, program_.files()[bound.file].path, depth + 2, out);
      }
    } else if (name && name->kind == Name::Kind::parameter) {
      const Function* function = program_.function_of(*name);
      const CallSite* site = context_.find(name->scope);
      const Value* argument =
          function == nullptr || site == nullptr ? nullptr : program_.argument(*site, *function, name->text);
      if (argument != nullptr) collect(*argument, program_.files()[site->file].path, depth + 2, out);
    }
  }
}

const Value* Resolver::argument(const Name& parameter) {
  const Function* function = program_.function_of(parameter);
  if (function == nullptr) return nullptr;
  const CallSite* site = context_.find(parameter.scope);
  if (site == nullptr) {
    needed_.insert(parameter.scope);
    return nullptr;
  }
  return program_.argument(*site, *function, first_word(parameter.text));
}

std::vector<std::string> Resolver::all_texts(const Value& value, const std::string& path) {
  std::vector<std::string> out;
  collect(value, path, 0, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<std::string> Resolver::member_text(const Value& value, const std::vector<std::string>& keys,
                                                 const std::string& path) {
  std::optional<std::string> found;
  const auto look = [&](const Value& in, const std::string& of) {
    walk(in, [&](const Value& v) {
      for (const auto& [key, member] : v.members)
        if (!found && std::find(keys.begin(), keys.end(), key) != keys.end()) found = literal(member, of);
    });
  };
  look(value, path);
  walk(value, [&](const Value& v) {
    if (found || v.kind != Kind::name) return;
    const auto name = program_.link(v.where);
    if (!name) return;
    for (const Program::Bound& bound : program_.bindings(*name))
      look(bound.binding->value, program_.files()[bound.file].path);
    const Function* function = name->kind == Name::Kind::parameter ? program_.function_of(*name) : nullptr;
    const CallSite* site = function == nullptr ? nullptr : context_.find(name->scope);
    const Value* argument = site == nullptr ? nullptr : program_.argument(*site, *function, name->text);
    if (argument != nullptr) look(*argument, program_.files()[site->file].path);
  });
  return found;
}

}  // namespace overreach::purpose
