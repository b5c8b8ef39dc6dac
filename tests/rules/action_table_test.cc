// The actions of AWS: the text form, and that nobody moved the pin without looking.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "rules/catalog/action_table.h"

namespace overreach {
namespace {

constexpr const char* kBefore =
    "# pack 1: 2 services, 4 actions\n"
    "@a\n"
    "destroy DeleteIt\n"
    "read GetIt\n"
    "@b-c\n"
    "write PutIt\n"
    "read Tell\n";
constexpr const char* kNow =
    "# pack 2: 2 services, 4 actions\n"
    "@a\n"
    "destroy DeleteIt\n"
    "secrets GetIt\n"
    "@d\n"
    "write PutIt\n"
    "read Tell\n";

Effect effect_of(std::string_view service, std::string_view name) {
  for (const ServiceAction& action : aws_actions().of(service))
    if (action.name == name) return action.effect;
  FAIL("no action " << service << ":" << name);
  return Effect::read;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

TEST_CASE("a table finds a service by its heading and no other text", "[actions]") {
  const ActionTable table(kBefore);
  CHECK(table.source() == "pack 1: 2 services, 4 actions");
  CHECK(table.services() == std::vector<std::string_view>{"a", "b-c"});
  REQUIRE(table.of("a").size() == 2);
  CHECK(table.of("a")[0].name == "DeleteIt");
  CHECK(table.of("a")[0].effect == Effect::destroy);
  REQUIRE(table.of("b-c").size() == 2);
  CHECK(table.of("b-c")[1].name == "Tell");
  CHECK(table.of("b").empty());
  CHECK(table.of("").empty());
  CHECK(table.of("read").empty());
  CHECK(ActionTable("").services().empty());
  CHECK(ActionTable("@x\nnonsense").of("x").empty());
}

TEST_CASE("what changed between two tables is named", "[actions]") {
  CHECK(joined(differences(ActionTable(kBefore), ActionTable(kBefore))) == "");
  CHECK(joined(differences(ActionTable(kBefore), ActionTable(kNow))) ==
        "* a:GetIt (secrets, was read)\n"
        "- b-c:PutIt (write)\n"
        "- b-c:Tell (read)\n"
        "+ d:PutIt (write)\n"
        "+ d:Tell (read)\n");
}

TEST_CASE("the effect of an AWS action follows from its level and its name", "[actions]") {
  CHECK(effect_of("s3", "DeleteBucket") == Effect::destroy);
  CHECK(effect_of("s3", "GetObject") == Effect::read);
  CHECK(effect_of("s3", "PutObject") == Effect::write);
  CHECK(effect_of("s3", "PutBucketPolicy") == Effect::admin);
  CHECK(effect_of("kms", "ScheduleKeyDeletion") == Effect::destroy);
  CHECK(effect_of("ec2", "TerminateInstances") == Effect::destroy);
  CHECK(effect_of("ec2", "CreateTags") == Effect::write);
  CHECK(effect_of("iam", "AttachUserPolicy") == Effect::admin);
  CHECK(effect_of("secretsmanager", "GetSecretValue") == Effect::secrets);
}

TEST_CASE("the summary in rules/data says what the pinned package says", "[actions]") {
  const auto path = std::filesystem::path(OVERREACH_SOURCE_DIR) / "rules" / "data" / "aws-actions.txt";
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const ActionTable summary(text);
  INFO("rules/data/README.md tells how the summary is brought up to date");
  CHECK(joined(differences(summary, aws_actions())) == "");
  CHECK(summary.source() == aws_actions().source());
}

}  // namespace
}  // namespace overreach
