#include "ground/json/writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::json {

namespace {
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// 0: stands for itself; 'u': \u00XX; a letter: backslash and that letter; 'm': the first byte of more than one.
constexpr auto escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = 'm';
  table[0x7F] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

void append_escape(std::string& out, unsigned code_point) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex[code_point >> shift & 15];
}

/// Bytes of the well-formed UTF-8 sequence that begins here; 0 if there is none.
std::size_t sequence(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  return size != 0 && size <= text.size() && text::is_utf8(text.substr(0, size)) ? size : 0;
}

/// What is valid UTF-8 and still breaks a line or disguises it on a terminal.
bool is_treacherous(unsigned code_point) {
  return code_point < 0xA0 ||                               // C1 controls, among them NEL and CSI
         (code_point >= 0x200E && code_point <= 0x200F) ||  // direction marks
         (code_point >= 0x2028 && code_point <= 0x202E) ||  // line and paragraph separator, embeddings and overrides
         (code_point >= 0x2066 && code_point <= 0x2069);    // isolates
}

/// Appends what begins with a byte above 0x7F; the number of bytes taken.
std::size_t append_beyond_ascii(std::string& out, std::string_view text) {
  const auto size = sequence(text);
  if (size == 0) {
    out += replacement;
    return 1;
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned code_point = size == 2   ? (byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU)
                              : size == 3 ? (byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU)
                                          : 0xFFFFU;
  if (size < 4 && is_treacherous(code_point)) append_escape(out, code_point);
  else out += text.substr(0, size);
  return size;
}
}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;  // what is not yet appended
  for (std::size_t at = 0; at < text.size();) {
    const char kind = escapes[static_cast<unsigned char>(text[at])];
    if (kind == 0) {
      ++at;
      continue;
    }
    out.append(text, from, at - from);
    if (kind == 'm') {
      at += append_beyond_ascii(out, text.substr(at));
    } else {
      if (kind == 'u') append_escape(out, static_cast<unsigned char>(text[at]));
      else (out += '\\') += kind;
      ++at;
    }
    from = at;
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

void Writer::separate() {
  const auto bit = std::uint64_t{1} << depth_;
  if (depth_ == 0) return;
  GH_ASSERT(((objects_ & bit) != 0) == keyed_);  // in an object each value has a name, in an array none
  if (!keyed_) {
    if ((filled_ & bit) != 0) *out_ += ',';
    filled_ |= bit;
  }
  keyed_ = false;
}

Writer& Writer::begin(char bracket, bool object) {
  separate();
  ++depth_;
  GH_ASSERT(depth_ < depth_max);
  const auto bit = std::uint64_t{1} << depth_;
  objects_ = object ? objects_ | bit : objects_ & ~bit;
  filled_ &= ~bit;
  *out_ += bracket;
  return *this;
}

Writer& Writer::end() {
  GH_ASSERT(depth_ > 0 && !keyed_);
  *out_ += (objects_ >> depth_ & 1) != 0 ? '}' : ']';
  --depth_;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  const auto bit = std::uint64_t{1} << depth_;
  GH_ASSERT((objects_ & bit) != 0 && depth_ > 0 && !keyed_);
  if ((filled_ & bit) != 0) *out_ += ',';
  filled_ |= bit;
  append_string(*out_, name);
  *out_ += ':';
  keyed_ = true;
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  *out_ += json;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  separate();
  append_string(*out_, text);
  return *this;
}

Writer& Writer::value(bool truth) { return raw(truth ? "true" : "false"); }

Writer& Writer::signed_number(std::int64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  return raw({digits.data(), end});
}

Writer& Writer::unsigned_number(std::uint64_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  return raw({digits.data(), end});
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return raw("null");
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const std::string_view text(digits.data(), end);
  // A real stays a real when it is read again: 1e3 is not written as the integer 1000.
  if (text.find_first_of(".e") != text.npos) return raw(text);
  return raw(std::string(text) + ".0");
}

Writer& Writer::value(Value value) {
  // NOLINTBEGIN(bugprone-unchecked-optional-access): each accessor gives its value for its own kind
  switch (value.kind()) {
    case Kind::null: return raw("null");
    case Kind::boolean: return this->value(*value.boolean());
    case Kind::integer: return signed_number(*value.integer());
    case Kind::natural: return unsigned_number(*value.natural());
    case Kind::real: return this->value(*value.number());
    case Kind::string: return this->value(*value.string());
    case Kind::array:
      begin_array();
      for (const auto element : value.elements()) this->value(element);
      return end();
    case Kind::object:
      begin_object();
      for (const auto [name, content] : value.members()) key(name).value(content);
      return end();
  }
  // NOLINTEND(bugprone-unchecked-optional-access)
  return *this;
}

std::string to_json(Value value) {
  std::string out;
  Writer(out).value(value);
  return out;
}

}  // namespace gatehouse::json
