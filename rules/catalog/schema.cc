// Walks document and schema together. One function per group of keywords; each adds its
// errors and returns, so one bad field does not hide the next.
#include "rules/catalog/schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "rules/catalog/embedded_schemas.h"
#include "rules/catalog/schema_words.h"

namespace overreach {
namespace {

using nlohmann::json;
using Errors = std::vector<SchemaError>;

/// Keywords that say something about a schema but nothing about a document, and those that check() knows.
const std::set<std::string, std::less<>> kKnownKeywords = {"$schema",       "$id",           "$comment",
                                                           "$ref",          "title",         "description",
                                                           "default",       "examples",      "definitions",
                                                           "type",          "enum",          "const",
                                                           "pattern",       "minLength",     "maxLength",
                                                           "minimum",       "maximum",       "items",
                                                           "minItems",      "maxItems",      "uniqueItems",
                                                           "properties",    "required",      "additionalProperties",
                                                           "propertyNames", "minProperties", "maxProperties",
                                                           "dependencies",  "allOf",         "anyOf",
                                                           "oneOf",         "not",           "if",
                                                           "then",          "else"};

bool is_of_type(const json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return value.is_null();
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// The names that the branches of an anyOf or oneOf require when that is all they do; else empty.
std::vector<std::string> required_by_branches(const json& branches) {
  std::vector<std::string> names;
  for (const json& branch : branches) {
    if (!branch.is_object() || branch.size() != 1 || !branch.contains("required")) return {};
    if (branch["required"].size() != 1) return {};
    names.push_back(branch["required"][0].get<std::string>());
  }
  return names;
}

}  // namespace

struct Schema::Impl {
  std::map<std::string, json> documents;
  std::string root;
  std::map<std::string, std::unique_ptr<re2::RE2>> patterns;
  std::set<const json*> prepared;  // documents

  /// Where a schema lies: local references resolve against its document.
  struct At {
    const json* schema;
    const json* document;
  };

  void prepare_document(const json& document) {
    if (prepared.insert(&document).second) prepare(document, document);
  }
  void prepare(const json& schema, const json& document);
  void prepare_all(const json& schemas, const json& document) {
    for (const json& schema : schemas) prepare(schema, document);
  }
  At resolve(std::string_view reference, const json* document) const;

  void check(const json& value, At at, const std::string& pointer, Errors& errors) const;
  bool check_type(const json& value, const json& schema, const std::string& pointer, Errors& errors) const;
  void check_choice(const json& value, const json& schema, const std::string& pointer, Errors& errors) const;
  void check_text(const std::string& text, const json& schema, const std::string& pointer, Errors& errors) const;
  void check_number(const json& value, const json& schema, const std::string& pointer, Errors& errors) const;
  void check_list(const json& value, At at, const std::string& pointer, Errors& errors) const;
  void check_table(const json& value, At at, const std::string& pointer, Errors& errors) const;
  void check_unknown(const std::string& key, const json& value, At at, const std::string& pointer,
                     Errors& errors) const;
  void check_required(const json& value, const json& schema, const std::string& pointer, Errors& errors) const;
  void check_branches(const json& value, At at, const std::string& pointer, Errors& errors) const;
  void check_alternatives(const json& value, const json& branches, bool exactly_one, At at, const std::string& pointer,
                          Errors& errors) const;
};

/// Refuses keywords nobody checks, resolves every reference once and compiles every pattern.
void Schema::Impl::prepare(const json& schema, const json& document) {
  if (schema.is_boolean()) return;
  if (!schema.is_object()) throw std::logic_error("schema: neither a table nor true or false");
  for (const auto& [key, value] : schema.items()) {
    if (kKnownKeywords.count(key) == 0) throw std::logic_error("schema: keyword " + key + " is not supported");
    if (key == "$ref") {
      prepare_document(*resolve(value.get<std::string>(), &document).document);
    } else if (key == "pattern") {
      auto& compiled = patterns[value.get<std::string>()];
      compiled = std::make_unique<re2::RE2>(value.get<std::string>(), re2::RE2::Quiet);
      if (!compiled->ok()) throw std::logic_error("schema: bad pattern " + value.get<std::string>());
    } else if (key == "properties" || key == "definitions") {
      prepare_all(value, document);
    } else if (key == "allOf" || key == "anyOf" || key == "oneOf") {
      prepare_all(value, document);
    } else if (key == "items" || key == "additionalProperties" || key == "propertyNames" || key == "not" ||
               key == "if" || key == "then" || key == "else") {
      prepare(value, document);
    } else if (key == "dependencies") {
      for (const json& dependency : value)
        if (!dependency.is_array()) prepare(dependency, document);
    }
  }
}

Schema::Impl::At Schema::Impl::resolve(std::string_view reference, const json* document) const {
  const std::size_t hash = reference.find('#');
  if (const std::string_view file = reference.substr(0, hash); !file.empty()) {
    const auto it = documents.find(std::string(file));
    if (it == documents.end()) throw std::logic_error("schema: no file for reference " + std::string(reference));
    document = &it->second;
  }
  const std::string pointer = hash == std::string_view::npos ? "" : std::string(reference.substr(hash + 1));
  return {&document->at(json::json_pointer(pointer)), document};
}

void Schema::Impl::check(const json& value, At at, const std::string& pointer, Errors& errors) const {
  const json& schema = *at.schema;
  if (schema.is_boolean()) {
    if (!schema.get<bool>()) errors.push_back({pointer, readable_path(pointer) + " is not allowed here"});
    return;
  }
  if (const auto reference = schema.find("$ref"); reference != schema.end()) {
    check(value, resolve(reference->get_ref<const std::string&>(), at.document), pointer, errors);
    if (schema.size() == 1) return;
  }
  if (!check_type(value, schema, pointer, errors)) return;
  check_choice(value, schema, pointer, errors);
  if (value.is_string()) check_text(value.get_ref<const std::string&>(), schema, pointer, errors);
  if (value.is_number()) check_number(value, schema, pointer, errors);
  if (value.is_array()) check_list(value, at, pointer, errors);
  if (value.is_object()) check_table(value, at, pointer, errors);
  check_branches(value, at, pointer, errors);
}

bool Schema::Impl::check_type(const json& value, const json& schema, const std::string& pointer, Errors& errors) const {
  const auto type = schema.find("type");
  if (type == schema.end()) return true;
  std::vector<std::string> allowed;
  if (type->is_string())
    allowed.push_back(type->get<std::string>());
  else
    allowed = type->get<std::vector<std::string>>();
  if (std::any_of(allowed.begin(), allowed.end(), [&](const std::string& t) { return is_of_type(value, t); }))
    return true;
  std::string expected;
  for (const std::string& name : allowed) expected += (expected.empty() ? "" : " or ") + type_name(name);
  std::string message = readable_path(pointer) + " must be " + expected + ", not " + shown(value);
  // The commonest slip in YAML: an unquoted value that is not a text.
  if (allowed.front() == "string" && (value.is_boolean() || value.is_number())) message += "; put it in quotes";
  if (allowed.front() == "array" && value.is_string()) message += "; write it as a list: [" + shown(value) + "]";
  if (allowed.front() == "boolean" && value.is_string()) message += "; write true or false without quotes";
  errors.push_back({pointer, std::move(message)});
  return false;
}

void Schema::Impl::check_choice(const json& value, const json& schema, const std::string& pointer,
                                Errors& errors) const {
  if (const auto fixed = schema.find("const"); fixed != schema.end() && value != *fixed)
    errors.push_back({pointer, readable_path(pointer) + " must be " + shown(*fixed) + ", not " + shown(value)});
  const auto choices = schema.find("enum");
  if (choices == schema.end() || std::find(choices->begin(), choices->end(), value) != choices->end()) return;
  std::vector<std::string> names;
  for (const json& choice : *choices) names.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
  std::string message = readable_path(pointer) + " must be one of " + list_of(names, "or") + ", not " + shown(value);
  if (value.is_string())
    if (const std::string meant = nearest(value.get_ref<const std::string&>(), names); !meant.empty())
      message += "; did you mean " + in_quotes(meant) + "?";
  errors.push_back({pointer, std::move(message)});
}

void Schema::Impl::check_text(const std::string& text, const json& schema, const std::string& pointer,
                              Errors& errors) const {
  const std::string where = readable_path(pointer);
  const std::size_t length = utf8_length(text);
  if (length < schema.value("minLength", std::size_t{0})) {
    errors.push_back({pointer, where + " is too short: at least " + schema["minLength"].dump() + " characters"});
    return;
  }
  if (const auto most = schema.find("maxLength"); most != schema.end() && length > most->get<std::size_t>())
    errors.push_back({pointer, where + " is too long: at most " + most->dump() + " characters"});
  const auto pattern = schema.find("pattern");
  if (pattern == schema.end() || re2::RE2::PartialMatch(text, *patterns.at(pattern->get_ref<const std::string&>())))
    return;
  const std::string expected =
      schema.contains("description") ? schema["description"].get<std::string>() : "match " + pattern->dump();
  errors.push_back({pointer, where + ": " + in_quotes(text) + " will not do; expected " + expected});
}

void Schema::Impl::check_number(const json& value, const json& schema, const std::string& pointer,
                                Errors& errors) const {
  if (const auto least = schema.find("minimum"); least != schema.end() && value < *least)
    errors.push_back({pointer, readable_path(pointer) + " must be at least " + least->dump()});
  if (const auto most = schema.find("maximum"); most != schema.end() && value > *most)
    errors.push_back({pointer, readable_path(pointer) + " must be at most " + most->dump()});
}

void Schema::Impl::check_list(const json& value, At at, const std::string& pointer, Errors& errors) const {
  const json& schema = *at.schema;
  const std::string where = readable_path(pointer);
  if (value.size() < schema.value("minItems", std::size_t{0}))
    errors.push_back({pointer, where + " needs at least " + schema["minItems"].dump() + " entries"});
  if (const auto most = schema.find("maxItems"); most != schema.end() && value.size() > most->get<std::size_t>())
    errors.push_back({pointer, where + " takes at most " + most->dump() + " entries"});
  if (schema.value("uniqueItems", false)) {
    std::set<json> seen;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (!seen.insert(value[i]).second)
        errors.push_back({child(pointer, std::to_string(i)), where + " holds " + shown(value[i]) + " twice"});
  }
  if (const auto items = schema.find("items"); items != schema.end())
    for (std::size_t i = 0; i < value.size(); ++i)
      check(value[i], {&*items, at.document}, child(pointer, std::to_string(i)), errors);
}

void Schema::Impl::check_table(const json& value, At at, const std::string& pointer, Errors& errors) const {
  const json& schema = *at.schema;
  const auto properties = schema.find("properties");
  const auto names = schema.find("propertyNames");
  for (const auto& [key, member] : value.items()) {
    const std::string below = child(pointer, key);
    if (names != schema.end()) check(key, {&*names, at.document}, below, errors);
    if (properties != schema.end() && properties->contains(key))
      check(member, {&(*properties)[key], at.document}, below, errors);
    else
      check_unknown(key, member, at, pointer, errors);
  }
  check_required(value, schema, pointer, errors);
}

void Schema::Impl::check_unknown(const std::string& key, const json& value, At at, const std::string& pointer,
                                 Errors& errors) const {
  const json& schema = *at.schema;
  const auto rest = schema.find("additionalProperties");
  if (rest == schema.end() || *rest == json(true)) return;
  if (rest->is_object()) return check(value, {&*rest, at.document}, child(pointer, key), errors);
  std::vector<std::string> known;
  if (schema.contains("properties"))
    for (const auto& [name, unused] : schema["properties"].items()) known.push_back(name);
  std::string message = "unknown field " + in_quotes(key) + field_in(pointer);
  const std::string meant = nearest(key, known);
  if (!meant.empty())
    message += "; did you mean " + in_quotes(meant) + "?";
  else
    message += "; known here: " + list_of(known, "and");
  errors.push_back({child(pointer, key), std::move(message)});
}

void Schema::Impl::check_required(const json& value, const json& schema, const std::string& pointer,
                                  Errors& errors) const {
  if (const auto required = schema.find("required"); required != schema.end())
    for (const json& name : *required)
      if (!value.contains(name.get_ref<const std::string&>()))
        errors.push_back({pointer, "missing field " + shown(name) + field_in(pointer)});
  if (value.size() < schema.value("minProperties", std::size_t{0}))
    errors.push_back(
        {pointer, readable_path(pointer) + " needs at least " + schema["minProperties"].dump() + " fields"});
  if (const auto most = schema.find("maxProperties"); most != schema.end() && value.size() > most->get<std::size_t>())
    errors.push_back({pointer, readable_path(pointer) + " takes at most " + most->dump() + " fields"});
}

void Schema::Impl::check_branches(const json& value, At at, const std::string& pointer, Errors& errors) const {
  const json& schema = *at.schema;
  if (const auto dependencies = schema.find("dependencies"); dependencies != schema.end() && value.is_object())
    for (const auto& [key, needs] : dependencies->items()) {
      if (!value.contains(key)) continue;
      if (!needs.is_array()) {
        check(value, {&needs, at.document}, pointer, errors);
        continue;
      }
      for (const json& name : needs)
        if (!value.contains(name.get_ref<const std::string&>()))
          errors.push_back({child(pointer, key), in_quotes(key) + " also needs " + shown(name) + field_in(pointer)});
    }
  if (const auto all = schema.find("allOf"); all != schema.end())
    for (const json& branch : *all) check(value, {&branch, at.document}, pointer, errors);
  if (const auto any = schema.find("anyOf"); any != schema.end())
    check_alternatives(value, *any, false, at, pointer, errors);
  if (const auto one = schema.find("oneOf"); one != schema.end())
    check_alternatives(value, *one, true, at, pointer, errors);
  const auto fits = [&](const json& branch) {
    Errors ignored;
    check(value, {&branch, at.document}, pointer, ignored);
    return ignored.empty();
  };
  if (const auto never = schema.find("not"); never != schema.end() && fits(*never)) {
    const std::string rule = never->is_object() ? never->value("description", std::string{}) : std::string{};
    errors.push_back({pointer, readable_path(pointer) + " is not allowed" + (rule.empty() ? "" : ": " + rule)});
  }
  if (const auto condition = schema.find("if"); condition != schema.end())
    if (const auto then = schema.find(fits(*condition) ? "then" : "else"); then != schema.end())
      check(value, {&*then, at.document}, pointer, errors);
}

void Schema::Impl::check_alternatives(const json& value, const json& branches, bool exactly_one, At at,
                                      const std::string& pointer, Errors& errors) const {
  std::size_t fitting = 0;
  Errors closest;
  for (const json& branch : branches) {
    Errors found;
    check(value, {&branch, at.document}, pointer, found);
    if (found.empty()) ++fitting;
    // An author meant the branch that goes wrong deepest inside, not the one of another type.
    const auto depth = [](const Errors& e) { return e.empty() ? std::size_t{0} : e.front().pointer.size(); };
    if (closest.empty() || depth(found) > depth(closest) ||
        (depth(found) == depth(closest) && found.size() < closest.size()))
      closest = std::move(found);
  }
  if (fitting == 1 || (fitting > 1 && !exactly_one)) return;
  const std::vector<std::string> names = required_by_branches(branches);
  if (!names.empty())
    errors.push_back({pointer, readable_path(pointer) + " needs " + (exactly_one ? "exactly" : "at least") +
                                   " one of " + list_of(names, "or")});
  else if (fitting > 1)
    errors.push_back({pointer, readable_path(pointer) + " can be read in more than one way"});
  else
    errors.insert(errors.end(), closest.begin(), closest.end());
}

Schema::Schema(std::map<std::string, json> documents, std::string root) : impl_(std::make_unique<Impl>()) {
  impl_->documents = std::move(documents);
  impl_->root = std::move(root);
  impl_->prepare_document(impl_->documents.at(impl_->root));
}
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;

std::vector<SchemaError> Schema::validate(const json& document) const {
  const json& schema = impl_->documents.at(impl_->root);
  Errors errors;
  impl_->check(document, {&schema, &schema}, "", errors);
  return errors;
}

Schema embedded_schema(std::string root) {
  std::map<std::string, json> documents;
  for (const EmbeddedSchema& file : embedded_schemas()) documents.emplace(file.name, json::parse(file.text));
  return Schema(std::move(documents), std::move(root));
}

const Schema& provider_schema() {
  static const Schema schema = embedded_schema("provider.schema.json");
  return schema;
}

}  // namespace overreach
