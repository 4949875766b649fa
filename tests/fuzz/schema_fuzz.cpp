// JSON Schema: what is compiled and what a naive interpreter reads out of the same schema give one verdict, silent or recording. Input that begins
// with '{' is {"dialect": n, "schema": ..., "data": [...]}, taken as it is; any other bytes choose, one after the other, what a generated schema
// and generated values are made of.
#include <cstdint>
#include <string>

#include "engines/schema/schema.hpp"
#include "naive_schema.hpp"

namespace {
using namespace gatehouse;
using schema::Dialect;

class Generator {
 public:
  Generator(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::size_t below(std::size_t count) { return at_ == end_ ? 0 : *at_++ % count; }
  [[nodiscard]] bool done() const { return at_ == end_; }

  std::string schema(int depth) {
    if (depth == 0 || done()) return below(4) == 0 ? "false" : below(3) == 0 ? R"({"type":)" + type() + "}" : "true";
    std::string out = "{";
    const auto count = 1 + below(5);
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto which = below(37);
      if ((used >> which & 1U) != 0) continue;
      used |= std::uint64_t{1} << which;
      if (out.size() > 1) out += ',';
      out += word(which, depth - 1);
    }
    return out + "}";
  }

  std::string value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0: return "null";
      case 1: return below(2) == 0 ? "true" : "false";
      case 2:
      case 3: return number();
      case 4:
      case 5: return quoted(text());
      case 6: {
        std::string out = "[";
        for (auto count = below(5); count > 0; --count) out += (out.size() > 1 ? "," : "") + value(depth - 1);
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (const auto* name : names)
          if (below(2) == 1) out += (out.size() > 1 ? "," : "") + quoted(name) + ":" + value(depth - 1);
        return out + "}";
      }
    }
  }

 private:
  static constexpr const char* names[] = {"a", "b", "ab", "long-name-of-it", ""};
  static std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }
  std::string name() { return quoted(names[below(5)]); }
  std::string text() {
    static constexpr const char* texts[] = {"", "a", "b", "ab", "aab", "0", "a0", "12-ab", "äöü", "A-", "long-name-of-it", "a\\nb"};
    return texts[below(12)];
  }
  std::string pattern() {
    static constexpr const char* patterns[] = {"^a",     "b$",    "^[a-b]+$", "^a*b?$",       "a",    "^[0-9]{1,2}-[a-z]+$", "^(a|b)+$",
                                               "^.{2}$", "^[^a]", "^(?!a)",   "^[a-z0-9-]*$", "^a{2}"};
    return quoted(patterns[below(12)]);
  }
  std::string number() {
    static constexpr const char* numbers[] = {"0", "1", "2", "3", "-1", "1.0", "1.5", "0.001", "2e0", "-0.5", "10", "2.25"};
    return numbers[below(12)];
  }
  std::string count() { return std::to_string(below(4)); }
  std::string type() {
    static constexpr const char* types[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    return quoted(types[below(7)]);
  }
  std::string list(int depth) {
    std::string out = "[" + schema(depth);
    for (auto more = below(3); more > 0; --more) out += "," + schema(depth);
    return out + "]";
  }
  template <class Make>
  std::string by_name(Make make) {
    std::string out = "{";
    for (const auto* one : names)
      if (below(2) == 1) out += (out.size() > 1 ? "," : "") + quoted(one) + ":" + make();
    return out + "}";
  }
  std::string some_names() {
    std::string out = "[";
    for (const auto* one : names)
      if (below(3) == 1) out += (out.size() > 1 ? "," : "") + quoted(one);
    return out + "]";
  }

  /// Evaluates some members and elements in some of its branches: what `unevaluated...` then asks about.
  std::string combination() {
    static constexpr const char* kinds[] = {"allOf", "anyOf", "oneOf"};
    const auto branch = [&] {
      switch (below(4)) {
        case 0: return "{\"properties\":{" + name() + ":" + (below(3) == 0 ? schema(1) : "true") + "}}";
        case 1: return "{\"properties\":{" + name() + ":true},\"required\":" + some_names() + "}";
        case 2: return "{\"prefixItems\":[" + std::string(below(2) == 0 ? "true" : "true,true") + "],\"contains\":" + schema(1) + "}";
        default: return "{\"patternProperties\":{" + pattern() + ":true}}";
      }
    };
    return quoted(kinds[below(3)]) + ":[" + branch() + "," + branch() + "]";
  }

  std::string word(std::size_t which, int depth) {
    static constexpr const char* references[] = {"\"#\"", R"("#/$defs/a")", R"("#/$defs/b")"};
    const auto one = [&](const char* keyword) { return quoted(keyword) + ":" + schema(depth); };
    const auto bounded = [&](const char* keyword) { return quoted(keyword) + ":" + count(); };
    switch (which) {
      case 0: return "\"type\":" + type();
      case 1: return "\"type\":[" + type() + "," + type() + "]";  // twice the word: the text is then refused, which is right too
      case 2: return "\"enum\":[" + value(1) + "," + value(1) + "]";
      case 3: return "\"const\":" + value(2);
      case 4: return "\"minimum\":" + number();
      case 5: return "\"maximum\":" + number();
      case 6: return by_flag ? "\"exclusiveMinimum\":true" : "\"exclusiveMinimum\":" + number();
      case 7: return by_flag ? "\"exclusiveMaximum\":true" : "\"exclusiveMaximum\":" + number();
      case 8: return std::string("\"multipleOf\":") + (below(2) == 0 ? "0.5" : "3");
      case 9: return bounded("minLength");
      case 10: return bounded("maxLength");
      case 11: return "\"pattern\":" + pattern();
      case 12: return bounded("minItems");
      case 13: return bounded("maxItems");
      case 14: return "\"uniqueItems\":true";
      case 15: return "\"prefixItems\":" + list(depth);
      case 16: return one("items");
      case 17: return one("additionalItems");
      case 18: return one("contains") + "," + bounded("minContains") + "," + bounded("maxContains");
      case 19: return "\"required\":" + some_names();
      case 20: return "\"properties\":" + by_name([&] { return schema(depth); });
      case 21: return "\"patternProperties\":{" + pattern() + ":" + schema(depth) + "}";
      case 22: return one("additionalProperties");
      case 23: return one("propertyNames");
      case 24:
        return "\"dependentSchemas\":" + by_name([&] { return schema(depth); }) + R"(,"dependentRequired":)" + by_name([&] { return some_names(); });
      case 25: return "\"dependencies\":" + by_name([&] { return below(2) == 0 ? schema(depth) : some_names(); });
      case 26: return "\"allOf\":" + list(depth);
      case 27: return "\"anyOf\":" + list(depth);
      case 28: return "\"oneOf\":" + list(depth);
      case 29: return one("not");
      case 30: return one("if") + "," + one("then") + "," + one("else");
      case 31: return below(2) == 0 ? one("unevaluatedProperties") : one("unevaluatedItems");
      case 32: return std::string("\"$ref\":") + references[below(3)];
      case 33:
      case 34: return combination() + R"(,"unevaluatedProperties":)" + (below(2) == 0 ? "false" : schema(1));
      default: return combination() + R"(,"unevaluatedItems":)" + (below(2) == 0 ? "false" : schema(1));
    }
  }

 public:
  bool by_flag = false;  // exclusiveMinimum is a flag

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

std::string generated(const std::uint8_t* data, std::size_t size) {
  Generator generator(data, size);
  const auto dialect = generator.below(7);
  generator.by_flag = dialect <= static_cast<std::size_t>(Dialect::openapi_3_0);
  auto root = generator.schema(4);
  if (root.starts_with('{')) {
    root.pop_back();
    root += (root.size() > 1 ? "," : "") + std::string(R"("$defs":{"a":)") + generator.schema(2) + R"(,"b":)" + generator.schema(2) + "}}";
  }
  std::string out = R"({"dialect":)" + std::to_string(dialect) + R"(,"schema":)" + root + R"(,"data":[)";
  for (int i = 0; i < 6; ++i) out += (i > 0 ? "," : "") + generator.value(3);
  return out + "]}";
}

/// The naive interpreter knows no identifiers and resolves local pointers only.
bool is_beyond_the_naive(json::Value value) {
  for (const auto [name, member] : value.members()) {
    for (const auto* word : {"$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor", "$schema", "format"})
      if (name == word) return true;
    if (name == "$ref" && member.string() != "#" && member.string() != "#/$defs/a" && member.string() != "#/$defs/b") return true;
    if (name == "multipleOf" && member.number() != 0.5 && member.number() != 3) return true;
    if (is_beyond_the_naive(member)) return true;
  }
  for (const auto element : value.elements())
    if (is_beyond_the_naive(element)) return true;
  return false;
}

bool has_great_numbers(json::Value value) {
  if (const auto number = value.number())
    return *number > 1e6 || *number < -1e6 || (*number != 0 && *number < 0.0009 && *number > -0.0009) || value.digits();
  for (const auto [name, member] : value.members())
    if (has_great_numbers(member)) return true;
  for (const auto element : value.elements())
    if (has_great_numbers(element)) return true;
  return false;
}

void judge(std::string_view text) {
  const auto document = json::parse(text, {.bytes = 1U << 16U, .depth = 40, .members = 1'000, .string_bytes = 1U << 14U});
  if (!document) return;
  const auto root = document->root().get("schema");
  const auto data = document->root().get("data");
  const auto number = document->root().get("dialect");
  if (!root || !data || !number || !number->natural() || *number->natural() > 6) return;
  const auto dialect = static_cast<Dialect>(*number->natural());
  const auto compiled =
      schema::compile(*root, {.dialect = dialect, .assert_formats = true, .annotations = true, .limits = {.pattern_memory = 1U << 20U}});
  if (!compiled) {
    GH_ASSERT(!compiled.error().told.empty());
    return;
  }
  const bool comparable = !is_beyond_the_naive(*root) && !has_great_numbers(document->root());
  for (const auto instance : data->elements()) {
    const schema::CheckLimits limits{.violations = 20, .steps = 100'000, .depth = 500};
    const bool valid = compiled->valid(instance, schema::Direction::any, limits);
    const auto report = compiled->check(instance, schema::Direction::any, limits);
    if (report.verdict == schema::Verdict::undecided) continue;  // recording goes on where a silent run has stopped
    GH_ASSERT(report.valid() == valid);
    GH_ASSERT(report.violations.empty() == valid);
    for (const auto format : {schema::Output::flag, schema::Output::basic, schema::Output::detailed})
      GH_ASSERT(json::parse(to_json(report, format), {.depth = 200}).has_value());
    if (!comparable) continue;
    naive::Interpreter interpreter(*root, dialect);
    const auto opinion = interpreter.apply(*root, instance);
    GH_ASSERT(interpreter.exhausted() || opinion.valid == valid);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == '{') judge({reinterpret_cast<const char*>(data), size});
  else judge(generated(data, size));
  return 0;
}
