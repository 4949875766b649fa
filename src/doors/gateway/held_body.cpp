#include "doors/gateway/held_body.hpp"

#include <algorithm>
#include <limits>

#include "doors/gateway/services.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::uint64_t reserved_max = 64 * 1024;  // for a body that is only announced
constexpr std::uint64_t share_bytes = 16 * 1024;   // smaller bodies are bounded by the connections that an address may have
const auto shares_counter = limits::number_of("bodies held");
}  // namespace

void HeldBody::begin(std::optional<std::uint64_t> announced) {
  begun_ = true;
  announced_ = announced;
  if (announced) text_.reserve(std::min(*announced, reserved_max));
}

void HeldBody::add(std::string_view piece) {
  const std::uint64_t bytes = text_.size() + piece.size();
  if (bytes > text_.capacity()) {
    // Doubled, as a string that grows is, a body of 520 KB would take a MiB.
    std::string larger;
    larger.reserve(std::max(bytes, std::min(announced_.value_or(text_.max_size()), 2 * std::uint64_t{text_.capacity()})));
    larger = text_;
    text_.swap(larger);
  }
  text_ += piece;
  held_.set(text_.capacity());
}

std::string_view HeldBody::refusal(const http::Address& client) {
  if (services_.memory.spent()) return "the budget of buffered bytes is spent";
  if (!within_share(client)) return "bodies of this address are held that take as much of the budget of buffered bytes as is free";
  return {};
}

bool HeldBody::within_share(const http::Address& client) {
  const limits::CounterKey key{shares_counter, limits::Scope::address, limits::Who::of(client), 0};
  while ((shares_.size() + 1) * share_bytes <= text_.capacity()) {
    const auto free = std::min<std::uint64_t>(services_.memory.left() / share_bytes, std::numeric_limits<std::uint32_t>::max());
    auto permit = services_.permits.acquire(key, static_cast<std::uint32_t>(free));
    if (!permit) return false;
    shares_.push_back(std::move(permit));
  }
  return true;
}

void HeldBody::drop() noexcept {
  if (begun_) std::string().swap(text_);
  held_.set(0);
  shares_.clear();
  announced_.reset();
  begun_ = false;
}

}  // namespace gatehouse::gateway
