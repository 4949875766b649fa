// Paths become places by the construction of subsets: a place is the set of paths that may still go on there, and how far each has come.
#include "engines/redaction/field_rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace gatehouse::redaction {

namespace field_rules {
namespace {
/// Of a pointer: nothing is `*`.
using Step = std::optional<std::string>;

struct Path {
  std::vector<Step> steps;
  bool anywhere = false;
  Action action;
};

/// The token without its escapes; nothing: it has one that RFC 6901 section 3 does not know.
std::optional<std::string> unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    out += token[i] == '0' ? '~' : '/';
  }
  return out;
}

Path read(const FieldPattern& pattern) {
  Path out{.steps = {}, .anywhere = !pattern.path.starts_with('/'), .action = pattern.action};
  if (out.anywhere) {
    out.steps.emplace_back(pattern.path);
    return out;
  }
  std::string_view rest = pattern.path;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    out.steps.push_back(token == "*" ? Step() : unescaped(token));
  }
  return out;
}

/// Which path, and which of its steps is due.
using Due = std::pair<std::size_t, std::size_t>;
using Dues = std::set<Due>;

class Maker {
 public:
  explicit Maker(std::vector<Path> paths) : paths_(std::move(paths)) {}

  Result<FieldRules> run() {
    out_.for_everybody = !paths_.empty();
    Dues first;
    for (std::size_t i = 0; i < paths_.size(); ++i) first.emplace(i, 0);
    place_of(first, {});
    while (!waiting_.empty()) {
      if (out_.places.size() > places_max)
        return refuse(Fault::exhausted, "come to more than " + std::to_string(places_max) + " places; name fewer, or with fewer '*'");
      const auto [id, dues] = std::move(waiting_.back());
      waiting_.pop_back();
      fill(id, dues);
    }
    return std::move(out_);
  }

 private:
  PlaceId place_of(const Dues& dues, const std::vector<Mark>& marks) {
    if (dues.empty() && marks.empty()) return unmarked;
    const auto [at, fresh] = ids_.try_emplace({dues, marks}, static_cast<PlaceId>(out_.places.size()));
    if (!fresh) return at->second;
    out_.places.emplace_back();
    out_.places.back().marks = marks;
    waiting_.emplace_back(at->second, dues);
    return at->second;
  }

  /// Where the values are that such a step leads to: `name` is that of a member; nothing: an element, or a member of another name.
  PlaceId after(const Dues& dues, const Step& name) {
    Dues next;
    std::vector<Mark> marks;
    for (const auto& [number, step] : dues) {
      const auto& path = paths_[number];
      if (path.anywhere) next.emplace(number, 0);
      if (path.steps[step] && path.steps[step] != name) continue;
      if (step + 1 < path.steps.size()) next.emplace(number, step + 1);
      else marks.push_back({path.action, everybody});
    }
    std::ranges::sort(marks);
    marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
    return place_of(next, marks);
  }

  void fill(PlaceId id, const Dues& dues) {
    std::set<std::string> names;
    for (const auto& [number, step] : dues)
      if (const auto& name = paths_[number].steps[step]) names.insert(*name);
    const auto any = after(dues, std::nullopt);
    std::vector<std::pair<std::string, PlaceId>> members;
    for (const auto& name : names) members.emplace_back(name, after(dues, name));
    auto& place = out_.places[id];
    place.others = place.items = any;
    place.members = std::move(members);
  }

  std::vector<Path> paths_;
  FieldRules out_;
  std::map<std::pair<Dues, std::vector<Mark>>, PlaceId> ids_;
  std::vector<std::pair<PlaceId, Dues>> waiting_;
};
}  // namespace
}  // namespace field_rules

std::string wrong_path(std::string_view path) {
  using namespace field_rules;
  if (path.empty() || path == "/") return "names nothing: write \"/patients/*/ssn\" for a place, or the name of a member for all places";
  if (!path.starts_with('/')) {
    if (path == "*" || path.contains('/')) return "is a name, of a member at any place, and has a '/' or a '*' in it; a place begins with '/'";
    return {};
  }
  std::size_t steps = 0;
  for (auto rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const auto token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    if (!unescaped(token)) return "has a '~' that is neither ~0 nor ~1 (RFC 6901 section 3)";
    if (++steps > pattern_steps_max) return "has more than " + std::to_string(pattern_steps_max) + " steps";
  }
  return {};
}

Result<FieldRules> compile(const std::vector<FieldPattern>& patterns) {
  std::vector<field_rules::Path> paths;
  for (const auto& pattern : patterns) {
    if (auto wrong = wrong_path(pattern.path); !wrong.empty()) return refuse(Fault::invalid, '\'' + pattern.path + "' " + wrong);
    paths.push_back(field_rules::read(pattern));
  }
  return field_rules::Maker(std::move(paths)).run();
}

FieldRules::Found FieldRules::member(PlaceId of, std::string_view name) const noexcept {
  const auto& place = places[of];
  const auto at = std::ranges::lower_bound(place.members, name, {}, [](const auto& member) { return std::string_view(member.first); });
  if (at != place.members.end() && at->first == name) return {at->second, &at->first};
  if (place.rest != unmarked && place.rest != of) return member(place.rest, name);  // which has none itself
  return unnamed(of);
}

std::size_t FieldRules::name_bytes_max() const noexcept {
  std::size_t most = 0;
  for (const auto& place : places)
    for (const auto& [name, id] : place.members) most = std::max(most, name.size());
  return most;
}

PlaceId FieldRules::pruned(PlaceId root) {
  // From the marks back to who leads there.
  std::vector<std::vector<PlaceId>> from(places.size());
  std::vector<bool> useful(places.size());
  std::vector<PlaceId> waiting;
  const auto reach = [&](PlaceId id) {
    if (id == unmarked || useful[id]) return;
    useful[id] = true;
    waiting.push_back(id);
  };
  for (PlaceId id = 1; id < places.size(); ++id) {
    const auto& place = places[id];
    for (const auto& [name, child] : place.members) from[child].push_back(id);
    from[place.rest].push_back(id);
    from[place.others].push_back(id);
    from[place.items].push_back(id);
    if (!place.marks.empty()) reach(id);
  }
  while (!waiting.empty()) {
    const auto id = waiting.back();
    waiting.pop_back();
    for (const auto parent : from[id]) reach(parent);
  }
  const auto kept = [&](PlaceId id) { return useful[id] ? id : unmarked; };
  for (auto& place : places) {
    place.rest = kept(place.rest);
    place.others = kept(place.others);
    place.items = kept(place.items);
    for (auto& [name, child] : place.members) child = kept(child);
    // A name stays although nothing is below it, unless those of other names are as free.
    if (place.rest == unmarked && place.others == unmarked)
      std::erase_if(place.members, [](const auto& member) { return member.second == unmarked; });
  }
  return kept(root);
}

}  // namespace gatehouse::redaction
