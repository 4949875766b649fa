#include "engines/inference/endpoints.hpp"

#include <algorithm>
#include <utility>

#include "ground/base/text.hpp"

namespace gatehouse::inference {

namespace clustering {
namespace {

/// The names that a value's objects have, or those of its items; empty: there are none to tell it by.
std::string members_of(const Shape& shape) {
  std::string out;
  if (!shape.items.empty()) out = '[' + members_of(*shape.items.front()) + ']';
  for (const auto& [name, member] : shape.members) out += name + ',';
  return out == "[]" ? std::string{} : out;
}

/// What an endpoint is told by from those beside it: methods, and the members of what they answer. Empty: nothing sets it apart from just any other.
std::string mark_of(const PathNode& node) {
  std::string out;
  bool telling = false;
  for (const auto& [method, endpoint] : node.methods) {
    out += method + ' ';
    for (const auto& [status, answer] : endpoint.answers)
      for (const auto& [media, seen] : answer.media.all) {
        const auto members = members_of(seen.shape);
        telling = telling || !members.empty();
        out += std::to_string(status) + members;
      }
    out += ';';
  }
  if (telling || !node.methods.empty()) return telling ? out : std::string{};
  // Nothing ends here: then by what comes next.
  for (const auto& [text, next] : node.literals) out += '/' + text + '(' + mark_of(next) + ')';
  return out.contains(',') ? out : std::string{};
}

/// Words that are answered alike become the variable beside them.
void cluster(PathNode& node) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& [text, next] : node.literals)
    if (auto mark = text.empty() ? std::string{} : mark_of(next); !mark.empty()) groups[std::move(mark)].push_back(text);
  for (const auto& [mark, texts] : groups) {
    if (texts.size() < group_min) continue;
    for (const auto& text : texts) {
      const auto at = node.literals.find(text);
      node.values.take_text(text, {.caller = {}, .is_private = true}, at->second.passed);
      node.any().merge(at->second);
      node.literals.erase(at);
    }
  }
  for (auto& [text, next] : node.literals) cluster(next);
  for (auto& next : node.variable) cluster(next);
}

/// "patients" -> "patient", "categories" -> "category", "addresses" -> "address".
std::string singular(std::string_view word) {
  if (word.size() > 4 && word.ends_with("ies")) return std::string(word.substr(0, word.size() - 3)) + 'y';
  for (const std::string_view end : {"sses", "xes", "ches", "shes"})
    if (word.ends_with(end)) return std::string(word.substr(0, word.size() - 2));
  if (word.size() > 2 && word.ends_with('s') && !word.ends_with("ss")) return std::string(word.substr(0, word.size() - 1));
  return std::string(word);
}

/// After the literal before it: "lab-results" gives "labResultId".
std::string variable_name(const std::vector<Endpoint::Segment>& before) {
  std::string name;
  for (auto at = before.rbegin(); at != before.rend() && name.empty(); ++at) {
    if (at->is_variable()) continue;
    bool upper = false;
    for (const char c : singular(at->literal)) {
      if (!text::is_alnum(c)) upper = !name.empty();
      else name += std::exchange(upper, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
  }
  name = name.empty() ? "id" : name.substr(0, 48) + "Id";
  const auto taken = [&](const std::string& one) { return std::ranges::any_of(before, [&](const auto& segment) { return segment.name == one; }); };
  auto unique = name;
  for (int i = 2; taken(unique); ++i) unique = name + std::to_string(i);
  return unique;
}

void collect(const PathNode& node, std::vector<Endpoint::Segment>& segments, std::vector<Endpoint>& out) {
  for (const auto& [method, seen] : node.methods) out.push_back({method, segments, seen});
  for (const auto& [text, next] : node.literals) {
    segments.push_back({text, {}, {}});
    collect(next, segments, out);
    segments.pop_back();
  }
  for (const auto& next : node.variable) {
    segments.push_back({{}, variable_name(segments), node.values});
    collect(next, segments, out);
    segments.pop_back();
  }
}

}  // namespace
}  // namespace clustering

std::string Endpoint::path() const {
  std::string out;
  for (const auto& segment : segments) out += '/' + (segment.is_variable() ? '{' + segment.name + '}' : segment.literal);
  return out;
}

std::vector<Endpoint> endpoints_of(const Learned& learned) {
  auto root = learned.root();
  clustering::cluster(root);
  std::vector<Endpoint> out;
  std::vector<Endpoint::Segment> segments;
  clustering::collect(root, segments, out);
  return out;
}

}  // namespace gatehouse::inference
