// The walk from simdjson's tape to our block, with the checks that the library leaves out: names twice, lone surrogates, our limits.
#include "ground/json/document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "ground/base/text.hpp"
#include "ground/json/fault_offset.hpp"

namespace gatehouse::json {

namespace {
using internal::Node;
namespace dom = simdjson::dom;

constexpr std::size_t scratch_keep_bytes = 256U << 10U;  // a larger text's scratch memory is given back
constexpr std::size_t pointer_bytes_max = 200;           // of a JSON pointer in an error

struct Scratch {
  dom::parser parser;
  std::vector<char> padded;
  std::vector<Node> nodes;
  std::string characters;
  std::vector<std::string_view> names;
};

/// One pass over the parsed text. An error is born at a leaf and gathers its JSON pointer while the walk unwinds.
class Walk {
 public:
  Walk(Scratch& scratch, const Limits& limits)
      : nodes_(scratch.nodes),
        characters_(scratch.characters),
        names_(scratch.names),
        text_(scratch.padded.data()),
        places_(scratch.parser.implementation->structural_indexes.get()),
        limits_(limits) {
    nodes_.clear();
    characters_.clear();
  }

  // `places_` are the offsets of all brackets, colons, commas and first characters of scalars, in the order of the text; the walk steps along.
  bool value(const dom::element& element, std::size_t depth_left) {
    ++place_;
    switch (element.type()) {
      case dom::element_type::NULL_VALUE: return scalar(Kind::null, 0);
      case dom::element_type::BOOL: return scalar(Kind::boolean, element.get_bool().value_unsafe() ? 1 : 0);
      case dom::element_type::INT64: return scalar(Kind::integer, static_cast<std::uint64_t>(element.get_int64().value_unsafe()));
      case dom::element_type::UINT64: return scalar(Kind::natural, element.get_uint64().value_unsafe());
      case dom::element_type::DOUBLE: return real(element.get_double().value_unsafe());
      case dom::element_type::STRING: return string(element.get_string().value_unsafe());
      case dom::element_type::ARRAY: return array(element.get_array().value_unsafe(), depth_left);
      case dom::element_type::OBJECT: return object(element.get_object().value_unsafe(), depth_left);
    }
    return failed(Fault::internal, "a value of no known type");
  }

  Error error() && {
    std::string where;
    for (auto part = pointer_.rbegin(); part != pointer_.rend(); ++part) {
      where += '/';
      for (const char c : *part) where += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      if (where.size() > pointer_bytes_max) break;
    }
    where.resize(std::min(where.size(), pointer_bytes_max));
    return refuse(fault_, std::string("JSON refused: ") + reason_ + (where.empty() ? "" : " at " + where));
  }

 private:
  bool failed(Fault fault, const char* reason) {
    fault_ = fault;
    reason_ = reason;
    return false;
  }
  bool failed_in(std::string_view part) {
    pointer_.emplace_back(part.substr(0, pointer_bytes_max));
    return false;
  }
  bool scalar(Kind kind, std::uint64_t bits) {
    nodes_.push_back({kind, 0, bits});
    return true;
  }

  /// Up to 15 digits a double gives back as they were written; of a longer number the text is kept.
  bool real(double number) {
    constexpr std::size_t digits_exact = 15;
    const char* const begin = text_ + places_[place_ - 1];
    const char* end = begin;
    std::size_t digits = 0;
    bool leading = true, mantissa = true;
    for (; text::is_digit(*end) || *end == '-' || *end == '+' || *end == '.' || *end == 'e' || *end == 'E'; ++end) {
      mantissa = mantissa && *end != 'e' && *end != 'E';
      leading = leading && (*end == '0' || *end == '-' || *end == '.');
      if (mantissa && !leading && text::is_digit(*end)) ++digits;
    }
    // Below the normal doubles fewer digits are exact.
    const bool exact = digits <= digits_exact && (number == 0 ? leading : std::abs(number) >= std::numeric_limits<double>::min());
    if (exact) return scalar(Kind::real, std::bit_cast<std::uint64_t>(number));
    const auto size = static_cast<std::size_t>(end - begin);
    if (size > limits_.string_bytes) return failed(Fault::exhausted, "a number is too long");
    nodes_.push_back({Kind::real, static_cast<std::uint32_t>(size), characters_.size()});
    characters_.append(reinterpret_cast<const char*>(&number), sizeof(number)).append(begin, size);
    return true;
  }

  bool string(std::string_view text) {
    if (text.size() > limits_.string_bytes) return failed(Fault::exhausted, "a string is too long");
    // The text was well-formed UTF-8, so a surrogate can only come from an escape such as \ud800, which has no UTF-8 form (RFC 8259 section 8.2).
    for (const char* at = text.data(); (at = static_cast<const char*>(std::memchr(at, 0xED, static_cast<std::size_t>(text.end() - at)))) != nullptr;
         ++at)
      if (text.end() - at < 2 || static_cast<unsigned char>(at[1]) >= 0xA0) return failed(Fault::invalid, "an escape names half a surrogate pair");
    nodes_.push_back({Kind::string, static_cast<std::uint32_t>(text.size()), characters_.size()});
    characters_ += text;
    return true;
  }

  std::size_t open(Kind kind) {
    nodes_.push_back({kind, 0, 0});
    return nodes_.size() - 1;
  }
  bool close(std::size_t at, std::size_t count) {
    if (count > limits_.members) return failed(Fault::exhausted, "too many members or elements");
    nodes_[at].size = static_cast<std::uint32_t>(count);
    nodes_[at].bits = nodes_.size() - at;
    return true;
  }

  bool array(const dom::array& elements, std::size_t depth_left) {
    if (depth_left == 0) return failed(Fault::exhausted, "nested too deep");
    const auto at = open(Kind::array);
    std::size_t count = 0;
    for (const auto element : elements) {
      if (count > 0) ++place_;  // the comma
      if (!value(element, depth_left - 1)) return failed_in(std::to_string(count));
      ++count;
    }
    ++place_;
    return close(at, count);
  }

  bool object(const dom::object& members, std::size_t depth_left) {
    if (depth_left == 0) return failed(Fault::exhausted, "nested too deep");
    const auto at = open(Kind::object);
    const auto first_name = names_.size();
    std::size_t count = 0;
    for (const auto member : members) {
      place_ += count > 0 ? 3 : 2;  // the comma, the name, the colon
      if (!string(member.key)) return failed_in(member.key);
      names_.push_back(member.key);
      if (!value(member.value, depth_left - 1)) return failed_in(member.key);
      ++count;
    }
    const auto twice = repeated(first_name);
    names_.resize(first_name);
    ++place_;
    if (twice) {
      failed(Fault::invalid, "a member name is there twice");
      return failed_in(*twice);
    }
    return close(at, count);
  }

  /// A name that stands twice among names_[first...). Few are compared each with each; many are sorted, so that a hostile
  /// object of n names costs n log n.
  std::optional<std::string_view> repeated(std::size_t first) {
    const auto names = std::span(names_).subspan(first);
    constexpr std::size_t few = 12;
    if (names.size() <= few) {
      for (std::size_t i = 1; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (names[i] == names[j]) return names[i];
      return std::nullopt;
    }
    std::ranges::sort(names);
    const auto at = std::ranges::adjacent_find(names);
    if (at == names.end()) return std::nullopt;
    return *at;
  }

  std::vector<Node>& nodes_;
  std::string& characters_;
  std::vector<std::string_view>& names_;
  const char* text_;
  const std::uint32_t* places_;
  std::size_t place_ = 0;
  const Limits& limits_;
  Fault fault_ = Fault::invalid;
  const char* reason_ = "";
  std::vector<std::string> pointer_;
};

/// The same JSON with "e0" behind every integer that 64 bits do not hold: so written, simdjson takes it for a real.
std::string with_wide_integers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
      ++at;
    } else if (text[at] == '-' || text::is_digit(text[at])) {
      bool integer = true;
      for (++at; at < text.size() && (text::is_digit(text[at]) || std::string_view("+-.eE").contains(text[at])); ++at)
        integer = integer && text::is_digit(text[at]);
      constexpr std::size_t digits_always_held = 18;
      integer = integer && at - begin > digits_always_held;
      out.append(text, begin, at - begin);
      std::int64_t held = 0;
      std::uint64_t natural = 0;
      const auto* const end = text.data() + at;
      if (integer && std::from_chars(text.data() + begin, end, held).ec != std::errc{} &&
          (text[begin] == '-' || std::from_chars(text.data() + begin, end, natural).ec != std::errc{}))
        out += "e0";
      continue;
    } else {
      ++at;
    }
    out.append(text, begin, at - begin);
  }
  return out;
}

std::string reason_of(simdjson::error_code code) {
  switch (code) {  // the library may return a code of a later version: what has no text of ours gets the general one
    case simdjson::UTF8_ERROR: return "not UTF-8";
    case simdjson::NUMBER_ERROR: return "a number is malformed or out of range";
    case simdjson::STRING_ERROR: return "a string is malformed";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    case simdjson::UNESCAPED_CHARS: return "a control character in a string";
    case simdjson::DEPTH_ERROR: return "nested too deep";
    case simdjson::EMPTY: return "nothing there";
    default: return "not well-formed";
  }
}
}  // namespace

std::string_view to_text(Kind kind) noexcept {
  constexpr std::array<std::string_view, 8> names{"null", "boolean", "integer", "natural", "real", "string", "array", "object"};
  return names[static_cast<std::size_t>(kind)];
}

std::optional<double> Value::number() const noexcept {
  switch (kind()) {
    case Kind::integer: return static_cast<double>(static_cast<std::int64_t>(node_->bits));
    case Kind::natural: return static_cast<double>(node_->bits);
    case Kind::real: {
      if (node_->size == 0) return std::bit_cast<double>(node_->bits);
      double rounded = 0;
      std::memcpy(&rounded, characters_ + node_->bits, sizeof(rounded));
      return rounded;
    }
    case Kind::null:
    case Kind::boolean:
    case Kind::string:
    case Kind::array:
    case Kind::object: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> Value::get(std::string_view name) const noexcept {
  for (const auto [member, value] : members())
    if (member == name) return value;
  return std::nullopt;
}

std::optional<std::string_view> Value::string(std::string_view name) const noexcept {
  const auto value = get(name);
  return value ? value->string() : std::nullopt;
}

Document::Document(const Node* nodes, std::size_t node_count, std::string_view characters)
    : block_(new char[node_count * sizeof(Node) + characters.size()]),
      node_count_(node_count),
      bytes_(node_count * sizeof(Node) + characters.size()) {
  std::memcpy(block_.get(), nodes, node_count * sizeof(Node));
  if (!characters.empty()) std::memcpy(block_.get() + node_count * sizeof(Node), characters.data(), characters.size());
}

Document copy(Value value) {
  const std::span nodes(value.node_, value.node_->span());
  std::vector<Node> copied(nodes.begin(), nodes.end());
  std::string characters;
  for (auto& node : copied) {
    const bool has_text = node.kind == Kind::string || (node.kind == Kind::real && node.size > 0);
    if (!has_text) continue;
    const std::size_t size = node.kind == Kind::real ? sizeof(double) + node.size : node.size;
    const auto offset = characters.size();
    characters.append(value.characters_ + node.bits, size);
    node.bits = offset;
  }
  return {copied.data(), copied.size(), characters};
}

Result<Document> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) return refuse(Fault::exhausted, "JSON refused: " + std::to_string(text.size()) + " bytes are too many");
  thread_local std::unique_ptr<Scratch> kept;
  if (!kept) kept = std::make_unique<Scratch>();
  // Taken out for the time of use: what a large text needed is given back below by not putting it back.
  std::unique_ptr<Scratch> scratch = std::move(kept);

  const auto capacity = std::bit_ceil(std::max<std::size_t>(text.size(), 512));
  if (scratch->padded.size() < capacity + simdjson::SIMDJSON_PADDING) scratch->padded.resize(capacity + simdjson::SIMDJSON_PADDING);
  if (scratch->parser.capacity() < capacity && scratch->parser.allocate(capacity, depth_max + 1) != simdjson::SUCCESS)
    return fail(Fault::exhausted, "no memory to parse JSON");
  if (!text.empty()) std::memcpy(scratch->padded.data(), text.data(), text.size());  // an empty one may have no memory at all
  std::memset(scratch->padded.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);

  Result<Document> result = [&]() -> Result<Document> {
    const auto root = scratch->parser.parse(scratch->padded.data(), text.size(), false);
    if (root.error() == simdjson::DEPTH_ERROR) return refuse(Fault::exhausted, "JSON refused: nested too deep");
    if (root.error() != simdjson::SUCCESS) {
      const auto offset = fault_offset(text);
      if (root.error() == simdjson::NUMBER_ERROR && limits.wide_integers && !offset) {
        auto narrow = limits;
        narrow.wide_integers = false;
        narrow.bytes = limits.bytes * 2;
        return parse(with_wide_integers(text), narrow);
      }
      return refuse(Fault::invalid, "JSON refused: " + reason_of(root.error()) + (offset ? " at byte " + std::to_string(*offset) : ""));
    }
    scratch->names.clear();
    Walk walk(*scratch, limits);
    if (!walk.value(root.value_unsafe(), std::min(limits.depth, depth_max))) return std::move(walk).error();
    return Document(scratch->nodes.data(), scratch->nodes.size(), scratch->characters);
  }();
  if (capacity <= scratch_keep_bytes) kept = std::move(scratch);
  return result;
}

}  // namespace gatehouse::json
