#include "ground/json/builder.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>

#include "ground/base/text.hpp"

namespace gatehouse::json {

namespace number_text {
namespace {
/// Behind the digits from `at` on.
std::size_t digits_end(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && text::is_digit(text[at])) ++at;
  return at;
}

enum class Form : std::uint8_t { none, whole, real };

/// RFC 8259 section 6: no plus sign, no leading zero, digits on both sides of the point.
Form form_of(std::string_view text) noexcept {
  const std::size_t begin = text.starts_with('-') ? 1 : 0;
  std::size_t at = digits_end(text, begin);
  if (at == begin || (text[begin] == '0' && at > begin + 1)) return Form::none;
  if (at == text.size()) return Form::whole;
  if (text[at] == '.') {
    const auto end = digits_end(text, at + 1);
    if (end == at + 1) return Form::none;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const auto end = digits_end(text, at);
    if (end == at) return Form::none;
    at = end;
  }
  return at == text.size() ? Form::real : Form::none;
}

template <class Number>
std::optional<Number> whole(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}
}  // namespace
}  // namespace number_text

Builder& Builder::natural(std::uint64_t number) {
  const bool small = number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return scalar(small ? Kind::integer : Kind::natural, number);
}

Builder& Builder::real(double number) {
  GH_ASSERT(std::isfinite(number));
  return scalar(Kind::real, std::bit_cast<std::uint64_t>(number));
}

bool Builder::number(std::string_view text) {
  const auto form = number_text::form_of(text);
  if (form == number_text::Form::none) return false;
  if (form == number_text::Form::whole) {
    if (const auto integral = number_text::whole<std::int64_t>(text)) {
      integer(*integral);
      return true;
    }
    if (const auto unsigned_number = number_text::whole<std::uint64_t>(text)) {
      natural(*unsigned_number);
      return true;
    }
  }
  return number_of_digits(text);
}

/// What a double may have to round: the parser of texts decides, and keeps the digits (json::Value::digits()).
bool Builder::number_of_digits(std::string_view text) {
  const auto document = parse(text, {.bytes = text.size(), .string_bytes = text.size() + 2, .wide_integers = true});
  if (!document) return false;
  const auto value = document->root();
  const double rounded = value.number().value_or(0);  // it is a number: its text begins and ends as one
  const auto digits = value.digits();
  if (!digits) {
    real(rounded);
    return true;
  }
  count_one();
  nodes_.push_back({Kind::real, static_cast<std::uint32_t>(digits->size()), characters_.size()});
  characters_.append(reinterpret_cast<const char*>(&rounded), sizeof(rounded)).append(*digits);
  return true;
}

Builder& Builder::string(std::string_view text) {
  count_one();
  nodes_.push_back({Kind::string, static_cast<std::uint32_t>(text.size()), characters_.size()});
  characters_ += text;
  return *this;
}

Builder& Builder::scalar(Kind kind, std::uint64_t bits) {
  count_one();
  nodes_.push_back({kind, 0, bits});
  return *this;
}

Builder& Builder::value(const Value& value) {
  count_one();
  const auto begin = nodes_.size();
  nodes_.insert(nodes_.end(), value.node_, value.node_ + value.node_->span());
  for (auto at = begin; at < nodes_.size(); ++at) {
    auto& node = nodes_[at];
    const bool has_text = node.kind == Kind::string || (node.kind == Kind::real && node.size > 0);
    if (!has_text) continue;
    const std::size_t size = node.kind == Kind::real ? sizeof(double) + node.size : node.size;
    const auto offset = characters_.size();
    characters_.append(value.characters_ + node.bits, size);
    node.bits = offset;
  }
  return *this;
}

Builder& Builder::begin(Kind kind) {
  count_one();
  open_.push_back({nodes_.size()});
  nodes_.push_back({kind, 0, 0});
  return *this;
}

Builder& Builder::key(std::string_view name) {
  GH_ASSERT(!open_.empty() && nodes_[open_.back().at].kind == Kind::object && open_.back().count % 2 == 0);
  ++open_.back().count;
  nodes_.push_back({Kind::string, static_cast<std::uint32_t>(name.size()), characters_.size()});
  characters_ += name;
  return *this;
}

Builder& Builder::end() {
  GH_ASSERT(!open_.empty());
  const auto [at, count] = open_.back();
  open_.pop_back();
  const bool object = nodes_[at].kind == Kind::object;
  GH_ASSERT(!object || count % 2 == 0);
  nodes_[at].size = object ? count / 2 : count;
  nodes_[at].bits = nodes_.size() - at;
  if (object && !repeated_) find_repeated(at, count / 2);
  return *this;
}

Builder& Builder::repeat(std::size_t begin, std::size_t end) {
  GH_ASSERT(begin <= end && end <= nodes_.size());
  for (auto at = begin; at < end; at += nodes_[at].span()) {
    GH_ASSERT(nodes_[at].span() > 0);  // it has ended, or has no span yet
    if (open_.empty()) GH_ASSERT(nodes_.empty());
    else ++open_.back().count;
  }
  const auto old_size = nodes_.size();
  nodes_.resize(old_size + (end - begin));
  std::copy_n(nodes_.begin() + static_cast<std::ptrdiff_t>(begin), end - begin, nodes_.begin() + static_cast<std::ptrdiff_t>(old_size));
  return *this;
}

std::string_view Builder::text(std::size_t position) const noexcept {
  const auto& node = nodes_[position];
  return std::string_view(characters_).substr(node.bits, node.size);
}

void Builder::count_one() {
  if (open_.empty()) {
    GH_ASSERT(nodes_.empty());  // one document has one value
    return;
  }
  auto& open = open_.back();
  GH_ASSERT(nodes_[open.at].kind == Kind::array || open.count % 2 == 1);
  ++open.count;
}

/// Few names are compared each with each, many are sorted: a hostile object of n names costs n log n.
void Builder::find_repeated(std::size_t object, std::size_t members) {
  names_.clear();
  for (auto at = object + 1; at < nodes_.size(); at += 1 + nodes_[at + 1].span()) names_.push_back(at);
  constexpr std::size_t few = 12;
  if (members <= few) {
    for (std::size_t i = 1; i < names_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (text(names_[i]) == text(names_[j])) return void(repeated_ = names_[i]);
    return;
  }
  std::ranges::sort(names_, [this](std::size_t a, std::size_t b) { return std::make_tuple(text(a), a) < std::make_tuple(text(b), b); });
  const auto twice = std::ranges::adjacent_find(names_, [this](std::size_t a, std::size_t b) { return text(a) == text(b); });
  if (twice != names_.end()) repeated_ = *(twice + 1);
}

Result<Document> Builder::finish() && {
  GH_ASSERT(open_.empty() && !nodes_.empty());
  if (repeated_) return refuse(Fault::invalid, "a member name is there twice");
  return Document(nodes_, characters_, {});
}

}  // namespace gatehouse::json
