#include "rules/catalog/rule_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace overreach {
namespace {

constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 20U;

Diagnostics located(const std::string& name, const LocatedJson& document, const std::vector<SchemaError>& errors) {
  Diagnostics out;
  for (const SchemaError& error : errors) out.push_back({name, document.line(error.pointer), error.message});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  return out;
}

tl::unexpected<Diagnostics> refuse(const std::string& name, unsigned line, std::string message) {
  return tl::unexpected(Diagnostics{{name, line, std::move(message)}});
}

}  // namespace

std::string Diagnostic::text() const {
  std::string out = file;
  if (line != 0) out.append(":").append(std::to_string(line));
  return out.append(": ").append(message);
}

tl::expected<RuleFile, Diagnostics> parse_rule_file(const std::string& name, std::string_view text,
                                                    const KnownNames& names) {
  auto document = parse_yaml(text);
  if (!document) return refuse(name, document.error().line, document.error().message);
  if (const auto errors = provider_schema().validate(document->json); !errors.empty())
    return tl::unexpected(located(name, *document, errors));
  const std::string stem = std::filesystem::path(name).stem().string();
  if (const auto errors = check_meaning(document->json, stem, names); !errors.empty())
    return tl::unexpected(located(name, *document, errors));
  try {
    Provider provider = provider_from_json(document->json);
    if (const auto errors = check_probe(provider); !errors.empty())
      return tl::unexpected(located(name, *document, errors));
    return RuleFile{std::move(*document), std::move(provider)};
  } catch (const std::exception& e) {  // the probe's reader has rules of its own
    return refuse(name, document->line("/probe"), e.what());
  }
}

tl::expected<RuleFile, Diagnostics> load_rule_file(const std::filesystem::path& path, const KnownNames& names) {
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return refuse(name, 0, "not a regular file that can be read");
  if (std::filesystem::file_size(path, error) > kMaxBytes || error) return refuse(name, 0, "larger than 1 MiB");
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return refuse(name, 0, "cannot be read");
  return parse_rule_file(name, text, names);
}

std::vector<std::filesystem::path> list_rule_files(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return {path};
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".yaml") files.push_back(it->path());
    // Left out in silence it would be a rule that its author believes in.
    if (it->path().extension() == ".yml") throw RuleError(it->path().string() + ": rule files end in .yaml");
  }
  if (error) throw RuleError(path.string() + ": cannot read the rules: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace overreach
