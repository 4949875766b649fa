// defparam/smuggler: ways to disguise a Transfer-Encoding line, at the level of the parser and the canonical form (the suite against the running
// gate is another). Each is sent with a Content-Length and a second, marked request behind it. It must be refused, or what the gate
// would send on, rebuilt, must be one request with the length that the gate used, as a careless upstream reads it: one that takes any field for
// Transfer-Encoding whose name has the same letters, in any case and with anything between.
#include <algorithm>

#include "engines/net/http1/head.hpp"
#include "ground/base/text.hpp"
#include "ground/http/canonical.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;

constexpr std::string_view chunked_body = "1\r\nZ\r\n0\r\n\r\n";
constexpr std::string_view second = "GET /marked HTTP/1.1\r\nHost: a\r\n\r\n";

std::string bytes_of(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) out += utf8[i];
    else if (i + 1 < utf8.size()) out += static_cast<char>((byte & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
  }
  return out;
}

/// Whether somebody who means well could take a rebuilt field for a Transfer-Encoding.
bool looks_chunked(const http::Field& field) {
  std::string letters;
  for (const char c : field.name)
    if (text::is_alpha(c)) letters += text::lower(c);
  return letters.contains("transferencoding");
}

void judge(conform::Suite& suite, std::string_view id, std::string_view line) {
  std::string stream = "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\nContent-Length: " + std::to_string(chunked_body.size()) +
                       "\r\n\r\n" + std::string(chunked_body) + std::string(second);
  std::size_t scanned = 0;
  const net::http1::HeadLimits limits;
  const auto size = net::http1::find_head_end(stream, scanned, limits);
  if (!size) return suite.pass(id);
  if (*size == 0) return suite.fail(id, "the head has no end");
  Arena arena;
  http::RequestHead head(arena);
  if (!net::http1::parse_request_head({stream.data(), *size}, head, limits)) return suite.pass(id);
  const auto request = http::canonical(head, {}, arena);
  if (!request) return suite.pass(id);
  if (request->framing.kind != http::Framing::Kind::length || request->framing.length != chunked_body.size())
    return suite.fail(id, "the gate takes another framing");
  if (!std::string_view(stream).substr(*size).starts_with(chunked_body)) return suite.fail(id, "the head ends elsewhere");
  const auto travels = std::ranges::any_of(request->headers.all(), looks_chunked);
  suite.check(id, !travels, "a field that can be taken for Transfer-Encoding travels on");
}
}  // namespace

CONFORM_SUITE(
    "http-smuggling-parser",
    [](conform::Suite& suite) {
      for (const auto& line : suite.lines("te-header-mutations.jsonl.gz")) {
        const auto test = conform::Suite::parse(line);
        judge(suite, *test.root().string("id"), bytes_of(*test.root().string("te_header_latin1")));
      }
    },
    "http-smuggling");
