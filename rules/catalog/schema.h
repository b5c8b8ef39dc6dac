// JSON Schema (draft-07) as far as the schemas in rules/schema use it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace overreach {

/// What is wrong with one member of a document.
struct SchemaError {
  std::string pointer;  // JSON pointer of the member
  std::string message;  // one sentence, with a suggestion where there is one
};

/// Checks documents against a schema file.
///
/// Written here rather than taken from a library because the errors are the product:
/// an author reads the schema's own descriptions and the nearest spelling, at the line.
/// A keyword we do not know makes the constructor throw, so no rule of a schema is ever
/// silently ignored. Immutable after construction; any thread may validate.
class Schema {
 public:
  /// `documents`: file name -> schema; references are `#/definitions/x` or a file name.
  /// `root` is the name of the one that documents are checked against; what it does not refer
  /// to is ignored. Throws std::logic_error, std::out_of_range when there is no `root`.
  Schema(std::map<std::string, nlohmann::json> documents, std::string root);
  ~Schema();
  Schema(Schema&&) noexcept;

  /// Every error of `document`, in document order; empty if it is valid.
  std::vector<SchemaError> validate(const nlohmann::json& document) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A schema of rules/schema by its file name, with those that it refers to.
Schema embedded_schema(std::string root);

/// The schema of provider files, embedded at build time. Built on first use.
const Schema& provider_schema();

}  // namespace overreach
