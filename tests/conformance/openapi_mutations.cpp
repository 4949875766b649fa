// Examples of real documents that keep their schema, each changed in one place so that it breaks one word of the schema: refused, with the place that was changed. Only words that
// hold whatever else the schema says are broken: those of the schema itself, of its `$ref` and `allOf`, of members and items; not of alternatives.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <set>

#include "engines/contract/json_pointer.hpp"
#include "engines/contract/shape.hpp"
#include "ground/base/text.hpp"
#include "ground/json/builder.hpp"
#include "ground/json/writer.hpp"
#include "openapi_cases.hpp"
#include "suite.hpp"

namespace {
using namespace gatehouse;
using contract::Kinds;

using conform::Change;

struct Mutation {
  std::string keyword;
  std::string changed;   // JSON Pointer of what is changed
  std::string expected;  // where the violation is
  Change change;         // empty: the member is left out
};

/// Walks a value with its schema and notes what would break it.
class Mutator {
 public:
  static constexpr std::size_t most = 60;  // of one example

  Mutator(contract::Sources& sources, contract::Version version) : sources_(sources), version_(version), maker_(shapes_, sources, version) {}

  std::vector<Mutation> mutations(const json::Value& value, const contract::Node& schema) {
    out_.clear();
    visit(value, "", schema, 0);
    return std::move(out_);
  }

 private:
  void note(std::string keyword, std::string at, std::string expected, Change change) {
    if (out_.size() < most) out_.push_back({std::move(keyword), std::move(at), std::move(expected), std::move(change)});
  }

  void visit(const json::Value& value, const std::string& at, const contract::Node& schema, int depth) {
    if (depth > 24 || out_.size() >= most || !schema.value.is_object()) return;
    if (const auto reference = schema.value.string("$ref")) {
      if (const auto target = sources_.resolve(schema, *reference)) visit(value, at, *target, depth + 1);
      if (version_ == contract::Version::v3_0) return;
    }
    if (const auto parts = schema.value.get("allOf")) {
      std::size_t number = 0;
      const auto list = schema.child("allOf", *parts);
      for (const auto& part : parts->elements()) visit(value, at, list.child(number++, part), depth + 1);
    }
    words(value, at, schema);
    below(value, at, schema, depth);
  }

  void below(const json::Value& value, const std::string& at, const contract::Node& schema, int depth) {
    if (const auto items = schema.value.get("items"); items && value.is_array() && value.size() > 0 && !schema.value.get("prefixItems"))
      visit(*value.elements().begin(), at + "/0", schema.child("items", *items), depth + 1);
    const auto properties = schema.value.get("properties");
    if (!properties || !value.is_object()) return;
    const auto map = schema.child("properties", *properties);
    for (const auto& [name, member] : value.members()) {
      const auto property = properties->get(name);
      if (!property) continue;
      auto longer = at;
      contract::append_token(longer, name);
      visit(member, longer, map.child(name, *property), depth + 1);
    }
  }

  void words(const json::Value& value, const std::string& at, const contract::Node& schema) {
    const auto& own = schema.value;
    const auto kinds = shapes_[maker_.shape_of(schema)].kinds;
    if (own.get("type")) {
      if (!kinds.has(Kinds::boolean)) note("type", at, at, [](json::Builder& out, const json::Value&) { out.boolean(true); });
      else if (!kinds.has(Kinds::object)) note("type", at, at, [](json::Builder& out, const json::Value&) { out.begin_object().end(); });
      if (!kinds.has(Kinds::null)) note("null", at, at, [](json::Builder& out, const json::Value&) { out.null(); });
    }
    if (own.get("enum") && value.is_string())
      note("enum", at, at, [](json::Builder& out, const json::Value&) { out.string("no such value, gatehouse"); });
    if (value.is_string()) string_words(at, own);
    if (value.is_number()) number_words(at, own);
    if (value.is_array()) array_words(value, at, own);
    if (value.is_object()) object_words(value, at, own);
  }

  void string_words(const std::string& at, const json::Value& own) {
    constexpr std::uint64_t longest = 100'000;
    const auto max = own.get("maxLength"), min = own.get("minLength");
    if (max && max->natural() && *max->natural() < longest)
      note("maxLength", at, at, [size = *max->natural() + 1](json::Builder& out, const json::Value&) { out.string(std::string(size, 'x')); });
    if (min && min->natural().value_or(0) > 0) note("minLength", at, at, [](json::Builder& out, const json::Value&) { out.string(""); });
    const auto format = own.string("format").value_or("");
    constexpr std::array known{"date-time", "date", "uuid", "ipv4", "ipv6", "email"};
    if (std::ranges::find(known, format) != known.end())
      note("format", at, at, [](json::Builder& out, const json::Value&) { out.string("no such thing"); });
  }

  void number_words(const std::string& at, const json::Value& own) {
    const auto bound = [&](const char* word) { return own.get(word) ? own.get(word)->integer() : std::nullopt; };
    constexpr std::int64_t far = 1LL << 52;
    if (const auto max = bound("maximum"); max && *max < far)
      note("maximum", at, at, [n = *max + 1](json::Builder& out, const json::Value&) { out.integer(n); });
    if (const auto min = bound("minimum"); min && *min > -far)
      note("minimum", at, at, [n = *min - 1](json::Builder& out, const json::Value&) { out.integer(n); });
  }

  void array_words(const json::Value& value, const std::string& at, const json::Value& own) {
    const auto max = own.get("maxItems"), min = own.get("minItems");
    constexpr std::uint64_t longest = 1'000;
    const auto times = [](std::uint64_t count) {
      return [count](json::Builder& out, const json::Value& old) {
        out.begin_array();
        for (std::uint64_t i = 0; i < count; ++i) out.value(*old.elements().begin());
        out.end();
      };
    };
    if (max && value.size() > 0 && max->natural() && *max->natural() < longest) note("maxItems", at, at, times(*max->natural() + 1));
    if (min && min->natural().value_or(0) > 0) note("minItems", at, at, [](json::Builder& out, const json::Value&) { out.begin_array().end(); });
    if (own.get("uniqueItems") && own.get("uniqueItems")->boolean() == true && value.size() > 0) note("uniqueItems", at, at, times(2));
  }

  void object_words(const json::Value& value, const std::string& at, const json::Value& own) {
    if (const auto required = own.get("required"); required && required->is_array()) {
      for (const auto& name : required->elements()) {
        if (!name.string() || !value.get(*name.string())) continue;
        auto member = at;
        contract::append_token(member, *name.string());
        note("required", member, at, {});
      }
    }
    if (const auto others = own.get("additionalProperties"); others && others->boolean() == false) {
      note("additionalProperties", at, at, [](json::Builder& out, const json::Value& old) {
        out.begin_object();
        for (const auto& [name, member] : old.members()) out.key(name).value(member);
        out.key("gatehouse-unknown").null().end();
      });
    }
  }

  contract::Sources& sources_;
  contract::Version version_;
  contract::Shapes shapes_;
  contract::ShapeMaker maker_;
  std::vector<Mutation> out_;
};

/// One document, compiled, and what its schemas say.
struct Case {
  conform::Staged files;
  contract::Complaints complaints;
  std::unique_ptr<contract::Sources> sources;
  contract::Description description;
  std::unique_ptr<Mutator> mutator;
  std::optional<contract::Contract> compiled;
};

/// The schema where the publisher put the example.
std::optional<contract::Node> schema_of(const Case& of, const json::Value& example) {
  const auto where = example.string("where")->substr(0, example.string("where")->find('#'));
  const auto parts = text::split(where, ':');
  const auto type = contract::MediaType::parse(example.string("media").value_or(""));
  const auto in_content = [&](const std::vector<contract::Media>& content) -> std::optional<contract::Node> {
    std::vector<contract::MediaType> ranges;
    for (const auto& media : content) ranges.push_back(media.range);
    const auto at = type ? contract::best_fit(ranges, *type) : std::nullopt;
    return at ? content[*at].schema : std::nullopt;
  };
  for (const auto& operation : of.description.operations) {
    if (operation.path != *example.string("path") || operation.method_token != *example.string("method")) continue;
    if (parts[0] == "requestBody") return operation.body ? in_content(operation.body->content) : std::nullopt;
    for (const auto& response : operation.responses)
      if (parts[0] == "response" && response.status == parts[1]) return in_content(response.content);
    for (const auto& parameter : operation.parameters)
      if (parts[0] == "parameter" && to_text(parameter.in) == parts[1] && text::lower(parameter.name) == text::lower(parts[2]))
        return parameter.schema;
  }
  return std::nullopt;
}

bool is_refused_there(const contract::ValueRule& rule, const json::Value& value, const Mutation& mutation, std::string& why) {
  const std::string place = "the contract";
  contract::Violations violations(64);
  rule.judge(value, {422, "", &place, schema::Direction::any}, violations);
  if (violations.none()) why = "is taken";
  for (const auto& violation : violations.all()) {
    const auto at = violation.where.empty() ? std::string() : violation.where.substr(1);
    if (at == mutation.expected || (mutation.keyword == "additionalProperties" && at == mutation.expected + "/gatehouse-unknown")) return true;
    why += violation.where + ' ' + violation.expected + "; ";
  }
  return false;
}
}  // namespace

CONFORM_SUITE(
    "openapi-mutations",
    [](conform::Suite& suite) {
      std::map<std::string, Case, std::less<>> cases;
      std::map<std::string, std::size_t, std::less<>> by_keyword;
      for (const auto& line : suite.lines("../benign-api-examples/examples.jsonl.gz")) {
        const auto example_document = conform::Suite::parse(line);
        const auto example = example_document.root();
        const std::string name(*example.string("doc"));
        auto [at, fresh] = cases.try_emplace(name);
        auto& of = at->second;
        if (fresh) {
          of.files.texts.emplace("openapi.json", suite.read(name + ".json.gz"));
          auto compiled = contract::compile("openapi.json", of.files);
          if (compiled) of.compiled = std::move(*compiled);
          of.sources = std::make_unique<contract::Sources>(of.files, of.complaints);
          of.description = contract::describe(*of.sources->load("openapi.json"), *of.sources, of.complaints);
          of.mutator = std::make_unique<Mutator>(*of.sources, of.description.version);
        }
        const auto* const operation = of.compiled ? of.compiled->find(*example.string("method"), *example.string("path")) : nullptr;
        const auto* const rule = operation != nullptr ? conform::rule_of(*operation, *example.string("where"), example.string("media")) : nullptr;
        const auto schema = schema_of(of, example);
        if (rule == nullptr || !rule->schema || !schema || !rule->schema->valid(*example.get("value"))) continue;  // openapi-docs says why
        for (const auto& mutation : of.mutator->mutations(*example.get("value"), *schema)) {
          std::string why;
          const auto value = conform::changed_at(*example.get("value"), mutation.changed, mutation.change);
          ++by_keyword[mutation.keyword];
          suite.check(std::string(*example.string("id")) + '~' + mutation.keyword + '@' + mutation.changed,
                      is_refused_there(*rule, value.root(), mutation, why), why);
        }
      }
      for (const auto& [keyword, count] : by_keyword) std::printf("openapi-mutations: %zu by %s\n", count, keyword.c_str());
    },
    "openapi-docs");
