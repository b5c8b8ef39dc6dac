// Helpers of the report tests.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "detectors/model/finding.h"
#include "reports/format/report.h"

namespace overreach {

std::string text_of(std::span<const Finding> findings, const ScanSummary& summary, const TextStyle& style = {});
std::string json_of(std::span<const Finding> findings, const ScanSummary& summary);
std::string sarif_of(std::span<const Finding> findings, const ScanSummary& summary);

/// The whole file; fails the test when it cannot be read.
std::string read_file(const std::string& path);

/// Fails the test with the validator's words unless `document` fits the JSON Schema file.
void check_schema(const nlohmann::json& document, const std::string& schema_path);

/// Compares with tests/golden/<name>: *.txt byte by byte, everything else as parsed JSON.
/// OVERREACH_UPDATE_GOLDEN=1 rewrites the file instead.
void check_golden(const std::string& name, const std::string& actual);

}  // namespace overreach
