// For tests: contracts made of texts, and requests that are held to them.
#pragma once
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::contract::trial {

inline std::string indented(std::string_view text, std::size_t by) {
  std::string out;
  for (const auto line : text::split(text, '\n'))
    if (!line.empty()) out += std::string(by, ' ') + std::string(line) + '\n';
  return out;
}

inline Contract compiled(const std::string& text) {
  TextFiles files(text);
  auto contract = compile("api.yaml", files);
  if (!contract)
    for (const auto& complaint : contract.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(contract.has_value());
  return std::move(*contract);
}

struct Sent {
  std::string_view path = "/a", query = {}, cookies = {};
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
  std::optional<std::string_view> body = {};
};

inline std::string checked(const OperationRules& operation, const Sent& sent, const CheckOptions& options = {}) {
  Arena arena;
  http::Headers headers(arena);
  for (const auto& [name, value] : sent.headers) headers.add({name, value, http::header_id(name)});
  const auto segments = text::split(sent.path.substr(1), '/');
  const auto violations = operation.check_request(
      {.segments = segments, .query = sent.query, .headers = headers, .cookies = sent.cookies, .body = sent.body}, arena, options);
  std::string out;
  for (const auto& violation : violations.all()) out += std::to_string(violation.status) + ' ' + violation.where + ' ' + violation.expected + '\n';
  return out;
}

/// A request to the one operation of a document that describes only this parameter, in 3.2.
inline std::string with_parameter(std::string_view parameter, const Sent& sent) {
  std::string path = "/a";
  if (parameter.contains("in: path")) path += "/{p}";
  const auto contract = compiled("openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths:\n  " + path + ":\n    get:\n      parameters:\n      - " +
                                 std::string(parameter) + '\n');
  return checked(contract.operations().front(), sent);
}
inline std::string queried(std::string_view parameter, std::string_view query) { return with_parameter(parameter, {.query = query}); }

/// A POST with that body to an operation that takes this content.
inline std::string posted(std::string_view content, std::string_view type, std::string_view body, std::string_view version = "3.1.0") {
  const auto contract = compiled("openapi: " + std::string(version) +
                                 "\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      requestBody:\n        content:\n" +
                                 indented(content, 10) + "      responses: {}\n");
  return checked(contract.operations().front(), {.headers = {{"content-type", type}}, .body = body});
}

}  // namespace gatehouse::contract::trial
