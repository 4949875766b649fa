// A second opinion for the fuzzer: JSON Schema read word by word, as the standard's prose says, with sets of names for what was evaluated. It
// walks the schema for each value, shares none of the compiler's tables, and has no eye for speed. Without $id, anchors and formats.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engines/schema/equality.hpp"
#include "engines/schema/keyword.hpp"
#include "engines/schema/number.hpp"
#include "engines/schema/pattern.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"

namespace naive {

using gatehouse::json::Value;
namespace schema = gatehouse::schema;
using schema::Dialect;

struct Outcome {
  bool valid = true;
  std::set<std::string, std::less<>> members = {};
  std::set<std::size_t> items = {};

  void add(const Outcome& other) {
    members.insert(other.members.begin(), other.members.end());
    items.insert(other.items.begin(), other.items.end());
  }
};

class Interpreter {
 public:
  Interpreter(Value root, Dialect dialect) : root_(root), rules_{.dialect = dialect} {}

  [[nodiscard]] bool exhausted() const { return steps_ > steps_max; }

  Outcome apply(Value schema, Value instance) {
    Outcome out;
    if (++steps_ > steps_max) return {.valid = false};
    if (const auto truth = schema.boolean()) return {.valid = *truth};
    if (rules_.reference_stands_alone() && schema.get("$ref")) return apply(target(*schema.string("$ref")), instance);
    const auto word = [&](std::string_view name) -> std::optional<Value> {
      const auto value = schema.get(name);
      const auto* const info = schema::find_keyword(name);
      GH_ASSERT(info != nullptr);
      return value && info->holds(rules_) ? value : std::nullopt;
    };
    values(word, instance, out);
    if (const auto number = schema::Number::from(instance)) numbers(word, *number, out);
    if (const auto text = instance.string()) strings(word, *text, out);
    if (instance.is_array()) arrays(word, instance, out);
    if (instance.is_object()) objects(word, instance, out);
    combinations(word, instance, out);
    unevaluated(word, instance, out);
    if (!out.valid) return {.valid = false};
    return out;
  }

 private:
  static constexpr std::size_t steps_max = 20'000;

  Value target(std::string_view reference) const {
    auto at = root_;
    if (reference == "#") return at;
    for (const auto part : gatehouse::text::split(reference.substr(2), '/')) at = *at.get(part);
    return at;
  }

  void expect(Outcome& out, bool condition) const { out.valid = out.valid && condition; }
  void also(Outcome& out, const Outcome& inner) const {
    expect(out, inner.valid);
    if (inner.valid) out.add(inner);
  }

  bool has_type(Value instance, std::string_view type) const {
    if (type == "number") return instance.is_number();
    if (type == "integer") {
      if (!instance.is_number()) return false;
      if (rules_.dialect == Dialect::draft4) return instance.integer() || instance.natural();
      return schema::Number(instance).is_whole();
    }
    if (type == "null") return instance.is_null();
    if (type == "boolean") return instance.boolean().has_value();
    if (type == "string") return instance.is_string();
    return type == "array" ? instance.is_array() : instance.is_object();
  }

  template <class Word>
  void values(Word word, Value instance, Outcome& out) {
    if (const auto type = word("type")) {
      bool any = type->is_string() && has_type(instance, *type->string());
      for (const auto one : type->elements()) any = any || has_type(instance, *one.string());
      if (const auto nullable = word("nullable"); nullable && nullable->boolean() == true) any = any || instance.is_null();
      expect(out, any);
    }
    if (const auto choices = word("enum")) {
      bool any = false;
      for (const auto one : choices->elements()) any = any || schema::equal(one, instance);
      expect(out, any);
    }
    if (const auto one = word("const")) expect(out, schema::equal(*one, instance));
  }

  template <class Word>
  void numbers(Word word, const schema::Number& number, Outcome& out) {
    const bool by_flag = rules_.dialect <= Dialect::openapi_3_0;
    const auto excludes = [&](std::string_view name) {
      const auto flag = word(name);
      return by_flag && flag && flag->boolean() == true;
    };
    if (const auto least = word("minimum")) {
      const auto order = number.compare(schema::Number(*least));
      expect(out, excludes("exclusiveMinimum") ? order > 0 : order >= 0);
    }
    if (const auto most = word("maximum")) {
      const auto order = number.compare(schema::Number(*most));
      expect(out, excludes("exclusiveMaximum") ? order < 0 : order <= 0);
    }
    if (const auto least = word("exclusiveMinimum"); least && !by_flag) expect(out, number.compare(schema::Number(*least)) > 0);
    if (const auto most = word("exclusiveMaximum"); most && !by_flag) expect(out, number.compare(schema::Number(*most)) < 0);
    if (const auto divisor = word("multipleOf")) {
      // Repeatedly halving what is left would do; for the small numbers of this fuzzer thousandths are whole and exact.
      const double a = number.rounded() * 1000, b = schema::Number(*divisor).rounded() * 1000;
      const auto whole_a = static_cast<long long>(a < 0 ? a - 0.5 : a + 0.5), whole_b = static_cast<long long>(b + 0.5);
      expect(out, whole_a % whole_b == 0);
    }
  }

  static std::uint64_t length_of(std::string_view text) {
    std::uint64_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
    return count;
  }
  template <class Word>
  void count(Word word, std::string_view least, std::string_view most, std::uint64_t number, Outcome& out) {
    if (const auto bound = word(least)) expect(out, number >= *schema::Number(*bound).natural());
    if (const auto bound = word(most)) expect(out, number <= *schema::Number(*bound).natural());
  }

  /// In a group, so that neither of the short ways for plain patterns is taken.
  static bool finds(std::string_view source, std::string_view text) {
    const auto pattern = schema::Pattern::compile("(?:" + std::string(source) + ")", 4U << 20U);
    GH_ASSERT(pattern.has_value());
    return (*pattern)->search(text) == schema::Pattern::Match::yes;
  }

  template <class Word>
  void strings(Word word, std::string_view text, Outcome& out) {
    count(word, "minLength", "maxLength", length_of(text), out);
    if (const auto pattern = word("pattern")) expect(out, finds(*pattern->string(), text));
  }

  template <class Word>
  void arrays(Word word, Value instance, Outcome& out) {
    count(word, "minItems", "maxItems", instance.size(), out);
    const auto nth = [&](std::size_t n) { return *std::next(instance.elements().begin(), static_cast<std::ptrdiff_t>(n)); };
    std::size_t begin = 0;
    auto rest = word("items");
    auto prefix = word("prefixItems");
    if (rest && rest->is_array()) {
      prefix = rest;
      rest = word("additionalItems");
    }
    if (prefix) {
      for (const auto one : prefix->elements()) {
        if (begin == instance.size()) break;
        expect(out, apply(one, nth(begin)).valid);
        out.items.insert(begin++);
      }
    }
    if (rest) {
      for (; begin < instance.size(); ++begin) {
        expect(out, apply(*rest, nth(begin)).valid);
        out.items.insert(begin);
      }
    }
    if (const auto wanted = word("contains")) {
      std::uint64_t fitting = 0;
      for (std::size_t i = 0; i < instance.size(); ++i) {
        if (!apply(*wanted, nth(i)).valid) continue;
        ++fitting;
        if (rules_.since(Dialect::draft2020_12)) out.items.insert(i);
      }
      const auto least = word("minContains"), most = word("maxContains");
      expect(out, fitting >= (least ? *schema::Number(*least).natural() : 1));
      if (most) expect(out, fitting <= *schema::Number(*most).natural());
    }
    if (const auto unique = word("uniqueItems"); unique && *unique->boolean())
      for (std::size_t i = 0; i < instance.size(); ++i)
        for (std::size_t k = 0; k < i; ++k) expect(out, !schema::equal(nth(i), nth(k)));
  }

  template <class Word>
  void objects(Word word, Value instance, Outcome& out) {
    count(word, "minProperties", "maxProperties", instance.size(), out);
    if (const auto required = word("required"))
      for (const auto name : required->elements()) expect(out, instance.get(*name.string()).has_value());
    const auto properties = word("properties"), patterns = word("patternProperties"), additional = word("additionalProperties");
    for (const auto [name, member] : instance.members()) {
      bool spoken_of = false;
      const auto judge = [&](Value by) {
        spoken_of = true;
        expect(out, apply(by, member).valid);
        out.members.emplace(name);
      };
      if (const auto by = properties ? properties->get(name) : std::nullopt) judge(*by);
      if (patterns)
        for (const auto [source, by] : patterns->members())
          if (finds(source, name)) judge(by);
      if (additional && !spoken_of) judge(*additional);
    }
    if (const auto names = word("propertyNames"))
      for (auto at = instance.members().begin(); at != instance.members().end(); ++at) expect(out, apply(*names, at.name_value()).valid);
    for (const auto* keyword : {"dependencies", "dependentRequired", "dependentSchemas"}) {
      const auto value = word(keyword);
      if (!value) continue;
      for (const auto [name, dependency] : value->members()) {
        if (!instance.get(name)) continue;
        if (!dependency.is_array()) also(out, apply(dependency, instance));
        for (const auto other : dependency.elements()) expect(out, instance.get(*other.string()).has_value());
      }
    }
  }

  template <class Word>
  void combinations(Word word, Value instance, Outcome& out) {
    if (const auto reference = word("$ref")) also(out, apply(target(*reference->string()), instance));
    if (const auto all = word("allOf"))
      for (const auto one : all->elements()) also(out, apply(one, instance));
    const auto fitting = [&](Value list) {
      std::size_t number = 0;
      for (const auto one : list.elements()) {
        const auto inner = apply(one, instance);
        number += inner.valid ? 1 : 0;
        if (inner.valid) out.add(inner);
      }
      return number;
    };
    if (const auto any = word("anyOf")) expect(out, fitting(*any) > 0);
    if (const auto one = word("oneOf")) expect(out, fitting(*one) == 1);
    if (const auto negated = word("not")) expect(out, !apply(*negated, instance).valid);
    const auto test = word("if");
    if (!test) return;
    const auto inner = apply(*test, instance);
    if (inner.valid) out.add(inner);
    if (const auto next = word(inner.valid ? "then" : "else")) also(out, apply(*next, instance));
  }

  template <class Word>
  void unevaluated(Word word, Value instance, Outcome& out) {
    if (const auto rest = word("unevaluatedItems"); rest && instance.is_array()) {
      std::size_t index = 0;
      for (const auto element : instance.elements()) {
        if (!out.items.contains(index)) expect(out, apply(*rest, element).valid);
        out.items.insert(index++);
      }
    }
    if (const auto rest = word("unevaluatedProperties"); rest && instance.is_object()) {
      for (const auto [name, member] : instance.members()) {
        if (!out.members.contains(name)) expect(out, apply(*rest, member).valid);
        out.members.emplace(name);
      }
    }
  }

  Value root_;
  schema::Rules rules_;
  std::size_t steps_ = 0;
};

}  // namespace naive
