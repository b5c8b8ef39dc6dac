// IAM policies: what an action may do where. Each table is one question, the odd rows are explained.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "detectors/probe/native/aws_place.h"
#include "detectors/probe/native/aws_policy.h"
#include "detectors/probe/probe_token.h"
#include "tests/probe/recorded_probe.h"

namespace overreach::testing {
namespace {

TEST_CASE("a pattern covers another when everything the other matches is matched", "[aws]") {
  struct Row {
    const char* outer;
    const char* inner;
    bool covers;
    bool meet;
  };
  const Row rows[] = {
      {"*", "anything", true, true},
      {"*", "*", true, true},
      {"*", "", true, true},
      {"", "", true, true},
      {"", "a", false, false},
      {"s3:get*", "s3:getobject", true, true},
      {"s3:getobject", "s3:get*", false, true},
      {"s3:get*", "s3:put*", false, false},
      {"data/*", "data/keep/*", true, true},
      {"data/keep/*", "data/*", false, true},
      {"a*c", "a*b*c", true, true},
      {"a*b*c", "a*c", false, true},
      {"a?c", "abc", true, true},
      {"a?c", "a*c", false, true},  // the star may stand for more than one character
      {"a*", "a?", true, true},
      {"*x", "y*", false, true},
      {"ab*", "*ba", false, true},  // "aba" and "abba"
      {"abc", "ab", false, false},
      {"*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
  };
  for (const Row& row : rows) {
    INFO(row.outer << " and " << row.inner);
    CHECK(pattern_covers(row.outer, row.inner) == row.covers);
    CHECK(patterns_meet(row.outer, row.inner) == row.meet);
    CHECK(patterns_meet(row.inner, row.outer) == row.meet);
  }
}

/// "arn [doubt]; arn" of what is allowed.
std::string allowed(const char* action, const std::string& policy) {
  const auto statements = read_policy(policy);
  REQUIRE(statements.has_value());
  std::string out;
  for (const AllowedAt& place : allowed_at(action, *statements))
    out += (out.empty() ? "" : "; ") + place.resource + (place.certain ? "" : " ?");
  return out;
}

TEST_CASE("an action is allowed where an Allow says so and no Deny does", "[aws]") {
  struct Row {
    const char* name;
    const char* policy;
    const char* left;  // of s3:DeleteObject; '?' marks a doubt
  };
  const Row rows[] = {
      {"nothing said", R"({"Statement": []})", ""},
      {"another action", R"({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})", ""},
      {"case does not count", R"({"Statement": {"Effect": "Allow", "Action": "S3:deleteOBJECT", "Resource": "*"}})",
       "*"},
      {"a list of resources",
       R"({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}]})",
       "arn:aws:s3:::a/*; arn:aws:s3:::b/*"},
      {"denied as a whole",
       R"({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}]})",
       ""},
      {"one of two is denied",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]},
                         {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::a/*"}]})",
       "arn:aws:s3:::b/*"},
      {"a Deny inside of it",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"},
                         {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::a/keep/*"}]})",
       "arn:aws:s3:::a/* ?"},
      {"a Deny of another action",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                         {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]})",
       "*"},
      {"a Deny of all but reading",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                         {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}]})",
       ""},
      {"a Deny of all but one place",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                         {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::scratch/*"}]})",
       "arn:aws:s3:::scratch/*"},
      {"a Deny of all but another place",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"},
                         {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::scratch/*"}]})",
       ""},
      // Whether it is denied shows only when somebody calls: neither allowed for sure nor gone.
      {"a Deny with a condition",
       R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                         {"Effect": "Deny", "Action": "*", "Resource": "*",
                          "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]})",
       "* ?"},
      {"an Allow with a condition",
       R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}})",
       "* ?"},
      {"an empty condition is none",
       R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}})", "*"},
      {"all but one place",
       R"({"Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::keep/*"}})", "* ?"},
      {"a variable stands for a text that only the call shows",
       R"({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}})",
       "arn:aws:s3:::home/*/* ?"},
  };
  for (const Row& row : rows) DYNAMIC_SECTION(row.name) {
      CHECK(allowed("s3:DeleteObject", row.policy) == row.left);
    }
}

TEST_CASE("Denies that each leave several places do not multiply them", "[aws]") {
  nlohmann::json statements = {{{"Effect", "Allow"}, {"Action", "*"}, {"Resource", "*"}}};
  for (int i = 0; i < 40; ++i)
    statements.push_back({{"Effect", "Deny"}, {"Action", "*"}, {"NotResource", {"a*", "*b", "*c*"}}});
  const auto read = read_policy(nlohmann::json{{"Statement", statements}}.dump());
  REQUIRE(read.has_value());
  CHECK(allowed_at("s3:DeleteObject", *read).size() <= 6);
}

TEST_CASE("a document that is no policy is an error", "[aws]") {
  const char* const documents[] = {
      "",
      "{",
      "[]",
      R"({"Version": "2012-10-17"})",
      R"({"Statement": "Allow"})",
      R"({"Statement": [{"Effect": "Allow", "Resource": "*"}]})",
      R"({"Statement": [{"Effect": "Allow", "Action": "*"}]})",
      R"({"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]})",
      R"({"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"}]})",
      R"({"Statement": [{"Effect": "Allow", "Action": [1], "Resource": "*"}]})",
  };
  for (const char* document : documents) {
    INFO(document);
    CHECK(!read_policy(document).has_value());
  }
  CHECK(!read_policy(std::string(100'000, ' ') + R"({"Statement": []})").has_value());
}

TEST_CASE("percent encoding is undone once, and what is none is left", "[aws]") {
  CHECK(percent_decoded("%7B%22a%22%3a1%7d") == R"({"a":1})");
  CHECK(percent_decoded("a+b%2") == "a+b%2");
  CHECK(percent_decoded("%zz%2525") == "%zz%25");
}

TEST_CASE("an ARN gives a place, or nothing when the action has no effect there", "[aws]") {
  struct Row {
    const char* action;
    const char* resource;  // of the capability
    const char* pattern;
    const char* place;  // "" is nowhere
  };
  const Row rows[] = {
      {"s3:DeleteBucket", "bucket", "*", "account 111122223333"},
      {"s3:DeleteBucket", "bucket", "arn:aws:s3:::*", "account 111122223333"},
      {"s3:DeleteBucket", "bucket", "arn:aws:s3:::data", "bucket data, account 111122223333"},
      {"s3:DeleteBucket", "bucket", "arn:aws:s3:::data/*", ""},
      {"s3:DeleteObject", "bucket", "arn:aws:s3:::data", ""},
      {"s3:DeleteObject", "bucket", "arn:aws:s3:::data/*", "bucket data, account 111122223333"},
      {"s3:DeleteObject", "bucket", "arn:aws:s3:::data*", "bucket data*, account 111122223333"},
      {"s3:DeleteObject", "bucket", "arn:aws:dynamodb:*:*:table/data", ""},
      {"dynamodb:DeleteTable", "table", "arn:aws:dynamodb:eu-west-1:444455556666:table/orders",
       "region eu-west-1, table orders, account 444455556666"},
      {"dynamodb:DeleteTable", "table", "arn:aws:dynamodb:*:*:table/*", "account 111122223333"},
      {"rds:DeleteDBInstance", "database", "arn:aws:rds:us-east-1:111122223333:db:main",
       "database main, region us-east-1, account 111122223333"},
      {"rds:DeleteDBInstance", "database", "arn:aws:rds:us-east-1:111122223333:snapshot:main", ""},
      {"ec2:DeleteVolume", "volume", "arn:aws:ec2:*:*:instance/i-1", ""},
      {"sqs:DeleteQueue", "queue", "arn:aws:sqs:eu-west-1:111122223333:jobs",
       "queue jobs, region eu-west-1, account 111122223333"},
      {"logs:DeleteLogGroup", "log", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/api:*",
       "log /aws/lambda/api, region eu-west-1, account 111122223333"},
      {"ssm:GetParameter", "secret", "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db/*",
       "region eu-west-1, secret prod/db/*, account 111122223333"},
      {"sts:AssumeRole", "role", "arn:aws:iam::444455556666:role/teams/deploy", "role deploy, account 444455556666"},
      {"ssm:SendCommand", "instance", "arn:aws:ec2:*:*:instance/i-1", "instance i-1, account 111122223333"},
      {"iam:CreateAccessKey", "user", "arn:aws:iam::*:group/x", ""},
      {"s3:DeleteBucket", "bucket", "no arn", ""},
  };
  for (const Row& row : rows) {
    INFO(row.action << " on " << row.pattern);
    Capability capability;
    capability.resource = row.resource;
    const auto place = aws_place(row.action, capability, row.pattern, "111122223333");
    CHECK((place ? place->text() : "") == row.place);
  }
}

TEST_CASE("each AWS capability but those of other keys has an action that a policy can allow", "[aws]") {
  const Provider provider = load_provider("aws");
  std::set<std::string> named;
  for (const auto& [scope, ids] : provider.grants)
    if (scope.find(':') != std::string::npos && scope.find('*') == std::string::npos)
      named.insert(ids.begin(), ids.end());
  for (const Capability& capability : provider.capabilities) {
    INFO(capability.id);
    CHECK(named.count(capability.id) == 1);
  }
}

/// IAM whose simulator allows everything.
class Administrator : public Transport {
 public:
  Result<Response> get(const Request&) override { return fail(Error::Kind::network, "is not GET"); }
  Result<Response> query(const Request&, std::string_view, const Secret& body, std::string_view) override {
    ++requests;
    if (body.reveal().rfind("Action=GetCallerIdentity", 0) == 0)
      return Response{200,
                      {},
                      "<R><GetCallerIdentityResult><Account>111122223333</Account>"
                      "<Arn>arn:aws:iam::111122223333:user/ops/ana</Arn></GetCallerIdentityResult></R>"};
    std::string xml = "<R><EvaluationResults>";
    for (std::size_t at = 0; (at = body.reveal().find(".member.", at)) != std::string_view::npos; ++at) {
      const std::size_t name = body.reveal().find('=', at) + 1;
      std::string action(body.reveal().substr(name, body.reveal().find('&', name) - name));
      action = percent_decoded(action);
      xml += "<member><EvalActionName>" + action + "</EvalActionName><EvalDecision>allowed</EvalDecision></member>";
      ++actions;
    }
    return Response{200, {}, xml + "</EvaluationResults></R>"};
  }
  std::size_t requests = 0;
  std::size_t actions = 0;
};

TEST_CASE("an administrator who may ask the simulator is proven with two requests", "[aws]") {
  const Provider provider = load_provider("aws");
  Token token = placeholder_token("aws", {"root", "user"});
  token.companions.push_back({"secret_access_key", Secret("{secret}"), true});
  Administrator transport;
  const Reach reach = probe_token(token, provider, Powers(), transport, {});
  REQUIRE(std::holds_alternative<Live>(reach));
  CHECK(transport.requests == 2);
  CHECK(transport.actions >= 90);
  CHECK(transport.actions <= 100);
  std::set<std::string> proven;
  for (const Grant& grant : std::get<Live>(reach).powers.grants) {
    CHECK(grant.proof == Proof::proven);
    CHECK(grant.where.text() == "account 111122223333");
    proven.insert(grant.capability);
  }
  CHECK(proven.size() == provider.capabilities.size());
}

}  // namespace
}  // namespace overreach::testing
