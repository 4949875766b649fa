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
  std::unique_ptr<Node[]> nodes;
  std::size_t nodes_max = 0;
  std::string digits;                      // of numbers
  std::unique_ptr<std::uint32_t[]> names;  // of the objects that are open, by the numbers of their nodes
};

/// One pass over the parsed text. Each node has a bracket or a first character of its own in the text, so that there is room for all of them. Strings
/// stay where the library put them, one after the other with some bytes between them, until the document takes all of them at once. An error is born at a leaf and gathers its JSON pointer while the walk unwinds.
class Walk {
 public:
  Walk(Scratch& scratch, const Limits& limits, bool escapes)
      : nodes_(scratch.nodes.get()),
        strings_(reinterpret_cast<const char*>(scratch.parser.doc.string_buf.get())),
        digits_(scratch.digits),
        names_(scratch.names.get()),
        text_(scratch.padded.data()),
        places_(scratch.parser.implementation->structural_indexes.get()),
        limits_(limits),
        escapes_(escapes) {
    digits_.clear();
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

  struct Parts {
    std::span<const Node> nodes;
    std::string_view strings, digits;
  };
  /// What was read: digits of numbers are meant to stand behind the strings.
  Parts parts() {
    if (!digits_.empty())
      for (std::size_t i = 0; i < count_; ++i)
        if (nodes_[i].kind == Kind::real && nodes_[i].size > 0) nodes_[i].bits += strings_size_;
    return {.nodes = {nodes_, count_}, .strings = {strings_, strings_size_}, .digits = digits_};
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
    nodes_[count_++] = {kind, 0, bits};
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
    nodes_[count_++] = {Kind::real, static_cast<std::uint32_t>(size), digits_.size()};  // moved behind the strings at the end
    digits_.append(reinterpret_cast<const char*>(&number), sizeof(number)).append(begin, size);
    return true;
  }

  bool string(std::string_view text) {
    if (text.size() > limits_.string_bytes) return failed(Fault::exhausted, "a string is too long");
    // The text was well-formed UTF-8, so a surrogate can only come from an escape such as \ud800, which has no UTF-8 form (RFC 8259 section 8.2).
    for (const char* at = text.data();
         escapes_ && (at = static_cast<const char*>(std::memchr(at, 0xED, static_cast<std::size_t>(text.end() - at)))) != nullptr; ++at)
      if (text.end() - at < 2 || static_cast<unsigned char>(at[1]) >= 0xA0) return failed(Fault::invalid, "an escape names half a surrogate pair");
    nodes_[count_++] = {Kind::string, static_cast<std::uint32_t>(text.size()), static_cast<std::uint64_t>(text.data() - strings_)};
    strings_size_ = static_cast<std::size_t>(text.end() - strings_);
    return true;
  }

  std::size_t open(Kind kind) {
    nodes_[count_] = {kind, 0, 0};
    return count_++;
  }
  bool close(std::size_t at, std::size_t count) {
    if (count > limits_.members) return failed(Fault::exhausted, "too many members or elements");
    nodes_[at].size = static_cast<std::uint32_t>(count);
    nodes_[at].bits = count_ - at;
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
    const auto first_name = names_count_;
    std::size_t count = 0;
    for (const auto member : members) {
      place_ += count > 0 ? 3 : 2;  // the comma, the name, the colon
      if (!string(member.key)) return failed_in(member.key);
      names_[names_count_++] = static_cast<std::uint32_t>(count_ - 1);
      if (!value(member.value, depth_left - 1)) return failed_in(member.key);
      ++count;
    }
    const auto twice = repeated(first_name);
    names_count_ = first_name;
    ++place_;
    if (twice) {
      failed(Fault::invalid, "a member name is there twice");
      return failed_in(*twice);
    }
    return close(at, count);
  }

  [[nodiscard]] std::string_view name(std::uint32_t node) const noexcept { return {strings_ + nodes_[node].bits, nodes_[node].size}; }
  /// Names mostly differ in size or in their last byte, and then nothing is called.
  [[nodiscard]] bool are_same(std::uint32_t a, std::uint32_t b) const noexcept {
    const auto size = nodes_[a].size;
    if (size != nodes_[b].size || size == 0) return size == nodes_[b].size;
    const char *const left = strings_ + nodes_[a].bits, *const right = strings_ + nodes_[b].bits;
    return left[size - 1] == right[size - 1] && std::memcmp(left, right, size) == 0;
  }

  /// Good enough to part the names of one object.
  [[nodiscard]] std::uint32_t cheap_hash(std::uint32_t node) const noexcept {
    const auto text = name(node);
    std::uint32_t first = 0, last = 0;
    if (text.size() >= sizeof(first)) {
      std::memcpy(&first, text.data(), sizeof(first));
      std::memcpy(&last, text.end() - sizeof(last), sizeof(last));
    } else {
      for (const char c : text) first = first << 8U | static_cast<unsigned char>(c);
    }
    return ((first ^ last * 0x9E3779B1U) + static_cast<std::uint32_t>(text.size())) * 0x85EBCA77U;
  }

  /// A name that stands twice among those from `first` on. Few are compared each with each, some more by a small table, in which a sender can make them all
  /// meet; many are sorted, so that a hostile object of n names costs n log n.
  std::optional<std::string_view> repeated(std::size_t first) {
    const auto names = std::span(names_ + first, names_count_ - first);
    constexpr std::size_t few = 7, some = 64;
    if (names.size() <= few) {
      for (std::size_t i = 1; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (are_same(names[i], names[j])) return name(names[i]);
      return std::nullopt;
    }
    if (names.size() <= some) {
      std::array<std::uint8_t, 256> table{};  // one more than the index of a name
      for (std::size_t i = 0; i < names.size(); ++i) {
        auto at = static_cast<std::uint8_t>(cheap_hash(names[i]) >> 24U);
        for (; table[at] != 0; ++at)
          if (are_same(names[i], names[table[at] - 1U])) return name(names[i]);
        table[at] = static_cast<std::uint8_t>(i + 1);
      }
      return std::nullopt;
    }
    std::ranges::sort(names, {}, [this](std::uint32_t node) { return name(node); });
    const auto at = std::ranges::adjacent_find(names, {}, [this](std::uint32_t node) { return name(node); });
    if (at == names.end()) return std::nullopt;
    return name(*at);
  }

  Node* nodes_;
  std::size_t count_ = 0;
  const char* strings_;
  std::size_t strings_size_ = 0;
  std::string& digits_;
  std::uint32_t* names_;
  std::size_t names_count_ = 0;
  const char* text_;
  const std::uint32_t* places_;
  std::size_t place_ = 0;
  const Limits& limits_;
  const bool escapes_;  // there is a backslash somewhere
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

Document::Document(std::span<const Node> nodes, std::string_view characters, std::string_view more)
    : block_(new char[nodes.size_bytes() + characters.size() + more.size()]),
      node_count_(nodes.size()),
      bytes_(nodes.size_bytes() + characters.size() + more.size()) {
  char* at = block_.get();
  std::memcpy(at, nodes.data(), nodes.size_bytes());
  at += nodes.size_bytes();
  if (!characters.empty()) std::memcpy(at, characters.data(), characters.size());
  if (!more.empty()) std::memcpy(at + characters.size(), more.data(), more.size());
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
  return {copied, characters, {}};
}

namespace {
/// One a thread, taken out for the time of use.
std::unique_ptr<Scratch>& kept_scratch() {
  thread_local std::unique_ptr<Scratch> kept;
  return kept;
}

class BorrowedScratch {
 public:
  explicit BorrowedScratch(std::size_t size) : scratch_(std::move(kept_scratch())), capacity_(std::bit_ceil(std::max<std::size_t>(size, 512))) {
    if (!scratch_) scratch_ = std::make_unique<Scratch>();
  }
  BorrowedScratch(const BorrowedScratch&) = delete;
  BorrowedScratch& operator=(const BorrowedScratch&) = delete;
  ~BorrowedScratch() {
    if (capacity_ <= scratch_keep_bytes) kept_scratch() = std::move(scratch_);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] Scratch& operator*() const noexcept { return *scratch_; }

 private:
  std::unique_ptr<Scratch> scratch_;
  std::size_t capacity_;
};

/// Reads the text and hands its parts to `take`, whose result it gives.
template <class Take>
auto read_parts(std::string_view text, const Limits& limits, Take take) -> decltype(take(Walk::Parts{})) {
  if (text.size() > limits.bytes) return refuse(Fault::exhausted, "JSON refused: " + std::to_string(text.size()) + " bytes are too many");
  const BorrowedScratch borrowed(text.size());
  auto& scratch = *borrowed;
  const auto capacity = borrowed.capacity();
  if (scratch.padded.size() < capacity + simdjson::SIMDJSON_PADDING) scratch.padded.resize(capacity + simdjson::SIMDJSON_PADDING);
  if (scratch.parser.capacity() < capacity && scratch.parser.allocate(capacity, depth_max + 1) != simdjson::SUCCESS)
    return fail(Fault::exhausted, "no memory to parse JSON");
  if (!text.empty()) std::memcpy(scratch.padded.data(), text.data(), text.size());  // an empty one may have no memory at all
  std::memset(scratch.padded.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);

  const auto root = scratch.parser.parse(scratch.padded.data(), text.size(), false);
  if (root.error() == simdjson::DEPTH_ERROR) return refuse(Fault::exhausted, "JSON refused: nested too deep");
  if (root.error() != simdjson::SUCCESS) {
    const auto offset = fault_offset(text);
    if (root.error() == simdjson::NUMBER_ERROR && limits.wide_integers && !offset) {
      auto narrow = limits;
      narrow.wide_integers = false;
      narrow.bytes = limits.bytes * 2;
      return read_parts(with_wide_integers(text), narrow, take);
    }
    return refuse(Fault::invalid, "JSON refused: " + reason_of(root.error()) + (offset ? " at byte " + std::to_string(*offset) : ""));
  }
  const std::size_t nodes = scratch.parser.implementation->n_structural_indexes;
  if (scratch.nodes_max < nodes) {
    scratch.nodes_max = std::bit_ceil(nodes);
    scratch.nodes = std::make_unique_for_overwrite<Node[]>(scratch.nodes_max);
    scratch.names = std::make_unique_for_overwrite<std::uint32_t[]>(scratch.nodes_max);
  }
  Walk walk(scratch, limits, text.contains('\\'));
  if (!walk.value(root.value_unsafe(), std::min(limits.depth, depth_max))) return std::move(walk).error();
  return take(walk.parts());
}
}  // namespace

Result<Document> parse(std::string_view text, const Limits& limits) {
  return read_parts(text, limits, [](const Walk::Parts& parts) -> Result<Document> { return Document(parts.nodes, parts.strings, parts.digits); });
}

Result<bool> judged(std::string_view text, const Limits& limits, const std::function<bool(Value)>& judge) {
  return read_parts(text, limits, [&](const Walk::Parts& parts) -> Result<bool> {
    if (parts.digits.empty()) return judge(Value(parts.nodes.data(), parts.strings.data()));
    const Document document(parts.nodes, parts.strings, parts.digits);
    return judge(document.root());
  });
}

}  // namespace gatehouse::json
