// The parsing algorithms of RFC 9651 section 4.2, one function each.
#include <algorithm>

#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"
#include "ground/http/structured_field.hpp"

namespace gatehouse::http::structured {

namespace {
constexpr bool is_key_start(char c) noexcept { return (c >= 'a' && c <= 'z') || c == '*'; }
constexpr bool is_key_char(char c) noexcept { return is_key_start(c) || text::is_digit(c) || c == '_' || c == '-' || c == '.'; }

/// Sets a member in the place of the first of that key, or at the end.
template <class Value>
void put(std::vector<std::pair<std::string, Value>>& members, std::string key, Value value) {
  const auto at = std::ranges::find(members, key, &std::pair<std::string, Value>::first);
  if (at != members.end()) at->second = std::move(value);
  else members.emplace_back(std::move(key), std::move(value));
}

class StructuredParser {
 public:
  explicit StructuredParser(std::string_view input) noexcept : input_(input) {}

  /// Leading spaces, the value, trailing spaces, nothing more.
  template <class Parse>
  auto whole(const Parse& parse) -> decltype(parse(*this)) {
    if (input_.size() > input_bytes_max) return wrong("is too long");
    skip_spaces();
    auto value = parse(*this);
    if (!value) return value;
    skip_spaces();
    if (!done()) return wrong("something follows the value");
    return value;
  }

  Result<List> list() {
    List members;
    while (!done()) {
      if (members.size() == members_max) return wrong("too many members");
      members.push_back(TRY(member()));
      if (!TRY(next_member())) break;
    }
    return members;
  }

  Result<Dictionary> dictionary() {
    Dictionary members;
    while (!done()) {
      if (members.size() == members_max) return wrong("too many members");
      auto name = TRY(key());
      if (take('=')) {
        auto value = TRY(member());
        put(members, std::move(name), std::move(value));
      } else {
        auto found = TRY(parameters());
        put(members, std::move(name), Member(Item{true, std::move(found)}));
      }
      if (!TRY(next_member())) break;
    }
    return members;
  }

  Result<Item> item() {
    auto value = TRY(bare_item());
    auto found = TRY(parameters());  // on a line of its own, as everywhere: see base/result.hpp
    return Item{std::move(value), std::move(found)};
  }

 private:
  [[nodiscard]] bool done() const noexcept { return at_ == input_.size(); }
  [[nodiscard]] char peek() const noexcept { return done() ? '\0' : input_[at_]; }
  bool take(char c) noexcept {
    if (done() || input_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() noexcept {
    while (take(' ')) {
    }
  }
  void skip_optional_whitespace() noexcept {
    while (take(' ') || take('\t')) {
    }
  }
  [[nodiscard]] Error wrong(std::string_view what) const {
    return refuse(Fault::invalid, "structured field, byte " + std::to_string(at_) + ": " + std::string(what));
  }

  /// The comma between members. False: the value ended; a comma must be followed by a member.
  Result<bool> next_member() {
    const auto before = at_;
    skip_optional_whitespace();
    if (done()) return false;
    if (!take(',')) {
      at_ = before;
      return wrong("a comma is missing");
    }
    skip_optional_whitespace();
    if (done()) return wrong("a comma at the end");
    return true;
  }

  Result<Member> member() {
    if (peek() == '(') return Member(TRY(inner_list()));
    return Member(TRY(item()));
  }

  Result<InnerList> inner_list() {
    InnerList list;
    take('(');
    for (;;) {
      skip_spaces();
      if (take(')')) break;
      if (list.items.size() == inner_items_max) return wrong("too many items");
      list.items.push_back(TRY(item()));
      if (peek() != ' ' && peek() != ')') return wrong("an inner list is not closed");
    }
    list.parameters = TRY(parameters());
    return list;
  }

  Result<Parameters> parameters() {
    Parameters found;
    while (take(';')) {
      skip_spaces();
      if (found.size() == parameters_max) return wrong("too many parameters");
      auto name = TRY(key());
      BareItem value(true);
      if (take('=')) value = TRY(bare_item());
      put(found, std::move(name), std::move(value));
    }
    return found;
  }

  Result<std::string> key() {
    if (!is_key_start(peek())) return wrong("a key must begin with a lower-case letter or an asterisk");
    const auto start = at_;
    while (!done() && is_key_char(peek())) ++at_;
    return std::string(input_.substr(start, at_ - start));
  }

  Result<BareItem> bare_item() {
    const char c = peek();
    if (c == '-' || text::is_digit(c)) return number();
    if (c == '"') return BareItem(String{TRY(string())});
    if (c == '*' || text::is_alpha(c)) return BareItem(token());
    if (c == ':') return BareItem(ByteSequence{TRY(bytes())});
    if (c == '?') return BareItem(TRY(boolean()));
    if (c == '@') return BareItem(TRY(date()));
    if (c == '%') return BareItem(DisplayString{TRY(display_string())});
    return wrong("no item begins like this");
  }

  Result<BareItem> number() {
    const bool negative = take('-');
    const auto start = at_;
    while (text::is_digit(peek())) ++at_;
    const auto whole_digits = input_.substr(start, at_ - start);
    if (whole_digits.empty()) return wrong("a digit is missing");
    if (whole_digits.size() > 15) return wrong("the number is too long");
    auto value = static_cast<std::int64_t>(text::parse_number<std::uint64_t>(whole_digits).value_or(0));
    if (!take('.')) return BareItem(negative ? -value : value);

    if (whole_digits.size() > 12) return wrong("the number is too long");
    const auto fraction_start = at_;
    while (text::is_digit(peek())) ++at_;
    const auto fraction = input_.substr(fraction_start, at_ - fraction_start);
    if (fraction.empty() || fraction.size() > 3) return wrong("one to three digits follow the point of a number");
    for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    return BareItem(Decimal{negative ? -value : value});
  }

  Result<std::string> string() {
    take('"');
    std::string out;
    while (!done()) {
      char c = input_[at_++];
      if (c == '"') return out;
      if (c == '\\') {
        c = peek();
        if (c != '"' && c != '\\') return wrong("only a quote or a backslash can be escaped");
        ++at_;
      } else if (c < 0x20 || c > 0x7E) return wrong("a string holds visible ASCII only");
      out += c;
    }
    return wrong("a string is not closed");
  }

  Token token() {
    const auto start = at_;
    while (!done() && (is_token_char(peek()) || peek() == ':' || peek() == '/')) ++at_;
    return Token{std::string(input_.substr(start, at_ - start))};
  }

  Result<std::string> bytes() {
    take(':');
    const auto end = input_.find(':', at_);
    if (end == input_.npos) return wrong("a byte sequence is not closed");
    std::string encoded(input_.substr(at_, end - at_));
    if (encoded.find_first_of("-_") != encoded.npos) return wrong("not base64");  // those are of the other alphabet
    const auto length = encoded.find_last_not_of('=') + 1;                        // npos + 1 is 0
    if (encoded.size() % 4 != 0 || encoded.size() - length > 2) return wrong("the padding of base64 is wrong");
    encoded.resize(length);
    std::ranges::replace(encoded, '+', '-');
    std::ranges::replace(encoded, '/', '_');
    auto decoded = encoding::from_base64url(encoded);
    if (!decoded) return wrong("not base64");
    at_ = end + 1;
    return *std::move(decoded);
  }

  Result<bool> boolean() {
    take('?');
    if (take('1')) return true;
    if (take('0')) return false;
    return wrong("a boolean is ?0 or ?1");
  }

  Result<Date> date() {
    take('@');
    const auto value = TRY(number());
    if (const auto* seconds = std::get_if<std::int64_t>(&value)) return Date{*seconds};
    return wrong("a date has no fraction");
  }

  Result<std::string> display_string() {
    take('%');
    if (!take('"')) return wrong("a display string begins with a quote");
    std::string out;
    while (!done()) {
      const char c = input_[at_++];
      if (c < 0x20 || c > 0x7E) return wrong("a display string holds visible ASCII only");
      if (c == '"') {
        if (!text::is_utf8(out)) return wrong("a display string is not UTF-8");
        return out;
      }
      if (c != '%') {
        out += c;
        continue;
      }
      if (input_.size() - at_ < 2) return wrong("a display string is not closed");
      const char high = input_[at_], low = input_[at_ + 1];
      if (text::hex_value(high) < 0 || text::hex_value(low) < 0 || text::lower(high) != high || text::lower(low) != low)
        return wrong("two lower-case hexadecimal digits follow a percent sign");
      out += static_cast<char>(text::hex_value(high) * 16 + text::hex_value(low));
      at_ += 2;
    }
    return wrong("a display string is not closed");
  }

  std::string_view input_;
  std::size_t at_ = 0;
};
}  // namespace

Result<Item> parse_item(std::string_view value) {
  return StructuredParser(value).whole([](StructuredParser& parser) { return parser.item(); });
}
Result<List> parse_list(std::string_view value) {
  return StructuredParser(value).whole([](StructuredParser& parser) { return parser.list(); });
}
Result<Dictionary> parse_dictionary(std::string_view value) {
  return StructuredParser(value).whole([](StructuredParser& parser) { return parser.dictionary(); });
}

}  // namespace gatehouse::http::structured
