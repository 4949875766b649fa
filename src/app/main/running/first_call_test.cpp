#include "app/main/running/first_call.hpp"

#include <doctest/doctest.h>

#include "app/config/protect.hpp"
#include "doors/gateway/trial_validator.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

using Scopes = std::vector<std::string>;

struct FirstCalls {
  config::Configuration configuration;
  gateway::RouteOptions& route(std::string path, Scopes scopes, std::vector<gateway::Credential> kinds = {gateway::Credential::api_key}) {
    gateway::RouteOptions made;
    made.name = "r" + std::to_string(configuration.routes.size());
    made.path = std::move(path);
    made.methods = {"GET"};
    made.authenticate = std::move(kinds);
    made.scopes = std::move(scopes);
    return configuration.routes.emplace_back(std::move(made));
  }
};

/// A contract that asks for a query.
class AsksForQuery final : public gateway::RequestValidator {
 public:
  [[nodiscard]] bool reads_body(const http::Request& /*request*/) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request& request, std::optional<std::string_view> /*body*/, Arena& /*memory*/) const override {
    Findings findings;
    if (request.query.text().empty()) findings.violations.push_back({http::Violation::In::query, "day", "must be there", "x"});
    return findings;
  }
};

}  // namespace

TEST_CASE("first call: the key holds what one everyday GET asks for, and no right to export, to write or to delete") {
  FirstCalls trial;
  trial.route("/export", {"records:export"});
  trial.route("/patients", {"patients:read"});
  trial.route("/patients/{id}", {"patients:read"});
  trial.route("/reports", {"patients:read", "reports:read"});
  trial.route("/prices", {}, {gateway::Credential::none});
  trial.route("/patients/{id}", {"patients:delete"}).methods = {"DELETE"};
  trial.route("/lab", {}).methods = {"POST"};
  const auto call = first_call(trial.configuration);
  CHECK(call.path == "/patients");
  CHECK(call.scopes == Scopes{"patients:read"});
  trial.route("/me", {});
  CHECK(first_call(trial.configuration).path == "/me");
  CHECK(first_call(trial.configuration).scopes.empty());
}

TEST_CASE("first call: what a contract requires, a host or a feature makes it another request") {
  FirstCalls trial;
  trial.route("/events", {"a"}).validator = std::make_shared<const AsksForQuery>();
  trial.route("/elsewhere", {"b"}).hosts = {"api.example.org"};
  trial.route("/paid", {"c"}).features = {"export"};
  CHECK(first_call(trial.configuration).scopes.empty());
  CHECK(first_call(trial.configuration).path == "/");
  trial.route("/a b/%2A", {"d"});
  CHECK(first_call(trial.configuration).path == "/a%20b/*");
  CHECK(first_call(trial.configuration).scopes == Scopes{"d"});
  trial.configuration.routes.front().validate = gateway::Validate::shadow;
  CHECK(first_call(trial.configuration).path == "/events");
}

TEST_CASE("first call: with open routes or tokens alone the key holds nothing, and without a document all paths are one") {
  FirstCalls trial;
  trial.route("/staff", {"staff"}, {gateway::Credential::jwt});
  trial.route("/prices", {}, {gateway::Credential::none});
  CHECK(first_call(trial.configuration).path == "/prices");
  CHECK(first_call(trial.configuration).scopes.empty());
  const auto plain = first_call(config::protect_configuration("http://127.0.0.1:1").value());
  CHECK(plain.path == "/");
  CHECK(plain.scopes.empty());
}
