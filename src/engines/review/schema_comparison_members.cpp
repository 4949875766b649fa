// Objects: which members there may be, which must be, and what those that nobody named may be.
#include <algorithm>

#include "engines/review/schema_comparison.hpp"

namespace gatehouse::review {

void SchemaComparison::look_at_members(const Pair& pair) {
  const auto quoted = [&](std::string_view name) { return pair.subject + ": '" + std::string(name) + "'"; };
  for (const auto& [name, member] : pair.before.properties) {
    const auto now = pair.after.properties.find(name);
    if (now != pair.after.properties.end()) later(member, now->second, quoted(name));
    else look_at_removed(name, member, pair);
  }
  for (const auto& [name, member] : pair.after.properties)
    if (!pair.before.properties.contains(name)) look_at_added(name, member, pair);
  for (const auto& [name, member] : pair.before.pattern_properties) {
    const auto now = pair.after.pattern_properties.find(name);
    if (now != pair.after.pattern_properties.end()) later(member, now->second, quoted(name));
    else
      tell("member-pattern-changed", Way::unclear, pair, "members like '" + std::string(name) + "' are no longer described", member.front(),
           pair.after.at());
  }
  for (const auto& [name, member] : pair.after.pattern_properties)
    if (!pair.before.pattern_properties.contains(name))
      tell("member-pattern-changed", Way::unclear, pair, "members like '" + std::string(name) + "' are described now", pair.before.at(),
           member.front());
  look_at_required(pair);
  look_at_others(pair);
}

void SchemaComparison::look_at_removed(std::string_view name, const Nodes& member, const Pair& pair) {
  const auto view = before_.view(member);
  if (takes_no(view)) return;
  const auto subject = pair.subject + ": '" + std::string(name) + "'";
  const Pair named{pair.before, pair.after, subject};
  if (use_ == Use::answer)
    return tell_as(Effect::breaks, "member-removed", Way::wider, named, "is no longer described, so nobody can count on it", member.front(),
                   pair.after.at());
  if (!pair.after.pattern_properties.empty())
    return tell("member-removed", Way::unclear, named, "is no longer named; patterns of members may speak of it", member.front(), pair.after.at());
  if (pair.after.closed) return tell("member-removed", Way::narrower, named, "is no longer taken", member.front(), pair.after.at());
  if (!pair.after.others.empty()) return later(member, pair.after.others, subject);
  tell("member-removed", Way::wider, named, "is no longer described: it may be anything", member.front(), pair.after.at());
}

void SchemaComparison::look_at_added(std::string_view name, const Nodes& member, const Pair& pair) {
  const auto view = after_.view(member);
  if (takes_no(view)) return;
  const auto subject = pair.subject + ": '" + std::string(name) + "'";
  const Pair named{pair.before, pair.after, subject};
  if (!pair.before.others.empty()) return later(pair.before.others, member, subject);
  // Who keeps to the old contract sends no member that it does not describe, and reads past those that it left open.
  const bool was_closed = pair.before.closed.has_value();
  if (use_ == Use::answer && was_closed)
    return tell("member-added", Way::wider, named, "is new, and the old contract allowed no further members", pair.before.at(), member.front());
  tell_as(Effect::harmless, "member-added", was_closed ? Way::wider : Way::narrower, named, "is new", pair.before.at(), member.front());
}

void SchemaComparison::look_at_required(const Pair& pair) {
  const auto counts = [&](SchemaViewer& viewer, const SchemaView& view, std::string_view name) {
    const auto member = view.properties.find(name);
    return member == view.properties.end() || !takes_no(viewer.view(member->second));
  };
  for (const auto& [name, at] : pair.after.required) {
    if (pair.before.required.contains(name) || !counts(after_, pair.after, name)) continue;
    const auto subject = pair.subject + ": '" + std::string(name) + "'";
    const auto member = pair.before.properties.find(name);
    tell("member-required", Way::narrower, {pair.before, pair.after, subject}, "is required now",
         member == pair.before.properties.end() ? pair.before.at() : member->second.front(), at);
  }
  for (const auto& [name, at] : pair.before.required) {
    if (pair.after.required.contains(name) || !counts(before_, pair.before, name)) continue;
    const auto member = pair.after.properties.find(name);
    if (use_ == Use::answer && member == pair.after.properties.end() && pair.before.properties.contains(name))
      continue;  // it is gone, which was told
    const auto subject = pair.subject + ": '" + std::string(name) + "'";
    tell("member-optional", Way::wider, {pair.before, pair.after, subject}, "is no longer required", at,
         member == pair.after.properties.end() ? pair.after.at() : member->second.front());
  }
}

void SchemaComparison::look_at_others(const Pair& pair) {
  const auto& before = pair.before;
  const auto& after = pair.after;
  if (before.closed && after.closed) return;
  if (before.closed)
    return tell_as(Effect::looser, "members-opened", Way::wider, pair, "may have members now that nobody describes", *before.closed,
                   after.others.empty() ? after.at() : after.others.front());
  if (after.closed)
    return tell("members-closed", Way::narrower, pair, "may no longer have members that nobody describes",
                before.others.empty() ? before.at() : before.others.front(), *after.closed);
  if (!before.others.empty() && !after.others.empty()) return later(before.others, after.others, pair.subject + ": further members");
  if (!before.others.empty())
    tell_as(Effect::looser, "members-opened", Way::wider, pair, "its further members may be anything now", before.others.front(), after.at());
  if (!after.others.empty())
    tell("members-closed", Way::narrower, pair, "its further members must be as described now", before.at(), after.others.front());
}

}  // namespace gatehouse::review
