// The body of one request, held back because a stage has asked for all of it (Verdict::body).
//
// Bodies that are held wait for their senders, who may take their time. They count in the budget of all buffered bytes, and as with connections (ADR 0018) an address holds
// no more of it than is still free, so that those who take all they can leave some for others.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/net/buffered.hpp"
#include "ground/http/address.hpp"
#include "services/limits/permits.hpp"

namespace gatehouse::gateway {

struct Services;

class HeldBody {
 public:
  HeldBody(Services& services, net::BufferTally& tally) noexcept : services_(services), held_(tally) {}

  /// `announced`: how many bytes it will have, if that is known.
  void begin(std::optional<std::uint64_t> announced);
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  /// Takes memory for no more than was announced.
  void add(std::string_view piece);
  /// Why no more of it may be held for a client of that address; empty: it may.
  [[nodiscard]] std::string_view refusal(const http::Address& client);
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// As if it had not begun; its memory is given back, since a body is seldom, and not the next request's.
  void drop() noexcept;

 private:
  [[nodiscard]] bool within_share(const http::Address& client);

  Services& services_;
  std::string text_;
  net::Held held_;
  std::vector<limits::Permit> shares_;  // of the client's address: one for each share_bytes
  std::optional<std::uint64_t> announced_;
  bool begun_ = false;
};

}  // namespace gatehouse::gateway
