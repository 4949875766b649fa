#include <doctest/doctest.h>

#include "engines/contract/contract.hpp"
#include "engines/contract/sequence.hpp"
#include "engines/contract/testing.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
std::string told_of(const Violations& violations) {
  std::string out;
  for (const auto& violation : violations.all()) out += std::to_string(violation.status) + ' ' + violation.where + ' ' + violation.expected + '\n';
  return out;
}

/// A contract of one POST that takes and answers that content (YAML's flow style).
Contract streaming(std::string_view content, std::string_view version) {
  TextFiles files("openapi: " + std::string(version) + "\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      requestBody: {content: " +
                  std::string(content) + "}\n      responses: {'200': {description: d, content: " + std::string(content) + "}}\n");
  auto compiled = compile("api.yaml", files);
  if (!compiled)
    for (const auto& complaint : compiled.error().all()) MESSAGE(to_text(complaint));
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

std::string streamed(std::string_view content, std::string_view type, std::string_view body, std::string_view version = "3.2.0",
                     const CheckOptions& options = {}, std::string_view coding = {}) {
  const auto contract = streaming(content, version);
  Arena arena;
  http::Headers headers(arena);
  headers.add({"content-type", type, http::HeaderId::content_type});
  if (!coding.empty()) headers.add({"content-encoding", coding, http::HeaderId::content_encoding});
  const std::vector<std::string_view> segments{"a"};
  return told_of(contract.operations().front().check_request({.segments = segments, .query = {}, .headers = headers, .cookies = {}, .body = body},
                                                             arena, options));
}

std::string answered_stream(std::string_view content, std::string_view type, std::string_view body, std::string_view coding = {}) {
  const auto contract = streaming(content, "3.2.0");
  Arena arena;
  http::Headers headers(arena);
  headers.add({"content-type", type, http::HeaderId::content_type});
  if (!coding.empty()) headers.add({"content-encoding", coding, http::HeaderId::content_encoding});
  return told_of(contract.operations().front().check_response({.status = 200, .headers = headers, .body = body}, arena));
}

/// gzip of one block that is not compressed (RFC 1951 section 3.2.4): at most 65,535 bytes.
std::string stored_gzip(std::string_view text) {
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const char c : text) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  std::string out("\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01", 11);
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
  };
  const auto size = static_cast<std::uint32_t>(text.size());
  number(size, 2);
  number(~size, 2);
  out += text;
  number(~sum, 4);
  number(size, 4);
  return out;
}

constexpr std::string_view readings =
    "{application/x-ndjson: {itemSchema: {type: object, required: [id], additionalProperties: false, properties: {id: {type: integer}, at: {type: string}}}}}";
}  // namespace

TEST_CASE("each line of NDJSON is judged by the schema of the items, and told by its number") {
  const auto sent = [](std::string_view body) { return streamed(readings, "application/x-ndjson", body); };
  CHECK(sent("{\"id\":1}\n{\"id\":2,\"at\":\"x\"}\n").empty());
  CHECK(sent("{\"id\":1}\r\n{\"id\":2}").empty());
  CHECK(sent("{\"id\":1}\n\n{\"id\":2}\n \n").empty());
  CHECK(sent("{\"id\":1}\n{\"id\":\"2\"}\n") == "422 body#/1/id must be an integer\n");
  CHECK(sent("{\"id\":1}\n{\"id\":2,\"admin\":true}\n").starts_with("422 body#/1/admin"));
  CHECK(sent("{\"id\":1}\n\n[]\n") == "422 body#/1 must be an object\n");
  CHECK(sent("{\"id\":1}\n{\"id\":2\n").starts_with("400 body#/1 must be JSON: "));
  CHECK(sent("{\"id\":1} {\"id\":2}\n").starts_with("400 body#/0 must be JSON: "));
  CHECK(sent("{\"id\":1,\n\"at\":\"x\"}\n").starts_with("400 body#/0 must be JSON: "));
  CHECK(sent("{\"id\":1,\"id\":2}\n").starts_with("400 body#/0 must be JSON: "));
  CHECK(streamed(readings, "application/x-ndjson; charset=utf-16", "{}").starts_with("415 header.content-type"));
  for (const auto* type : {"application/jsonl", "application/x-jsonl", "application/ndjson", "application/jsonlines"}) {
    const auto content = '{' + std::string(type) + ": {itemSchema: {type: integer}}}";
    CHECK(streamed(content, type, "1\n2\n").empty());
    CHECK(streamed(content, type, "1\nx\n").starts_with("400 body#/1 "));
    CHECK(streamed(content, type, "1\n\"x\"\n") == "422 body#/1 must be an integer\n");
  }
}

TEST_CASE("a schema of the whole sequence is one of an array") {
  constexpr auto* content = "{application/jsonl: {schema: {type: array, maxItems: 2, items: {type: integer}}}}";
  CHECK(streamed(content, "application/jsonl", "1\n2\n").empty());
  CHECK(streamed(content, "application/jsonl", "1\n2\n3\n").starts_with("422 body must"));
  CHECK(streamed(content, "application/jsonl", "1\n\"2\"\n") == "422 body#/1 must be an integer\n");
  constexpr auto* both = "{application/jsonl: {schema: {type: array, maxItems: 2}, itemSchema: {type: integer}}}";
  CHECK(streamed(both, "application/jsonl", "1\n2\n").empty());
  CHECK(streamed(both, "application/jsonl", "1\n2\n\"3\"\n").starts_with("422 body#/2 must be an integer\n422 body must"));
}

TEST_CASE("documents before 3.2 mean each value by a schema that is not of arrays only") {
  constexpr auto* each = "{application/x-ndjson: {schema: {type: object, required: [id]}}}";
  CHECK(streamed(each, "application/x-ndjson", "{\"id\":1}\n{\"id\":2}\n", "3.0.3").empty());
  CHECK(streamed(each, "application/x-ndjson", "{\"id\":1}\n{}\n", "3.1.0").starts_with("422 body#/1 must"));
  constexpr auto* untyped = "{application/x-ndjson: {schema: {required: [id]}}}";
  CHECK(streamed(untyped, "application/x-ndjson", "{}\n", "3.1.0").starts_with("422 body#/0 must"));
  constexpr auto* whole = "{application/x-ndjson: {schema: {type: array, maxItems: 1}}}";
  CHECK(streamed(whole, "application/x-ndjson", "{}\n", "3.0.3").empty());
  CHECK(streamed(whole, "application/x-ndjson", "{}\n{}\n", "3.0.3").starts_with("422 body must"));
  constexpr auto* bytes = "{application/x-ndjson: {schema: {type: string}}}";
  CHECK(streamed(bytes, "application/x-ndjson", "no json", "3.0.3").empty());
  CHECK(streamed(bytes, "application/x-ndjson", "no json").empty());
}

TEST_CASE("JSON text sequences are read by their separators") {
  constexpr auto* content = "{application/json-seq: {itemSchema: {type: integer}}, application/geo+json-seq: {itemSchema: {type: object}}}";
  const auto sent = [](std::string_view body) { return streamed(content, "application/json-seq", body); };
  CHECK(sent("\x1E"
             "1\n\x1E"
             "2\n")
            .empty());
  CHECK(sent("\x1E\x1E"
             "1\n")
            .empty());
  CHECK(sent("\x1E"
             "1\n\x1E\"2\"\n") == "422 body#/1 must be an integer\n");
  CHECK(sent("1\n") == "400 body must begin with a record separator\n");
  CHECK(sent("\x1E"
             "1\n\x1E"
             "12") == "400 body must end each value with a line feed\n");  // it may have been 123
  CHECK(sent("\x1E"
             "1\n2\n")
            .starts_with("400 body#/0 must be JSON"));
  CHECK(sent("\x1E{\n").starts_with("400 body#/0 must be JSON"));
  CHECK(streamed(content, "application/geo+json-seq", "\x1E{}\n").empty());
  CHECK_FALSE(streamed(content, "application/geo+json-seq", "\x1E[]\n").empty());
}

TEST_CASE("events are judged as those who listen would get them") {
  constexpr auto* content =
      "{text/event-stream: {itemSchema: {type: object, required: [data], additionalProperties: false, properties: {data: {type: string, maxLength: 5}, event: {enum: [tick]}, "
      "id: {type: string}, retry: {type: integer, maximum: 1000}}}}}";
  const auto sent = [](std::string_view body) { return streamed(content, "text/event-stream", body); };
  CHECK(sent("data: 1\n\n").empty());
  CHECK(sent("\xEF\xBB\xBF: a comment\r\nevent:tick\rid: 7\ndata:a\ndata: b\nunknown: x\nretry: 500\r\n\r\n").empty());
  CHECK(sent("data: 123456\n\n").starts_with("422 body#/0/data must"));
  CHECK(sent("data: 123\ndata: 45\n\n").starts_with("422 body#/0/data must"));  // with the line end between them
  CHECK(sent("data: 1\n\nevent: tock\ndata: 2\n\n").starts_with("422 body#/1/event must"));
  CHECK(sent("retry: 5000\ndata: 1\n\n").starts_with("422 body#/0/retry must"));
  CHECK(sent("retry: soon\ndata: 1\n\n").empty());
  CHECK(sent("event: tock\n\ndata: 1\n\n").empty());  // without data it is no event
  CHECK(sent("data: 1\n\ndata: 2\n") == "400 body must end each event with an empty line\n");
  CHECK(sent("data: 1\n\ndata: 2") == "400 body must end each line\n");
  CHECK(sent("data: \xFF\n\n") == "400 body must be UTF-8\n");
  CHECK(answered_stream(content, "text/event-stream", "data: 1\n\n").empty());
  CHECK(answered_stream(content, "text/event-stream", "data: 123456\n\n").starts_with("502 body#/0/data must"));
  // Before 3.2 it is not said what a schema of events is of.
  CHECK(streamed("{text/event-stream: {schema: {type: object}}}", "text/event-stream", "data: 1\n\n", "3.1.0").starts_with("415 "));
  CHECK(streamed("{text/event-stream: {schema: {type: string}}}", "text/event-stream", "data: 1\n\n", "3.1.0").empty());
}

TEST_CASE("a sequence is bounded, and one mistake in each line is told some times") {
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "x\n";
  const auto told = streamed(readings, "application/x-ndjson", many);
  CHECK(std::ranges::count(told, '\n') == 32);
  CHECK(streamed(readings, "application/x-ndjson", "{\"id\":1}\n{\"id\":2}\n", "3.2.0", {.json = {.bytes = 10}}) ==
        "400 body must have at most 10 bytes\n");
  std::string lines;
  for (std::size_t i = 0; i <= sequence_items_max; ++i) lines += "1\n";
  CHECK(lines_of(lines).error() == "must have at most 100000 values");
  CHECK(lines_of(std::string_view(lines).substr(2))->size() == sequence_items_max);
}

TEST_CASE("a coded body is judged as what it inflates to") {
  constexpr auto* json =
      "{application/json: {schema: {type: object, required: [id], additionalProperties: false, properties: {id: {type: integer}}}}}";
  const auto sent = [](std::string_view body, std::string_view coding = "gzip", const CheckOptions& options = {}) {
    return streamed(json, "application/json", body, "3.1.0", options, coding);
  };
  CHECK(sent(stored_gzip("{\"id\":1}")).empty());
  CHECK(sent(stored_gzip("{\"id\":1}"), "GZip").empty());
  CHECK(sent(stored_gzip("{\"id\":\"1\"}")) == "422 body#/id must be an integer\n");
  CHECK(sent(stored_gzip("{\"id\":1,\"admin\":true}")).starts_with("422 body#/admin"));
  CHECK(sent("{\"id\":1}").starts_with("400 body must be one whole stream of gzip"));
  CHECK(sent(stored_gzip("{\"id\":1}") + stored_gzip(" ")).starts_with("400 body must be one whole stream of gzip: something follows it"));
  CHECK(sent(stored_gzip("{\"id\":1}").substr(0, 20)).starts_with("400 body must be one whole stream of gzip: it ends too early"));
  CHECK(sent(stored_gzip("{\"id\":1}" + std::string(100, ' ')), "gzip", {.json = {.bytes = 50}}) ==
        "400 body must be at most 50 bytes when it is inflated\n");
  CHECK(sent(stored_gzip(stored_gzip("{\"id\":1}"))).starts_with("400 body must be JSON"));
  CHECK(sent(stored_gzip("{\"id\":1}"), "identity").starts_with("400 body must be JSON"));
  CHECK(sent("{\"id\":1}", "identity").empty());
  for (const auto* coding : {"br", "zstd", "compress", "gzip, gzip", "gzip, identity", "identity, gzip", "none", "gzip;q=1"}) {
    CAPTURE(coding);
    CHECK(sent(stored_gzip("{\"id\":1}"), coding) == "415 header.content-encoding must be gzip or deflate\n");
  }
  CHECK(streamed(readings, "application/x-ndjson", stored_gzip("{\"id\":1}\n{}\n"), "3.2.0", {}, "gzip").starts_with("422 body#/1 must"));
  constexpr auto* xml = "{application/xml: {schema: {type: object, properties: {id: {type: integer}}}}}";
  CHECK(streamed(xml, "application/xml", stored_gzip("<a><id>1</id></a>"), "3.1.0", {}, "gzip").empty());
  CHECK(streamed(xml, "application/xml", stored_gzip("<!DOCTYPE a><a/>"), "3.1.0", {}, "gzip").starts_with("400 body must have no document type"));
}

TEST_CASE("what a server that ignores the coding could read something in is not taken coded") {
  // The bytes of a coded form hold, wherever their author wants it, `&admin=true&`; those of multipart a part.
  constexpr std::string_view refused = "415 header.content-encoding must not be there: bodies of this media type are taken as they are\n";
  constexpr auto* form = "{application/x-www-form-urlencoded: {schema: {type: object}}}";
  CHECK(streamed(form, "application/x-www-form-urlencoded", stored_gzip("a=1"), "3.1.0", {}, "gzip") == refused);
  CHECK(streamed(form, "application/x-www-form-urlencoded", "a=1", "3.1.0").empty());
  constexpr auto* parts = "{multipart/form-data: {schema: {type: object}}}";
  CHECK(streamed(parts, "multipart/form-data; boundary=b", stored_gzip("--b--\r\n"), "3.1.0", {}, "gzip") == refused);
  CHECK(streamed("{text/plain: {schema: {type: string}}}", "text/plain", stored_gzip("a"), "3.1.0", {}, "gzip") == refused);
  CHECK(streamed("{application/pdf: {}}", "application/pdf", stored_gzip("a"), "3.1.0", {}, "gzip") == refused);
  CHECK(streamed("{text/event-stream: {itemSchema: {}}}", "text/event-stream", stored_gzip("data: 1\n\n"), "3.2.0", {}, "gzip") == refused);
  // The gate asks for answers without a coding.
  constexpr auto* json = "{application/json: {schema: {type: object}}}";
  CHECK(answered_stream(json, "application/json", stored_gzip("{}"), "gzip").starts_with("502 header.content-encoding must not be there"));
  CHECK(answered_stream(json, "application/json", "{}").empty());
}
