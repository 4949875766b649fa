#include "engines/contract/harmless_values.hpp"

#include <algorithm>

#include "engines/contract/contract.hpp"
#include "engines/contract/json_pointer.hpp"

namespace gatehouse::contract {

namespace harmless_values {
namespace {
using schema::Harmless, schema::HarmlessPlaces;

constexpr std::size_t depth_max = 12;       // of places within places that are listed
constexpr std::size_t listed_max = 10'000;  // of one operation

bool joins_by_comma(const ParameterRule& rule) noexcept { return rule.style == Style::form || rule.style == Style::simple; }

/// Of the text that a parameter is as a whole.
Harmless of_text(const ParameterRule& rule, const HarmlessPlaces& places) {
  const auto& place = places[rule.harmless];
  if (rule.content && rule.content->is_json()) return {};  // a text of JSON has quotes whatever is in it
  if (place.scalar) return place.why;
  const auto& items = places[place.items];
  // Commas between them are the gate's own; spaces and bars would join words to sentences of another language.
  if (!place.may_be_items || !items.scalar || !items.why.proven() || !joins_by_comma(rule)) return {};
  return Harmless(Harmless::list) | items.why | place.why;
}

class Listing {
 public:
  Listing(const HarmlessPlaces& places, std::vector<HarmlessValue>& out) : places_(places), out_(out) {}

  void list(HarmlessPlaces::Id id, HarmlessValue value) {
    const auto& place = places_[id];
    if (out_.size() >= listed_max || path_.size() >= depth_max || std::ranges::find(path_, id) != path_.end()) return;
    if (place.why.proven() && !value.pointer.empty()) {
      value.why = place.why;
      out_.push_back(value);
    }
    path_.push_back(id);
    const auto base = value.pointer;
    for (const auto& [name, member] : place.members) {
      value.pointer = base;
      append_token(value.pointer, name);
      list(member, value);
    }
    value.pointer = base + "/*";
    if (place.items != HarmlessPlaces::nowhere) list(place.items, value);
    path_.pop_back();
  }

 private:
  const HarmlessPlaces& places_;
  std::vector<HarmlessValue>& out_;
  std::vector<HarmlessPlaces::Id> path_;
};
}  // namespace
}  // namespace harmless_values

std::vector<HarmlessValue> OperationRules::harmless_values() const {
  std::vector<HarmlessValue> out;
  harmless_values::Listing listing(*harmless_, out);
  for (const auto& rule : parameters_) {
    HarmlessValue value{
        .where = rule.in == In::querystring ? "query" : std::string(to_text(rule.in)) + '.' + rule.name, .media_type = {}, .pointer = {}, .why = {}};
    value.why = harmless_values::of_text(rule, *harmless_);
    if (value.why.proven()) out.push_back(value);
    if (!value.why.has(schema::Harmless::list)) listing.list(rule.harmless, std::move(value));
  }
  if (!body_) return out;
  for (const auto& media : body_->media) {
    HarmlessValue value{
        .where = "body", .media_type = media.range.type + '/' + media.range.subtype, .pointer = {}, .why = (*harmless_)[media.harmless].why};
    if (value.why.proven()) out.push_back(value);
    listing.list(media.harmless, std::move(value));
  }
  return out;
}

schema::Harmless OperationRules::harmless_parameter(In in, std::string_view name, std::string_view pointer) const noexcept {
  const auto rule = std::ranges::find_if(parameters_, [&](const ParameterRule& one) { return one.in == in && one.name == name; });
  if (rule == parameters_.end()) return {};
  return pointer.empty() ? harmless_values::of_text(*rule, *harmless_) : (*harmless_)[harmless_->at(rule->harmless, pointer)].why;
}

HarmlessBody OperationRules::harmless_body(const http::Headers& headers) const {
  const auto type = MediaType::parse(headers.get(http::HeaderId::content_type).value_or(""));
  if (!body_ || !type) return {};
  const auto at = best_fit(body_->ranges, *type);
  return at ? HarmlessBody(*harmless_, body_->media[*at].harmless) : HarmlessBody();
}

}  // namespace gatehouse::contract
