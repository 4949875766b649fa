#include "app/main/selftest/selftest_case.hpp"

#include <fmt/format.h>

#include "ground/base/text.hpp"

namespace gatehouse::main {
namespace {

/// A request that is right but for what the caller puts into it. `fields` are whole lines.
std::string request_with(const SelftestTarget& target, std::string_view method, std::string_view path, std::string_view fields) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n", method, path, target.host, fields);
}

/// The key with its last letter changed, which the checksum finds.
std::string mistyped(std::string key) {
  key.back() = key.back() == '0' ? '1' : '0';
  return key;
}

}  // namespace

std::vector<SelftestCase> selftest_cases(const SelftestTarget& target) {
  const auto key = fmt::format("X-Api-Key: {}\r\n", target.key);
  const auto get = [&](std::string_view fields) { return request_with(target, "GET", target.path, fields); };
  const auto at = [&](std::string_view path) { return request_with(target, "GET", path, key); };
  std::vector<SelftestCase> cases{
      {"a good key", get(key), {}},
      {"a good key as a bearer credential", get(fmt::format("Authorization: Bearer {}\r\n", target.key)), {}},
      {"no credential", get(""), {401}},
      {"a key with a typing error", get(fmt::format("X-Api-Key: {}\r\n", mistyped(target.key))), {401}},
      {"a key that was revoked", get(fmt::format("X-Api-Key: {}\r\n", target.revoked_key)), {401}},
      {"two credentials at once", get(key + "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.\r\n"), {400, 401}},
      {"a token that says it needs no signature", get("Authorization: Bearer eyJhbGciOiJub25lIn0.e30.\r\n"), {401}},
      {"DELETE", request_with(target, "DELETE", target.path, key), {405}},
      {"TRACE", request_with(target, "TRACE", target.path, key), {405, 501}},
      {"a dot segment, encoded", at(target.path + "/%2e%2e/secret"), {400}},
      {"an encoded slash",
       at(target.path + "%2Fsecret"),
       {400, 404}},  // 404 where the route is one literal path: to the router it is another segment
      {"a percent sign that encodes nothing", at(target.path + "/%zz"), {400}},
      {"NUL in the path", at(target.path + "/%00"), {400}},
      {"a query with odd but harmless letters", at(target.path + "?a=b;c&d=%C3%A9&&e"), {}},
      {"two lengths", request_with(target, "POST", target.path, key + "Content-Length: 1\r\nContent-Length: 2\r\n"), {400}},
      {"a length and chunks",
       request_with(target, "POST", target.path, key + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       {400}},
      {"a coding beside chunked", request_with(target, "POST", target.path, key + "Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", {400, 501}},
      {"two hosts", get(key + "Host: other.example\r\n"), {400}},
      {"no host", fmt::format("GET {} HTTP/1.1\r\nConnection: close\r\n{}\r\n", target.path, key), {400}},
      {"a space before the colon", get(key + "X-Note : a\r\n"), {400}},
      {"a folded line", get(key + "X-Note: a\r\n b\r\n"), {400}},
      {"a line that ends in a bare line feed", get(key + "X-Note: a\n"), {400}},
      {"a header of 100 kilobytes", get(key + "X-Note: " + std::string(100'000, 'a') + "\r\n"), {431}},
      {"a proxy's header from anybody, which is dropped", get(key + "X-Forwarded-For: 127.0.0.1\r\n"), {}},
  };
  if (!target.every_path) cases.push_back({"a path that no route names", at("/gatehouse-selftest/no/such/path"), {404}});
  return cases;
}

int refusal_status(std::string_view answer) noexcept {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return -1;
  const auto status = text::parse_number<unsigned>(answer.substr(9, 3));
  if (!status) return -1;
  return answer.contains("urn:gatehouse:problem:") ? static_cast<int>(*status) : 0;
}

}  // namespace gatehouse::main
