// httpwg/structured-field-tests: texts to parse and print again, and values to print.
#include <algorithm>

#include "ground/base/encoding.hpp"
#include "ground/http/structured_field.hpp"
#include "suite.hpp"

namespace {
namespace sf = gatehouse::http::structured;
using gatehouse::Result;
using gatehouse::json::Kind;
using gatehouse::json::Value;

std::string from_base32(std::string_view text) {
  std::string out;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    buffer = buffer << 5 | static_cast<std::uint32_t>(c >= 'A' && c <= 'Z' ? c - 'A' : c - '2' + 26);
    if ((bits += 5) >= 8) out += static_cast<char>(buffer >> (bits -= 8));
  }
  return out;
}

/// Nothing: there is no such value, e.g. a number beyond all types.
Result<sf::BareItem> bare_item_of(Value value) {
  if (const auto truth = value.boolean()) return sf::BareItem(*truth);
  if (const auto integer = value.integer()) return sf::BareItem(*integer);
  if (const auto number = value.number()) return sf::BareItem(TRY(sf::Decimal::from(*number)));
  if (const auto text = value.string()) return sf::BareItem(sf::String{std::string(*text)});
  const auto type = value.string("__type").value_or("");
  if (type == "date") return sf::BareItem(sf::Date{*value.get("value")->integer()});
  const std::string text(value.string("value").value_or(""));
  if (type == "token") return sf::BareItem(sf::Token{text});
  if (type == "binary") return sf::BareItem(sf::ByteSequence{from_base32(text)});
  if (type == "displaystring") return sf::BareItem(sf::DisplayString{text});
  return gatehouse::fail(gatehouse::Fault::invalid, "of no known type");
}

Value nth(Value array, std::size_t n) { return *std::next(array.elements().begin(), static_cast<std::ptrdiff_t>(n)); }

Result<sf::Parameters> parameters_of(Value value) {
  sf::Parameters out;
  for (const auto pair : value.elements()) out.emplace_back(*nth(pair, 0).string(), TRY(bare_item_of(nth(pair, 1))));
  return out;
}

Result<sf::Item> item_of(Value value) {
  auto bare = TRY(bare_item_of(nth(value, 0)));
  return sf::Item{std::move(bare), TRY(parameters_of(nth(value, 1)))};
}

Result<sf::Member> member_of(Value value) {
  if (!nth(value, 0).is_array()) return sf::Member(TRY(item_of(value)));
  sf::InnerList inner;
  for (const auto item : nth(value, 0).elements()) inner.items.push_back(TRY(item_of(item)));
  inner.parameters = TRY(parameters_of(nth(value, 1)));
  return sf::Member(std::move(inner));
}

Result<sf::List> list_of(Value value) {
  sf::List out;
  for (const auto member : value.elements()) out.push_back(TRY(member_of(member)));
  return out;
}

Result<sf::Dictionary> dictionary_of(Value value) {
  sf::Dictionary out;
  for (const auto pair : value.elements()) out.emplace_back(*nth(pair, 0).string(), TRY(member_of(nth(pair, 1))));
  return out;
}

std::string joined(Value lines) {
  std::string out;
  for (const auto line : lines.elements()) {
    if (!out.empty()) out += ", ";
    out += *line.string();
  }
  return out;
}

template <class Parsed, class Expected>
void judge_parse(conform::Suite& suite, const std::string& id, Value test, Result<Parsed> parsed, Expected expected_of) {
  const bool must_fail = test.get("must_fail").has_value();
  if (!parsed) return suite.check(id, must_fail || test.get("can_fail"), "was refused: " + parsed.error().told);
  if (must_fail) return suite.fail(id, "was accepted");
  const auto expected = expected_of(*test.get("expected"));
  if (!expected || *parsed != *expected) return suite.fail(id, "was read as another value");
  const auto canonical = test.get("canonical");
  const auto text = joined(canonical ? *canonical : *test.get("raw"));
  const auto printed = serialise(*parsed);
  suite.check(id, printed && *printed == text, "is printed as " + printed.value_or("nothing"));
}

template <class Built>
void judge_serialise(conform::Suite& suite, const std::string& id, Value test, Result<Built> built) {
  const auto printed = built ? serialise(*built) : Result<std::string>(built.error());
  if (test.get("must_fail")) return suite.check(id, !printed, "was printed");
  suite.check(id, printed && *printed == joined(*test.get("canonical")), "is printed as " + printed.value_or("nothing"));
}

void judge(conform::Suite& suite, const std::string& id, Value test, bool parse) {
  const auto type = *test.string("header_type");
  if (parse) {
    const auto raw = joined(*test.get("raw"));
    if (type == "item") judge_parse(suite, id, test, sf::parse_item(raw), item_of);
    else if (type == "list") judge_parse(suite, id, test, sf::parse_list(raw), list_of);
    else judge_parse(suite, id, test, sf::parse_dictionary(raw), dictionary_of);
  } else {
    const auto expected = *test.get("expected");
    if (type == "item") judge_serialise(suite, id, test, item_of(expected));
    else if (type == "list") judge_serialise(suite, id, test, list_of(expected));
    else judge_serialise(suite, id, test, dictionary_of(expected));
  }
}
}  // namespace

CONFORM_SUITE("structured-fields", [](conform::Suite& suite) {
  for (const auto& line : suite.lines("structured-fields.jsonl.gz")) {
    const auto file = conform::Suite::parse(line);
    std::size_t number = 0;
    for (const auto test : file.root().get("tests")->elements()) {
      const std::string id = std::string(*file.root().string("file")) + "#" + std::to_string(++number) + " " + std::string(*test.string("name"));
      judge(suite, id, test, *file.root().string("kind") == "parse");
    }
  }
});
