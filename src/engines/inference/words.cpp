#include "engines/inference/words.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "engines/schema/format.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::inference {

namespace words {
namespace {

constexpr std::size_t integer_digits_max = 18, number_digits_max = 15, name_max = 64, enum_word_max = 24, looked_at_max = 2048;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::size_t digits_in(std::string_view text) noexcept { return static_cast<std::size_t>(std::ranges::count_if(text, is_digit)); }

/// "v1", "v2.1": what versions look like.
bool is_version(std::string_view text) noexcept {
  return text.size() >= 2 && text.size() <= 8 && text[0] == 'v' && is_digit(text[1]) &&
         std::ranges::all_of(text.substr(1), [](char c) { return is_digit(c) || c == '.'; });
}

/// An identifier that a machine has made: many digits, or as many digits as letters, or a long run of hexadecimal digits.
bool is_made_up(std::string_view text) noexcept {
  const auto digits = digits_in(text);
  if (digits >= 4 || (text.size() >= 3 && digits * 2 >= text.size())) return true;
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.size() >= 12 && digits > 0 && std::ranges::all_of(text, is_hex);
}

bool is_chosen(std::string_view text, std::string_view beside) noexcept {
  if (text.empty() || text.size() > name_max) return false;
  if (!text::is_alpha(text.front()) && text.front() != '_' && text.front() != '$' && text.front() != '.') return false;
  if (std::ranges::any_of(text, [&](char c) { return !text::is_alnum(c) && !beside.contains(c); })) return false;
  return is_version(text) || !is_made_up(text);
}

// Whole words of a name, and beginnings of its words for those that come in many forms.
constexpr std::array<std::string_view, 26> private_words{"key", "pin",  "otp", "pwd", "sid", "jwt", "ssn", "dob", "sex", "tel", "fax",  "ip",  "zip",
                                                         "nin", "iban", "bic", "vat", "tax", "lat", "lng", "lon", "geo", "mac", "nick", "age", "id"};
constexpr std::array<std::string_view, 52> private_stems{
    "secret",   "token",  "passw",   "passp",  "credential", "auth",      "session", "cookie",  "signature", "hash",     "nonce",
    "name",     "mail",   "phone",   "mobile", "addres",     "street",    "city",    "town",    "postal",    "postcode", "birth",
    "born",     "card",   "cvv",     "cvc",    "account",    "insur",     "licen",   "user",    "login",     "person",   "patient",
    "customer", "client", "owner",   "author", "doctor",     "physician", "nurse",   "employe", "contact",   "member",   "subject",
    "diagnos",  "gender", "religio", "ethnic", "nationali",  "locat",     "medic",   "salary"};

/// "patientName", "patient_name", "PatientName" -> patient, name.
std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts(1);
  char before = 0;
  for (const char c : name.substr(0, looked_at_max)) {
    const bool upper = c >= 'A' && c <= 'Z', starts = upper && (before >= 'a' && before <= 'z');
    if (!text::is_alpha(c) || starts) parts.emplace_back();
    if (text::is_alpha(c)) parts.back() += upper ? static_cast<char>(c + 32) : c;
    before = c;
  }
  return parts;
}

}  // namespace
}  // namespace words

Looks looks_of(std::string_view text) {
  if (text.size() > words::looked_at_max || text.size() < 3) return 0;
  Looks looks = 0;
  if (schema::is_uuid(text)) looks |= looks_uuid;
  if (schema::is_date(text)) looks |= looks_date;
  if (schema::is_date_time(text)) looks |= looks_date_time;
  if (schema::is_ipv4(text)) looks |= looks_ipv4;
  if (text.contains(':') && schema::is_ipv6(text)) looks |= looks_ipv6;
  if (text.contains('@') && schema::is_email(text)) looks |= looks_email;
  if ((text.starts_with("http://") || text.starts_with("https://")) && schema::is_uri(text)) looks |= looks_uri;
  return looks;
}

std::string_view format_name(Looks one) noexcept {
  constexpr std::array<std::pair<Looks, std::string_view>, 7> names{{{looks_uuid, "uuid"},
                                                                     {looks_date, "date"},
                                                                     {looks_date_time, "date-time"},
                                                                     {looks_ipv4, "ipv4"},
                                                                     {looks_ipv6, "ipv6"},
                                                                     {looks_email, "email"},
                                                                     {looks_uri, "uri"}}};
  const auto* const found = std::ranges::find(names, one, &std::pair<Looks, std::string_view>::first);
  return found == names.end() ? std::string_view{} : found->second;
}

bool is_integer(std::string_view text) noexcept {
  if (text.starts_with('-') && text != "-0") text.remove_prefix(1);
  if (text.empty() || text.size() > words::integer_digits_max || !std::ranges::all_of(text, words::is_digit)) return false;
  return text.size() == 1 || text.front() != '0';
}

bool is_number(std::string_view text) noexcept {
  if (is_integer(text)) return true;
  const auto point = text.find('.');
  if (point == text.npos || point + 1 == text.size() || text.size() > words::number_digits_max) return false;
  const auto whole = text.substr(0, point);
  return (whole == "-0" || is_integer(whole)) && std::ranges::all_of(text.substr(point + 1), words::is_digit);
}

bool is_name(std::string_view text) noexcept { return words::is_chosen(text, "_.:$[]-"); }

bool is_literal_segment(std::string_view text) noexcept { return words::is_chosen(text, "_.-") && text != "." && text != ".."; }

bool is_enum_word(std::string_view text) noexcept {
  return text.size() <= words::enum_word_max && !text.empty() && text::is_alpha(text.front()) && words::is_chosen(text, "_-") && looks_of(text) == 0;
}

bool is_private_name(std::string_view name) {
  for (const auto& part : words::parts_of(name)) {
    if (std::ranges::find(words::private_words, part) != words::private_words.end()) return true;
    // Also within a word: "username", "apikeys".
    if (std::ranges::any_of(words::private_stems, [&](std::string_view stem) { return part.contains(stem); })) return true;
    if (part.ends_with("key") || part.ends_with("keys")) return true;
  }
  return false;
}

std::uint64_t length_of(std::string_view text) noexcept {
  return static_cast<std::uint64_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace gatehouse::inference
