#include "engines/schema/places.hpp"

#include <algorithm>

#include "engines/schema/uri_reference.hpp"

namespace gatehouse::schema {

TextId Places::text(std::string_view text) {
  if (const auto found = texts_.find(text); found != texts_.end()) return found->second;
  const auto id = static_cast<TextId>(program_->texts.size());
  program_->texts.push_back({static_cast<std::uint32_t>(program_->characters.size()), static_cast<std::uint32_t>(text.size())});
  program_->characters += text;
  texts_.emplace(text, id);
  return id;
}

PlaceId Places::root(std::string_view url) {
  const auto id = static_cast<PlaceId>(program_->places.size());
  program_->places.push_back({none, 0});
  begin_resource(id, url);
  return id;
}

PlaceId Places::child(PlaceId parent, std::string_view segment) {
  const auto id = text(segment);
  const auto [at, fresh] = children_.try_emplace(static_cast<std::uint64_t>(parent) << 32 | id, static_cast<PlaceId>(program_->places.size()));
  if (fresh) program_->places.push_back({parent, id});
  return at->second;
}

void append_pointer_segment(std::string& out, std::string_view segment) {
  out += '/';
  for (const char c : segment) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
}

std::string pointer_between(const Program& program, PlaceId from, PlaceId to) {
  std::vector<TextId> segments;
  for (auto at = to; at != from && program.places[at].parent != none; at = program.places[at].parent) segments.push_back(program.places[at].text);
  std::string out;
  std::ranges::for_each(segments.rbegin(), segments.rend(), [&](TextId segment) { append_pointer_segment(out, program.text(segment)); });
  return out;
}

std::string absolute_location(const Program& program, PlaceId place) {
  auto root = place;
  while (!program.resource_urls.contains(root) && program.places[root].parent != none) root = program.places[root].parent;
  const auto url = program.resource_urls.find(root);
  return (url == program.resource_urls.end() ? std::string() : url->second) + "#" + as_fragment(pointer_between(program, root, place));
}

}  // namespace gatehouse::schema
