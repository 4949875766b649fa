#include "services/audit/json_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "ground/base/assert.hpp"
#include "services/audit/mask.hpp"

namespace gatehouse::audit {

namespace {

// Bounds of what a field may take in the line, escapes included. Together with the fixed parts they stay under line_bytes_max.
namespace room_of {
constexpr std::size_t stage = 48, rule = 192, facts = 768, principal = 192, key = 64, route = 96, method = 32, host = 256, path = 768,
                      query_name = 64, query = 320, agent = 320;
constexpr std::size_t texts = stage + rule + facts + principal + key + route + method + host + path + query + agent;
constexpr std::size_t fixed = 640;  // all keys, quotes, commas, time, id, numbers, address, trace
static_assert(texts + fixed <= line_bytes_max);
}  // namespace room_of

constexpr std::string_view ellipsis = "\xE2\x80\xA6";

enum class Look : std::uint8_t { plain, escape, credential, multibyte };

constexpr std::array<Look, 256> looks = [] {
  std::array<Look, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = Look::escape;
  for (const unsigned char c : {'"', '\\', '\x7F'}) table[c] = Look::escape;
  for (const unsigned char c : {'_', 'J'}) table[c] = Look::credential;  // the last of "ghk_" and "eyJ"
  for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = Look::multibyte;
  return table;
}();

/// How far the text needs no look at all, eight bytes at a time: printable ASCII but for the quote, the backslash, '_' and 'J'.
std::size_t plain_until(std::string_view text, std::size_t at) noexcept {
  using detail::any_equal;
  for (; at + 8 <= text.size(); at += 8) {
    const auto word = detail::word_at(text, at);
    const auto low = (word - detail::every(0x20)) & ~word & detail::every(0x80);  // some byte below 0x20
    const auto found = (word & detail::every(0x80)) | low | any_equal(word, '"') | any_equal(word, '\\') | any_equal(word, '\x7F') |
                       any_equal(word, '_') | any_equal(word, 'J');
    if (found != 0) break;
  }
  return at;
}

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  ///< bytes; zero: no UTF-8
};

/// The character that begins here (RFC 3629 section 4).
Character decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto first = byte(0);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

/// Characters that end a line, turn the direction of text or are not seen.
bool disguises(std::uint32_t code) noexcept {
  return (code >= 0x80 && code <= 0x9F) || code == 0xAD || code == 0x61C || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE007F);
}

std::size_t put_unit(std::uint32_t unit, char* out) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  out[0] = '\\', out[1] = 'u';
  for (int i = 0; i < 4; ++i) out[2 + i] = digits[unit >> (12 - 4 * i) & 15];
  return 6;
}

/// The escape of one character: at most 12 bytes.
std::size_t put_escape(std::uint32_t code, char* out) noexcept {
  char short_form = 0;
  switch (code) {
    case '"': short_form = '"'; break;
    case '\\': short_form = '\\'; break;
    case '\n': short_form = 'n'; break;
    case '\r': short_form = 'r'; break;
    case '\t': short_form = 't'; break;
    default: break;
  }
  if (short_form != 0) {
    out[0] = '\\', out[1] = short_form;
    return 2;
  }
  if (code < 0x10000) return put_unit(code, out);
  const auto high = put_unit(0xD800 + ((code - 0x10000) >> 10), out);
  return high + put_unit(0xDC00 + ((code - 0x10000) & 0x3FF), out + high);
}

/// Writes pieces until one does not fit; then closes with an ellipsis and takes no more.
class Cut {
 public:
  Cut(char* at, char* end) noexcept : at_(at), end_(end) {}

  bool piece(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < text.size() + ellipsis.size()) return false;
    at_ = std::copy(text.begin(), text.end(), at_);
    return true;
  }
  /// Plain text, which may be cut between characters.
  bool run(std::string_view text) noexcept {
    if (piece(text)) return true;
    auto fits = static_cast<std::size_t>(end_ - at_);
    fits = fits > ellipsis.size() ? fits - ellipsis.size() : 0;
    while (fits > 0 && (static_cast<std::uint8_t>(text[fits]) & 0xC0) == 0x80) --fits;
    at_ = std::copy_n(text.begin(), fits, at_);
    return false;
  }
  void ellipse() noexcept {
    if (static_cast<std::size_t>(end_ - at_) >= ellipsis.size()) at_ = std::ranges::copy(ellipsis, at_).out;
  }
  [[nodiscard]] char* at() const noexcept { return at_; }

 private:
  char *at_, *end_;
};

/// The object under construction: keys are ours, values are anybody's.
class LineWriter {
 public:
  explicit LineWriter(char* at) noexcept : at_(at) {}

  // Of a literal the compiler knows the size, and a few stores do what a call would.
  template <std::size_t size>
  void raw(const char (&literal)[size]) noexcept {
    std::memcpy(at_, literal, size - 1);
    at_ += size - 1;
  }
  void word(std::string_view text) noexcept { at_ = std::copy(text.begin(), text.end(), at_); }
  template <std::size_t size>
  void text(const char (&head)[size], std::string_view value, std::size_t room) noexcept {
    if (value.empty()) return;
    raw(head);
    at_ = write_escaped(value, at_, at_ + room);
    *at_++ = '"';
  }
  template <std::size_t size>
  void number(const char (&head)[size], std::uint64_t value) noexcept {
    raw(head);
    if (value < 10) *at_++ = static_cast<char>('0' + value);
    else at_ = std::to_chars(at_, at_ + 20, value).ptr;
  }
  void query_names(std::string_view query) noexcept {
    constexpr int names_max = 32;
    char* const end = at_ + room_of::query;
    raw(R"(,"query":[)");
    bool first = true;
    for (int count = 0; !query.empty() && count < names_max; ++count) {
      const auto pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), pair.size() + 1));
      if (end - at_ < static_cast<std::ptrdiff_t>(room_of::query_name + 4)) break;
      if (!first) *at_++ = ',';
      *at_++ = '"';
      at_ = write_escaped(pair.substr(0, pair.find('=')), at_, at_ + room_of::query_name);
      *at_++ = '"';
      first = false;
    }
    *at_++ = ']';
  }
  void time(Instant time) noexcept { at_ = write_timestamp(time, at_); }
  void id(const DecisionId& id) noexcept {
    const auto text = id.print();
    at_ = std::ranges::copy(text, at_).out;
  }
  void client(const http::Address& address) noexcept { at_ = write_address(address, at_); }
  void trace(const TraceId& id) noexcept { at_ = print_hex(id.bytes, at_); }
  [[nodiscard]] char* at() const noexcept { return at_; }

 private:
  char* at_;
};

/// "00", "01" ... "99".
constexpr std::array<char, 200> two_digits = [] {
  std::array<char, 200> digits{};
  for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
  return digits;
}();

std::uint64_t microseconds(Duration duration) noexcept { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count() / 1000)); }

}  // namespace

std::string_view to_text(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::refused: return "refused";
    case Outcome::answered: return "answered";
    case Outcome::failed: return "failed";
  }
  return "failed";
}

char* write_escaped(std::string_view text, char* at, char* end) noexcept {
  const auto room = static_cast<std::size_t>(end - at);
  if (text.size() + ellipsis.size() <= room && copy_if_harmless(text, at)) return at + text.size();
  Cut out(at, end);
  std::size_t start = 0, i = 0;  // start..i: a run that needs no change
  const auto replace = [&](std::size_t from, std::size_t to, std::string_view with) {
    if (!out.run(text.substr(start, from - start)) || !out.piece(with)) return false;
    start = i = to;
    return true;
  };
  char escape[12];
  while (i < text.size()) {
    if (i = plain_until(text, i); i == text.size()) break;
    bool fits = true;
    switch (looks[static_cast<std::uint8_t>(text[i])]) {
      case Look::plain:
        do ++i;
        while (i < text.size() && looks[static_cast<std::uint8_t>(text[i])] == Look::plain);
        continue;
      case Look::escape: fits = replace(i, i + 1, {escape, put_escape(static_cast<std::uint8_t>(text[i]), escape)}); break;
      case Look::credential: {
        const std::size_t back = text[i] == '_' ? 3 : 2;
        const std::size_t from = i >= start + back ? i - back : text.size();
        const auto length = from < text.size() ? credential_length(text.substr(from)) : 0;
        if (length == 0) {
          ++i;
          continue;
        }
        fits = replace(from + shown_length(text.substr(from, length)), from + length, mask);
        break;
      }
      case Look::multibyte: {
        const auto character = decode(text.substr(i));
        if (character.length != 0 && !disguises(character.code)) {
          i += character.length;
          continue;
        }
        const auto code = character.length == 0 ? 0xFFFD : character.code;
        fits = replace(i, i + std::max<std::size_t>(1, character.length), {escape, put_escape(code, escape)});
        break;
      }
    }
    if (!fits) {
      out.ellipse();
      return out.at();
    }
  }
  if (!out.run(text.substr(start))) out.ellipse();
  return out.at();
}

char* write_timestamp(Instant time, char* out) noexcept {
  using namespace std::chrono;
  const auto two = [&](unsigned value) { out = std::copy_n(two_digits.data() + std::size_t{2} * value, 2, out); };
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto since_midnight = floor<std::chrono::microseconds>(time - day).count();
  const auto second = static_cast<unsigned>(since_midnight / 1'000'000), microsecond = static_cast<unsigned>(since_midnight % 1'000'000);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year())) % 10000;
  two(year / 100);
  two(year % 100), *out++ = '-';
  two(static_cast<unsigned>(date.month())), *out++ = '-';
  two(static_cast<unsigned>(date.day())), *out++ = 'T';
  two(second / 3600), *out++ = ':';
  two(second / 60 % 60), *out++ = ':';
  two(second % 60), *out++ = '.';
  two(microsecond / 10'000);
  two(microsecond / 100 % 100);
  two(microsecond % 100), *out++ = 'Z';
  return out;
}

char* write_address(const http::Address& address, char* out) noexcept {
  if (!address.is_v4()) {
    const auto text = address.to_text();
    return std::ranges::copy(text, out).out;
  }
  for (std::size_t i = 12; i < 16; ++i) {
    if (i != 12) *out++ = '.';
    const unsigned byte = address.bytes[i];
    if (byte >= 100) *out++ = static_cast<char>('0' + byte / 100);
    if (byte >= 10) *out++ = static_cast<char>('0' + byte / 10 % 10);
    *out++ = static_cast<char>('0' + byte % 10);
  }
  return out;
}

std::size_t write_line(const Record& record, std::span<char> room) noexcept {
  GH_ASSERT(room.size() >= line_bytes_max);
  LineWriter line(room.data());
  line.raw(R"({"time":")"), line.time(record.time);
  line.raw(R"(","id":")"), line.id(record.id);
  line.raw(R"(","outcome":")"), line.word(to_text(record.outcome));
  line.number(R"(","status":)", record.status);
  if (record.problem) line.raw(R"(,"problem":")"), line.word(http::info(*record.problem).slug), line.raw("\"");
  line.text(R"(,"stage":")", record.stage, room_of::stage);
  line.text(R"(,"rule":")", record.rule, room_of::rule);
  line.text(R"(,"facts":")", record.facts, room_of::facts);
  line.text(R"(,"principal":")", record.principal, room_of::principal);
  line.text(R"(,"key":")", record.key_id, room_of::key);
  line.text(R"(,"route":")", record.route, room_of::route);
  line.text(R"(,"method":")", record.method, room_of::method);
  line.text(R"(,"host":")", record.host, room_of::host);
  line.text(R"(,"path":")", record.path, room_of::path);
  if (!record.query.empty()) line.query_names(record.query);
  line.raw(R"(,"client":")"), line.client(record.client), line.raw("\"");
  line.text(R"(,"agent":")", record.user_agent, room_of::agent);
  if (record.trace.valid()) line.raw(R"(,"trace":")"), line.trace(record.trace), line.raw("\"");
  line.number(R"(,"total_us":)", microseconds(record.total));
  line.number(R"(,"upstream_us":)", microseconds(record.upstream));
  line.number(R"(,"bytes_in":)", record.bytes_in);
  line.number(R"(,"bytes_out":)", record.bytes_out);
  line.raw("}\n");
  return static_cast<std::size_t>(line.at() - room.data());
}

std::size_t write_dropped_line(Instant now, std::uint64_t count, std::span<char> room) noexcept {
  GH_ASSERT(room.size() >= line_bytes_max);
  LineWriter line(room.data());
  line.raw(R"({"time":")"), line.time(now);
  line.number(R"(","event":"lines-dropped","count":)", count);
  line.raw("}\n");
  return static_cast<std::size_t>(line.at() - room.data());
}

}  // namespace gatehouse::audit
