#include "engines/store/value.hpp"

namespace gatehouse::store {

namespace {
std::string_view type_name(const Value& value) noexcept {
  switch (value.index()) {
    case 0: return "null";
    case 1: return "a number";
    case 2: return "text";
    default: return "bytes";  // the last of the four
  }
}

Error wrong_type(const std::vector<Value>& values, std::size_t column, std::string_view wanted) {
  const std::string at = "column " + std::to_string(column);
  if (column >= values.size()) return fail(Fault::internal, at + " of a row with " + std::to_string(values.size()));
  return fail(Fault::internal, at + " is " + std::string(type_name(values[column])) + " where " + std::string(wanted) + " was expected");
}
}  // namespace

Result<std::int64_t> Row::integer(std::size_t column) const {
  if (column < values_.size())
    if (const auto* number = std::get_if<std::int64_t>(&values_[column])) return *number;
  return wrong_type(values_, column, "a number");
}

Result<std::optional<std::int64_t>> Row::optional_integer(std::size_t column) const {
  if (is_null(column)) return std::optional<std::int64_t>();
  return std::optional(TRY(integer(column)));
}

Result<std::string_view> Row::text(std::size_t column) const {
  if (column < values_.size())
    if (const auto* found = std::get_if<std::string>(&values_[column])) return std::string_view(*found);
  return wrong_type(values_, column, "text");
}

Result<std::string_view> Row::blob(std::size_t column) const {
  if (column < values_.size())
    if (const auto* found = std::get_if<Blob>(&values_[column])) return std::string_view(found->bytes);
  return wrong_type(values_, column, "bytes");
}

}  // namespace gatehouse::store
