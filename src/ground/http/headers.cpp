#include "ground/http/headers.hpp"

#include <algorithm>

namespace gatehouse::http {

void Headers::grow() {
  const auto larger = arena_->room<Field>(std::max<std::size_t>(16, size_ * 2));
  std::uninitialized_copy_n(fields_.begin(), size_, larger.begin());
  fields_ = larger;
}

std::size_t Headers::count(HeaderId id) const noexcept {
  if (!has(id)) return 0;
  return static_cast<std::size_t>(std::ranges::count(all(), id, &Field::id));
}

const Field* Headers::find(std::string_view lower_case_name) const noexcept {
  const auto fields = all();
  const auto at = std::ranges::find(fields, lower_case_name, &Field::name);
  return at == fields.end() ? nullptr : &*at;
}

void Headers::clear() noexcept {
  fields_ = {};
  size_ = 0;
  first_.fill(0);
}

}  // namespace gatehouse::http
