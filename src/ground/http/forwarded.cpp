#include "ground/http/forwarded.hpp"

#include <algorithm>
#include <span>

#include "ground/base/text.hpp"
#include "ground/http/characters.hpp"

namespace gatehouse::http {

namespace {
using Scheme = ForwardedElement::Scheme;

/// Bytes of a value that the gate understands: more than an address and a name in place of its port need.
constexpr std::size_t understood_max = 256;

bool is_obfuscated(std::string_view text) {
  return text.size() > 1 && text[0] == '_' &&
         std::ranges::all_of(text.substr(1), [](char c) { return text::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_node_port(std::string_view port) {
  return is_obfuscated(port) ||
         (port.size() <= 5 && std::ranges::all_of(port, text::is_digit) && text::parse_number<std::uint16_t>(port).has_value());
}

/// A node (RFC 7239 section 6), of which `address` is set where it is one. IPv6 stands in brackets, always.
bool read_node(std::string_view node, std::optional<Address>& address) {
  const auto name_end = node.starts_with('[') ? node.find(']') : node.find(':');
  const bool bracketed = node.starts_with('[');
  if (bracketed && name_end == node.npos) return false;
  const auto name = bracketed ? node.substr(1, name_end - 1) : node.substr(0, name_end);
  const auto port = name_end == node.npos ? std::string_view() : node.substr(name_end + (bracketed ? 1 : 0));
  if (!port.empty() && (port[0] != ':' || !is_node_port(port.substr(1)))) return false;
  if (!bracketed && (text::equal_ignoring_case(name, "unknown") || is_obfuscated(name))) return true;
  address = Address::parse(name);
  return address.has_value() && bracketed == (name.find(':') != name.npos);
}

/// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && text::is_alpha(text[0]) &&
         std::ranges::all_of(text, [](char c) { return text::is_alnum(c) || c == '+' || c == '-' || c == '.'; });
}

/// Reads one line from left to right; every function returns false where the line is no list of elements.
class ForwardedReader {
 public:
  explicit ForwardedReader(std::string_view line) noexcept : rest_(line) {}

  /// The next element that has a parameter; `found` is false at the end of the line.
  bool next(ForwardedElement& element, bool& found) noexcept {
    element = {};
    names_used_ = 0;
    for (found = false;;) {
      skip_blanks();
      if (rest_.empty()) return true;
      const char c = rest_.front();
      if (c == ',' || c == ';') {
        rest_.remove_prefix(1);
        if (c == ',' && found) return true;
        continue;
      }
      if (!parameter(element)) return false;
      found = true;
      skip_blanks();
      if (!rest_.empty() && rest_.front() != ',' && rest_.front() != ';') return false;
    }
  }

 private:
  void skip_blanks() noexcept {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }

  std::string_view token() noexcept {
    const auto end = std::ranges::find_if_not(rest_, is_token_char);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const auto read = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return read;
  }

  /// A quoted string (RFC 9110 section 5.6.4), its value into value_. Of one that is longer than understood_max the rest is read and left out.
  bool quoted() noexcept {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if (is_field_control(c)) return false;
      if (value_size_ < value_.size()) value_[value_size_] = c;
      ++value_size_;
    }
    return false;
  }

  bool value() noexcept {
    value_size_ = 0;
    if (!rest_.empty() && rest_.front() == '"') return quoted();
    const auto read = token();
    value_size_ = read.size();
    std::ranges::copy(read.substr(0, value_.size()), value_.begin());
    return !read.empty();
  }

  bool parameter(ForwardedElement& element) noexcept {
    const auto name = token();
    if (name.empty() || !rest_.starts_with('=')) return false;
    const auto used = std::span(names_).first(names_used_);
    if (used.size() == names_.size() || std::ranges::any_of(used, [&](std::string_view other) { return text::equal_ignoring_case(other, name); }))
      return false;
    names_[names_used_++] = name;
    rest_.remove_prefix(1);
    return value() && understand(name, element);
  }

  bool understand(std::string_view name, ForwardedElement& element) const noexcept {
    const bool client = text::equal_ignoring_case(name, "for"), interface = text::equal_ignoring_case(name, "by");
    const bool scheme = text::equal_ignoring_case(name, "proto");
    if (!client && !interface && !scheme) return true;
    if (value_size_ > value_.size()) return false;
    const std::string_view value(value_.data(), value_size_);
    if (client) return read_node(value, element.client);
    if (std::optional<Address> unused; interface) return read_node(value, unused);
    element.scheme = text::equal_ignoring_case(value, "https")  ? Scheme::https
                     : text::equal_ignoring_case(value, "http") ? Scheme::http
                                                                : Scheme::other;
    return is_scheme(value);
  }

  std::string_view rest_;
  std::array<std::string_view, forwarded_parameters_max> names_;
  std::size_t names_used_ = 0;
  std::array<char, understood_max> value_{};
  std::size_t value_size_ = 0;  // which value_ may not hold
};
}  // namespace

bool ForwardedHops::read(std::string_view line) noexcept {
  ForwardedReader reader(line);
  for (ForwardedElement element;;) {
    bool found = false;
    if (!reader.next(element, found)) return false;
    if (!found) return true;
    kept_[read_++ % hops_max] = element;
  }
}

}  // namespace gatehouse::http
