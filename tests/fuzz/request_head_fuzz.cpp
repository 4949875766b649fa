// A stream of bytes as a head. It must be accepted or refused alike however it is cut; what is accepted must be what a naive splitting at CR LF
// gives; and what becomes canonical must, written out and read again, be the same request.
#include <cstdint>
#include <optional>
#include <string>

#include "engines/net/http1/head.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/http/canonical.hpp"
#include "ground/http/characters.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net::http1;

/// A head on the heap exactly as large as it is, so that a sanitizer sees a read beyond it.
struct Parsed {
  Parsed(std::string_view input, const HeadLimits& limits)
      : memory(input.begin(), input.end()), head(arena), ok(parse_request_head(memory, head, limits).has_value()) {}
  Arena arena;
  std::vector<char> memory;
  http::RequestHead head;
  bool ok;
};

/// The size of the head when the stream comes `piece` bytes at a time; 0: incomplete or refused.
std::size_t head_size(std::string_view stream, std::size_t piece, const HeadLimits& limits, Sender sender) {
  std::size_t scanned = 0;
  for (std::size_t size = std::min(piece, stream.size());; size = std::min(size + piece, stream.size())) {
    const auto found = find_head_end(stream.substr(0, size), scanned, limits, sender);
    if (!found) return 0;
    if (*found != 0) {
      GH_ASSERT(*found <= size && stream.substr(0, *found).ends_with("\r\n\r\n"));
      return *found;
    }
    if (size == stream.size()) return 0;
  }
}

void check_against_naive_reading(std::string_view text, const http::RequestHead& head) {
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  std::string line =
      std::string(head.method_token) + " " + std::string(head.target) + (head.version == http::Version::http1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  GH_ASSERT(text.starts_with(line));
  text.remove_prefix(line.size());
  for (const auto& field : head.headers.all()) {
    const auto end = text.find("\r\n"), colon = text.find(':');
    GH_ASSERT(end != text.npos && colon < end);
    GH_ASSERT(text::lower(text.substr(0, colon)) == field.name && http::is_token(field.name));
    GH_ASSERT(text::trim(text.substr(colon + 1, end - colon - 1)) == field.value);
    GH_ASSERT(field.value.find_first_of(std::string_view("\r\n\0", 3)) == field.value.npos);
    GH_ASSERT(http::header_id(field.name) == field.id);
    text.remove_prefix(end + 2);
  }
  GH_ASSERT(text == "\r\n");
  const auto lengths = head.headers.count(http::HeaderId::content_length), codings = head.headers.count(http::HeaderId::transfer_encoding);
  GH_ASSERT(lengths + codings <= 1);
  GH_ASSERT((head.framing.kind == http::Framing::Kind::length) == (lengths == 1) &&
            (head.framing.kind == http::Framing::Kind::chunked) == (codings == 1));
}

std::string written(const http::Request& request) {
  std::string out = std::string(request.method_token) + " " + (request.asterisk ? "*" : std::string(request.path.text()));
  if (request.query.present()) (out += '?') += request.query.text();
  (out += " HTTP/1.1\r\nhost: ") += request.authority.text();
  out += "\r\n";
  for (const auto& field : request.headers.all()) ((((out += field.name) += ": ") += field.value) += "\r\n");
  if (request.framing.kind == http::Framing::Kind::length) out += "content-length: " + std::to_string(request.framing.length) + "\r\n";
  if (request.framing.kind == http::Framing::Kind::chunked) out += "transfer-encoding: chunked\r\n";
  return out + "\r\n";
}

void check_same_when_read_again(const http::Request& request) {
  const auto text = written(request);
  const HeadLimits wide{.bytes_max = 1U << 20U, .fields_max = 1000, .target_bytes_max = 1U << 18U};
  GH_ASSERT(head_size(text, text.size(), wide, Sender::client) == text.size());
  const Parsed again(text, wide);
  GH_ASSERT(again.ok);
  Arena arena;
  const auto second = http::canonical(again.head, {}, arena);
  GH_ASSERT(second.has_value());
  GH_ASSERT(second->dropped_headers == 0 && second->underscored.empty());
  GH_ASSERT(written(*second) == text);
}

void check_request(std::string_view stream) {
  const HeadLimits limits{.bytes_max = 4096, .fields_max = 20, .target_bytes_max = 1024};
  const auto size = head_size(stream, stream.size(), limits, Sender::client);
  std::optional<Parsed> parsed;
  if (size != 0) parsed.emplace(stream.substr(0, size), limits);
  const bool accepted = parsed && parsed->ok;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{17}}) {
    const auto size_in_pieces = head_size(stream, piece, limits, Sender::client);
    GH_ASSERT(size_in_pieces == size || (size_in_pieces == 0 && !accepted));  // in pieces a bad head may be refused before its end
  }
  if (!accepted) return;
  check_against_naive_reading(stream.substr(0, size), parsed->head);
  Arena arena;
  if (const auto request = http::canonical(parsed->head, {}, arena)) check_same_when_read_again(*request);
}

void check_response(std::string_view stream) {
  const auto size = head_size(stream, stream.size(), {}, Sender::upstream);
  if (size == 0) return;
  for (const auto method : {http::Method::get, http::Method::head}) {
    Arena arena;
    std::vector<char> memory(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    http::ResponseHead head(arena);
    if (!parse_response_head(memory, method, head, {})) continue;
    GH_ASSERT(head.status >= 100 && head.status <= 599 && head.status != 101);
    const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304 || method == http::Method::head;
    GH_ASSERT((head.framing.kind == http::Framing::Kind::none) == bodiless);
    GH_ASSERT(head.framing.kind != http::Framing::Kind::until_close || !head.keep_alive);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  check_request(stream);
  check_response(stream);
  return 0;
}
