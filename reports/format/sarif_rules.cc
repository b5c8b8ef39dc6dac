#include "reports/format/sarif_rules.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace overreach {
namespace {

using Json = nlohmann::ordered_json;

/// One family of rules: all that does not depend on the severity.
struct Family {
  Verdict verdict;
  unsigned number;  // OVR<number><tier>
  std::string_view name, brief, full, help, precision;
  std::array<double, 5> score;  // security-severity from critical to note
  std::vector<std::string_view> cwe;
  std::vector<std::string_view> nhi;
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {Verdict::fits,
       100,
       "ExposedCredential",
       "A credential is exposed, and its reach fits its purpose.",
       "A credential stands where a commit, a CI job or a coding agent can read it. What it can do is what the code "
       "needs and no more, so taking it gives no power beyond its purpose.",
       "Move the value to a secret store or to the environment of the job that needs it. If it was ever committed, "
       "make a new one, deploy it, then revoke the old one: history keeps the value.",
       "high",
       {9.1, 7.1, 4.1, 1.0, 0.1},
       {"798", "522"},
       {"NHI2:2025"}},
      {Verdict::dead,
       110,
       "DeadCredential",
       "A credential is exposed, and the provider does not accept it any more.",
       "The provider refused the credential. Nothing can be done with it; the place it stands at shows where the next "
       "one may be put.",
       "Remove the value. Check how it came there before the next one does.",
       "very-high",
       {9.1, 7.1, 4.1, 0.5, 0.1},
       {"798"},
       {"NHI2:2025"}},
      {Verdict::overreach,
       200,
       "ProvenOverreach",
       "A credential can do more than the code needs, as the provider proved.",
       "The provider was asked what the credential can do, the code was read for what it is used for, and the "
       "difference is not empty. Whoever can read it, a coding agent included, can do the difference.",
       "Make a narrower credential that covers the purpose, deploy it, then revoke this one. Where the provider has no "
       "narrower kind, put a gate before the calls that are not needed: `overreach --gates DIR` writes one. Keep "
       "backups out of the credential's reach.",
       "very-high",
       {9.8, 8.5, 5.8, 3.0, 0.1},
       {"250", "269", "522", "732", "798"},
       {"NHI5:2025", "NHI2:2025"}},
      {Verdict::may_overreach,
       210,
       "PossibleOverreach",
       "A credential may do more than the code needs; nobody has asked.",
       "By its kind, or by what it carries itself, the credential may reach further than the code needs. The provider "
       "was not asked, or its answer left it open, so this is an upper bound and not a proof.",
       "Run `overreach scan --probe` to ask the provider, with read-only calls, what it can really do. Make a narrower "
       "credential if the purpose allows one.",
       "high",
       {9.1, 7.5, 4.8, 2.0, 0.1},
       {"250", "269", "522", "732", "798"},
       {"NHI5:2025", "NHI2:2025"}},
      {Verdict::unknown,
       300,
       "UnknownReach",
       "What a credential can do is not known.",
       "The provider gave no answer that can be understood, or nothing is documented for this kind of credential. "
       "Unknown does not mean harmless.",
       "Read the reason in the result and ask again when the provider answers, or declare in overreach.yaml what the "
       "credential is for. Treat it as able to do everything its kind can do.",
       "medium",
       {9.1, 7.1, 4.1, 1.5, 0.1},
       {"522", "798"},
       {"NHI2:2025"}},
  };
  return all;
}

/// A rule about how a credential is kept: one severity, whatever it can do.
struct RemarkRule {
  Remark::Kind kind;
  Severity severity;
  std::string_view name, brief, full, help;
  double score;
};
constexpr RemarkRule kRemarks[] = {
    {Remark::Kind::orphan, Severity::low, "OrphanedCredential", "No code uses a credential.",
     "The code was read, and nothing in it uses the credential. What it can do is of use to nobody but a thief.",
     "Revoke it. If people use it by hand, declare in overreach.yaml what for.", 3.0},
    {Remark::Kind::shared, Severity::low, "SharedCredential", "Several environments or services use one credential.",
     "Whoever gets the credential in one of the places that use it has it in all of them, and rotating it stops all.",
     "Make one credential for each environment and each service.", 3.0},
    {Remark::Kind::crosses_environments, Severity::medium, "CrossesEnvironments",
     "Only tests, staging or development use a credential for production.",
     "The credential reaches production, and the code that uses it is for tests, staging or development.",
     "Make a credential that reaches no production for that code, and revoke this one.", 5.5},
    {Remark::Kind::declared_wider, Severity::note, "DeclaredWider", "Its owner declares more than the code does.",
     "overreach.yaml declares a purpose that no code shows. It counts as needed until it is taken out.",
     "Take out of the declaration what is not needed any more.", 0.1},
    {Remark::Kind::declared_narrower, Severity::medium, "DeclaredNarrower",
     "The code does more than its owner declares.",
     "overreach.yaml says what the credential is for, and code uses it for something else, or elsewhere.",
     "Declare it, or stop the code from doing it.", 5.0},
    {Remark::Kind::declaration_expired, Severity::low, "DeclarationExpired", "What its owner declares has expired.",
     "The declaration in overreach.yaml counted until a day that is over; it counts for nothing now.",
     "Declare it again with a new day, or take it out.", 1.0}};

struct Taxon {
  std::string_view id, name;
};
constexpr Taxon kCwe[] = {{"250", "Execution with Unnecessary Privileges"},
                          {"269", "Improper Privilege Management"},
                          {"522", "Insufficiently Protected Credentials"},
                          {"732", "Incorrect Permission Assignment for Critical Resource"},
                          {"798", "Use of Hard-coded Credentials"}};
constexpr Taxon kNhi[] = {{"NHI2:2025", "Secret Leakage"}, {"NHI5:2025", "Overprivileged NHI"}};
constexpr std::string_view kNhiName = "OWASP-NHI";

struct Notice {
  std::string_view id, name, text;
};
constexpr Notice kNotices[] = {
    {"OVR9001", "NotRead", "Something the scan promised to read could not be read: the scan is incomplete."},
    {"OVR9002", "Skipped", "Something was left out of the scan on purpose."},
    {"OVR9003", "AboutTheRun", "A sentence about the run itself, such as a probe that failed."},
    {"OVR9004", "ResultsDropped", "More was found than a code scanning service takes; the worst results were kept."}};

/// 1 for critical to 5 for note.
std::size_t tier_of(Severity severity) { return 5 - static_cast<std::size_t>(severity); }

std::size_t family_index(Verdict verdict) {
  for (std::size_t i = 0; i < families().size(); ++i)
    if (families()[i].verdict == verdict) return i;
  return families().size() - 1;
}

std::string capitalised(std::string_view word) {
  std::string out(word);
  out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

Json relationship(std::string_view id, std::size_t index, std::string_view taxonomy, std::size_t taxonomy_index) {
  return {
      {"target", {{"id", id}, {"index", index}, {"toolComponent", {{"name", taxonomy}, {"index", taxonomy_index}}}}},
      {"kinds", Json::array({"relevant"})}};
}

template <std::size_t N>
std::size_t index_in(const Taxon (&taxa)[N], std::string_view id) {
  std::size_t i = 0;
  while (i + 1 < N && taxa[i].id != id) ++i;
  return i;
}

Json relationships(const Family& family) {
  Json out = Json::array();
  for (const std::string_view id : family.cwe) out.push_back(relationship(id, index_in(kCwe, id), "CWE", 0));
  for (const std::string_view id : family.nhi) out.push_back(relationship(id, index_in(kNhi, id), kNhiName, 1));
  return out;
}

/// At most ten: code scanning shows no more.
Json tags(const Family& family) {
  Json out = Json::array({"security", "credentials"});
  for (const std::string_view id : family.cwe) out.push_back(fmt::format("external/cwe/cwe-{}", id));
  for (const std::string_view id : family.nhi) out.push_back(fmt::format("external/owasp/{}", id.substr(0, 4)));
  return out;
}

Json rule(const Family& family, Severity severity) {
  const std::string markdown =
      fmt::format("**{}**\n\n{}\n\n**What to do.** {}", family.brief, family.full, family.help);
  return {{"id", sarif_rule_id(family.verdict, severity)},
          {"name", fmt::format("{}{}", family.name, capitalised(to_string(severity)))},
          {"shortDescription", {{"text", family.brief}}},
          {"fullDescription", {{"text", fmt::format("{} Severity: {}.", family.full, to_string(severity))}}},
          {"help", {{"text", fmt::format("{}\n\nWhat to do: {}", family.full, family.help)}, {"markdown", markdown}}},
          {"helpUri", fmt::format("https://cwe.mitre.org/data/definitions/{}.html", family.cwe.front())},
          {"defaultConfiguration", {{"level", sarif_level(severity)}}},
          {"relationships", relationships(family)},
          {"properties",
           {{"tags", tags(family)},
            {"precision", family.precision},
            {"problem.severity", sarif_level(severity) == "note" ? "recommendation" : sarif_level(severity)},
            {"security-severity", fmt::format("{:.1f}", family.score[tier_of(severity) - 1])}}}};
}

/// CWE-522 for all: each is about how well a credential is kept.
Json rule(const RemarkRule& row) {
  return {{"id", sarif_rule_id(row.kind)},
          {"name", row.name},
          {"shortDescription", {{"text", row.brief}}},
          {"fullDescription", {{"text", fmt::format("{} Severity: {}.", row.full, to_string(row.severity))}}},
          {"help",
           {{"text", fmt::format("{}\n\nWhat to do: {}", row.full, row.help)},
            {"markdown", fmt::format("**{}**\n\n{}\n\n**What to do.** {}", row.brief, row.full, row.help)}}},
          {"helpUri", "https://cwe.mitre.org/data/definitions/522.html"},
          {"defaultConfiguration", {{"level", sarif_level(row.severity)}}},
          {"relationships", Json::array({relationship("522", index_in(kCwe, "522"), "CWE", 0)})},
          {"properties",
           {{"tags", Json::array({"security", "credentials", "external/cwe/cwe-522"})},
            {"precision", "high"},
            {"problem.severity", sarif_level(row.severity) == "note" ? "recommendation" : sarif_level(row.severity)},
            {"security-severity", fmt::format("{:.1f}", row.score)}}}};
}

template <std::size_t N>
Json taxa(const Taxon (&rows)[N]) {
  Json out = Json::array();
  for (const Taxon& t : rows) out.push_back({{"id", t.id}, {"name", t.name}, {"shortDescription", {{"text", t.name}}}});
  return out;
}

}  // namespace

std::string sarif_rule_id(Verdict verdict, Severity severity) {
  return fmt::format("OVR{}{}", families()[family_index(verdict)].number, tier_of(severity));
}

std::size_t sarif_rule_index(Verdict verdict, Severity severity) {
  return family_index(verdict) * 5 + tier_of(severity) - 1;
}

std::string sarif_rule_id(Remark::Kind kind) { return fmt::format("OVR400{}", static_cast<unsigned>(kind) + 1); }

std::size_t sarif_rule_index(Remark::Kind kind) { return families().size() * 5 + static_cast<std::size_t>(kind); }

std::string_view sarif_level(Severity severity) {
  if (severity >= Severity::high) return "error";
  return severity == Severity::medium ? "warning" : "note";
}

nlohmann::ordered_json sarif_rules() {
  Json out = Json::array();
  for (const Family& family : families())
    for (int s = static_cast<int>(Severity::critical); s >= 0; --s)
      out.push_back(rule(family, static_cast<Severity>(s)));
  for (const RemarkRule& row : kRemarks) out.push_back(rule(row));
  return out;
}

nlohmann::ordered_json sarif_taxonomies() {
  const Json cwe = {{"name", "CWE"},
                    {"version", "4.15"},
                    {"organization", "MITRE"},
                    {"informationUri", "https://cwe.mitre.org/data/published/cwe_v4.15.pdf"},
                    {"shortDescription", {{"text", "The MITRE Common Weakness Enumeration"}}},
                    {"isComprehensive", false},
                    {"taxa", taxa(kCwe)}};
  const Json nhi = {{"name", kNhiName},
                    {"version", "2025"},
                    {"organization", "OWASP"},
                    {"informationUri", "https://owasp.org/www-project-non-human-identities-top-10/"},
                    {"shortDescription", {{"text", "OWASP Non-Human Identities Top 10"}}},
                    {"isComprehensive", false},
                    {"taxa", taxa(kNhi)}};
  return Json::array({cwe, nhi});
}

std::string_view sarif_notice_id(SarifNotice notice) { return kNotices[static_cast<std::size_t>(notice)].id; }

nlohmann::ordered_json sarif_notifications() {
  Json out = Json::array();
  for (const Notice& n : kNotices)
    out.push_back({{"id", n.id},
                   {"name", n.name},
                   {"shortDescription", {{"text", n.text}}},
                   {"fullDescription", {{"text", n.text}}},
                   {"help", {{"text", n.text}}}});
  return out;
}

}  // namespace overreach
