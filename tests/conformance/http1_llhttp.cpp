// nodejs/llhttp, strict mode: requests and responses as byte streams, judged at the parser, before Host and the canonical rules. A rejected
// stream must be refused by a rule (one that breaks off inside a head is continued with an empty line, so that ending early does not
// count); an accepted one must be read with the method, target, headers and body that the suite lists.
#include <algorithm>
#include <optional>

#include "engines/net/http1/chunked.hpp"
#include "engines/net/http1/head.hpp"
#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net::http1;
using json::Value;

/// All that was read of one stream.
struct Reading {
  std::string refused;  ///< the rule; empty: nothing was refused
  bool inside_head = false, inside_body = false;
  std::string methods, targets, names, values, body;
};

void take_fields(const http::Headers& headers, Reading& out) {
  for (const auto& field : headers.all()) {
    (out.names += field.name) += '\n';
    (out.values += field.value) += '\n';
  }
}

/// Takes a body off `rest`; false: the stream is over, for one reason or another.
bool take_body(std::string_view& rest, const http::Framing& framing, Sender sender, Reading& out) {
  using Kind = http::Framing::Kind;
  if (framing.kind == Kind::until_close || framing.kind == Kind::length) {
    const auto size = framing.kind == Kind::length ? framing.length : rest.size();
    out.inside_body = size > rest.size();
    const auto taken = rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, rest.size())));
    out.body += taken;
    rest.remove_prefix(taken.size());
    return !out.inside_body;
  }
  if (framing.kind == Kind::none) return true;
  ChunkedDecoder decoder({}, sender);
  for (;;) {
    const auto step = decoder.feed(rest);
    if (!step) return out.refused = step.error().rule, false;
    out.body += step->payload;
    rest.remove_prefix(step->consumed);
    if (step->state == ChunkedDecoder::State::need_more) return out.inside_body = true, false;
    if (step->state != ChunkedDecoder::State::done) continue;
    Arena arena;
    http::Headers trailers(arena);
    if (!decoder.trailers().empty() && parse_trailers(decoder.trailers(), trailers, {})) {
      const std::string_view lines(decoder.trailers().data(), decoder.trailers().size());
      for (auto line : text::split(lines, '\n'))
        if (const auto colon = line.find(':'); colon != line.npos) {
          (out.names += line.substr(0, colon)) += '\n';
          (out.values += text::trim(line.substr(colon + 1, line.size() - colon - 2))) += '\n';
        }
    }
    return true;
  }
}

Reading read_stream(std::string_view input, Sender sender) {
  Reading out;
  std::string memory(input);
  std::string_view rest = memory;
  while (!rest.empty()) {
    std::size_t scanned = 0;
    const auto size = find_head_end(rest, scanned, {}, sender);
    if (!size) return out.refused = size.error().rule, out;
    if (*size == 0) return out.inside_head = true, out;
    const std::span<char> head(memory.data() + (rest.data() - memory.data()), *size);
    rest.remove_prefix(*size);
    Arena arena;
    http::Framing framing;
    bool keep_alive = false;
    if (sender == Sender::client) {
      http::RequestHead request(arena);
      if (const auto read = parse_request_head(head, request, {}); !read) return out.refused = read.error().rule, out;
      (out.methods += request.method_token) += '\n';
      (out.targets += request.target) += '\n';
      take_fields(request.headers, out);
      framing = request.framing;
      keep_alive = request.keep_alive;
    } else {
      http::ResponseHead response(arena);
      if (const auto read = parse_response_head(head, http::Method::get, response, {}); !read) return out.refused = read.error().rule, out;
      take_fields(response.headers, out);
      framing = response.framing;
      keep_alive = response.keep_alive;
    }
    if (!take_body(rest, framing, sender, out)) return out;
    if (!keep_alive && !rest.empty()) return out.refused = "http.connection.close", out;
  }
  return out;
}

/// Why the project asks for more than llhttp, by the rule that refused.
std::optional<std::string> stricter_because(std::string_view rule) {
  const std::pair<std::string_view, std::string_view> reasons[] = {
      {"http.framing.coding-list", "Transfer-Encoding is exactly chunked"},
      {"http.framing.repeated-coding", "Transfer-Encoding comes once"},
      {"http.framing.coding", "Transfer-Encoding is exactly chunked"},
      {"http.connect", "CONNECT is not for a gateway"},
      {"http.target.asterisk", "the target * is only for OPTIONS (RFC 9112 section 3.2.4)"},
      {"http.request-line.version", "only HTTP/1.0 and HTTP/1.1, no ICE or RTSP"},
      {"http.request-line.target", "a request line without version is not HTTP/1.x (RFC 9112 section 3)"},
      {"http.status-line.version", "only HTTP/1.0 and HTTP/1.1, nothing before the status line (RFC 9112 section 4)"},
      {"http.line.empty", "one empty line before a request is ignored, not more (RFC 9112 section 2.2)"},
      {"http.upgrade", "Upgrade is never forwarded, so 101 is no answer"},
      {"http.connection.close", "nothing is read after Connection: close (RFC 9112 section 9.6)"},
  };
  for (const auto& [name, reason] : reasons)
    if (rule == name) return std::string(rule) + ": " + std::string(reason);
  return std::nullopt;
}

/// The spans of one kind, one a line; in lower case for names. llhttp's values keep the white space at their end, the tab written as \t.
std::string spans_of(Value test, std::string_view kind, bool lower = false) {
  std::string out;
  if (const auto spans = test.get("spans")->get(kind))
    for (const auto span : spans->elements()) {
      auto text = text::trim(*span.string());
      if (text.ends_with("\\t")) text.remove_suffix(2);
      (out += lower ? text::lower(text) : std::string(text)) += '\n';
    }
  return out;
}

/// The suite lists a body by lines.
std::string without_line_ends_and_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
  return text;
}

/// The suite shows bytes beyond ASCII as the characters of ISO 8859-1.
std::string utf8_of(std::string_view latin1) {
  std::string out;
  for (const char c : latin1) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) out += c;
    else (out += static_cast<char>(0xC0 | byte >> 6)) += static_cast<char>(0x80 | (byte & 0x3F));
  }
  return out;
}

std::string first_difference(Value test, const Reading& read) {
  if (test.get("spans")->size() == 0) return {};
  if (spans_of(test, "method") != read.methods) return "other methods";
  if (spans_of(test, "url") != read.targets) return "other targets";
  if (spans_of(test, "header_field", true) != read.names) return "other header names";
  if (spans_of(test, "header_value") != (test.get("input_b64") ? utf8_of(read.values) : read.values)) return "other header values";
  if (without_line_ends_and_spaces(spans_of(test, "body")) != without_line_ends_and_spaces(read.body)) return "another body";
  return {};
}

void judge(conform::Suite& suite, Value test) {
  const auto id = *test.string("id"), type = *test.string("type");
  const auto sender = type.starts_with("request") ? Sender::client : Sender::upstream;
  std::string input;
  if (const auto plain = test.string("input")) input = *plain;
  else {
    std::string url(test.string("input_b64")->substr(0, test.string("input_b64")->find('=')));
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    input = encoding::from_base64url(url).value();
  }
  const auto read = read_stream(input, sender);

  if (const auto finish = test.string("finish")) {
    const bool complete = read.refused.empty() && !read.inside_head && !read.inside_body;
    return suite.check(id, complete == (*finish != "2"), complete ? "an end inside a message was taken for complete" : "was not complete");
  }
  if (*test.string("outcome") == "reject") {
    const bool refused = !read.refused.empty() || (read.inside_head && !read_stream(input + "\r\n\r\n", sender).refused.empty());
    return suite.check(id, refused, "was accepted");
  }
  if (!read.refused.empty()) {
    if (const auto reason = stricter_because(read.refused)) return suite.stricter(id, *reason);
    return suite.fail(id, "was refused by " + read.refused);
  }
  // llhttp stops at an Upgrade, which the gate ignores; only the head can be compared, and has been accepted.
  if (test.string("reason").value_or("").starts_with("Pause")) return suite.pass(id);
  const auto difference = first_difference(test, read);
  suite.check(id, difference.empty(), difference);
}
}  // namespace

CONFORM_SUITE("http1-llhttp", [](conform::Suite& suite) {
  for (const auto& line : suite.lines("llhttp-cases.jsonl.gz")) judge(suite, conform::Suite::parse(line).root());
});
