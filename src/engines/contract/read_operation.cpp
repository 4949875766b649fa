// One operation: its parameters with those of its path, what it takes, what it answers, what it asks for.
#include <algorithm>
#include <set>

#include "engines/contract/reader.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::contract {

namespace operation {
namespace {
/// "200", "2XX", "default" (OpenAPI 3.0.4 section 4.7.16).
bool is_status(std::string_view key) noexcept {
  if (key == "default") return true;
  if (key.size() != 3 || key[0] < '1' || key[0] > '5') return false;
  return key.substr(1) == "XX" || (text::is_digit(key[1]) && text::is_digit(key[2]));
}
}  // namespace
}  // namespace operation

void Reader::read_operation(http::Method method, std::string token, std::string_view path, const PathTemplate& path_template, const Node& item,
                            const Node& at, const std::vector<Parameter>& inherited, const std::vector<std::string>& base_paths) {
  if (!http::is_token(token)) return error(at, "is no method");
  if (out_.operations.size() >= limits_.operations)
    return error(item, "has one operation too many; a contract has at most " + std::to_string(limits_.operations));
  if (parts_ > limits_.parts) return;  // said already
  const auto found = as_object(at);
  if (!found) return;
  Operation out{.method = method,
                .method_token = std::move(token),
                .path = std::string(path),
                .path_template = path_template,
                .id = {},
                .parameters = {},
                .body = {},
                .responses = {},
                .security = security_,
                .base_paths = member(*found, "servers") ? read_servers(*found) : base_paths,
                .at = *found};
  if (const auto id = text(*found, "operationId")) {
    out.id = *id;
    const auto [first, fresh] = operation_ids_.try_emplace(out.id, at.pointer);
    if (!fresh && !out.id.empty()) error(*found, "has the operationId '" + out.id + "', which #" + first->second + " has, too");
  }
  out.parameters = read_parameters(*found, path_template);
  for (const auto& parameter : inherited) {
    const auto same = [&](const Parameter& own) { return own.in == parameter.in && own.name == parameter.name; };
    if (std::ranges::none_of(out.parameters, same)) out.parameters.push_back(parameter);
  }
  check_path_parameters(out);
  out.body = read_body(*found);
  out.responses = read_responses(*found);
  if (auto security = read_security(*found)) out.security = std::move(*security);
  if (has_room_for(out)) out_.operations.push_back(std::move(out));
}

/// A short document can use a long list of shared parts at thousands of places.
bool Reader::has_room_for(const Operation& operation) {
  parts_ += operation.parameters.size() + operation.responses.size() + (operation.body ? operation.body->content.size() : 0);
  for (const auto& response : operation.responses) parts_ += response.headers.size() + response.content.size();
  if (parts_ <= limits_.parts) return true;
  error(operation.at, "brings more parameters, responses and media types than a contract may have, which is " + std::to_string(limits_.parts));
  return false;
}

/// Every name of the path has its parameter and every path parameter its name (OpenAPI 3.0.4 section 4.7.12.1).
void Reader::check_path_parameters(const Operation& operation) {
  for (const auto& name : operation.path_template.names()) {
    const auto described = [&](const Parameter& parameter) { return parameter.in == In::path && parameter.name == name; };
    if (std::ranges::none_of(operation.parameters, described)) error(operation.at, "does not describe the path parameter '" + name + "'");
  }
  for (const auto& parameter : operation.parameters) {
    const auto& names = operation.path_template.names();
    if (parameter.in != In::path || std::ranges::count(names, parameter.name) > 0) continue;
    if (operation.path_template.suffix().contains('{' + parameter.name + '}')) continue;
    error(parameter.at, "describes the path parameter '" + parameter.name + "', which is not in the path " + operation.path);
  }
  const auto whole_query = std::ranges::count(operation.parameters, In::querystring, &Parameter::in);
  const auto single_query = std::ranges::count(operation.parameters, In::query, &Parameter::in);
  if (whole_query > 1 || (whole_query == 1 && single_query > 0))
    error(operation.at, "describes the whole query ('in: querystring') more than once, or parameters of it besides");
}

std::optional<RequestBody> Reader::read_body(const Node& operation) {
  const auto body = object(operation, "requestBody");
  if (!body) return std::nullopt;
  RequestBody out{.required = truth(*body, "required").value_or(false), .content = read_content(*body), .at = *body};
  if (!member(*body, "content")) error(*body, "needs 'content': which media types are taken");
  return out;
}

std::vector<Response> Reader::read_responses(const Node& operation) {
  std::vector<Response> out;
  const auto responses = object(operation, "responses");
  if (!responses) {
    if (!member(operation, "responses") && out_.version == Version::v3_0) warning(operation, "has no 'responses'");
    return out;
  }
  for (const auto& [status, at] : members(*responses)) {
    if (!operation::is_status(status)) {
      error(at, "is no status: '" + std::string(status) + "' (as 200, 4XX or default)");
      continue;
    }
    const auto response = as_object(at);
    if (!response) continue;
    out.push_back({.status = std::string(status), .headers = read_headers(*response), .content = read_content(*response), .at = *response});
  }
  return out;
}

}  // namespace gatehouse::contract
