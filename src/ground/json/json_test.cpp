#include <doctest/doctest.h>

#include <thread>

#include "ground/base/random.hpp"
#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "ground/json/fault_offset.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using json::Kind;

namespace {
json::Document must_parse(std::string_view text) {
  auto document = json::parse(text);
  if (!document) MESSAGE(std::string(text), " ", document.error().told);
  REQUIRE(document.has_value());
  return std::move(*document);
}
std::string why_not(std::string_view text, const json::Limits& limits = {}) {
  const auto document = json::parse(text, limits);
  return document ? "accepted" : document.error().told;
}
std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }
}  // namespace

TEST_CASE("a text without any memory is no JSON") { CHECK(why_not(std::string_view()).contains("nothing there")); }

TEST_CASE("a document is read in the order of its text") {
  const auto document = must_parse(R"( {"b":[1,-2,3.5,18446744073709551615,"x",null],"a":{"t":true,"f":false},"":""} )");
  const auto root = document.root();
  REQUIRE(root.is_object());
  CHECK(root.size() == 3);
  std::string names;
  for (const auto [name, value] : root.members()) names += std::string(name) + ":" + std::string(to_text(value.kind())) + " ";
  CHECK(names == "b:array a:object :string ");

  std::vector<json::Value> elements;
  for (const auto element : root.get("b")->elements()) elements.push_back(element);
  REQUIRE(elements.size() == 6);
  CHECK(elements[0].integer() == 1);
  CHECK(elements[0].natural() == 1U);
  CHECK(elements[1].integer() == -2);
  CHECK_FALSE(elements[1].natural());
  CHECK(elements[2].number() == 3.5);
  CHECK_FALSE(elements[2].integer());
  CHECK(elements[3].natural() == 18446744073709551615U);
  CHECK_FALSE(elements[3].integer());
  CHECK(elements[4].string() == "x");
  CHECK(elements[5].is_null());
  CHECK(root.get("a")->get("t")->boolean() == true);
  CHECK(root.get("a")->get("f")->boolean() == false);
  CHECK(root.string("") == "");
  CHECK_FALSE(root.get("c"));
}

TEST_CASE("a number of more digits than a double has keeps its text, any other is told by its double") {
  const auto document =
      must_parse(R"({"a":[0.1,{"b":"-1.5,2"},[],{},0.12345678901234567890],"c":-3.000e2,"d":1234567890.123456789E-3,"z":0.0,"t":5e-324})");
  const auto root = document.root();
  const std::vector<json::Value> a(root.get("a")->elements().begin(), root.get("a")->elements().end());
  CHECK_FALSE(a[0].digits());
  CHECK(a[4].digits() == "0.12345678901234567890");
  CHECK(a[4].number() == 0.12345678901234567890);
  CHECK_FALSE(root.get("c")->digits());
  CHECK(root.get("d")->digits() == "1234567890.123456789E-3");
  CHECK_FALSE(root.get("z")->digits());
  CHECK(root.get("t")->digits() == "5e-324");
  CHECK(must_parse("-12345678901234567890.5").root().digits() == "-12345678901234567890.5");
}

TEST_CASE("integers beyond 64 bits are refused unless they are asked for, and then keep their digits") {
  constexpr auto* text =
      R"({"18446744073709551616":18446744073709551616,"b\"1":[-9223372036854775809,18446744073709551615,-9223372036854775808,1.5]})";
  CHECK(why_not(text).contains("out of range"));
  const auto wide = json::parse(text, {.wide_integers = true});
  REQUIRE(wide.has_value());
  CHECK(wide->root().get("18446744073709551616")->digits() == "18446744073709551616e0");
  const auto last = *wide->root().get("b\"1");
  const std::vector<json::Value> numbers(last.elements().begin(), last.elements().end());
  CHECK(numbers[0].digits() == "-9223372036854775809e0");
  CHECK(numbers[1].natural() == 18446744073709551615U);
  CHECK(numbers[2].integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(numbers[3].number() == 1.5);
  CHECK_FALSE(json::parse(std::string(400, '9'), {.wide_integers = true}));  // beyond any double
  CHECK_FALSE(json::parse("[18446744073709551616", {.wide_integers = true}));
}

TEST_CASE("a copy of one value stands for itself") {
  const auto part = [] {
    const auto whole = must_parse(R"({"before":"x","part":{"n":[1,"two",3.14159265358979323846,{"four":null}]},"after":"y"})");
    return json::copy(*whole.root().get("part"));
  }();
  CHECK(to_json(part.root()) == R"({"n":[1,"two",3.141592653589793,{"four":null}]})");
  CHECK((++(++part.root().get("n")->elements().begin())).operator*().digits() == "3.14159265358979323846");
}

TEST_CASE("a scalar is a value without a document") {
  const std::string text = "äb";
  const json::Scalar string(std::string_view{text}), number(std::int64_t{-7}), truth(true), empty(std::string_view{});
  CHECK(string.value().string() == "äb");
  CHECK(string.value().string()->data() == text.data());
  CHECK(number.value().integer() == -7);
  CHECK(number.value().number() == -7.0);
  CHECK(truth.value().boolean() == true);
  CHECK(empty.value().string() == "");
  CHECK(string.value().elements().begin() == string.value().elements().end());
  CHECK(to_json(copy(string.value()).root()) == "\"äb\"");
}

TEST_CASE("half a surrogate pair is found in a name and behind other escapes, and no text without an escape has one") {
  CHECK(json::parse("\"\xED\x9F\xBF\"").has_value());  // U+D7FF, the last before the surrogates
  CHECK_FALSE(json::parse(R"({"a\nb\udfff":1})").has_value());
  CHECK_FALSE(json::parse(R"(["\u00e9","\ud800"])").has_value());
  CHECK_FALSE(json::parse("\"\xED\xA0\x80\"").has_value());  // written out it is no UTF-8
}

TEST_CASE("a text may be judged without being kept: by the same value, with the same errors") {
  for (const auto* text :
       {"7", "\"x\"", R"({"a":[1,2.5,"é\n",{"b":null}],"c":""})", R"([0.1234567890123456789,"and a text",123456789.123456789012])", "[]"}) {
    CAPTURE(text);
    const auto document = json::parse(text);
    REQUIRE(document);
    std::string seen;
    const auto kept = json::judged(text, {}, [&](json::Value value) {
      CHECK(json::parse("[\"another text within\"]").has_value());
      seen = to_json(value);
      return true;
    });
    REQUIRE(kept);
    CHECK(*kept);
    CHECK(seen == to_json(document->root()));
  }
  const auto refused = json::judged("{}", {}, [](json::Value value) { return value.size() > 0; });
  REQUIRE(refused);
  CHECK_FALSE(*refused);
  for (const auto* text : {"", "{", R"({"a":1,"a":2})", "\"\\ud800\"", "[[]]"}) {
    CAPTURE(text);
    const json::Limits flat{.depth = 1};
    const auto document = json::parse(text, flat);
    const auto kept = json::judged(text, flat, [](json::Value) { return true; });
    REQUIRE_FALSE(kept);
    CHECK(kept.error().told == document.error().told);
    CHECK(kept.error().fault == document.error().fault);
  }
  CHECK(
      json::judged("123456789012345678901234567890", {.wide_integers = true}, [](json::Value value) { return value.digits().has_value(); }).value());
}

TEST_CASE("a name that stands twice is found among few and among many, whatever differs") {
  const auto object = [](int count, std::string_view last) {
    std::string text = "{";
    for (int i = 0; i < count; ++i) text += "\"name-" + std::to_string(i % 2 == 0 ? i : i + 100) + "\":{\"name-0\":" + std::to_string(i) + "},";
    return text + "\"" + std::string(last) + "\":1}";
  };
  for (const int count : {1, 5, 6, 7, 8, 62, 63, 64, 65, 200}) {
    CAPTURE(count);
    CHECK(json::parse(object(count, "name-x")).has_value());
    CHECK(json::parse(object(count, "")).has_value());
    CHECK_FALSE(json::parse(object(count, "name-0")).has_value());
    CHECK_FALSE(json::parse(object(count, "n\\u0061me-0")).has_value());
  }
  CHECK_FALSE(json::parse(R"({"":1,"":2})").has_value());
}

TEST_CASE("asking a value for what it is not gives nothing") {
  const auto document = must_parse("[1]");
  CHECK_FALSE(document.root().get("0"));
  CHECK_FALSE(document.root().string());
  CHECK_FALSE(document.root().number());
  CHECK(document.root().members().begin() == document.root().members().end());
  CHECK(document.root().elements().size() == 1);
  CHECK(must_parse("\"s\"").root().elements().size() == 0);
}

TEST_CASE("a document keeps its content when it is moved and when others are parsed") {
  auto first = must_parse(R"({"name":"kept"})");
  const auto value = *first.root().get("name");
  const auto moved = std::move(first);
  for (int i = 0; i < 10; ++i) must_parse(R"({"other":"text that overwrites the scratch memory"})");
  CHECK(value.string() == "kept");
  CHECK(moved.root().string("name") == "kept");
}

TEST_CASE("a member name that stands twice is refused at every level, with its place") {
  CHECK(why_not(R"({"a":1,"a":2})") == "JSON refused: a member name is there twice at /a");
  CHECK(why_not(R"({"a":1,"b":2})") == "accepted");
  CHECK(why_not(R"({"a":[{"x":0},{"b/c":1,"b\/c":2}]})") == "JSON refused: a member name is there twice at /a/1/b~1c");
  CHECK(why_not(R"({"\u0061":1,"a":2})").contains("twice"));  // equal once unescaped
  CHECK(why_not(R"({"a":{"a":{"a":1}}})") == "accepted");     // the same name at different levels
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += "\"n" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  CHECK(why_not(many + "\"z\":0}") == "accepted");
  CHECK(why_not(many + "\"n500\":0}") == "JSON refused: a member name is there twice at /n500");
}

TEST_CASE("what is no JSON is refused with the byte where it stops being JSON") {
  CHECK(why_not("{\"a\":1} x").contains("at byte 8"));
  CHECK(why_not("[1,]").contains("at byte 3"));
  CHECK(why_not("").contains("at byte 0"));
  CHECK(why_not("   ").contains("at byte 3"));
  CHECK(why_not("{'a':1}").contains("at byte 1"));
  CHECK(why_not("[\"a\xC0\xAF\"]").contains("at byte 3"));
  CHECK(why_not("\xEF\xBB\xBF{}").contains("at byte 0"));  // a byte order mark is not JSON
  CHECK(why_not("[1e999]") == "JSON refused: a number is malformed or out of range");
  for (const auto* text : {"[NaN]", "[01]", "[+1]", "[.5]", "[1.]", "[0x1]", "[tru]", "[\"\t\"]", "[\"\\x\"]", "{\"a\"}", "{\"a\":}", "{,}", "[1 2]",
                           "//\n1", "1 1", "[", "{\"a\":1", "\"a"})
    CHECK_MESSAGE(why_not(text).contains("at byte"), text);
  CHECK(why_not(std::string_view("1\0", 2)).contains("at byte 1"));
}

TEST_CASE("half a surrogate pair is refused, a whole one is a character") {
  CHECK(must_parse(R"(["\ud83d\ude00"])").root().elements().begin().operator*().string() == "\xF0\x9F\x98\x80");
  for (const auto* text : {R"(["\ud83d"])", R"(["\ude00"])", R"(["\ud83dx"])", R"(["\ud83d\u0041"])", R"(["\ude00\ud83d"])", R"(["\udfff"])",
                           R"({"\udc00":1})", R"(["\ud800\ud800"])"})
    CHECK_MESSAGE(why_not(text).starts_with("JSON refused"), text);
  CHECK(why_not("[\"\xED\x9F\xBF\"]") == "accepted");  // U+D7FF is the last before the surrogates
}

TEST_CASE("each limit refuses one more than it allows") {
  const json::Limits limits{.bytes = 40, .depth = 3, .members = 4, .string_bytes = 5};
  CHECK(why_not(nested(3), limits) == "accepted");
  CHECK(why_not(nested(4), limits).contains("nested too deep"));
  CHECK(why_not("[1,2,3,4]", limits) == "accepted");
  CHECK(why_not("[1,2,3,4,5]", limits).contains("too many"));
  CHECK(why_not(R"({"12345":"12345"})", limits) == "accepted");
  CHECK(why_not(R"({"123456":1})", limits).contains("too long"));
  CHECK(why_not(R"(["123456"])", limits) == "JSON refused: a string is too long at /0");
  CHECK(why_not("[" + std::string(38, ' ') + "]", limits) == "accepted");
  CHECK(why_not("[" + std::string(39, ' ') + "]", limits).contains("41 bytes"));
  CHECK(json::parse(nested(4), limits).error().fault == Fault::exhausted);
  CHECK(json::parse("[", limits).error().fault == Fault::invalid);
}

TEST_CASE("nesting is bounded whatever the limit says, and a hundred thousand brackets cost nothing") {
  const json::Limits generous{.depth = 1'000'000};
  CHECK(why_not(nested(json::depth_max), generous) == "accepted");
  CHECK(why_not(nested(json::depth_max + 1), generous).contains("nested too deep"));
  CHECK(why_not(std::string(100'000, '['), generous).starts_with("JSON refused"));
}

TEST_CASE("documents of any size parse one after the other, on several threads") {
  const auto work = [] {
    for (const std::size_t size : {1UL, 500UL, 100'000UL, 700'000UL, 3UL}) {
      const auto text = "[\"" + std::string(size, 'a') + "\"]";
      const auto document = json::parse(text);
      REQUIRE(document);
      CHECK((*document->root().elements().begin()).string()->size() == size);
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST_CASE("a writer sets commas, names and brackets") {
  std::string out;
  json::Writer writer(out);
  writer.begin_object()
      .member("status", 401)
      .member("ok", false)
      .key("list")
      .begin_array()
      .value("a")
      .value(1)
      .begin_object()
      .end()
      .begin_array()
      .end()
      .end();
  writer.member("n", nullptr).member("big", UINT64_MAX).member("least", INT64_MIN).member("d", 0.25).member("whole", 1e3).end();
  CHECK(out ==
        R"({"status":401,"ok":false,"list":["a",1,{},[]],"n":null,"big":18446744073709551615,"least":-9223372036854775808,"d":0.25,"whole":1000.0})");
  CHECK(writer.complete());
  CHECK(json::parse(out).has_value());
}

TEST_CASE("hostile text stays one line of valid JSON") {
  const auto written = [](std::string_view text) {
    std::string out;
    json::append_string(out, text);
    return out;
  };
  CHECK(written("a\"b\\c\n\r\t\b\f\x01\x7f") == "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u007f\"");
  CHECK(written(std::string_view("\0", 1)) == "\"\\u0000\"");
  CHECK(written("\xE2\x80\xA8\xE2\x80\xA9\xC2\x85\xC2\x9B") == "\"\\u2028\\u2029\\u0085\\u009b\"");
  CHECK(written("\xE2\x80\xAE") == "\"\\u202e\"");                                                       // right-to-left override
  CHECK(written("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80") == "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");  // honest text is itself
  CHECK(written("\xFF\xC0\xAF|\xE2\x82") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(written("\xED\xA0\x80").find("\xED") == std::string::npos);
}

TEST_CASE("any bytes written as a string read back as one line") {
  SeededRandom random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(static_cast<std::size_t>(round % 37), '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    std::string out;
    json::append_string(out, bytes);
    CHECK(out.find_first_of("\n\r") == out.npos);
    const auto read = json::parse(out);
    REQUIRE(read);
    if (text::is_utf8(bytes)) CHECK(read->root().string() == bytes);
  }
}

TEST_CASE("print, parse, print gives the same text") {
  for (const auto* text :
       {R"({"a":[1,2.5,-3,1e300,"\u00e4\n",{"b":null}],"c":true})", "[]", "0", "-0.0", "[18446744073709551615,-9223372036854775808,0.1,1E2]"}) {
    const auto once = to_json(must_parse(text).root());
    CHECK(to_json(must_parse(once).root()) == once);
  }
}

TEST_CASE("the grammar's second opinion agrees with the parser on mutated texts") {
  const std::string seed = R"({"a":[1,-2.5e+3,"x\u00e4\ud83d\ude00\n",true,false,null,{}],"b":{"c":[]}})";
  SeededRandom random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    std::array<std::uint8_t, 3> dice{};
    random.fill(dice);
    constexpr std::string_view alphabet = "{}[]\",:\\u0e+-.tfn \x01\xC3";
    const auto at = dice[0] % text.size();
    if (dice[2] % 3 == 0) text.erase(at, 1);
    else if (dice[2] % 3 == 1) text[at] = alphabet[dice[1] % alphabet.size()];
    else text.insert(at, 1, alphabet[dice[1] % alphabet.size()]);
    const auto parsed = json::parse(text);
    const bool twice = !parsed && parsed.error().told.contains("twice");
    const bool range = !parsed && parsed.error().told.contains("range");
    if (!twice && !range) CHECK_MESSAGE(parsed.has_value() == !json::fault_offset(text), text);
  }
}
