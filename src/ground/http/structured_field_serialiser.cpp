// The serialising algorithms of RFC 9651 section 4.1, one function each.
#include <algorithm>
#include <cmath>

#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"
#include "ground/http/structured_field.hpp"

namespace gatehouse::http::structured {

namespace {
Error no_text(std::string_view what) { return fail(Fault::invalid, "structured field: " + std::string(what)); }

Result<> write_integer(std::string& out, std::int64_t value) {
  if (value < -integer_max || value > integer_max) return no_text("an integer is too large");
  out += std::to_string(value);
  return {};
}

Result<> write_decimal(std::string& out, Decimal value) {
  if (value.thousandths < -integer_max || value.thousandths > integer_max) return no_text("a decimal is too large");
  const auto magnitude = static_cast<std::uint64_t>(value.thousandths < 0 ? -value.thousandths : value.thousandths);
  if (value.thousandths < 0) out += '-';
  out += std::to_string(magnitude / 1000);
  auto fraction = std::to_string(1000 + magnitude % 1000).replace(0, 1, ".");
  while (fraction.size() > 2 && fraction.ends_with('0')) fraction.pop_back();
  out += fraction;
  return {};
}

Result<> write_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E) return no_text("a string holds visible ASCII only");
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return {};
}

Result<> write_token(std::string& out, std::string_view text) {
  const bool starts = !text.empty() && (text::is_alpha(text[0]) || text[0] == '*');
  if (!starts || !std::ranges::all_of(text, [](char c) { return is_token_char(c) || c == ':' || c == '/'; }))
    return no_text("a token holds other characters");
  out += text;
  return {};
}

Result<> write_bytes(std::string& out, std::string_view bytes) {
  auto encoded = encoding::to_base64url(as_bytes(bytes));
  std::ranges::replace(encoded, '-', '+');
  std::ranges::replace(encoded, '_', '/');
  encoded.append((4 - encoded.size() % 4) % 4, '=');
  ((out += ':') += encoded) += ':';
  return {};
}

Result<> write_display_string(std::string& out, std::string_view text) {
  if (!text::is_utf8(text)) return no_text("a display string is not UTF-8");
  out += "%\"";
  for (const char c : text) {
    if (c == '%' || c == '"' || c < 0x20 || c > 0x7E) (out += '%') += encoding::to_hex(as_bytes({&c, 1}));
    else out += c;
  }
  out += '"';
  return {};
}

Result<> write_bare_item(std::string& out, const BareItem& item) {
  if (const auto* integer = std::get_if<std::int64_t>(&item)) return write_integer(out, *integer);
  if (const auto* decimal = std::get_if<Decimal>(&item)) return write_decimal(out, *decimal);
  if (const auto* string = std::get_if<String>(&item)) return write_string(out, string->text);
  if (const auto* token = std::get_if<Token>(&item)) return write_token(out, token->text);
  if (const auto* bytes = std::get_if<ByteSequence>(&item)) return write_bytes(out, bytes->bytes);
  if (const auto* display = std::get_if<DisplayString>(&item)) return write_display_string(out, display->text);
  if (const auto* date = std::get_if<Date>(&item)) return write_integer(out += '@', date->unix_seconds);
  out += std::get<bool>(item) ? "?1" : "?0";
  return {};
}

Result<> write_key(std::string& out, std::string_view key) {
  const auto is_start = [](char c) { return (c >= 'a' && c <= 'z') || c == '*'; };
  if (key.empty() || !is_start(key[0])) return no_text("a key begins with a lower-case letter or an asterisk");
  if (!std::ranges::all_of(key, [&](char c) { return is_start(c) || text::is_digit(c) || c == '_' || c == '-' || c == '.'; }))
    return no_text("a key holds other characters");
  out += key;
  return {};
}

Result<> write_parameters(std::string& out, const Parameters& parameters) {
  for (const auto& [key, value] : parameters) {
    CHECK_OK(write_key(out += ';', key));
    if (value != BareItem(true)) CHECK_OK(write_bare_item(out += '=', value));
  }
  return {};
}

Result<> write_item(std::string& out, const Item& item) {
  CHECK_OK(write_bare_item(out, item.value));
  return write_parameters(out, item.parameters);
}

Result<> write_member(std::string& out, const Member& member) {
  if (const auto* item = std::get_if<Item>(&member)) return write_item(out, *item);
  const auto& inner = std::get<InnerList>(member);
  out += '(';
  for (const auto& item : inner.items) {
    if (&item != inner.items.data()) out += ' ';
    CHECK_OK(write_item(out, item));
  }
  return write_parameters(out += ')', inner.parameters);
}
}  // namespace

Result<Decimal> Decimal::from(double value) {
  const double thousandths = std::nearbyint(value * 1000);  // the default rounding mode: halves go to the even neighbour
  if (!(std::abs(thousandths) <= static_cast<double>(integer_max))) return no_text("a decimal is too large");
  return Decimal{static_cast<std::int64_t>(thousandths)};
}

Result<std::string> serialise(const Item& item) {
  std::string out;
  CHECK_OK(write_item(out, item));
  return out;
}

Result<std::string> serialise(const List& list) {
  std::string out;
  for (const auto& member : list) {
    if (&member != list.data()) out += ", ";
    CHECK_OK(write_member(out, member));
  }
  return out;
}

Result<std::string> serialise(const Dictionary& dictionary) {
  std::string out;
  for (const auto& member : dictionary) {
    if (&member != dictionary.data()) out += ", ";
    CHECK_OK(write_key(out, member.first));
    const auto* item = std::get_if<Item>(&member.second);
    if (item != nullptr && item->value == BareItem(true)) CHECK_OK(write_parameters(out, item->parameters));
    else CHECK_OK(write_member(out += '=', member.second));
  }
  return out;
}

}  // namespace gatehouse::http::structured
