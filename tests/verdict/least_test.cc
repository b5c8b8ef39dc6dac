// The least privilege in the words of each provider, with the real provider files.
#include <catch2/catch.hpp>

#include "detectors/verdict/least.h"
#include "rules/catalog/catalog.h"

namespace overreach::testing {
namespace {

const Provider& provider(std::string_view id) {
  static const Catalog catalog;
  return *catalog.find(id);
}

NeededGrant use(std::string capability, Where where = {}, std::vector<std::string> operations = {}) {
  NeededGrant out;
  out.capability = std::move(capability);
  out.where = std::move(where);
  out.operations = std::move(operations);
  return out;
}

LeastPrivilege least(std::string_view id, std::vector<NeededGrant> grants) {
  Need need;
  need.grants = std::move(grants);
  return least_privilege(need, provider(id));
}

bool says(const LeastPrivilege& least, std::string_view text) { return least.paste.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("GitHub's permissions are named as its page names them", "[least]") {
  const LeastPrivilege one = least("github", {use("issue.write", {{"repository", "acme/site"}}),
                                              use("contents.read", {{"repository", "acme/site"}})});
  CHECK(one.paste == "Repository access: only acme/site\nContents: read-only\nIssues: read and write\n");
  REQUIRE(one.kind != nullptr);
  CHECK(one.notes.empty());
  const LeastPrivilege open = least("github", {use("issue.read"), use("issue.write")});
  CHECK(open.paste == "Issues: read and write\n");
  CHECK(open.notes.size() == 1);
}

TEST_CASE("what comes with a word is said", "[least]") {
  const LeastPrivilege one = least("github", {use("contents.write")});
  REQUIRE(one.words.size() == 1);
  CHECK(one.words[0].word == "contents:write");
  CHECK(one.words[0].brings == std::vector<std::string>{"contents.destroy"});
}

TEST_CASE("a policy of AWS has the actions that are called, on what is named", "[least]") {
  const LeastPrivilege one = least(
      "aws", {use("object.write", {{"bucket", "acme"}}, {"put_object"}),
              use("object.read", {{"bucket", "acme"}}, {"head_object"}), use("secret.read", {}, {"get_parameter"}),
              use("table.read", {{"table", "orders"}, {"region", "eu-west-1"}}, {"query"})});
  CHECK(says(one, "\"s3:PutObject\""));
  CHECK(says(one, "\"s3:GetObject\""));
  CHECK(says(one, "\"arn:aws:s3:::acme/*\""));
  CHECK(says(one, "\"ssm:GetParameter\""));
  CHECK_FALSE(says(one, "secretsmanager"));
  CHECK(says(one, "\"dynamodb:Query\""));
  CHECK(says(one, "\"arn:aws:dynamodb:eu-west-1:*:table/orders\""));
  CHECK(one.notes.size() == 1);  // the parameter is not named
}

TEST_CASE("a name that could break out of a notation is not a name", "[least]") {
  const LeastPrivilege one =
      least("kubernetes", {use("workload.read", {{"namespace", "x\nrules: ['*']"}}, {"Pods.List"})});
  CHECK_FALSE(says(one, "*"));
  CHECK(says(one, "namespace: NAMESPACE"));
}

TEST_CASE("scopes of Slack are a list", "[least]") {
  CHECK(least("slack", {use("message.send"), use("user.read"), use("identity.read")}).paste == "chat:write,users:read");
}

TEST_CASE("GRANTs name the tables that the code names", "[least]") {
  const LeastPrivilege one =
      least("postgres", {use("table.read", {{"database", "shop"}}, {"SELECT orders", "SELECT users"}),
                         use("row.destroy", {{"database", "shop"}}, {"DELETE orders"})});
  CHECK(says(one, "GRANT CONNECT ON DATABASE \"shop\" TO app;\n"));
  CHECK(says(one, "GRANT USAGE ON SCHEMA public TO app;\n"));
  CHECK(says(one, "GRANT DELETE ON TABLE orders TO app;\n"));
  CHECK(says(one, "GRANT SELECT ON TABLE orders, users TO app;\n"));
  const LeastPrivilege open = least("postgres", {use("table.read", {}, {"SELECT orders", "findMany"})});
  CHECK(says(open, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;\n"));
}

TEST_CASE("a restricted key of Stripe is a list of ticks", "[least]") {
  const LeastPrivilege one = least("stripe", {use("checkout.write"), use("checkout.read"), use("customer.write")});
  CHECK(one.paste == "Checkout session: write\nCustomer: write\n");
}

TEST_CASE("a Role has verbs and resources of one namespace, a ClusterRole what has none", "[least]") {
  const LeastPrivilege one = least("kubernetes", {use("workload.exec", {{"namespace", "shop"}}, {"kubectl set image"}),
                                                  use("node.destroy", {}, {})});
  CHECK(says(one, "kind: Role\nmetadata:\n  name: app\n  namespace: shop\n"));
  CHECK(says(one, "  - apiGroups: [\"apps\"]\n    resources: [deployments]\n    verbs: [get, patch]\n"));
  CHECK(says(one, "kind: ClusterRole\n"));
  CHECK(says(one, "    resources: [nodes]\n    verbs: [delete]\n"));
}

TEST_CASE("where no kind is narrower by verb, the kind is all there is to say", "[least]") {
  const LeastPrivilege one = least("railway", {use("domain.write")});
  REQUIRE(one.kind != nullptr);
  CHECK(one.kind->kind == "project");
  CHECK_FALSE(one.by_verb);
  CHECK(one.paste.empty());
}

TEST_CASE("nothing needed is nothing asked for", "[least]") {
  for (const char* id : {"github", "aws", "slack", "postgres", "stripe", "kubernetes", "railway"}) {
    const LeastPrivilege one = least(id, {});
    CHECK(one.words.empty());
    CHECK(one.paste.empty());
  }
}

TEST_CASE("every capability of a provider with words has one, or none on purpose", "[least]") {
  for (const char* id : {"github", "aws", "slack", "postgres", "stripe", "kubernetes"}) {
    for (const Capability& capability : provider(id).capabilities) {
      INFO(id << " " << capability.id);
      const LeastPrivilege one = least(id, {use(capability.id)});
      CHECK((one.by_verb || one.kind != nullptr));
    }
  }
}

}  // namespace overreach::testing
