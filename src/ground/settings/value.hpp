// The values that settings are made of, with their units, and the types that read them. Ranges are part of the type: each
// maker names the smallest and the largest value, and zero is refused unless the range has it.
#pragma once
#include <concepts>
#include <functional>
#include <limits>

#include "ground/base/secret.hpp"
#include "ground/base/time.hpp"
#include "ground/http/address.hpp"
#include "ground/settings/guess.hpp"
#include "ground/settings/type.hpp"

namespace gatehouse::settings {

/// What may have been meant by a text that is not taken, the likeliest first.
using Guess = std::function<Guesses(std::string_view text)>;

/// So many in so much time: "10/s", "600/m", "1000/h", "5/10s".
struct Rate {
  std::uint32_t count = 0;
  Duration per{0};
  bool operator==(const Rate&) const = default;
};

/// An IP address and a port: "127.0.0.1:8443", "[::1]:8443". Port 0 asks the system for any free port.
struct Endpoint {
  http::Address address;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
  /// 127.0.0.0/8 or ::1: reached from this machine only.
  [[nodiscard]] bool is_loopback() const noexcept;
  /// Loopback, or an address that the public internet does not route (RFC 1918, RFC 4193, RFC 3927, RFC 4291 section 2.5.6).
  [[nodiscard]] bool is_private() const noexcept;
};

/// An http or https URL. No user, no password, no fragment.
struct Url {
  bool secure = false;     ///< https
  std::string host;        ///< in lower case; IPv6 without its brackets
  std::uint16_t port = 0;  ///< never 0 in a parsed one
  std::string path;        ///< with its query; empty or beginning with '/'
  bool operator==(const Url&) const = default;
  [[nodiscard]] static std::optional<Url> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
  /// `localhost` or a loopback address: what is sent there does not leave the machine.
  [[nodiscard]] bool is_loopback() const noexcept;
};

/// A secret that the document only refers to. The text is read once, when the document is.
struct SecretReference {
  std::string file;         ///< where it came from: a file,
  std::string environment;  ///< or an environment variable
  Secret secret;
};

/// nothing: not of that form or too large for the type.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::uint64_t> parse_byte_size(std::string_view text) noexcept;
[[nodiscard]] std::optional<Rate> parse_rate(std::string_view text) noexcept;
/// In the largest unit that gives a whole number: the text that parses back to the same value.
[[nodiscard]] std::string to_text(Duration duration);
[[nodiscard]] std::string byte_size_text(std::uint64_t bytes);
[[nodiscard]] std::string to_text(Rate rate);
/// A DNS name by the letters-digits-hyphen rule (RFC 1123 section 2.1), or an IP address; no port, no final dot.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

[[nodiscard]] TypeOf<bool> boolean();
/// Any text of 1 to `bytes_max` bytes without control characters.
[[nodiscard]] TypeOf<std::string> text(std::size_t bytes_max = 1024);
/// What a text must be beyond that: `wrong` gives what is wrong with it, as the rest of a sentence, or nothing.
/// `known`: the texts that there are, if they can be listed; the one nearest to a wrong one is offered. `guess`: what a wrong one may have been
/// meant to say; the first that is right is offered.
[[nodiscard]] TypeOf<std::string> text_of(std::string_view name, std::string_view pattern,
                                          std::function<std::optional<std::string>(std::string_view)> wrong, std::vector<std::string> known = {},
                                          Guess guess = {});
/// A name that the operator invents (is_name), here as a reference to such a thing.
[[nodiscard]] TypeOf<std::string> name();
[[nodiscard]] TypeOf<std::string> host_name();
/// A host name, or "*." and a name of at least two labels; kept in lower case.
[[nodiscard]] TypeOf<std::string> host_pattern();
/// A file to be read, relative to the document's folder. Whether it can be read is its reader's finding.
[[nodiscard]] TypeOf<std::string> file_path();
/// A file or folder that the gate writes: kept as written; app/config puts it below the data directory.
[[nodiscard]] TypeOf<std::string> state_path();
/// 1ms granularity: 250ms, 30s, 5m, 24h, 30d.
[[nodiscard]] TypeOf<Duration> duration(Duration minimum, Duration maximum);
/// 512B, 64KiB, 1MiB, 2GiB.
[[nodiscard]] TypeOf<std::uint64_t> byte_size(std::uint64_t minimum, std::uint64_t maximum);
[[nodiscard]] TypeOf<Rate> rate();
[[nodiscard]] TypeOf<Endpoint> endpoint();
[[nodiscard]] TypeOf<http::AddressBlock> address_block();
/// http and https with a path.
[[nodiscard]] TypeOf<Url> url();
/// http and https, scheme, host and port only.
[[nodiscard]] TypeOf<Url> origin();
/// `{ file: path }` or `{ env: NAME }`. The file must be readable, and by its owner only; an end of line at its end is dropped.
[[nodiscard]] TypeOf<SecretReference> secret();

namespace detail {
using IntegerStore = void (*)(void* value, std::uint64_t number);
using IntegerLoad = std::uint64_t (*)(const void* value);
[[nodiscard]] std::shared_ptr<const Type> integer_type(std::uint64_t minimum, std::uint64_t maximum, IntegerStore store, IntegerLoad load);

struct WordList {
  std::vector<Shape::Word> words;
  std::function<void(void* value, std::size_t index)> store;
  std::function<std::size_t(const void* value)> load;
};
[[nodiscard]] std::shared_ptr<const Type> words_type(WordList list);
}  // namespace detail

template <std::unsigned_integral T>
[[nodiscard]] TypeOf<T> integer(std::type_identity_t<T> minimum, std::type_identity_t<T> maximum) {
  return TypeOf<T>(detail::integer_type(
      minimum, maximum, [](void* value, std::uint64_t number) { *static_cast<T*>(value) = static_cast<T>(number); },
      [](const void* value) -> std::uint64_t { return *static_cast<const T*>(value); }));
}

/// One word of an enumeration.
template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
  std::string_view purpose;
};

template <class Enum>
[[nodiscard]] TypeOf<Enum> words(const std::vector<Word<Enum>>& all) {
  detail::WordList list;
  for (const auto& word : all) list.words.push_back({std::string(word.text), std::string(word.purpose)});
  list.store = [all](void* value, std::size_t index) { *static_cast<Enum*>(value) = all[index].value; };
  list.load = [all](const void* value) {
    std::size_t index = 0;
    while (index < all.size() && all[index].value != *static_cast<const Enum*>(value)) ++index;
    return index;
  };
  return TypeOf<Enum>(detail::words_type(std::move(list)));
}

}  // namespace gatehouse::settings
