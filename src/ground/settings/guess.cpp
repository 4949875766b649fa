#include "ground/settings/guess.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "ground/base/text.hpp"
#include "ground/http/address.hpp"

namespace gatehouse::settings {

namespace guess {

namespace {

struct Meaning {
  std::string_view said;
  std::string_view unit;
};
constexpr std::array<Meaning, 29> times{{{"ms", "ms"}, {"msec", "ms"}, {"millis", "ms"}, {"millisecond", "ms"}, {"milliseconds", "ms"},
                                         {"s", "s"},   {"sec", "s"},   {"secs", "s"},    {"second", "s"},       {"seconds", "s"},
                                         {"m", "m"},   {"min", "m"},   {"mins", "m"},    {"minute", "m"},       {"minutes", "m"},
                                         {"h", "h"},   {"hr", "h"},    {"hrs", "h"},     {"hour", "h"},         {"hours", "h"},
                                         {"d", "d"},   {"day", "d"},   {"days", "d"},    {"rps", "s"},          {"rpm", "m"},
                                         {"rph", "h"}, {"rpd", "d"},   {"reqs", "s"},    {"qps", "s"}}};
constexpr std::array<Meaning, 11> sizes{{{"b", "B"},
                                         {"byte", "B"},
                                         {"bytes", "B"},
                                         {"k", "KiB"},
                                         {"kb", "KiB"},
                                         {"kib", "KiB"},
                                         {"m", "MiB"},
                                         {"mb", "MiB"},
                                         {"mib", "MiB"},
                                         {"g", "GiB"},
                                         {"gb", "GiB"}}};

std::optional<std::string> unit_of(std::string_view said, std::span<const Meaning> meanings) {
  const auto found = std::ranges::find(meanings, text::lower(said), &Meaning::said);
  return found == meanings.end() ? std::nullopt : std::optional(std::string(found->unit));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// A number and the rest behind it.
struct Amount {
  std::string_view digits, rest;
};
Amount amount_of(std::string_view text) {
  text = trimmed(text);
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  return {text.substr(0, end), trimmed(text.substr(end))};
}

/// "1.5s" as 1500ms, "1.5h" as 90m.
Guesses guess_fraction(Amount amount) {
  const auto after = amount_of(amount.rest.substr(1));
  const auto unit = unit_of(after.rest, times);
  const auto whole = text::parse_number<std::uint32_t>(amount.digits);
  if (!unit || !whole || after.digits.empty() || after.digits.size() > 3) return {};
  std::uint64_t thousandths = text::parse_number<std::uint32_t>(after.digits).value_or(0);  // up to three digits always are one
  for (auto i = after.digits.size(); i < 3; ++i) thousandths *= 10;
  thousandths += std::uint64_t{*whole} * 1000;
  struct Finer {
    std::string_view unit, by;
    std::uint64_t times;
  };
  for (const auto& [of, by, count] : {Finer{"s", "ms", 1000}, Finer{"m", "s", 60}, Finer{"h", "m", 60}, Finer{"d", "h", 24}})
    if (*unit == of && thousandths * count % 1000 == 0) return {std::to_string(thousandths * count / 1000) + std::string(by)};
  return {};
}

Guesses with_each(std::string_view digits, std::initializer_list<std::string_view> ends) {
  Guesses all;
  for (const auto end : ends) all.push_back(std::string(digits) + std::string(end));
  return all;
}

std::string_view without_scheme(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  return text.substr(0, text.find('/'));
}

}  // namespace
}  // namespace guess

Guesses guess_duration(std::string_view text) {
  const auto amount = guess::amount_of(text);
  if (amount.digits.empty()) return {};
  if (amount.rest.empty())
    return amount.digits.size() > 3 ? guess::with_each(amount.digits, {"ms", "s", "m", "h"}) : guess::with_each(amount.digits, {"s", "ms", "m", "h"});
  if (amount.rest.starts_with('.')) return guess::guess_fraction(amount);
  const auto unit = guess::unit_of(amount.rest, guess::times);
  if (unit) return {std::string(amount.digits) + *unit};
  const auto weeks = text::parse_number<std::uint32_t>(amount.digits);
  const auto said = text::lower(amount.rest);
  if (weeks && *weeks < 1000 && (said == "w" || said == "week" || said == "weeks")) return {std::to_string(*weeks * 7) + "d"};
  return {};
}

Guesses guess_byte_size(std::string_view text) {
  const auto amount = guess::amount_of(text);
  if (amount.digits.empty()) return {};
  if (amount.rest.empty())
    return amount.digits.size() > 3 ? guess::with_each(amount.digits, {"B", "KiB", "MiB"}) : guess::with_each(amount.digits, {"KiB", "B", "MiB"});
  const auto unit = guess::unit_of(amount.rest, guess::sizes);
  return unit ? Guesses{std::string(amount.digits) + *unit} : Guesses{};
}

Guesses guess_small_byte_size(std::string_view text) {
  const auto amount = guess::amount_of(text);
  if (!amount.digits.empty() && amount.rest.empty()) return guess::with_each(amount.digits, {"B", "KiB"});
  return guess_byte_size(text);
}

Guesses guess_rate(std::string_view text) {
  const auto amount = guess::amount_of(text);
  if (amount.digits.empty()) return {};
  if (amount.rest.empty()) return guess::with_each(amount.digits, {"/s"});
  auto rest = text::lower(amount.rest);
  for (const std::string_view word : {"requests", "request", "req", "r"})
    if (rest.starts_with(word) && !guess::unit_of(rest, guess::times)) {
      rest.erase(0, word.size());
      break;
    }
  auto unit = guess::trimmed(rest);
  for (const std::string_view word : {"/", "per ", "a ", "an ", "each "})
    if (unit.starts_with(word)) {
      unit = guess::trimmed(unit.substr(word.size()));
      break;
    }
  const auto found = guess::unit_of(unit, guess::times);
  return found ? Guesses{std::string(amount.digits) + "/" + *found} : Guesses{};
}

Guesses guess_endpoint(std::string_view text) {
  const auto host_and_port = guess::without_scheme(text);
  const auto colon = host_and_port.rfind(':');
  const auto port = std::string(colon == host_and_port.npos ? host_and_port : host_and_port.substr(colon + 1));
  const auto host = colon == host_and_port.npos ? std::string_view{} : host_and_port.substr(0, colon);
  Guesses all{std::string(host_and_port)};
  if (host.empty() || host == "localhost") all.push_back("127.0.0.1:" + port);
  if (host == "*") all.push_back("0.0.0.0:" + port);
  if (host.contains(':')) all.push_back("[" + std::string(host) + "]:" + port);
  return all;
}

Guesses guess_address_block(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return {};
  const auto address = http::Address::parse(text.substr(0, slash));
  const auto bits = text::parse_number<unsigned>(text.substr(slash + 1));
  if (!address || !bits || *bits > (address->is_v4() ? 32U : 128U)) return {};
  const auto prefix = address->is_v4() ? *bits + 96 : *bits;
  return {http::AddressBlock{address->masked(prefix), prefix}.to_text()};
}

Guesses guess_host(std::string_view text) {
  const auto host_and_port = guess::without_scheme(text);
  return {std::string(host_and_port), std::string(host_and_port.substr(0, host_and_port.rfind(':')))};
}

Guesses guess_url(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != text.npos) return {std::string(text.substr(0, text.find('/', scheme + 3)))};
  const auto host = text.substr(0, text.find_first_of(":/"));
  const bool near = host == "localhost" || http::Address::parse(host);
  const auto bare = std::string(near ? "http://" : "https://") + std::string(text);
  return {bare, bare.substr(0, bare.find('/', 8))};
}

}  // namespace gatehouse::settings
