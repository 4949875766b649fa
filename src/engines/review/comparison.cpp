#include "engines/review/comparison.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engines/contract/json_pointer.hpp"
#include "engines/review/schema_comparison.hpp"
#include "engines/schema/equality.hpp"

namespace gatehouse::review {

using contract::In, contract::Node, contract::Operation;

namespace comparison {
namespace {
bool succeeds(std::string_view status) noexcept { return status.starts_with('1') || status.starts_with('2') || status.starts_with('3'); }

/// The member, or what would hold it.
Node member_or_holder(const Node& holder, std::string_view name) {
  const auto value = holder.value.get(name);
  return value ? holder.child(name, *value) : holder;
}

/// The parameter that a name of the path means, by its position: names may change.
std::string name_in(const Operation& of, const Operation& in, const contract::Parameter& parameter) {
  if (parameter.in != In::path) return parameter.name;
  const auto& names = of.path_template.names();
  const auto& others = in.path_template.names();
  const auto at = std::ranges::find(names, parameter.name);
  const auto index = static_cast<std::size_t>(at - names.begin());
  return at != names.end() && index < others.size() ? others[index] : parameter.name;
}

const contract::Parameter* find(const std::vector<contract::Parameter>& in, In where, std::string_view name) {
  const auto found = std::ranges::find_if(in, [&](const contract::Parameter& one) { return one.in == where && one.name == name; });
  return found == in.end() ? nullptr : &*found;
}

const contract::Response* find(const std::vector<contract::Response>& in, std::string_view status) {
  const auto found = std::ranges::find(in, status, &contract::Response::status);
  return found == in.end() ? nullptr : &*found;
}

/// What describes that status: itself, its class, the default.
const contract::Response* describing(const std::vector<contract::Response>& in, const std::string& status) {
  if (const auto* const own = find(in, status)) return own;
  if (status != "default")
    if (const auto* const of_class = find(in, status.substr(0, 1) + "XX")) return of_class;
  return find(in, "default");
}

std::string written(const contract::MediaType& type) { return type.type + '/' + type.subtype; }

const contract::Media* find_media(const std::vector<contract::Media>& in, const contract::MediaType& type) {
  for (const auto& one : in)
    if (one.range.type == type.type && one.range.subtype == type.subtype && one.range.parameters == type.parameters) return &one;
  std::vector<contract::MediaType> ranges;
  ranges.reserve(in.size());
  for (const auto& one : in) ranges.push_back(one.range);
  const auto best = type.subtype == "*" ? std::nullopt : contract::best_fit(ranges, type);
  return best ? &in[*best] : nullptr;
}
}  // namespace
}  // namespace comparison

class ContractComparison {
 public:
  ContractComparison(contract::Reading& before, contract::Reading& after) : before_(before), after_(after), schemas_(before, after, changes_) {}

  Comparison run() {
    look_at_document();
    std::map<std::string, const Operation*, std::less<>> now;
    for (const auto& operation : after_.description.operations) now.emplace(key_of(operation), &operation);
    std::set<const Operation*> met;
    for (const auto& operation : before_.description.operations) {
      const auto found = now.find(key_of(operation));
      if (found == now.end()) {
        removed(operation);
        continue;
      }
      met.insert(found->second);
      look_at(operation, *found->second);
    }
    for (const auto& operation : after_.description.operations)
      if (!met.contains(&operation)) added(operation);
    return std::move(changes_).sorted();
  }

 private:
  static std::string key_of(const Operation& operation) {
    return operation.method_token + ' ' + operation.path_template.shape() + operation.path_template.suffix();
  }
  static std::string name_of(const Operation& operation) { return operation.method_token + ' ' + operation.path; }
  [[nodiscard]] static Node root_of(const contract::Reading& reading) { return {reading.root, reading.root->root(), {}}; }

  void look_at_document() {
    const auto before = root_of(before_), after = root_of(after_);
    if (before_.description.dialect != after_.description.dialect)
      changes_.add("dialect-changed", Effect::undecided, {}, "its schemas are of another dialect",
                   comparison::member_or_holder(before, "jsonSchemaDialect"), comparison::member_or_holder(after, "jsonSchemaDialect"));
    look_at_bases(before_.description.base_paths, after_.description.base_paths, {}, comparison::member_or_holder(before, "servers"),
                  comparison::member_or_holder(after, "servers"));
    if (before_.description.webhooks + after_.description.webhooks > 0 && !schemas_.same_texts())
      changes_.add("webhooks-not-compared", Effect::harmless, {}, "has webhooks, which a gate does not see and which are not compared",
                   comparison::member_or_holder(before, "webhooks"), comparison::member_or_holder(after, "webhooks"));
  }

  void look_at_bases(const std::vector<std::string>& before, const std::vector<std::string>& after, const std::string& subject, const Node& from,
                     const Node& to) {
    const auto shown = [](const std::string& base) { return base.empty() ? std::string("/") : base; };
    for (const auto& base : before)
      if (std::ranges::find(after, base) == after.end())
        changes_.add("server-removed", Effect::breaks, subject, "is no longer below the path " + shown(base) + " of a server", from, to);
    for (const auto& base : after)
      if (std::ranges::find(before, base) == before.end())
        changes_.add("server-added", Effect::harmless, subject, "is below the path " + shown(base) + " of a server, too", from, to);
  }

  void removed(const Operation& operation) {
    const auto paths = comparison::member_or_holder(root_of(after_), "paths");
    changes_.add("operation-removed", Effect::breaks, name_of(operation), "is gone", operation.at,
                 comparison::member_or_holder(paths, operation.path));
  }

  void added(const Operation& operation) {
    const auto paths = comparison::member_or_holder(root_of(before_), "paths");
    const auto place = comparison::member_or_holder(paths, operation.path);
    if (is_open(operation))
      changes_.add("open-operation-added", Effect::looser, name_of(operation), "is new, and asks for nothing", place, operation.at);
    else changes_.add("operation-added", Effect::harmless, name_of(operation), "is new", place, operation.at);
  }

  static bool is_open(const Operation& operation) {
    return operation.security.empty() || std::ranges::any_of(operation.security, [](const auto& one) { return one.uses.empty(); });
  }

  void look_at(const Operation& before, const Operation& after) {
    const auto name = name_of(before);
    if (!before.base_paths.empty() || !after.base_paths.empty())
      look_at_bases(before.base_paths.empty() ? before_.description.base_paths : before.base_paths,
                    after.base_paths.empty() ? after_.description.base_paths : after.base_paths, name,
                    comparison::member_or_holder(before.at, "servers"), comparison::member_or_holder(after.at, "servers"));
    const auto deprecated = [](const Operation& operation) {
      const auto word = operation.at.value.get("deprecated");
      return word && word->boolean() == true;
    };
    if (!deprecated(before) && deprecated(after))
      changes_.add("operation-deprecated", Effect::harmless, name, "is deprecated now", before.at, after.at);
    if (const auto was = before.at.value.get("callbacks"), is = after.at.value.get("callbacks"); (was || is) && !schemas_.same_texts())
      changes_.add("callbacks-not-compared", Effect::harmless, name, "has callbacks, which a gate does not see and which are not compared",
                   comparison::member_or_holder(before.at, "callbacks"), comparison::member_or_holder(after.at, "callbacks"));
    look_at_security(before, after, name);
    look_at_parameters(before, after, name);
    look_at_body(before, after, name);
    look_at_answers(before, after, name);
  }

  // Security: requirements are alternatives of sets; who holds what one of the old asks for must find a new one that asks for no more.

  struct Asked {
    std::map<std::string, std::set<std::string, std::less<>>> scopes;  // by what the scheme is, not by its name
  };

  static std::vector<Asked> asked_by(const Operation& operation, const contract::Description& description) {
    std::vector<Asked> out;
    for (const auto& alternative : operation.security) {
      Asked one;
      for (const auto& use : alternative.uses) one.scopes[nature_of(use.scheme, description)].insert(use.scopes.begin(), use.scopes.end());
      out.push_back(std::move(one));
    }
    if (out.empty()) out.emplace_back();
    return out;
  }

  static std::string nature_of(const std::string& name, const contract::Description& description) {
    const auto found = std::ranges::find(description.schemes, name, &contract::SecurityScheme::name);
    if (found == description.schemes.end()) return name;
    using Type = contract::SecurityScheme::Type;
    switch (found->type) {
      case Type::api_key: return "api key in " + std::string(to_text(found->in)) + ' ' + found->parameter_name;
      case Type::http: return "http " + found->http_scheme;
      case Type::mutual_tls: return "mutual tls";
      case Type::oauth2: return "oauth2 " + found->name;
      case Type::open_id_connect: return "openid " + found->open_id_url;
    }
    return name;
  }

  /// Who can do what the second asks can do what the first asks.
  static bool asks_no_more(const Asked& first, const Asked& second) {
    return std::ranges::all_of(first.scopes, [&](const auto& scheme) {
      const auto held = second.scopes.find(scheme.first);
      return held != second.scopes.end() && std::ranges::includes(held->second, scheme.second);
    });
  }

  void look_at_security(const Operation& before, const Operation& after, const std::string& name) {
    const auto was = asked_by(before, before_.description), is = asked_by(after, after_.description);
    const auto from = comparison::member_or_holder(before.at, "security"), to = comparison::member_or_holder(after.at, "security");
    const auto none_below = [](const std::vector<Asked>& all, const std::vector<Asked>& of) {
      return std::ranges::any_of(
          of, [&](const Asked& one) { return std::ranges::none_of(all, [&](const Asked& other) { return asks_no_more(other, one); }); });
    };
    if (none_below(is, was)) {
      const bool was_open = is_open(before);
      changes_.add("security-tightened", Effect::breaks, name,
                   was_open ? "asks for a credential now" : "asks for another credential or for more scopes than some callers have", from, to);
    }
    if (none_below(was, is)) {
      const bool opened = is_open(after) && !is_open(before);
      changes_.add(opened ? "security-dropped" : "security-loosened", Effect::looser, name,
                   opened ? "no longer asks for a credential" : "lets in who holds less or something else", from, to);
    }
  }

  // Parameters.

  void look_at_parameters(const Operation& before, const Operation& after, const std::string& name) {
    for (const auto& one : before.parameters) {
      const auto subject = name + ": the " + std::string(to_text(one.in)) + " parameter '" + one.name + "'";
      const auto* const now = comparison::find(after.parameters, one.in, comparison::name_in(before, after, one));
      if (now != nullptr) {
        look_at(one, *now, Use::request, subject);
        continue;
      }
      const bool refused = one.in == In::query || one.in == In::querystring;
      changes_.add("parameter-removed", refused ? Effect::breaks : Effect::looser, subject,
                   refused ? "is gone, and refused as undescribed" : "is gone, and no longer held to anything", one.at,
                   comparison::member_or_holder(after.at, "parameters"));
    }
    for (const auto& one : after.parameters) {
      if (comparison::find(before.parameters, one.in, comparison::name_in(after, before, one)) != nullptr) continue;
      const auto subject = name + ": the " + std::string(to_text(one.in)) + " parameter '" + one.name + "'";
      changes_.add(one.required ? "parameter-required" : "parameter-added", one.required ? Effect::breaks : Effect::harmless, subject,
                   one.required ? "is new and required" : "is new", comparison::member_or_holder(before.at, "parameters"), one.at);
    }
  }

  void look_at(const contract::Parameter& before, const contract::Parameter& after, Use use, const std::string& subject) {
    const bool request = use == Use::request;
    if (!before.required && after.required)
      changes_.add("parameter-required", request ? Effect::breaks : Effect::harmless, subject, "is required now", before.at, after.at);
    if (before.required && !after.required)
      changes_.add("parameter-optional", request ? Effect::looser : Effect::breaks, subject, "is no longer required", before.at, after.at);
    if (before.style != after.style || before.explode != after.explode || before.content.has_value() != after.content.has_value())
      changes_.add("parameter-written-otherwise", Effect::breaks, subject, "is written in another form", before.at, after.at);
    if (before.allow_empty != after.allow_empty)
      changes_.add("parameter-empty", before.allow_empty ? Effect::breaks : Effect::looser, subject,
                   before.allow_empty ? "may no longer be empty" : "may be empty now", before.at, after.at);
    if (before.content && after.content && comparison::written(before.content->range) != comparison::written(after.content->range))
      changes_.add("parameter-written-otherwise", Effect::breaks, subject, "is of another media type", before.at, after.at);
    look_at_schemas(before.content ? before.content->schema : before.schema, after.content ? after.content->schema : after.schema, before.at,
                    after.at, use, subject);
  }

  void look_at_schemas(const std::optional<Node>& before, const std::optional<Node>& after, const Node& from, const Node& to, Use use,
                       const std::string& subject) {
    if (before && after) return schemas_.compare(*before, *after, use, subject);
    const bool request = use == Use::request;
    if (before) changes_.add("schema-dropped", request ? Effect::looser : Effect::breaks, subject, "may be anything now", *before, to);
    if (after)
      changes_.add("schema-added", request ? Effect::breaks : Effect::harmless, subject, "could be anything, and has a schema now", from, *after);
  }

  // Bodies.

  void look_at_body(const Operation& before, const Operation& after, const std::string& name) {
    const auto subject = name + ": the body";
    if (!before.body && !after.body) return;
    if (!after.body) return changes_.add("body-removed", Effect::breaks, subject, "is no longer taken", before.body->at, after.at);
    if (!before.body) {
      const bool required = after.body->required;
      return changes_.add(required ? "body-required" : "body-added", required ? Effect::breaks : Effect::harmless, subject,
                          required ? "is new and required" : "is new", before.at, after.body->at);
    }
    if (!before.body->required && after.body->required)
      changes_.add("body-required", Effect::breaks, subject, "is required now", before.body->at, after.body->at);
    if (before.body->required && !after.body->required)
      changes_.add("body-optional", Effect::looser, subject, "is no longer required", before.body->at, after.body->at);
    look_at_content(before.body->content, after.body->content, before.body->at, after.body->at, Use::request, subject);
  }

  void look_at_content(const std::vector<contract::Media>& before, const std::vector<contract::Media>& after, const Node& from, const Node& to,
                       Use use, const std::string& subject) {
    for (const auto& media : before) {
      const auto label = subject + " as " + comparison::written(media.range);
      const auto* const now = comparison::find_media(after, media.range);
      if (now == nullptr)
        changes_.add("media-type-removed", Effect::breaks, label, use == Use::request ? "is no longer taken" : "is no longer answered", media.at, to);
      else look_at(media, *now, use, label);
    }
    for (const auto& media : after)
      if (comparison::find_media(before, media.range) == nullptr)
        changes_.add("media-type-added", Effect::harmless, subject + " as " + comparison::written(media.range), "is new", from, media.at);
  }

  void look_at(const contract::Media& before, const contract::Media& after, Use use, const std::string& subject) {
    look_at_schemas(before.schema, after.schema, before.at, after.at, use, subject);
    if (before.item_schema || after.item_schema)
      look_at_schemas(before.item_schema, after.item_schema, before.at, after.at, use, subject + ": an item");
    const auto same = [](const contract::Encoding& a, const contract::Encoding& b) {
      return a.property == b.property && a.style == b.style && a.explode == b.explode && a.content_type == b.content_type;
    };
    if (!std::ranges::is_permutation(before.encodings, after.encodings, same))
      changes_.add("encoding-changed", Effect::undecided, subject, "has parts that are written in another form",
                   comparison::member_or_holder(before.at, "encoding"), comparison::member_or_holder(after.at, "encoding"));
  }

  // Answers.

  void look_at_answers(const Operation& before, const Operation& after, const std::string& name) {
    const bool described = std::ranges::any_of(before.responses, [](const auto& one) { return comparison::succeeds(one.status); });
    for (const auto& answer : before.responses) {
      const auto subject = name + ": the answer " + answer.status;
      if (const auto* const now = comparison::describing(after.responses, answer.status)) {
        look_at(answer, *now, subject);
        continue;
      }
      const bool counted_on = comparison::succeeds(answer.status) || (answer.status == "default" && !described);
      changes_.add("status-removed", counted_on ? Effect::breaks : Effect::harmless, subject, "is gone", answer.at,
                   comparison::member_or_holder(after.at, "responses"));
    }
    for (const auto& answer : after.responses) {
      if (comparison::find(before.responses, answer.status) != nullptr) continue;
      const auto subject = name + ": the answer " + answer.status;
      if (const auto* const was = comparison::describing(before.responses, answer.status)) {
        look_at(*was, answer, subject);
        continue;
      }
      const bool breaks = comparison::succeeds(answer.status);
      changes_.add("status-added", breaks ? Effect::breaks : Effect::harmless, subject,
                   breaks ? "is new: callers of the old contract do not know that it is a success" : "is new",
                   comparison::member_or_holder(before.at, "responses"), answer.at);
    }
  }

  void look_at(const contract::Response& before, const contract::Response& after, const std::string& subject) {
    for (const auto& header : before.headers) {
      const auto label = subject + ": the header '" + header.name + "'";
      if (const auto* const now = comparison::find(after.headers, In::header, header.name)) look_at(header, *now, Use::answer, label);
      else changes_.add("header-removed", Effect::breaks, label, "is no longer described, so nobody can count on it", header.at, after.at);
    }
    for (const auto& header : after.headers)
      if (comparison::find(before.headers, In::header, header.name) == nullptr)
        changes_.add("header-added", Effect::harmless, subject + ": the header '" + header.name + "'", "is new", before.at, header.at);
    if (before.content.empty() && !after.content.empty())
      changes_.add("answer-body-added", Effect::harmless, subject, "has a body now", before.at, after.at);
    else look_at_content(before.content, after.content, before.at, after.at, Use::answer, subject);
  }

  contract::Reading& before_;
  contract::Reading& after_;
  Changes changes_;
  SchemaComparison schemas_;
};

Comparison compare(contract::Reading& before, contract::Reading& after) { return ContractComparison(before, after).run(); }

}  // namespace gatehouse::review
