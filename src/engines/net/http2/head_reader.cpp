#include "engines/net/http2/head_reader.hpp"

#include "engines/net/http1/fields.hpp"
#include "engines/net/http1/refusal.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::net::http2 {

bool HeadReader::within(std::string_view name, std::string_view value, const ServerLimits& limits) noexcept {
  bytes_ += name.size() + value.size() + 32;  // RFC 9113 section 6.5.2
  return ++fields_ <= limits.head.fields_max && bytes_ <= limits.http2.header_list_bytes;
}

bool HeadReader::field(std::string_view name, std::string_view value, const ServerLimits& limits) {
  if (!within(name, value, limits)) {
    cut_ = true;
    if (problem_) return fields_ / 2 <= limits.head.fields_max && bytes_ / 2 <= limits.http2.header_list_bytes;
    problem_ = fields_ > limits.head.fields_max
                   ? http1::refusal_of(http::ProblemKind::headers_too_large, "connections.headers_max",
                                       "more than " + std::to_string(limits.head.fields_max) + " headers")
                   : http1::refusal_of(http::ProblemKind::headers_too_large, "connections.header_list_max",
                                       "headers of more than " + std::to_string(limits.http2.header_list_bytes) + " bytes");
    return true;
  }
  const auto kept = arena_.copy(value);
  if (name.starts_with(':')) {
    pseudo(name, kept, limits);
    return true;
  }
  const auto id = http::header_id(name);
  head_.headers.add({id == http::HeaderId::unknown ? arena_.copy(name) : http::to_text(id), kept, id});
  return true;
}

void HeadReader::pseudo(std::string_view name, std::string_view value, const ServerLimits& limits) {
  if (name == ":method") {
    head_.method_token = value;
    head_.method = http::method_from(value);
  } else if (name == ":path") {
    head_.target = value;
    if (value.size() > limits.head.target_bytes_max && !problem_) problem_ = http1::target_too_long(limits.head);
  } else if (name == ":scheme") {
    head_.scheme = value;
  } else if (name == ":authority") {
    head_.authority = value;
  }
}

bool HeadReader::trailer(std::string_view name, std::string_view value, const ServerLimits& limits) {
  if (!within(name, value, limits)) return false;
  if (const auto id = http::header_id(name); http1::may_be_trailer(id, name)) head_.trailers.add({arena_.copy(name), arena_.copy(value), id});
  return true;
}

void HeadReader::complete(bool ends) {
  head_.version = http::Version::http2;
  head_.whole = !cut_;
  if (auto expects = http1::parse_expectation(head_.headers, head_.version)) head_.expects_continue = *expects;
  else if (!problem_) problem_ = std::move(expects).error();
  if (!ends) head_.framing.kind = http::Framing::Kind::chunked;  // any length: DATA frames say where it ends
  // nghttp2 holds the body to it; without a body it can only be 0, which is said onwards, since some servers ask for it with POST (RFC 9110 8.6).
  if (const auto length = head_.headers.get(http::HeaderId::content_length))
    if (const auto number = text::parse_number<std::uint64_t>(*length)) head_.framing = {http::Framing::Kind::length, *number};
}

}  // namespace gatehouse::net::http2
