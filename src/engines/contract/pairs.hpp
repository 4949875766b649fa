// The name=value pairs of a query or of a form, names decoded once, each taken by at most one parameter: what nobody takes was not described.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "engines/contract/style.hpp"
#include "ground/base/arena.hpp"

namespace gatehouse::contract {

struct Pair {
  std::string_view name;       ///< decoded
  std::string_view raw_value;  ///< as sent
  bool taken = false;
};

class Pairs {
 public:
  static constexpr std::size_t pairs_max = 2000;

  /// Of `a=1&b=2`. Nothing: more than pairs_max, or a name that does not decode to UTF-8.
  [[nodiscard]] static std::optional<Pairs> parse(std::string_view text, Arena& arena);
  /// Of the cookies of a request, whose names are as they are.
  [[nodiscard]] static Pairs of_cookies(std::string_view text);

  /// Takes all of that name, in order.
  [[nodiscard]] std::vector<std::string_view> take(std::string_view name);
  [[nodiscard]] std::vector<Pair>& all() noexcept { return all_; }

 private:
  std::vector<Pair> all_;
};

/// "filter[a][b]" without its first name: the keys in brackets. Nothing unless it is all brackets.
[[nodiscard]] std::optional<std::vector<std::string_view>> bracketed_keys(std::string_view name, std::string_view first);

}  // namespace gatehouse::contract
