// From a description to rules: each schema becomes an entry of one compiled program, each shape one of one table.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "engines/contract/contract.hpp"
#include "engines/contract/json_pointer.hpp"
#include "engines/contract/marked_fields.hpp"
#include "engines/contract/reference.hpp"
#include "engines/contract/schema_walk.hpp"
#include "engines/contract/sequence.hpp"
#include "engines/schema/compiler.hpp"
#include "engines/schema/uri_reference.hpp"

namespace gatehouse::contract {

namespace compiling {
namespace {
/// As a reference to it would be written, from the folder of the contract.
std::string place_of(const Node& at) { return rule_name(url_of_file(at.source->path()) + '#' + as_fragment(at.pointer)); }

/// Which dialect schemas without `$schema` are of; nothing: one that is not known.
std::optional<schema::Dialect> dialect_of(const Description& description) {
  if (description.version == Version::v3_0) return schema::Dialect::openapi_3_0;
  // The dialect of 3.1 and 3.2 by each of its dated names.
  if (description.dialect.empty() || description.dialect.starts_with("https://spec.openapis.org/oas/3.")) return schema::Dialect::openapi_3_1;
  return schema::dialect_of(description.dialect);
}
}  // namespace
}  // namespace compiling

class ContractCompiler {
 public:
  ContractCompiler(Reading& reading, const CompileOptions& options)
      : reading_(reading), complaints_(reading.complaints), sources_(reading.sources), description_(reading.description), options_(options) {}

  std::expected<Contract, Complaints> run(std::string_view root) {
    const auto* const source = sources_.load(root);
    if (source == nullptr) return std::unexpected(complaints_);
    reading_.root = source;
    description_ = describe(*source, sources_, complaints_, options_.description);
    walk_schemas();
    if (complaints_.has_errors()) return std::unexpected(complaints_);
    find_marks();
    reading_.remarks = complaints_.all().size();
    compile_schemas(*source);
    if (complaints_.has_errors()) return std::unexpected(complaints_);
    return assembled();
  }

 private:
  /// Every schema that messages are judged by.
  template <class Visit>
  void for_each_schema(Visit visit) {
    const auto of_media = [&](const Media& media) {
      if (media.schema) visit(*media.schema);
      if (media.item_schema) visit(*media.item_schema);
    };
    const auto of_parameter = [&](const Parameter& parameter) {
      if (parameter.schema) visit(*parameter.schema);
      if (parameter.content) of_media(*parameter.content);
    };
    for (const auto& operation : description_.operations) {
      std::ranges::for_each(operation.parameters, of_parameter);
      if (operation.body) std::ranges::for_each(operation.body->content, of_media);
      for (const auto& response : operation.responses) {
        std::ranges::for_each(response.headers, of_parameter);
        std::ranges::for_each(response.content, of_media);
      }
    }
  }

  /// Whether any message is of XML.
  bool reads_xml() const {
    const auto is_xml = [](const Media& media) { return media.range.is_xml(); };
    return std::ranges::any_of(description_.operations, [&](const Operation& operation) {
      return (operation.body && std::ranges::any_of(operation.body->content, is_xml)) ||
             std::ranges::any_of(operation.responses, [&](const Response& response) { return std::ranges::any_of(response.content, is_xml); });
    });
  }

  void walk_schemas() {
    SchemaWalk walk(sources_, description_.version);
    for_each_schema([&](const Node& schema) { walk.walk(schema); });
    for (const auto& schema : description_.schema_resources) walk.walk(schema);
    names_method_ = walk.names_method();
  }

  void find_marks() {
    MarkedFields fields(sources_, description_);
    if (!fields.any()) return;
    marked_fields_.emplace(std::move(fields));
    marked_fields_->run();
  }

  void compile_schemas(const Source& root) {
    const auto dialect = compiling::dialect_of(description_);
    const Node top{&root, root.root(), {}};
    if (!dialect) return sources_.complain(top, "has a 'jsonSchemaDialect' that is not known: " + description_.dialect);
    schema::Documents documents;
    for (const auto& [path, source] : sources_.all()) {
      if (source == nullptr) continue;
      const auto added = documents.add(url_of_file(path), source->root(), schema::Documents::Holds::other, dialect);
      GH_ASSERT(added.has_value());  // each path is there once
    }
    schema::Compiler compiler(documents, {.dialect = *dialect, .limits = options_.schemas, .seed = options_.seed});
    if (description_.version != Version::v3_0)
      for (const auto& schema : description_.schema_resources)
        if (auto declared = compiler.declare(url_of(schema)); !declared) complain_of(schema, declared.error());
    for_each_schema([&](const Node& schema) {
      if (entries_.contains(schema.value.identity())) return;
      const auto entry = compiler.add(url_of(schema));
      entries_.emplace(schema.value.identity(), entry ? *entry : schema::Entry{});
    });
    for (const auto& error : compiler.errors()) complain_of(top, error);
    complain_of_notices(top, compiler.notices());
    if (complaints_.has_errors()) return;
    auto program = std::move(compiler).finish();
    if (!program) return complain_of(top, program.error());
    program_ = std::move(*program);
  }

  static std::string url_of(const Node& schema) { return url_of_file(schema.source->path()) + '#' + as_fragment(schema.pointer); }

  void complain_of(const Node& otherwise, const Error& error) { complain_at(otherwise, error.told, Gravity::error); }

  /// What is remarkable in the same way at many places is said once.
  void complain_of_notices(const Node& top, std::span<const schema::Notice> notices) {
    struct Places {
      const schema::Notice* first;
      std::size_t count = 0;
    };
    std::map<std::string_view, Places> by_text;
    std::vector<std::string_view> order;
    for (const auto& notice : notices) {
      if (auto place = place_in(notice.location)) reading_.notices.push_back({notice.kind, place->source, std::move(place->pointer), notice.text});
      const auto [at, fresh] = by_text.try_emplace(notice.text, Places{&notice});
      if (fresh) order.push_back(notice.text);
      ++at->second.count;
    }
    for (const auto text : order) {
      const auto& places = by_text.at(text);
      const auto more = places.count > 1 ? " (and at " + std::to_string(places.count - 1) + " other places)" : std::string();
      complain_at(top, places.first->location + ": " + places.first->text + more, Gravity::warning);
    }
  }

  /// The compiler of schemas names the place first: URL, '#', JSON Pointer as a fragment, colon.
  void complain_at(const Node& otherwise, std::string_view told, Gravity gravity) {
    const auto hash = told.find('#');
    const auto end = hash == told.npos ? hash : told.find(": ", hash);
    if (end != told.npos)
      if (const auto at = place_in(told.substr(0, end))) return sources_.complain(*at, std::string(told.substr(end + 2)), gravity);
    sources_.complain(otherwise, std::string(told), gravity);
  }

  /// The place that a URL with a JSON Pointer behind '#' names, its value being the whole file; nothing: in none of the files.
  std::optional<Node> place_in(std::string_view location) {
    const auto hash = location.find('#');
    if (hash == location.npos) return std::nullopt;
    for (const auto& [path, source] : sources_.all())
      if (source != nullptr && url_of_file(path) == location.substr(0, hash))
        return Node{source.get(), source->root(), schema::percent_decoded(location.substr(hash + 1))};
    return std::nullopt;
  }

  ValueRule value_rule(const std::optional<Node>& schema) {
    if (!schema) return {};
    return {schema::Schema(program_, entries_.at(schema->value.identity())), shape_maker_->shape_of(*schema)};
  }
  /// Values that come as JSON need no shape, unless something is to be taken out of them, or one of them names what is not to be there elsewhere.
  ValueRule json_rule(const std::optional<Node>& schema) {
    if (!schema) return {};
    return {schema::Schema(program_, entries_.at(schema->value.identity())), any_shape};
  }

  ParameterRule parameter_rule(const Parameter& from) {
    ParameterRule out{.name = from.name,
                      .in = from.in,
                      .required = from.required,
                      .style = from.style,
                      .explode = from.explode,
                      .allow_empty = from.allow_empty,
                      .content = {},
                      .value = {},
                      .place = compiling::place_of(from.at)};
    if (from.content) out.content = from.content->range;
    const auto& schema = from.content ? from.content->schema : from.schema;
    out.value = value_rule(schema);
    return out;
  }

  MediaRule media_rule(const Media& from, bool shaped = false) {
    const bool json = from.range.is_json() && !shaped && !names_method_;
    MediaRule out{.range = from.range,
                  .value = json ? json_rule(from.schema) : value_rule(from.schema),
                  .encodings = from.encodings,
                  .place = compiling::place_of(from.at),
                  .judged = can_be_judged(from)};
    if (sequence_of(from.range) != Sequence::none) say_what_items_are(from, out);
    if (!from.range.is_xml() || !from.schema) return out;
    auto mapping = xml_maker_->mapping(*from.schema);
    out.judged = mapping.has_value();
    if (mapping) out.xml = std::move(*mapping);
    else unmapped_.emplace(from.at.value.identity(), std::move(mapping.error()));
    return out;
  }

  /// By 3.2 a schema is of all values, as an array, and `itemSchema` of each. Documents that are older have no word for it: what they write is of each, unless it takes nothing but
  /// arrays; and of events nobody can tell whether they mean the event or its data.
  void say_what_items_are(const Media& from, MediaRule& out) {
    const auto kinds = (*shapes_)[out.value.shape].kinds;
    const bool bytes = from.schema && kinds == Kinds(Kinds::string);  // as of every other type
    if (description_.version == Version::v3_2) {
      out.sequence = from.item_schema || (from.schema && !bytes);
      out.item = json_rule(from.item_schema);
      if (bytes) out.value = {};
      return;
    }
    if (!from.schema || bytes || sequence_of(from.range) == Sequence::events) return;
    out.sequence = true;
    if (kinds != Kinds(Kinds::array)) out.item = std::exchange(out.value, {});
  }

  /// Why bodies of that type are refused, or nothing.
  std::string why_not_judged(const Media& media) {
    constexpr std::string_view consequence = "; they are refused where requests are held to the contract";
    if (const auto known = unmapped_.find(media.at.value.identity()); known != unmapped_.end())
      return "has bodies of XML that cannot be held to their schema here, since " + known->second + std::string(consequence);
    if (can_be_judged(media)) return {};
    return "has bodies that cannot be held to their schema here" + std::string(consequence);
  }

  /// Of a range with stars some types can be.
  bool can_be_judged(const Media& media) {
    const auto& range = media.range;
    const bool in_sequence =
        sequence_of(range) != Sequence::none && (description_.version == Version::v3_2 || sequence_of(range) != Sequence::events);
    const bool known = in_sequence || range.is_json() || range.is_xml() || range.subtype == "*" || range.type == "text" ||
                       range.is("application/x-www-form-urlencoded") || range.is("multipart/form-data");
    if (known || !media.schema) return true;
    return (*shapes_)[shape_maker_->shape_of(*media.schema)].takes_bodies_of_bytes();
  }

  schema::HarmlessPlaces::Id harmless_places(const ValueRule& rule) {
    return rule.schema ? harmless_finder_->find(*rule.schema) : schema::HarmlessPlaces::nowhere;
  }
  /// Of a body nothing is proven unless it is judged as the value that its schema is of. A range of types may be met by one that is not.
  schema::HarmlessPlaces::Id harmless_places(const MediaRule& rule) {
    const auto& range = rule.range;
    if (!rule.judged || rule.sequence || range.type == "*" || range.subtype == "*") return schema::HarmlessPlaces::nowhere;
    const bool form = range.is("application/x-www-form-urlencoded") || (range.is("multipart/form-data") && rule.encodings.empty());
    const bool text = range.type == "text" && !(*shapes_)[rule.value.shape].takes_bytes();
    return range.is_json() || rule.xml || form || (text && !range.is_xml()) ? harmless_places(rule.value) : schema::HarmlessPlaces::nowhere;
  }

  OperationRules operation_rules(const Operation& from, const Shapes& shapes) {
    OperationRules out;
    out.method_ = from.method;
    out.method_token_ = from.method_token;
    out.path_ = from.path;
    out.id_ = from.id;
    out.place_ = compiling::place_of(from.at);
    out.template_ = from.path_template;
    out.security_ = from.security;
    out.base_paths_ = from.base_paths;
    out.shapes_ = &shapes;
    for (const auto& parameter : from.parameters) out.parameters_.push_back(parameter_rule(parameter));
    for (auto& rule : out.parameters_) rule.harmless = harmless_places(rule.value);
    // Parameters that take single names go before those that gather what is left.
    std::ranges::stable_partition(out.parameters_, [&](const ParameterRule& rule) {
      const bool exploded = rule.style == Style::form && rule.explode && shapes[rule.value.shape].kinds.has(Kinds::object);
      return !(rule.in == In::query && exploded) && rule.in != In::querystring;
    });
    for (const auto& scheme : description_.schemes)
      if (scheme.type == SecurityScheme::Type::api_key && scheme.in == In::query) out.known_query_.push_back(scheme.parameter_name);
    if (from.body) {
      out.body_ = BodyRule{.required = from.body->required, .ranges = {}, .media = {}, .place = compiling::place_of(from.body->at)};
      for (const auto& media : from.body->content) {
        out.body_->ranges.push_back(media.range);
        out.body_->media.push_back(media_rule(media));
        out.body_->media.back().harmless = harmless_places(out.body_->media.back());
        if (auto why = why_not_judged(media); !why.empty()) sources_.complain(media.at, std::move(why), Gravity::warning);
      }
    }
    for (const auto& response : from.responses) {
      ResponseRule rule{.status = response.status, .headers = {}, .ranges = {}, .media = {}, .place = compiling::place_of(response.at)};
      for (const auto& header : response.headers) rule.headers.push_back(parameter_rule(header));
      for (const auto& media : response.content) {
        rule.ranges.push_back(media.range);
        rule.media.push_back(media_rule(media, options_.strips_responses));
        if (marked_fields_) mark(media, rule.media.back());
        if (rule.media.back().marked_described) out.marked_ = marked_rules_;
      }
      out.responses_.push_back(std::move(rule));
    }
    return out;
  }

  /// Of a body of JSON that is not described further anything may be marked; of one of another type nothing.
  void mark(const Media& from, MediaRule& out) {
    const auto root = from.schema || from.item_schema ? marked_fields_->root_of(from) : MarkedFields::Root{MarkedFields::undescribed, false};
    out.marked = root.place;
    out.marked_described = root.described;
    const bool editable = from.range.is_json() || from.range.subtype == "*" || sequence_of(from.range) == Sequence::lines ||
                          sequence_of(from.range) == Sequence::records;
    if (root.described && !editable)
      sources_.complain(from.at,
                        "has values that are not for everybody, and the gate takes some out of JSON only: answers of this type are refused to those",
                        Gravity::warning);
  }

  Contract assembled() {
    Contract out;
    out.shapes_ = std::make_unique<Shapes>();
    shapes_ = out.shapes_.get();
    shape_maker_ = std::make_unique<ShapeMaker>(*out.shapes_, sources_, description_.version, reads_xml());
    xml_maker_ = std::make_unique<XmlLayoutMaker>(*out.shapes_, *shape_maker_, description_.version);
    harmless_finder_ = std::make_unique<schema::HarmlessFinder>(program_);
    out.harmless_ = std::make_unique<schema::HarmlessPlaces>();
    auto rules = std::make_unique<redaction::FieldRules>();
    marked_rules_ = rules.get();
    out.operations_ = std::make_unique<std::vector<OperationRules>>();
    out.operations_->reserve(description_.operations.size());
    for (const auto& operation : description_.operations) out.operations_->push_back(operation_rules(operation, *out.shapes_));
    for (auto& operation : *out.operations_) operation.harmless_ = out.harmless_.get();
    *out.harmless_ = std::move(*harmless_finder_).finish();
    if (marked_fields_) *rules = marked_fields_->take_rules();
    out.marked_ = std::move(rules);
    out.base_paths_ = description_.base_paths;
    out.schemes_ = description_.schemes;
    out.warnings_ = complaints_;
    return out;
  }

  Reading& reading_;
  Complaints& complaints_;
  Sources& sources_;
  Description& description_;
  bool names_method_ = false;  // SchemaWalk::names_method
  CompileOptions options_;
  std::unordered_map<const void*, schema::Entry> entries_;
  std::shared_ptr<const schema::Program> program_;
  const Shapes* shapes_ = nullptr;
  std::unique_ptr<ShapeMaker> shape_maker_;
  std::unique_ptr<XmlLayoutMaker> xml_maker_;
  std::unique_ptr<schema::HarmlessFinder> harmless_finder_;
  std::optional<MarkedFields> marked_fields_;  // nothing: nothing is marked
  const redaction::FieldRules* marked_rules_ = nullptr;
  std::unordered_map<const void*, std::string> unmapped_;  // media types of XML, and why they have no mapping
};

std::expected<Contract, Complaints> compile(std::string_view root, Files& files, const CompileOptions& options) {
  Reading reading(files, options.load);
  return ContractCompiler(reading, options).run(root);
}

std::expected<Contract, Complaints> compile(std::string_view root, Reading& reading, const CompileOptions& options) {
  return ContractCompiler(reading, options).run(root);
}

const OperationRules* Contract::find(std::string_view method, std::string_view path) const noexcept {
  const auto found =
      std::ranges::find_if(*operations_, [&](const OperationRules& one) { return one.path() == path && one.method_token() == method; });
  return found == operations_->end() ? nullptr : &*found;
}

std::vector<const OperationRules*> Contract::alternatives(const OperationRules& of) const {
  std::vector<const OperationRules*> out;
  for (const auto& one : *operations_)
    if (one.method_token() == of.method_token() && one.path_template().shape() == of.path_template().shape()) out.push_back(&one);
  return out;
}

const ResponseRule* OperationRules::response(http::Status status) const noexcept {
  const auto named = [&](std::string_view name) -> const ResponseRule* {
    const auto found = std::ranges::find(responses_, name, &ResponseRule::status);
    return found == responses_.end() ? nullptr : &*found;
  };
  const auto digits = std::to_string(status);
  if (const auto* const own = named(digits)) return own;
  if (const auto* const of_class = named(digits.substr(0, 1) + "XX")) return of_class;
  return named("default");
}

}  // namespace gatehouse::contract
