// The fields of one message, in order. Names are in lower case. The texts are slices of memory that the owner of the
// arena keeps alive as long as the message.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ground/base/arena.hpp"
#include "ground/http/header_id.hpp"

namespace gatehouse::http {

struct Field {
  std::string_view name;  ///< lower case
  std::string_view value;
  HeaderId id = HeaderId::unknown;
};

class Headers {
 public:
  explicit Headers(Arena& arena) noexcept : arena_(&arena) {}

  /// Appends; copies no text.
  void add(const Field& field) {
    if (size_ == fields_.size()) [[unlikely]]
      grow();
    std::construct_at(&fields_[size_++], field);
    auto& first = first_[static_cast<std::size_t>(field.id)];
    if (first == 0) first = static_cast<std::uint16_t>(size_ < 0xFFFF ? size_ : 0xFFFF);
  }
  void add(HeaderId id, std::string_view value) { add({to_text(id), value, id}); }

  [[nodiscard]] std::span<const Field> all() const noexcept { return {fields_.data(), size_}; }
  [[nodiscard]] bool has(HeaderId id) const noexcept { return first_[static_cast<std::size_t>(id)] != 0; }
  /// The value of the first field of that name; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> get(HeaderId id) const noexcept {
    const auto at = first_[static_cast<std::size_t>(id)];
    if (at == 0 || id == HeaderId::unknown) return std::nullopt;
    return fields_[at - 1U].value;
  }
  [[nodiscard]] std::size_t count(HeaderId id) const noexcept;
  /// The first field of a name in lower case; for names without a number.
  [[nodiscard]] const Field* find(std::string_view lower_case_name) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept;

 private:
  void grow();

  Arena* arena_;
  std::span<Field> fields_;  // memory; [0, size_) are fields
  std::size_t size_ = 0;
  std::array<std::uint16_t, header_id_count> first_{};  // position of the first field + 1
};

}  // namespace gatehouse::http
