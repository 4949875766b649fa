#include "engines/contract/marked_fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engines/contract/json_pointer.hpp"
#include "engines/contract/schema_walk.hpp"
#include "engines/contract/sequence.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::contract {

using redaction::Action, redaction::Guard, redaction::Mark, redaction::PlaceId, redaction::unmarked;

namespace marked_fields {
namespace {
constexpr std::string_view scopes_word = "x-gatehouse-scopes", redact_word = "x-gatehouse-redact";
constexpr std::size_t depth_max = 400, scopes_max = 16, guards_max = 1000;

bool has_mark(const json::Value& value) { return value.get(scopes_word).has_value() || value.get(redact_word).has_value(); }

/// What stands there is data, and a mark in it is none.
bool is_data(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 7> words{"example", "examples", "default", "enum", "const", "value", "dataValue"};
  return std::ranges::find(words, word) != words.end();
}

/// RFC 6749 section 3.3.
bool is_scope(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; });
}

void add_each(std::vector<Mark>& to, const std::vector<Mark>& from) {
  for (const auto& mark : from)
    if (std::ranges::find(to, mark) == to.end()) to.push_back(mark);
  std::ranges::sort(to);
}
}  // namespace
}  // namespace marked_fields

/// What all schemas together say that may hold for one value.
struct MarkedFields::Gathered {
  std::map<std::string, Schemas, std::less<>> members;
  Schemas patterns, others, items;
  std::vector<Mark> marks;
  std::set<const void*> seen;
  bool doubtful = false;  // something that cannot be followed says more
  bool mapped = false;    // a discriminator names schemas that say more
};

namespace marked_fields {
namespace {
/// Most documents have no mark: they are looked through without keeping where anything stands.
bool has_mark_within(const json::Value& root) {
  std::vector<json::Value> waiting{root};
  while (!waiting.empty()) {
    const auto at = waiting.back();
    waiting.pop_back();
    if (at.is_object() && has_mark(at)) return true;
    for (const auto& [name, value] : at.members())
      if (value.is_object() || value.is_array()) waiting.push_back(value);
    for (const auto& value : at.elements())
      if (value.is_object() || value.is_array()) waiting.push_back(value);
  }
  return false;
}
}  // namespace
}  // namespace marked_fields

bool MarkedFields::any() {
  const bool perhaps = std::ranges::any_of(
      sources_.all(), [](const auto& file) { return file.second != nullptr && marked_fields::has_mark_within(file.second->root()); });
  if (perhaps) scan();
  return !marked_.empty();
}

/// All objects of all files, but for what is data.
void MarkedFields::scan() {
  for (const auto& [path, source] : sources_.all()) {
    if (source == nullptr) continue;
    std::vector<Node> waiting{{source.get(), source->root(), {}}};
    while (!waiting.empty()) {
      const Node at = std::move(waiting.back());
      waiting.pop_back();
      if (at.value.is_object() && marked_fields::has_mark(at.value)) marked_.push_back(at);
      // A property may have the name of any word.
      const bool names = at.pointer.ends_with("/properties");
      for (const auto& [name, value] : at.value.members())
        if ((value.is_object() || value.is_array()) && (names || !marked_fields::is_data(name))) waiting.push_back(at.child(name, value));
      std::size_t number = 0;
      for (const auto& value : at.value.elements()) {
        if (value.is_object() || value.is_array()) waiting.push_back(at.child(number, value));
        ++number;
      }
    }
  }
}

// ---- marks ----

std::optional<std::vector<std::string>> MarkedFields::scopes_of(const Node& schema, const json::Value& value) {
  std::vector<std::string> scopes;
  bool right = value.is_array() && value.size() > 0 && value.size() <= marked_fields::scopes_max;
  for (const auto& scope : value.elements()) {
    const auto text = scope.string();
    right = right && text && marked_fields::is_scope(*text);
    if (right) scopes.emplace_back(*text);
  }
  if (right) {
    std::ranges::sort(scopes);
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    return scopes;
  }
  sources_.complain(schema, "has 'x-gatehouse-scopes' that is no list of scopes, at least one and at most " +
                                std::to_string(marked_fields::scopes_max) + ": [\"ssn:read\"]");
  return std::nullopt;
}

Guard MarkedFields::guard_of(std::vector<std::string> scopes) {
  const auto [at, fresh] = guards_.try_emplace(std::move(scopes), static_cast<Guard>(rules_.guards.size() + 1));
  if (fresh) rules_.guards.push_back(at->first);
  return at->second;
}

/// `x-gatehouse-scopes` alone removes; with `x-gatehouse-redact` that says what becomes of the value for who lacks one.
const std::vector<Mark>& MarkedFields::marks_of(const Node& schema) {
  const auto [at, fresh] = marks_.try_emplace(schema.value.identity());
  if (fresh && marked_fields::has_mark(schema.value)) at->second = read_marks(schema);
  return at->second;
}

std::vector<Mark> MarkedFields::read_marks(const Node& schema) {
  const auto scopes = schema.value.get(marked_fields::scopes_word), redact = schema.value.get(marked_fields::redact_word);
  Mark mark{.action = Action::remove, .guard = redaction::everybody};
  if (redact) {
    const auto word = redact->string().value_or("");
    if (word == "mask") mark.action = Action::mask;
    else if (word == "last_four") mark.action = Action::last_four;
    else if (word != "remove") sources_.complain(schema, "has 'x-gatehouse-redact' that is none of 'remove', 'mask' and 'last_four'");
  }
  if (scopes) {
    auto list = scopes_of(schema, *scopes);
    if (!list) return {};
    mark.guard = guard_of(std::move(*list));
    if (rules_.guards.size() > marked_fields::guards_max) {
      sources_.complain(schema, "is one of more than " + std::to_string(marked_fields::guards_max) + " different lists of scopes");
      return {};
    }
  }
  return {mark};
}

// ---- places ----

PlaceId MarkedFields::place_of(Schemas schemas) {
  std::vector<const void*> key;
  for (const auto& schema : schemas) key.push_back(schema.value.identity());
  std::ranges::sort(key);
  key.erase(std::unique(key.begin(), key.end()), key.end());
  const auto [at, fresh] = ids_.try_emplace(std::move(key), static_cast<PlaceId>(rules_.places.size()));
  if (!fresh) return at->second;
  rules_.places.emplace_back();
  waiting_.emplace_back(at->second, std::move(schemas));
  return at->second;
}

void MarkedFields::fill_all() {
  while (!waiting_.empty() && looked_at_ <= schemas_max) {
    const auto [id, schemas] = std::move(waiting_.back());
    waiting_.pop_back();
    fill(id, schemas);
  }
}

void MarkedFields::fill(PlaceId id, const Schemas& schemas) {
  Gathered gathered;
  for (const auto& schema : schemas) gather(schema, gathered, 0);
  const PlaceId open = gathered.doubtful || gathered.mapped ? doubtful : undescribed;
  const auto place_or = [&](Schemas& of) { return of.empty() ? open : place_of(std::move(of)); };
  redaction::Place place;
  place.marks = std::move(gathered.marks);
  if (gathered.doubtful) {
    place.rest = place.others = place.items = doubtful;  // whatever else it says
  } else {
    for (auto& [name, described] : gathered.members) {
      described.insert(described.end(), gathered.patterns.begin(), gathered.patterns.end());
      place.members.emplace_back(name, place_of(std::move(described)));
    }
    for (const auto& pattern : gathered.patterns) patterns_.emplace_back(place_of({pattern}), pattern);
    place.items = place_or(gathered.items);
    // Which of the others a pattern speaks of is not known here, nor what a schema says that a discriminator names.
    if (!gathered.patterns.empty() || gathered.mapped) place.rest = place.others = doubtful;
    else if (gathered.others.empty()) place.rest = place.others = open;
    else place.others = place_of(std::move(gathered.others));
  }
  rules_.places[id] = std::move(place);
}

void MarkedFields::gather(const Node& schema, Gathered& out, std::size_t depth) {
  if (!schema.value.is_object() || !out.seen.insert(schema.value.identity()).second) return;
  if (depth >= marked_fields::depth_max || ++looked_at_ > schemas_max) {
    out.doubtful = true;
    return;
  }
  found_.insert(schema.value.identity());
  marked_fields::add_each(out.marks, marks_of(schema));
  for (const auto& [word, value] : schema.value.members()) {
    if (word == "$ref" || word == "$dynamicRef" || word == "$recursiveRef") {
      const auto text = value.string().value_or("");
      const bool within =
          word != "$ref" || is_named_within_schemas(text, description_.version) || (description_.version != Version::v3_0 && schema.value.get("$id"));
      const auto target = within ? std::nullopt : sources_.resolve(schema, text);
      if (target) gather(*target, out, depth + 1);
      else out.doubtful = true;
    } else if (value.is_array() && (word == "allOf" || word == "anyOf" || word == "oneOf")) {
      const auto list = schema.child(word, value);
      std::size_t number = 0;
      for (const auto& part : value.elements()) gather(list.child(number++, part), out, depth + 1);
    } else if (value.is_object() && (word == "if" || word == "then" || word == "else")) {
      gather(schema.child(word, value), out, depth + 1);
    } else if (value.is_object() && (word == "dependentSchemas" || word == "dependencies")) {
      const auto map = schema.child(word, value);
      for (const auto& [name, part] : value.members()) gather(map.child(name, part), out, depth + 1);
    } else if (value.is_object() && word == "properties") {
      const auto map = schema.child(word, value);
      for (const auto& [name, part] : value.members()) out.members[std::string(name)].push_back(map.child(name, part));
    } else if (value.is_object() && word == "patternProperties") {
      const auto map = schema.child(word, value);
      for (const auto& [name, part] : value.members()) out.patterns.push_back(map.child(name, part));
    } else if (value.is_object() && (word == "additionalProperties" || word == "unevaluatedProperties")) {
      out.others.push_back(schema.child(word, value));
    } else if (value.is_object() && (word == "items" || word == "contains" || word == "additionalItems" || word == "unevaluatedItems")) {
      out.items.push_back(schema.child(word, value));
    } else if (value.is_array() && (word == "items" || word == "prefixItems")) {
      const auto list = schema.child(word, value);
      std::size_t number = 0;
      for (const auto& part : value.elements()) out.items.push_back(list.child(number++, part));
    } else if (word == "discriminator") {
      out.mapped = true;
    }
  }
}

MarkedFields::Schemas MarkedFields::schemas_of(const Media& media) const {
  Schemas out;
  if (media.item_schema) out.push_back(*media.item_schema);
  if (!media.schema) return out;
  out.push_back(*media.schema);
  // Where values come one after the other, it may be of each of them or of all as an array.
  if (sequence_of(media.range) == Sequence::none) return out;
  if (const auto items = media.schema->value.get("items"); items && items->is_object()) out.push_back(media.schema->child("items", *items));
  return out;
}

MarkedFields::Root MarkedFields::root_of(const Media& media) {
  auto schemas = schemas_of(media);
  if (schemas.empty()) return {};
  const auto place = place_of(std::move(schemas));
  GH_ASSERT(waiting_.empty());  // run() has seen all of them
  return {place, described_[place]};
}

void MarkedFields::run() {
  rules_.places.resize(doubtful + 1);
  std::vector<std::pair<PlaceId, const Media*>> roots;
  for (const auto& operation : description_.operations)
    for (const auto& response : operation.responses)
      for (const auto& media : response.content)
        if (auto schemas = schemas_of(media); !schemas.empty()) roots.emplace_back(place_of(std::move(schemas)), &media);
  fill_all();
  if (looked_at_ > schemas_max)
    return sources_.complain(marked_.front(), "marks what is not for everybody in a document that is too large to find all places of it");
  for (const auto& [place, schema] : patterns_)
    if (!rules_.places[place].marks.empty())
      sources_.complain(schema,
                        "marks members that a pattern names; name them by `properties`, or mark all that are not named by `additionalProperties`");
  for (const auto& [place, media] : roots) {
    if (!rules_.places[place].marks.empty())
      sources_.complain(media->at, "has bodies that are withheld as a whole; ask for the scopes by the operation's `security`");
    marked_fields::add_each(nameless_, marks_within(place));
  }
  find_names();
  find_described();
  describe_what_is_not();
  rules_.for_everybody = std::ranges::any_of(rules_.places, [](const auto& place) {
    return std::ranges::any_of(place.marks, [](const Mark& mark) { return mark.guard == redaction::everybody; });
  });
  complain_of_the_rest();
}

/// Marks of values that have no name of their own within that one: elements, and members by whatever name.
std::vector<Mark> MarkedFields::marks_within(PlaceId id) const {
  std::vector<Mark> out;
  std::set<PlaceId> seen;
  std::vector<PlaceId> waiting{id};
  while (!waiting.empty()) {
    const auto at = waiting.back();
    waiting.pop_back();
    if (at <= doubtful || !seen.insert(at).second) continue;
    marked_fields::add_each(out, rules_.places[at].marks);
    waiting.push_back(rules_.places[at].items);
    if (rules_.places[at].rest == unmarked) waiting.push_back(rules_.places[at].others);
  }
  return out;
}

void MarkedFields::add_name(std::string_view name, const std::vector<Mark>& marks) {
  if (marks.empty()) return;
  const auto known = names_.find(name);
  if (known != names_.end()) marked_fields::add_each(known->second, marks);
  else names_.emplace(name, marks);
}

void MarkedFields::find_names() {
  for (const auto& place : rules_.places)
    for (const auto& [name, child] : place.members) add_name(name, marks_within(child));
  // And those that nothing leads to: a discriminator, or a reference by an anchor, may.
  for (const auto& schema : marked_) {
    if (found_.contains(schema.value.identity())) continue;
    auto tokens = pointer_tokens(schema.pointer).value_or(std::vector<std::string>());
    while (tokens.size() >= 2) {
      auto name = std::move(tokens.back());
      tokens.pop_back();
      if (tokens.back() != "properties") continue;
      add_name(name, marks_of(schema));
      break;
    }
  }
}

/// From which places a mark can be reached through what the document describes.
void MarkedFields::find_described() {
  const auto count = rules_.places.size();
  std::vector<std::vector<PlaceId>> from(count);
  std::vector<PlaceId> waiting{doubtful};
  described_.assign(count, false);
  const auto lead = [&](PlaceId to, PlaceId of) {
    if (to != unmarked && to != undescribed) from[to].push_back(of);
  };
  for (PlaceId id = doubtful + 1; id < count; ++id) {
    const auto& place = rules_.places[id];
    for (const auto& [name, child] : place.members) lead(child, id);
    lead(place.others, id);
    lead(place.items, id);
    if (!place.marks.empty()) described_[id] = true, waiting.push_back(id);
  }
  while (!waiting.empty()) {
    const auto id = waiting.back();
    waiting.pop_back();
    for (const auto parent : from[id]) {
      if (described_[parent]) continue;
      described_[parent] = true;
      waiting.push_back(parent);
    }
  }
}

void MarkedFields::describe_what_is_not() {
  redaction::Place open;
  const auto add = [&](const std::vector<Mark>& marks) {
    const auto id = static_cast<PlaceId>(rules_.places.size());
    rules_.places.push_back({.marks = marks, .members = {}, .rest = undescribed, .others = undescribed, .items = undescribed});
    return id;
  };
  open.items = open.others = nameless_.empty() ? undescribed : add(nameless_);
  for (const auto& [name, marks] : names_) open.members.emplace_back(name, add(marks));
  for (auto& place : rules_.places)
    if (place.items == undescribed || place.items == doubtful) place.items = open.items;
  rules_.places[undescribed] = open;
  rules_.places[doubtful] = std::move(open);
}

void MarkedFields::complain_of_the_rest() {
  SchemaWalk bodies(sources_, description_.version), headers(sources_, description_.version), requests(sources_, description_.version);
  const auto walk = [](SchemaWalk& in, const std::optional<Node>& schema) {
    if (schema) in.walk(*schema);
  };
  const auto walk_media = [&](SchemaWalk& in, const std::vector<Media>& content) {
    for (const auto& media : content) walk(in, media.schema), walk(in, media.item_schema);
  };
  const auto walk_parameters = [&](SchemaWalk& in, const std::vector<Parameter>& parameters) {
    for (const auto& parameter : parameters) {
      walk(in, parameter.schema);
      if (parameter.content) walk(in, parameter.content->schema);
    }
  };
  for (const auto& operation : description_.operations) {
    walk_parameters(requests, operation.parameters);
    if (operation.body) walk_media(requests, operation.body->content);
    for (const auto& response : operation.responses) {
      walk_media(bodies, response.content);
      walk_parameters(headers, response.headers);
    }
  }
  for (const auto& schema : marked_) {
    const auto& value = schema.value;
    if (headers.has_seen(value)) {
      sources_.complain(schema, "marks a header of an answer, and the gate takes out none; only values of JSON bodies can be marked");
    } else if (!found_.contains(value.identity())) {
      if (bodies.has_seen(value))
        sources_.complain(schema, "marks values of answers at a place where the gate cannot tell which they are (such as below `not`)");
      else if (!requests.has_seen(value))
        sources_.complain(schema, "marks nothing that an answer is described by: nothing is withheld because of it", Gravity::warning);
      (void)marks_of(schema);  // what is wrong with it is told in any case
    }
  }
}

}  // namespace gatehouse::contract
