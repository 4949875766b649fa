#include "engines/contract/typed_text.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::contract {

namespace typed_text {
namespace {
constexpr std::size_t number_bytes_max = 400;  // a longer text is no number to anybody

bool is_whole(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, text::is_digit);
}
}  // namespace
}  // namespace typed_text

void TypedText::scalar(ShapeId shape, std::string_view text) {
  auto kinds = shapes_[shape].kinds;
  misfit_ = misfit_ || (!kinds.has_scalar() && !kinds.none());
  if (!kinds.has_scalar()) kinds = Kinds::string;  // an array within an array has no form as text; the schema will say so
  const bool string_too = kinds.has(Kinds::string);
  if (string_too && as_strings_) {
    out_.string(text);
    return;
  }
  const bool number = kinds.has_number() && text.size() <= typed_text::number_bytes_max && (kinds.has(Kinds::fraction) || typed_text::is_whole(text));
  if (number && out_.number(text)) {
    ambiguous_ |= string_too;
    return;
  }
  if (kinds.has(Kinds::boolean) && (text == "true" || text == "false")) {
    out_.boolean(text == "true");
    ambiguous_ |= string_too;
    return;
  }
  if (kinds.has(Kinds::null) && text.empty()) {
    out_.null();
    ambiguous_ |= string_too;
    return;
  }
  misfit_ = misfit_ || !string_too;
  out_.string(text);
}

void TypedText::string(ShapeId shape, std::string_view text) {
  misfit_ = misfit_ || !shapes_[shape].kinds.has(Kinds::string);
  out_.string(text);
}

void TypedText::null(ShapeId shape) {
  misfit_ = misfit_ || !shapes_[shape].kinds.has(Kinds::null);
  out_.null();
}

void TypedText::value(ShapeId shape, const json::Value& value) {
  misfit_ = misfit_ || (shapes_[shape].kinds & kind_of(value)).none();
  out_.value(value);
}

void TypedText::begins(ShapeId shape, Kinds::Bit kind) {
  const auto& form = shapes_[shape];
  misfit_ = misfit_ || !form.kinds.has(kind) || (form.kinds == Kinds(Kinds::every) && !form.anything);
}

void TypedText::array(ShapeId shape, const std::vector<std::string_view>& items) {
  const auto items_shape = shapes_[shape].items;
  begins(shape, Kinds::array);
  out_.begin_array();
  for (const auto item : items) scalar(items_shape, item);
  out_.end();
}

void TypedText::object(ShapeId shape, const std::vector<std::pair<std::string_view, std::string_view>>& members) {
  begins(shape, Kinds::object);
  out_.begin_object();
  for (const auto& [name, text] : members) {
    out_.key(name);
    scalar(shapes_[shape].member_or_other(name), text);
  }
  out_.end();
}

}  // namespace gatehouse::contract
