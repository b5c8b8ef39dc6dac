#include "tests/format/support.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace overreach {

std::string text_of(std::span<const Finding> findings, const ScanSummary& summary, const TextStyle& style) {
  std::ostringstream out;
  write_text(out, findings, summary, style);
  return out.str();
}

std::string json_of(std::span<const Finding> findings, const ScanSummary& summary) {
  std::ostringstream out;
  write_json(out, findings, summary);
  return out.str();
}

std::string sarif_of(std::span<const Finding> findings, const ScanSummary& summary) {
  std::ostringstream out;
  write_sarif(out, findings, summary);
  return out.str();
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  INFO("reading " << path);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void check_schema(const nlohmann::json& document, const std::string& schema_path) {
  const nlohmann::json schema_json = nlohmann::json::parse(read_file(schema_path));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
  valijson::ValidationResults results;
  valijson::Validator validator;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  const bool valid = validator.validate(schema, target, &results);
  std::string problems;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& step : error.context) problems += step;
    problems += ": " + error.description + "\n";
  }
  INFO(problems);
  CHECK(valid);
}

void check_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(OVERREACH_SOURCE_DIR) + "/tests/golden/" + name;
  const char* update = std::getenv("OVERREACH_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  const std::string expected = read_file(path);
  INFO("OVERREACH_UPDATE_GOLDEN=1 rewrites " << name);
  if (name.ends_with(".txt"))
    CHECK(actual == expected);
  else
    CHECK(nlohmann::json::parse(actual) == nlohmann::json::parse(expected));
}

}  // namespace overreach
