// The memory that the connections of one loop thread read into and parse in place. It is lent: who reads keeps his piece until he has done with
// what he read, and who reads meanwhile, further down the same stack, is lent another. No two ever see the same bytes.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/assert.hpp"

namespace gatehouse::net {

class Scratch {
 public:
  /// `bytes`: of each piece.
  explicit Scratch(std::size_t bytes) : bytes_(bytes) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { GH_ASSERT(lent_ == 0); }

  /// One piece, given back when it ends. Not for other threads, and not beyond the call that took it.
  class Lease {
   public:
    explicit Lease(Scratch& scratch) : scratch_(scratch), piece_(scratch.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { scratch_.give_back(std::move(piece_)); }

    [[nodiscard]] std::span<char> bytes() const noexcept { return {piece_.get(), scratch_.bytes_}; }
    [[nodiscard]] std::string_view first(std::size_t size) const noexcept { return {piece_.get(), size}; }

   private:
    Scratch& scratch_;
    std::unique_ptr<char[]> piece_;
  };

 private:
  static constexpr std::size_t kept_max = 2;  // one is in use nearly always, a second now and then; the stack is not deeper but by accident

  std::unique_ptr<char[]> take() {
    ++lent_;
    if (kept_.empty()) return std::make_unique_for_overwrite<char[]>(bytes_);
    auto piece = std::move(kept_.back());
    kept_.pop_back();
    return piece;
  }

  void give_back(std::unique_ptr<char[]> piece) {
    --lent_;
    if (kept_.size() < kept_max) kept_.push_back(std::move(piece));
  }

  std::size_t bytes_;
  std::size_t lent_ = 0;
  std::vector<std::unique_ptr<char[]>> kept_;
};

}  // namespace gatehouse::net
