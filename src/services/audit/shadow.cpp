#include "services/audit/shadow.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "ground/base/text.hpp"

namespace gatehouse::audit {

std::string without_numbers(std::string_view pointer) {
  std::string out;
  bool first = true;
  for (const auto part : text::split(pointer, '/')) {
    if (!std::exchange(first, false)) out += '/';
    const bool number = !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    out += number ? std::string_view("*") : part;
  }
  return out;
}

void Shadow::add(std::string_view route, bool answer, http::Status status, std::span<const http::Violation> violations, Instant now) {
  const std::scoped_lock lock(mutex_);
  for (const auto& violation : violations) {
    const bool pointer = violation.at.contains('/');
    auto at = pointer ? without_numbers(violation.at) : violation.at;
    if (at.size() > at_bytes_max) at = "...";
    Key key{std::string(route), answer, status, violation.contract, std::string(http::to_text(violation.in)), std::move(at)};
    auto found = rows_.find(key);
    if (found == rows_.end()) {
      // Names that strangers choose have no end.
      auto& names = at_[{std::string(route), answer, violation.contract}];
      if (names >= at_max) {
        std::get<5>(key) = "...";
        found = rows_.find(key);
      }
      if (found == rows_.end()) {
        if (rows_.size() >= rows_max) {
          ++others_;
          continue;
        }
        ++names;
        Row row{std::string(route), answer, status, std::get<4>(key), std::get<5>(key), violation.detail, violation.contract, 0, now, now};
        found = rows_.emplace(std::move(key), std::move(row)).first;
      }
    }
    ++found->second.times;
    found->second.last = std::max(found->second.last, now);
  }
}

std::vector<Shadow::Row> Shadow::rows() const {
  std::vector<Row> out;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, row] : rows_) out.push_back(row);
  }
  std::ranges::stable_sort(out, std::greater<>{}, &Row::times);
  return out;
}

std::uint64_t Shadow::others() const {
  const std::scoped_lock lock(mutex_);
  return others_;
}

}  // namespace gatehouse::audit
