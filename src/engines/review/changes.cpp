#include "engines/review/changes.hpp"

#include <algorithm>

namespace gatehouse::review {

std::string_view to_text(Effect effect) noexcept {
  switch (effect) {
    case Effect::harmless: return "harmless";
    case Effect::looser: return "looser";
    case Effect::undecided: return "undecided";
    case Effect::breaks: return "breaks";
  }
  return "";
}

void Changes::add(std::string_view kind, Effect effect, std::string subject, std::string what, const contract::Node& before,
                  const contract::Node& after) {
  ++out_.counts[static_cast<std::size_t>(effect)];
  if (out_.changes.size() >= kept_max) return;
  out_.changes.push_back({kind, effect, std::move(subject), std::move(what), place_of(before), place_of(after)});
}

Comparison Changes::sorted() && {
  std::ranges::stable_sort(out_.changes, std::ranges::greater{}, &Change::effect);
  return std::move(out_);
}

}  // namespace gatehouse::review
