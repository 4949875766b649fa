#include "app/main/running/routes_answer.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

#include "ground/json/writer.hpp"

namespace gatehouse::main {

namespace routes_answers {
namespace {

std::string_view word_for(gateway::Credential credential) noexcept {
  switch (credential) {
    case gateway::Credential::none: return "none";
    case gateway::Credential::api_key: return "api_key";
    case gateway::Credential::jwt: return "jwt";
  }
  return "none";
}

std::string_view word_for(gateway::Validate requests) noexcept {
  switch (requests) {
    case gateway::Validate::enforce: return "enforce";
    case gateway::Validate::shadow: return "shadow";
    case gateway::Validate::off: return "off";
  }
  return "off";
}

std::string_view word_for(gateway::ValidateAnswers answers) noexcept {
  switch (answers) {
    case gateway::ValidateAnswers::refuse: return "refuse";
    case gateway::ValidateAnswers::strip: return "strip";
    case gateway::ValidateAnswers::log: return "log";
    case gateway::ValidateAnswers::off: return "off";
  }
  return "off";
}

void write_texts(json::Writer& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const auto& text : texts) writer.value(text);
  writer.end();
}

void write_route(json::Writer& writer, const gateway::RouteOptions& route) {
  writer.begin_object().member("name", route.name);
  write_texts(writer, "methods", route.methods);
  writer.member("path", route.path);
  write_texts(writer, "hosts", route.hosts);
  writer.member("upstream", route.upstream).key("credentials").begin_array();
  for (const auto credential : route.authenticate) writer.value(word_for(credential));
  writer.end();
  write_texts(writer, "scopes", route.scopes);
  write_texts(writer, "features", route.features);
  write_texts(writer, "issuers", route.issuers);
  writer.key("claims").begin_object();
  for (const auto& [claim, any_of] : route.claims) {
    writer.key(claim).begin_array();
    for (const auto& right : any_of) std::visit([&](const auto& value) { writer.value(value); }, right);
    writer.end();
  }
  writer.end();
  if (route.validator) writer.member("requests", word_for(route.validate)).member("answers", word_for(route.validate_answers));
  else writer.key("requests").value(nullptr).key("answers").value(nullptr);
  if (route.contract.empty()) writer.key("contract").value(nullptr);
  else writer.member("contract", route.contract);
  writer.end();
}

}  // namespace
}  // namespace routes_answers

std::string routes_answer(const config::Configuration& configuration) {
  std::vector<const gateway::RouteOptions*> routes;
  for (const auto& route : configuration.routes) routes.push_back(&route);
  std::ranges::stable_sort(routes, {}, [](const auto* route) { return std::tie(route->path, route->methods); });
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("routes").begin_array();
  for (const auto* const route : routes) routes_answers::write_route(writer, *route);
  writer.end().end();
  return out;
}

}  // namespace gatehouse::main
