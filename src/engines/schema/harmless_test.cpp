#include "engines/schema/harmless.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

#include "engines/schema/compiler.hpp"
#include "engines/schema/format.hpp"
#include "engines/schema/pattern_extent.hpp"
#include "ground/base/random.hpp"
#include "ground/json/document.hpp"

using namespace gatehouse;
using namespace gatehouse::schema;

namespace {
/// A schema with what it proves.
struct Proven {
  Schema schema;
  HarmlessPlaces places;
  HarmlessPlaces::Id root;
  [[nodiscard]] std::string why(std::string_view pointer) const { return to_text(places[places.at(root, pointer)].why); }
};

std::optional<Proven> proven(std::string_view text, Dialect dialect = Dialect::openapi_3_1) {
  const auto document = json::parse(text, {.wide_integers = true});
  if (!document) MESSAGE(std::string(text), " ", document.error().told);
  REQUIRE(document.has_value());
  Documents documents;
  REQUIRE(documents.add("file:///s.json", document->root(), Documents::Holds::schema, dialect).has_value());
  Compiler compiler(documents, {.dialect = dialect});
  const auto entry = compiler.add("file:///s.json");
  if (!entry) return std::nullopt;
  const auto program = std::move(compiler).finish();
  if (!program) return std::nullopt;
  HarmlessFinder finder(*program);
  const Schema schema(*program, *entry);
  const auto root = finder.find(schema);
  return Proven{schema, std::move(finder).finish(), root};
}
std::string why(std::string_view schema, std::string_view pointer = "", Dialect dialect = Dialect::openapi_3_1) {
  const auto made = proven(schema, dialect);
  REQUIRE(made.has_value());
  return made->why(pointer);
}
}  // namespace

TEST_CASE("numbers, words of the schema, identifiers, dates and tight patterns are harmless, each for its reason") {
  CHECK(why(R"({"type":"integer"})") == "an integer");
  CHECK(why(R"({"type":"number"})") == "a number");
  CHECK(why(R"({"type":["integer","number"]})") == "a number");
  CHECK(why(R"({"type":"boolean"})") == "true or false");
  CHECK(why(R"({"type":"null"})") == "null");
  CHECK(why(R"({"enum":["a b","<"]})") == "one of the values that the contract names");
  CHECK(why(R"({"const":"x"})") == "one of the values that the contract names");
  CHECK(why(R"({"type":"string","format":"uuid"})") == "a UUID");
  CHECK(why(R"({"type":"string","format":"date"})") == "a date");
  CHECK(why(R"({"type":"string","format":"date-time","maxLength":40})") == "a time of bounded length");
  CHECK(why(R"({"type":"string","pattern":"^[a-z]{1,30}$"})") == "a short text of plain characters by its pattern");
  CHECK(why(R"({"type":"string","pattern":"^[a-z]+$","maxLength":30})") == "a short text of plain characters by its pattern");
  CHECK(why(R"({"type":["integer","null"]})") == "an integer, or null");
  CHECK(why(R"({"type":["string","null"],"format":"date"})") == "a date, or null");
}

TEST_CASE("what a schema leaves open is not harmless") {
  for (const std::string_view schema : {
           R"({})",
           R"(true)",
           R"({"type":"string"})",
           R"({"type":"string","maxLength":3})",
           R"({"type":["string","integer"]})",
           R"({"type":"string","format":"date-time"})",
           R"({"type":"string","format":"date-time","maxLength":257})",
           R"({"type":"string","pattern":"^[a-z]+$"})",
           R"({"type":"string","pattern":"^[a-z]+$","maxLength":257})",
           R"({"type":"string","pattern":"[a-z]{3}"})",
           R"({"type":"string","format":"email"})",
           R"({"type":"string","format":"hostname"})",
           R"({"type":"string","format":"ipv4"})",
           R"({"type":"string","format":"uri"})",
           R"({"type":"string","format":"byte"})",
           R"({"type":"string","format":"binary"})",
           R"({"type":"string","format":"slug"})",
           R"({"not":{"type":"string"}})",
           R"({"not":{"pattern":"'"},"type":"string"})",
           R"({"minimum":1})",
           R"({"type":"array"})",
           R"({"type":"object"})",
           R"({"$dynamicRef":"#x","$defs":{"x":{"$dynamicAnchor":"x","type":"integer"}}})",
           R"({"propertyNames":{"const":"a"}})",
       })
    CHECK_MESSAGE(why(schema) == "", std::string(schema));
}

TEST_CASE("a place says whether the value may be more than a scalar: then what is proven of it is not all of it") {
  const auto place = [](std::string_view schema) {
    const auto made = proven(schema);
    return made->places[made->root];
  };
  CHECK(place(R"({"type":["string","null"],"format":"uuid"})").scalar);
  CHECK(place(R"({"format":"uuid"})").why.has(Harmless::uuid));
  CHECK_FALSE(place(R"({"format":"uuid"})").scalar);
  CHECK_FALSE(place(R"({"type":["integer","array"]})").scalar);
  CHECK(place(R"({"type":["integer","array"]})").may_be_items);
  CHECK_FALSE(place(R"({"type":["integer","object"]})").may_be_items);
  CHECK_FALSE(place(R"({"type":["array","object"]})").may_be_items);
}

TEST_CASE("a format that the dialect does not know proves nothing: nobody would judge it") {
  CHECK(why(R"({"type":"string","format":"date"})", "", Dialect::draft4) == "");
  CHECK(why(R"({"type":"string","format":"date"})", "", Dialect::draft7) == "a date");
  CHECK(why(R"({"type":"string","format":"uuid"})", "", Dialect::draft7) == "");
}

TEST_CASE("of alternatives each must prove it, of words that hold together one") {
  CHECK(why(R"({"allOf":[{"type":"string"},{"format":"uuid"}]})") == "a UUID");
  CHECK(why(R"({"anyOf":[{"type":"integer"},{"type":"string","format":"uuid"}]})") == "a UUID, or an integer");
  CHECK(why(R"({"anyOf":[{"type":"integer"},{"type":"string"}]})") == "");
  CHECK(why(R"({"oneOf":[{"type":"integer"},{"type":"null"}]})") == "an integer, or null");
  CHECK(why(R"({"type":"string","anyOf":[{"format":"date"},{"pattern":"^[A-Z]{2}$"}]})") ==
        "a date, or a short text of plain characters by its pattern");
  CHECK(why(R"({"type":"string","anyOf":[{"format":"date"},{"minLength":3}]})") == "");
  CHECK(why(R"({"type":"integer","anyOf":[{"format":"date"},{"minLength":3}]})") == "an integer");
  CHECK(why(R"({"if":{"type":"integer"},"then":{},"else":{"const":"all"}})") == "one of the values that the contract names, or an integer");
  CHECK(why(R"({"if":{"type":"integer"},"then":{}})") == "");
  CHECK(why(R"({"type":"string","if":{"minLength":3},"then":{"format":"date"},"else":{"pattern":"^[a-z]{1,2}$"}})") ==
        "a date, or a short text of plain characters by its pattern");
  CHECK(why(R"({"$ref":"#/$defs/id","$defs":{"id":{"type":"integer"}}})") == "an integer");
  CHECK(why(R"({"anyOf":[{"type":"integer"},false]})") == "an integer");
  CHECK(why(R"(false)") == "");
}

TEST_CASE("too many alternatives prove nothing, whatever they are, and what holds beside them stays") {
  std::string many = "[";
  for (int i = 0; i < 40; ++i) many += std::string(i == 0 ? "" : ",") + R"({"const":)" + std::to_string(i) + '}';
  many += ']';
  CHECK(why(R"({"anyOf":)" + many + "}") == "");
  CHECK(why(R"({"type":"integer","anyOf":)" + many + "}") == "an integer");
}

TEST_CASE("places are those of named members and of elements, as deep as they go") {
  constexpr std::string_view schema = R"({"type":"object","properties":{
    "id":{"type":"integer"},"name":{"type":"string"},"a/b~c":{"type":"boolean"},"made":{"type":"integer","readOnly":true},
    "lines":{"type":"array","items":{"type":"object","properties":{"count":{"type":"integer"},"text":{"type":"string"}}}},
    "pair":{"type":"array","prefixItems":[{"type":"integer"}],"items":{"type":"integer"}},
    "next":{"$ref":"#"}},"additionalProperties":{"type":"integer"}})";
  CHECK(why(schema, "/id") == "an integer");
  CHECK(why(schema, "/name") == "");
  CHECK(why(schema, "/a~1b~0c") == "true or false");
  CHECK(why(schema, "/a/b~0c") == "");
  CHECK(why(schema, "/made") == "");  // no request may bring it
  CHECK(why(schema, "/lines/0/count") == "an integer");
  CHECK(why(schema, "/lines/17/count") == "an integer");
  CHECK(why(schema, "/lines/count") == "");
  CHECK(why(schema, "/lines/-/count") == "");
  CHECK(why(schema, "/lines/0/text") == "");
  CHECK(why(schema, "/pair/1") == "");
  CHECK(why(schema, "/next/next/next/id") == "an integer");
  CHECK(why(schema, "/other") == "");  // its name was chosen by nobody whom we know
  CHECK(why(schema, "") == "");
  CHECK(why(schema, "id") == "");
  CHECK(why(schema, "/id/deeper") == "");
}

TEST_CASE("a member is harmless where each alternative that may be an object says so, or shuts it out") {
  const auto of = [](std::string_view alternatives) { return why(R"({"anyOf":)" + std::string(alternatives) + "}", "/a"); };
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"null"}])") == "an integer");
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object","properties":{"a":{"type":"boolean"}}}])") ==
        "an integer, or true or false");
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object"}])") == "");
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object","required":["a"],"additionalProperties":false}])") ==
        "an integer");
  CHECK(
      of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object","patternProperties":{"a":{}},"additionalProperties":false}])") ==
      "");
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object","unevaluatedProperties":false}])") == "");
  CHECK(of(R"([{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"array"}])") == "");  // "/a" of a list is nothing that is known
  const auto all = [](std::string_view parts) { return why(R"({"type":"object","allOf":)" + std::string(parts) + "}", "/a"); };
  CHECK(all(R"([{"properties":{"a":{"type":"integer"}}},{"properties":{"a":{"minimum":1}}}])") == "an integer");
  CHECK(all(R"([{"properties":{"a":{"minimum":1}}},{"properties":{"b":{"type":"integer"}}}])") == "");
}

namespace {
/// A schema or an instance by chance, as text.
class MadeJson {
 public:
  explicit MadeJson(std::uint64_t seed) : random_(seed) {}

  std::string schema(int depth) {
    constexpr std::array<std::string_view, 15> leaves{R"({"type":"integer"})",
                                                      R"({"type":"string"})",
                                                      R"({"type":["string","null"],"format":"uuid"})",
                                                      R"({"enum":["<b>",7]})",
                                                      R"({"type":"string","pattern":"^[a-z]{1,9}$"})",
                                                      R"({"type":"boolean"})",
                                                      R"({"format":"date"})",
                                                      R"({"type":"string","pattern":"^[a-z]+"})",
                                                      R"({"minLength":2})",
                                                      R"({"maxLength":5})",
                                                      R"({})",
                                                      R"({"type":"null"})",
                                                      R"({"type":["object","array"]})",
                                                      R"({"not":{"type":"string"}})",
                                                      R"({"type":"string","format":"date-time","maxLength":30})"};
    if (depth <= 0 || below(3) == 0) return std::string(leaves[below(leaves.size())]);
    std::string out = "{";
    std::set<std::string, std::less<>> words;  // no object has one name twice
    const auto add = [&](std::string_view word, const std::string& value) {
      if (words.emplace(word).second) out += (out.size() > 1 ? ",\"" : "\"") + std::string(word) + "\":" + value;
    };
    const auto list = [&] { return '[' + schema(depth - 1) + ',' + schema(depth - 1) + ']'; };
    for (auto left = 1 + below(3); left > 0; --left) {
      switch (below(9)) {
        case 0: add("properties", R"({"a":)" + schema(depth - 1) + R"(,"b":)" + schema(depth - 1) + '}'); break;
        case 1: add("items", schema(depth - 1)); break;
        case 2: add("anyOf", list()); break;
        case 3: add("allOf", list()); break;
        case 4: add("oneOf", list()); break;
        case 5:
          add("if", schema(depth - 1));
          add("then", schema(depth - 1));
          if (below(3) > 0) add("else", schema(depth - 1));
          break;
        case 6: add("additionalProperties", below(2) == 0 ? "false" : schema(depth - 1)); break;
        case 7: add("patternProperties", R"({"^a":)" + schema(depth - 1) + '}'); break;
        default: add("type", below(2) == 0 ? R"("object")" : R"(["array","object","string","integer"])"); break;
      }
    }
    return out + '}';
  }

  std::string instance(int depth) {
    constexpr std::array<std::string_view, 14> scalars{"1",
                                                       "-2.5e3",
                                                       "true",
                                                       "null",
                                                       R"("<b>")",
                                                       R"("abc")",
                                                       R"("2020-02-30")",
                                                       R"("2020-02-28")",
                                                       R"("' or 1=1 --")",
                                                       R"("123e4567-e89b-12d3-a456-426614174000")",
                                                       R"("abc'")",
                                                       R"("")",
                                                       R"("2020-02-28T10:00:00Z")",
                                                       R"(";")"};
    if (depth <= 0 || below(2) == 0) return std::string(scalars[below(scalars.size())]);
    if (below(3) == 0) return '[' + instance(depth - 1) + ',' + instance(depth - 1) + ']';
    return R"({"a":)" + instance(depth - 1) + (below(2) == 0 ? "}" : R"(,"b":)" + instance(depth - 1) + '}');
  }

 private:
  std::size_t below(std::size_t end) {
    std::array<std::uint8_t, 2> bytes{};
    random_.fill(bytes);
    return (bytes[0] * 256U + bytes[1]) % end;
  }
  SeededRandom random_;
};

/// Whether the text can do what the invariant of HarmlessPlaces says it cannot.
bool may_carry(std::string_view text, Harmless reason) {
  if (reason.has(Harmless::choice) && text == "<b>") return false;
  if (reason.has(Harmless::uuid) && is_uuid(text)) return false;
  if (reason.has(Harmless::date) && is_date(text)) return false;
  if (reason.has(Harmless::time) && is_date_time(text)) return false;
  return !(reason.has(Harmless::pattern) && is_plain_text(text) && text.size() <= HarmlessFinder::text_max);
}

std::size_t checked_values(const Proven& made, json::Value value, const std::string& pointer, const std::string& told) {
  std::size_t out = 0;
  if (value.is_array()) {
    std::size_t number = 0;
    for (const auto element : value.elements()) out += checked_values(made, element, pointer + '/' + std::to_string(number++), told);
  } else if (value.is_object()) {
    for (const auto [name, member] : value.members()) out += checked_values(made, member, pointer + '/' + std::string(name), told);
  } else if (const auto reason = made.places[made.places.at(made.root, pointer)].why; reason.proven()) {
    ++out;
    if (const auto text = value.string(); text && may_carry(*text, reason)) FAIL_CHECK(told, " at ", pointer);
    if (value.is_null() && !reason.has(Harmless::null) && !reason.has(Harmless::choice)) FAIL_CHECK(told, " at ", pointer);
  }
  return out;
}
}  // namespace

TEST_CASE("no value that keeps a schema is anything else at a harmless place than its reason says") {
  std::size_t judged = 0;
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    MadeJson made(seed);
    const auto text = made.schema(3);
    const auto known = proven(text);
    if (!known) continue;
    for (int i = 0; i < 40; ++i) {
      const auto written = made.instance(3);
      const auto instance = json::parse(written);
      REQUIRE(instance.has_value());
      if (known->schema.valid(instance->root(), Direction::request))
        judged += checked_values(*known, instance->root(), "", text + " keeps " + written);
    }
  }
  CHECK(judged > 2'000);
}
