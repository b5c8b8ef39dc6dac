// Providers and findings that the gate tests share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/gate/gate.h"
#include "tests/support/temp_dir.h"

namespace overreach::testing {

/// rules/providers/railway.yaml as shipped.
const Provider& railway();

/// A made-up provider with REST routes, SQL, an SDK and a bare command: what Railway lacks.
const Provider& acme();

/// railway() and acme() by id.
const Provider* find_provider(std::string_view id);

/// The PocketOS finding: an account token, made for domains, that reaches everything.
Finding pocketos_finding();

/// A finding of acme() that needs `needed` and has `excess` beyond it, all of it severe.
Finding acme_finding(const std::vector<std::string>& needed, const std::vector<std::string>& excess);

std::string read_file(const std::filesystem::path& path);

/// The content of one generated file; fails the test if there is none of that name.
std::string content_of(const std::vector<GateFile>& files, std::string_view path);

}  // namespace overreach::testing
