// The one file of this program that counts what is taken from the heap.
#include <doctest/doctest.h>

#include "engines/schema/schema.hpp"
#include "ground/base/counting_heap.hpp"

using namespace gatehouse;

TEST_CASE("a yes takes nothing from the heap") {
  const auto text = json::parse(
      R"({"type":"object","required":["id","lines","when"],"properties":{"id":{"type":"string","format":"uuid"},"when":{"format":"date-time"},
    "state":{"enum":["open","paid",null]},"mail":{"format":"email"},"tags":{"type":"array","uniqueItems":true,"items":{"type":"string","pattern":"^[a-z]+$"}},
    "free":{"pattern":"^(a|bc)+$"},"lines":{"type":"array","contains":{"required":["sku"]},"items":{"$ref":"#/$defs/line"}}},
    "allOf":[{"properties":{"more":{"type":"integer"}}}],"anyOf":[{"required":["nothing"]},{"required":["id"]}],"unevaluatedProperties":false,
    "$defs":{"line":{"type":"object","properties":{"sku":{"type":"string","maxLength":20},"price":{"multipleOf":0.01,"minimum":0}},"additionalProperties":false}}})");
  REQUIRE(text.has_value());
  const auto compiled = schema::compile(text->root());
  REQUIRE(compiled.has_value());
  const auto body = json::parse(
      R"({"id":"6f1e0a52-9b1f-4b7e-8d3a-2f6a1c9e7b10","when":"2026-11-22T10:15:30Z","state":"paid","mail":"erika@clinic.example","free":"abcbc",
    "tags":["a","b","c","d","e","f","g","h","i"],"more":3,"lines":[{"sku":"A","price":19.99},{"price":5}]})");
  REQUIRE(body.has_value());
  CHECK(compiled->valid(body->root()));  // fills what the thread keeps
  const auto checks_alone = [&] {
    const auto from = testing::heap_allocations;
    bool all = true;
    for (int i = 0; i < 10; ++i) all = compiled->valid(body->root()) && all;
    return all ? testing::heap_allocations - from : -1;
  }();
  CHECK(checks_alone == 0);
}
