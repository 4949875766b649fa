// What is wrong with a message, in words for who sent it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ground/http/problem.hpp"

namespace gatehouse::contract {

struct Violation {
  http::Status status = 400;  ///< 400: it cannot be read as described; 415: its media type; 422: a body that can be read is not as described
  std::string where;          ///< "query.limit", "path.id", "header.x-trace", "cookie.theme", "query", "body"; behind it "#/0/name" within the value
  std::string expected;       ///< a sentence without its full stop, "must be an integer"; never the value that came
  std::string rule;           ///< the place in the contract: "api.yaml#/paths/~1pets~1%7Bid%7D/get/parameters/0/schema/type", a URI reference
};

/// What is expected of `header.content-encoding`: one of those, or none at all.
inline constexpr std::string_view coding_expected = "must be gzip or deflate",
                                  no_coding_expected = "must not be there: bodies of this media type are taken as they are";

/// At most so many, and whether there were more.
class Violations {
 public:
  explicit Violations(std::size_t most) noexcept : most_(most) {}
  void add(Violation violation) {
    if (all_.size() < most_) all_.push_back(std::move(violation));
    else cut_ = true;
  }
  [[nodiscard]] bool none() const noexcept { return all_.empty() && !cut_; }
  [[nodiscard]] std::size_t room() const noexcept { return most_ - all_.size(); }
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  /// Judging took more steps than it may: with more of them something else might come of it.
  void note_undecided() noexcept { undecided_ = true; }
  [[nodiscard]] bool undecided() const noexcept { return undecided_; }
  [[nodiscard]] const std::vector<Violation>& all() const noexcept { return all_; }
  /// The most telling status: 415, 400, then 422; 0: nothing is wrong.
  [[nodiscard]] http::Status status() const noexcept {
    http::Status out = 0;
    for (const auto& violation : all_)
      if (out == 0 || violation.status == 415 || (out == 422 && violation.status == 400)) out = violation.status;
    return out;
  }

 private:
  std::vector<Violation> all_;
  std::size_t most_;
  bool cut_ = false, undecided_ = false;
};

}  // namespace gatehouse::contract
