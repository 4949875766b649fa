// The fields of a request as nghttp2 hands them out, one by one, into a RequestHead. nghttp2 has refused what is not well formed (RFC 9113 sections
// 8.2 and 8.3: characters, order and number of pseudo-headers, fields that belong to a connection, a length that the body does not keep).
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "engines/net/server_connection.hpp"

namespace gatehouse::net::http2 {

class HeadReader {
 public:
  /// The texts go into `arena`, which lives as long as `head`.
  HeadReader(Arena& arena, http::RequestHead& head) noexcept : arena_(arena), head_(head) {}

  /// A field of the head. One beyond the limits is counted, not kept, so that the request can be refused in words. False: all of it together is beyond twice the
  /// limits, and nothing more of it is to be looked at. A byte of HPACK can stand for 4 KB of a field that was sent once (RFC 7541 section 7.3).
  [[nodiscard]] bool field(std::string_view name, std::string_view value, const ServerLimits& limits);
  /// A field behind the body, of which those are kept that may stand there. False: head and trailers together are beyond the limits.
  [[nodiscard]] bool trailer(std::string_view name, std::string_view value, const ServerLimits& limits);
  /// All fields have come; `ends`: so has the whole request.
  void complete(bool ends);
  /// Why a complete head is not to be served: it was beyond the limits, or expects what nobody does.
  [[nodiscard]] std::optional<http::Problem> take_problem() { return std::exchange(problem_, std::nullopt); }

 private:
  [[nodiscard]] bool within(std::string_view name, std::string_view value, const ServerLimits& limits) noexcept;
  void pseudo(std::string_view name, std::string_view value, const ServerLimits& limits);

  Arena& arena_;
  http::RequestHead& head_;
  std::size_t bytes_ = 0, fields_ = 0;
  bool cut_ = false;  // a field was beyond the limits
  std::optional<http::Problem> problem_;
};

}  // namespace gatehouse::net::http2
