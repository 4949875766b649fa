#include "engines/schema/messages.hpp"

#include <array>

#include "ground/json/writer.hpp"

namespace gatehouse::schema::messages {

namespace {
constexpr std::size_t shown_bytes_max = 120, shown_values_max = 12;

std::string cut(std::string text) {
  if (text.size() <= shown_bytes_max) return text;
  auto end = shown_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  text.resize(end);
  return text + "...";
}

/// A value of the schema. Of a number of many digits the text, as its author wrote it.
std::string shown(json::Value value) {
  if (value.is_array()) return "a certain array";
  if (value.is_object()) return "a certain object";
  if (auto digits = value.digits()) return cut(std::string(digits->ends_with("e0") ? digits->substr(0, digits->size() - 2) : *digits));
  return cut(to_json(value));
}
}  // namespace

std::string quoted(std::string_view name) {
  std::string out;
  json::append_string(out, name);
  return cut(std::move(out));
}

std::string type(const Instruction& at) {
  const auto has = [&](json::Kind kind) { return (at.small >> static_cast<unsigned>(kind) & 1U) != 0; };
  std::vector<std::string_view> names;
  if (has(json::Kind::object)) names.emplace_back("an object");
  if (has(json::Kind::array)) names.emplace_back("an array");
  if (has(json::Kind::string)) names.emplace_back("a string");
  if (has(json::Kind::real)) names.emplace_back("a number");
  else if (has(json::Kind::integer)) names.emplace_back("an integer");
  if (has(json::Kind::boolean)) names.emplace_back("true or false");
  if (has(json::Kind::null)) names.emplace_back("null");
  std::string out = "must be ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::string choice(const Program& program, const Choice& choice) {
  const auto literal = program.literals[choice.literal].root();
  if (choice.single) return "must be " + shown(literal);
  if (literal.size() == 0) return "no value is allowed here";
  std::string out = literal.size() == 1 ? "must be " : "must be one of ";
  std::size_t count = 0;
  for (const auto value : literal.elements()) {
    if (count == shown_values_max) return out + " and " + std::to_string(literal.size() - count) + " more";
    if (count++ > 0) out += ", ";
    out += shown(value);
  }
  return out;
}

std::string names(const Program& program, const Discriminator& discriminator) {
  std::string out = "must be one of ";
  for (std::uint32_t i = 0; i < discriminator.name_count; ++i) {
    if (i == shown_values_max) return out + " and " + std::to_string(discriminator.name_count - i) + " more";
    if (i > 0) out += ", ";
    out += quoted(program.text(program.lists[discriminator.names + i]));
  }
  return out;
}

std::string bound(const Program& program, std::string_view relation, std::uint32_t literal) {
  return "must be " + std::string(relation) + " " + shown(program.literals[literal].root());
}

std::string pattern(const Pattern& pattern) { return "must match the regular expression " + cut(std::string(pattern.source())); }

std::string count(std::string_view relation, std::uint64_t number, std::string_view singular, std::string_view plural) {
  return "must have " + std::string(relation) + " " + std::to_string(number) + " " + std::string(number == 1 ? singular : plural);
}

}  // namespace gatehouse::schema::messages
