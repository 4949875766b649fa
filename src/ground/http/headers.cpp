#include "ground/http/headers.hpp"

#include <algorithm>

namespace gatehouse::http {

void Headers::add(Field field) {
  if (size_ == fields_.size()) {
    const auto larger = arena_->array<Field>(std::max<std::size_t>(16, size_ * 2));
    std::copy_n(fields_.begin(), size_, larger.begin());
    fields_ = larger;
  }
  fields_[size_++] = field;
  auto& first = first_[static_cast<std::size_t>(field.id)];
  if (first == 0) first = static_cast<std::uint16_t>(std::min<std::size_t>(size_, 0xFFFF));
}

std::optional<std::string_view> Headers::get(HeaderId id) const noexcept {
  const auto at = first_[static_cast<std::size_t>(id)];
  if (at == 0 || id == HeaderId::unknown) return std::nullopt;
  return fields_[at - 1U].value;
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
