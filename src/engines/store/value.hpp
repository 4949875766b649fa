// What goes into a statement and comes out of a row: null, whole numbers, text, bytes. No floating point: a value that does
// not compare equal to itself after a round trip has no place in durable state.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/encoding.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::store {

struct Null {
  bool operator==(const Null&) const = default;
};
/// Bytes, as opposed to text (which must be UTF-8 for every driver).
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};
using Value = std::variant<Null, std::int64_t, std::string, Blob>;

[[nodiscard]] inline Value value(std::int64_t number) { return number; }
[[nodiscard]] inline Value value(std::string_view text) { return std::string(text); }
[[nodiscard]] inline Value value(Bytes bytes) { return Blob{std::string(as_text(bytes))}; }
[[nodiscard]] inline Value value(std::optional<std::int64_t> number) { return number ? Value(*number) : Value(Null{}); }

/// One row. A column that is absent or of another type than asked for is an error (`internal`): the database is input too.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool is_null(std::size_t column) const noexcept { return column < values_.size() && std::holds_alternative<Null>(values_[column]); }
  Result<std::int64_t> integer(std::size_t column) const;
  Result<std::optional<std::int64_t>> optional_integer(std::size_t column) const;
  /// The view lives as long as the row.
  Result<std::string_view> text(std::size_t column) const;
  Result<std::string_view> blob(std::size_t column) const;

 private:
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace gatehouse::store
