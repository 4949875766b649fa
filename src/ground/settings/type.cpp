#include "ground/settings/type.hpp"

#include <algorithm>
#include <array>

#include "ground/base/text.hpp"

namespace gatehouse::settings {

bool is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) { return text::is_alnum(c) || c == '-' || c == '_'; });
}

std::string quote(std::string_view text) {
  // A plain scalar may not begin with an indicator, hold ": " or " #" or flow indicators, or look like another type.
  const Node plain = Node::scalar(std::string(text));
  const auto harmless = [](char c) { return text::is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+'; };
  constexpr std::string_view null_words = "|null|Null|NULL|";  // `~` is no harmless character
  const bool null_word = null_words.contains('|' + std::string(text) + '|');
  if (!text.empty() && (text::is_alnum(text.front()) || text.front() == '/' || text.front() == '.') && std::ranges::all_of(text, harmless) &&
      !null_word && !plain.looks_like_number_or_boolean())
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view digits = "0123456789abcdef";
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7F) ((out += "\\x") += digits[byte >> 4]) += digits[byte & 15];
    else out += c;
  }
  return out += '"';
}

namespace detail {

bool note_wrong_kind(Reader& reader, const Node& node, std::string_view wanted, std::string nearest) {
  if (node.kind == Node::Kind::null) reader.note(node.at, "has no value; give " + std::string(wanted) + ", or leave the name out");
  else reader.note(node.at, "must be " + std::string(wanted) + ", not " + std::string(node.kind_text()), std::move(nearest));
  return false;
}

bool note_no_list(Reader& reader, const Node& node, const std::function<bool(Reader&)>& takes) {
  if (node.kind == Node::Kind::map) {
    reader.note(node.at, std::string("must be a list, not a block of names; ") +
                             (node.flow ? "an only item stands in brackets, too: [{ ... }]" : "each of its items begins with '- '"));
    return false;
  }
  Reader aside(reader.surroundings());  // what is wrong with it as an item is no news: it is no list
  const bool is_item = node.kind == Node::Kind::scalar && takes(aside);
  return note_wrong_kind(reader, node, "a list", is_item ? '[' + (node.quoted ? quote(node.text) : node.text) + ']' : std::string{});
}

bool in_range(Reader& reader, const Node& node, std::int64_t count, const Shape& shape) {
  if (count >= shape.minimum && count <= shape.maximum) return true;
  if (count < shape.minimum)
    reader.note(node.at,
                count == 0 ? "must not be empty" : "needs at least " + std::to_string(shape.minimum) + " entries, not " + std::to_string(count));
  else reader.note(node.at, "takes at most " + std::to_string(shape.maximum) + " entries, not " + std::to_string(count));
  return false;
}

Shape list_shape(const Type& items, std::shared_ptr<const Type> pointer, std::size_t minimum, std::size_t maximum) {
  Shape shape;
  shape.kind = Shape::Kind::list;
  shape.name = "list of " + items.shape().name;
  shape.items = std::move(pointer);
  shape.minimum = static_cast<std::int64_t>(minimum);
  shape.maximum = static_cast<std::int64_t>(maximum);
  return shape;
}

Shape map_shape(const Type& items, std::shared_ptr<const Type> pointer, Names names, std::size_t maximum) {
  Shape shape;
  shape.kind = Shape::Kind::map;
  if (names == Names::own) shape.pattern = "^[A-Za-z0-9_-]{1,64}$";
  shape.name = "map from names to " + items.shape().name;
  shape.items = std::move(pointer);
  shape.maximum = static_cast<std::int64_t>(maximum);
  return shape;
}

Shape with_word(const Shape& shape, std::string_view word, std::string_view purpose) {
  Shape out = shape;
  out.words.push_back({std::string(word), std::string(purpose)});
  return out;
}

bool check_name(Reader& reader, Position at, std::string_view name, Names names) {
  if (names == Names::any ? !name.empty() && name.size() <= 256 : is_name(name)) return true;
  reader.note(at, "is not a name: letters, digits, '-' and '_', at most 64 of them");
  return false;
}

bool is_word(const Node& node, std::string_view word) noexcept { return node.kind == Node::Kind::scalar && node.text == word; }

namespace {
/// "a block of names", "a list of api_key, jwt", "a duration".
std::string kind_of_value(const Shape& shape) {
  if (shape.kind == Shape::Kind::block) return "a block of names";
  if (shape.kind != Shape::Kind::list || shape.items->shape().kind != Shape::Kind::words) return "a " + shape.name;
  std::string all;
  for (const auto& word : shape.items->shape().words) all += (all.empty() ? "" : ", ") + word.text;
  return "a list of " + all;
}

/// Where one says "off", another says "none": that word of `names` which means it, if `text` does.
std::string word_for_no(std::string_view text, const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 7> words{"off", "none", "never", "no", "false", "disabled", "unlimited"};
  const auto means_no = [&](std::string_view word) { return std::ranges::find(words, text::lower(word)) != words.end(); };
  if (!means_no(text)) return {};
  const auto found = std::ranges::find_if(names, means_no);
  return found == names.end() ? std::string{} : *found;
}
}  // namespace

bool note_no_word(Reader& reader, const Node& node, const Shape& shape) {
  const bool number = shape.kind == Shape::Kind::integer || shape.kind == Shape::Kind::boolean;
  const bool may_be_value = shape.kind == Shape::Kind::text || shape.kind == Shape::Kind::scalar || shape.kind == Shape::Kind::words ||
                            (number && node.looks_like_number_or_boolean());
  if (node.kind == Node::Kind::list && node.items.size() == 1 && node.items.front().kind == Node::Kind::scalar)
    for (const auto& word : shape.words)
      if (word.text == node.items.front().text) {
        reader.note(node.at, "'" + word.text + "' stands for the whole, and not in a list", word.text);
        return true;
      }
  if (node.kind != Node::Kind::scalar || may_be_value) return false;
  std::vector<std::string> names;
  std::string all;
  for (const auto& word : shape.words) {
    if (word.text == node.text) return false;
    names.push_back(word.text);
    all += "'" + word.text + "', ";
  }
  if (shape.kind == Shape::Kind::list)  // one of the words of a list, without its brackets
    for (const auto& word : shape.items->shape().words) names.push_back('[' + word.text + ']');
  auto nearest = nearest_name(node.text, names);
  if (nearest.empty()) nearest = word_for_no(node.text, names);
  reader.note(node.at, "must be " + all + "or " + kind_of_value(shape), std::move(nearest));
  return true;
}

void append_item(std::string& out, std::string_view item) {
  if (out.size() > 1) out += ", ";
  out += item;
}

}  // namespace detail
}  // namespace gatehouse::settings
