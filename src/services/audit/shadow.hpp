// What shadow mode let pass and enforcing would refuse, summed up: by route, direction and place of the contract. It answers the one question that is asked before
// enforcing: who would be hurt? Bounded: further rows are counted together.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ground/base/time.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::audit {

class Shadow {
 public:
  static constexpr std::size_t rows_max = 4096, at_max = 16, at_bytes_max = 120;

  struct Row {
    std::string route;
    bool answer = false;      ///< of the upstream; else a request
    http::Status status = 0;  ///< with which it would be refused
    std::string in, at;       ///< "body" "/items/*/name", "query" "limit"; "..." for more than at_max names at one place
    std::string detail;       ///< what would be right
    std::string contract;     ///< the place
    std::uint64_t times = 0;
    Instant first{}, last{};
  };

  /// From any thread; only where something would be refused. A message with several violations counts once in each of their rows.
  void add(std::string_view route, bool answer, http::Status status, std::span<const http::Violation> violations, Instant now);
  /// Most frequent first.
  [[nodiscard]] std::vector<Row> rows() const;
  /// Violations that had no row any more.
  [[nodiscard]] std::uint64_t others() const;

 private:
  using Key = std::tuple<std::string, bool, http::Status, std::string, std::string, std::string>;  // route, answer, status, contract, in, at
  mutable std::mutex mutex_;
  std::map<Key, Row> rows_;                                               // guarded by mutex_
  std::map<std::tuple<std::string, bool, std::string>, std::size_t> at_;  // guarded by mutex_: names by route, direction and place
  std::uint64_t others_ = 0;                                              // guarded by mutex_
};

/// A JSON Pointer without the numbers of items: "/items/3/name" is "/items/*/name".
[[nodiscard]] std::string without_numbers(std::string_view pointer);

}  // namespace gatehouse::audit
