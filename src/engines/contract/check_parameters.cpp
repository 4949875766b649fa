// The parameters of a request. What comes once too often, in another form than described, or without being described is wrong, not guessed at.
#include <algorithm>
#include <array>

#include "engines/contract/deep_object.hpp"
#include "engines/contract/forms.hpp"
#include "engines/contract/request_check.hpp"
#include "engines/contract/style.hpp"

namespace gatehouse::contract {

namespace parameters {
namespace {
constexpr std::size_t shown_bytes_max = 100;  // of a name that came

std::string shown(std::string_view name) {
  auto end = std::min(name.size(), shown_bytes_max);
  while (end > 0 && end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return std::string(name.substr(0, end));
}

}  // namespace
}  // namespace parameters

Violations OperationRules::check_request(const Call& call, Arena& memory, const CheckOptions& options) const {
  return RequestCheck(*this, call, memory, options).run();
}

Violations RequestCheck::run() {
  check_path();
  check_query();
  check_headers();
  check_cookies();
  check_request_body();
  return std::move(out_);
}

void RequestCheck::check_path() {
  const auto& names = operation_.path_template().names();
  std::vector<std::string_view> values(names.size());
  if (!operation_.path_template().match(call_.segments, values))
    return add(400, "path", "must be of the form " + operation_.path(), operation_.place());
  for (const auto& rule : operation_.parameters()) {
    if (rule.in != In::path) continue;
    const auto at = std::ranges::find(names, rule.name);
    GH_ASSERT(at != names.end());  // the description was refused otherwise
    check_text(rule, values[static_cast<std::size_t>(at - names.begin())], Escapes::percent);
  }
}

void RequestCheck::check_query() {
  auto query = Pairs::parse(call_.query, memory_);
  if (!query)
    return add(400, "query", "must have names in percent-encoded UTF-8, and at most " + std::to_string(Pairs::pairs_max) + " of them",
               operation_.place());
  for (const auto& rule : operation_.parameters()) {
    if (rule.in == In::query) check_pairs(rule, *query, Escapes::form);
    else if (rule.in == In::querystring) check_whole_query(rule, *query);
  }
  if (options_.refuse_unknown_query) check_unknown_query(*query);
}

void RequestCheck::check_pairs(const ParameterRule& rule, Pairs& pairs, Escapes escapes) {
  const auto& shape = shapes_[rule.value.shape];
  const bool deep = rule.style == Style::deep_object;
  if (deep && check_deep(rule, pairs)) return;
  const bool exploded = rule.explode && !rule.content;
  const bool scalar_only = !shape.kinds.has(Kinds::array) && !shape.kinds.has(Kinds::object);
  // Where the schema takes an object or a number, "created=5" stands beside "created[after]=5".
  if (deep && !shape.kinds.has_scalar()) return missing(rule);
  if (exploded && !deep && !scalar_only) return check_exploded(rule, pairs, escapes);
  const auto values = pairs.take(rule.name);
  if (values.empty()) return missing(rule);
  if (values.size() > 1) return add(400, blame(rule).where, "must come only once", rule.place);
  if (rule.allow_empty && values.front().empty()) return;
  check_text(rule, values.front(), escapes);
}

/// "color[R]=100&color[G]=200"; false: there is no such pair.
bool RequestCheck::check_deep(const ParameterRule& rule, Pairs& pairs) {
  const auto object = DeepObject::take(pairs, rule.name, memory_);
  if (!object.present()) return false;
  const std::array forms{Form::object};
  rule.value.judge_readings(forms, shapes_, blame(rule), out_, [&](Form, TypedText& out) { return object.write(out, rule.value.shape); });
  return true;
}

/// "ids=1&ids=2" and "R=100&G=200": each item and each member is a pair of its own.
void RequestCheck::check_exploded(const ParameterRule& rule, Pairs& pairs, Escapes escapes) {
  const auto shape_id = rule.value.shape;
  const auto& shape = shapes_[shape_id];
  Items items;
  for (const auto raw : pairs.take(rule.name)) {
    const auto plain = decoded(raw, escapes, memory_);
    if (!plain) return add(400, blame(rule).where, "must be percent-encoded UTF-8", rule.place);
    items.push_back(*plain);
  }
  if (rule.allow_empty && items.size() == 1 && items.front().empty()) return;
  Members members;
  const bool any_kind = shape.kinds == Kinds(Kinds::every);
  if (items.empty() && shape.kinds.has(Kinds::object) && !any_kind) {
    for (auto& pair : pairs.all()) {
      if (pair.taken || (!shape.gathers && !shape.member(pair.name))) continue;
      const auto plain = decoded(pair.raw_value, escapes, memory_);
      if (!plain) return add(400, blame(rule).where, "must be percent-encoded UTF-8", rule.place);
      pair.taken = true;
      members.emplace_back(pair.name, *plain);
    }
  }
  if (items.empty() && members.empty()) return missing(rule);
  // A schema that names no kinds would be kept by any list: of one text it means the text, of several nothing.
  if (items.size() > 1 && any_kind && !shape.anything) return add(400, blame(rule).where, "must come only once", rule.place);
  if (items.size() == 1 && members.empty() && rule.value.keeps_plainly(shapes_, items.front())) return;
  std::vector<Form> forms;
  if (!members.empty()) forms = {Form::object};
  else if (items.size() > 1) forms = {Form::array};
  else if (any_kind) forms = {Form::scalar};
  else forms = forms_of(shape.kinds & Kinds(Kinds::every & ~Kinds::object));
  if (forms.empty()) return add(400, blame(rule).where, "must be sent as pairs of name=value, each of its own", rule.place);
  rule.value.judge_readings(forms, shapes_, blame(rule), out_, [&](Form form, TypedText& out) -> std::string {
    if (form == Form::array) out.array(shape_id, items);
    else if (form == Form::object) out.object(shape_id, members);
    else out.scalar(shape_id, items.front());
    return {};
  });
}

/// The whole query as one value (OpenAPI 3.2.0 section 4.12.2.1): a form, or a text of another media type.
void RequestCheck::check_whole_query(const ParameterRule& rule, Pairs& query) {
  for (auto& pair : query.all()) pair.taken = true;
  if (call_.query.empty()) return missing(rule);
  if (!rule.content || !rule.content->is("application/x-www-form-urlencoded")) return check_content(rule, call_.query, Escapes::percent);
  const MediaRule form{.range = *rule.content, .value = rule.value, .encodings = {}, .place = rule.place};
  check_form(form, call_.query, blame(rule));
}

void RequestCheck::check_unknown_query(Pairs& query) {
  for (const auto& pair : query.all()) {
    if (pair.taken || std::ranges::find(operation_.known_query_, pair.name) != operation_.known_query_.end()) continue;
    add(400, "query." + parameters::shown(pair.name), "is not described", operation_.place());
  }
}

void RequestCheck::check_headers() {
  for (const auto& rule : operation_.parameters())
    if (rule.in == In::header) check_header(rule, call_.headers);
  for (const auto& name : options_.refused_headers) {
    const auto described = [&](const ParameterRule& rule) { return rule.in == In::header && rule.name == name; };
    const auto came = [&](const http::Field& field) { return field.name == name; };
    if (std::ranges::any_of(call_.headers.all(), came) && std::ranges::none_of(operation_.parameters(), described))
      add(400, "header." + name, "is not described", operation_.place());
  }
}

void RequestCheck::check_cookies() {
  const auto& rules = operation_.parameters();
  if (std::ranges::find(rules, In::cookie, &ParameterRule::in) == rules.end()) return;
  auto cookies = Pairs::of_cookies(call_.cookies);
  // Some servers (PHP) decode names, too: for them "them%65" is "theme", and nobody has judged it.
  for (const auto& pair : cookies.all()) {
    const auto name = pair.name.contains('%') ? decoded(pair.name, Escapes::form, memory_) : std::nullopt;
    const auto means = [&](const ParameterRule& rule) { return rule.in == In::cookie && name == rule.name; };
    if (const auto rule = std::ranges::find_if(rules, means); rule != rules.end())
      add(400, blame(*rule).where, "must have its name as described, not encoded", rule->place);
  }
  for (const auto& rule : rules)
    if (rule.in == In::cookie) check_pairs(rule, cookies, rule.style == Style::cookie ? Escapes::none : Escapes::percent);
}

}  // namespace gatehouse::contract
