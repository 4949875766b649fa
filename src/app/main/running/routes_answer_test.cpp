#include "app/main/running/routes_answer.hpp"

#include <doctest/doctest.h>

#include "doors/gateway/trial_validator.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

/// A contract that everything keeps.
class Content final : public gateway::RequestValidator {
 public:
  [[nodiscard]] bool reads_body(const http::Request& /*request*/) const noexcept override { return false; }
  [[nodiscard]] Findings check_request(const http::Request& /*request*/, std::optional<std::string_view> /*body*/, Arena& /*memory*/) const override {
    return {};
  }
};

}  // namespace

TEST_CASE("routes: each is told with who may come, what is asked of them and by which contract, in the order of the paths") {
  config::Configuration configuration;
  gateway::RouteOptions described;
  described.name = "getPatient";
  described.path = "/patients/{id}";
  described.methods = {"GET"};
  described.upstream = "clinic";
  described.authenticate = {gateway::Credential::api_key, gateway::Credential::jwt};
  described.scopes = {"patients:read"};
  described.contract = "clinic";
  described.validator = std::make_shared<const Content>();
  described.validate = gateway::Validate::shadow;
  described.validate_answers = gateway::ValidateAnswers::strip;
  gateway::RouteOptions own;
  own.name = "export";
  own.path = "/export";
  own.methods = {"GET", "HEAD"};
  own.hosts = {"*.example.org"};
  own.upstream = "clinic";
  own.authenticate = {gateway::Credential::none};
  own.features = {"export"};
  own.issuers = {"login"};
  own.claims["role"] = {"nurse", true};
  configuration.routes = {described, own};
  CHECK(
      routes_answer(configuration) ==
      R"({"routes":[{"name":"export","methods":["GET","HEAD"],"path":"/export","hosts":["*.example.org"],"upstream":"clinic","credentials":["none"],"scopes":[],)"
      R"("features":["export"],"issuers":["login"],"claims":{"role":["nurse",true]},"requests":null,"answers":null,"contract":null},)"
      R"({"name":"getPatient","methods":["GET"],"path":"/patients/{id}","hosts":[],"upstream":"clinic","credentials":["api_key","jwt"],"scopes":["patients:read"],)"
      R"("features":[],"issuers":[],"claims":{},"requests":"shadow","answers":"strip","contract":"clinic"}]})");
  CHECK(routes_answer({}) == R"({"routes":[]})");
}

TEST_CASE("routes: a contract that judges nothing is told as one") {
  config::Configuration configuration;
  auto& route = configuration.routes.emplace_back();
  route.path = "/";
  route.validator = std::make_shared<const Content>();
  route.validate = gateway::Validate::off;
  route.validate_answers = gateway::ValidateAnswers::off;
  CHECK(routes_answer(configuration).contains(R"("requests":"off","answers":"off")"));
}
