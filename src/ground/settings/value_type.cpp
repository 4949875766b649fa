// The types of single values: one class for all that are written as a text of some form, three for booleans, integers, words.
#include <algorithm>

#include "ground/base/text.hpp"
#include "ground/settings/number_pattern.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::settings {

namespace {

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out = "'";
  for (const char c : text.substr(0, longest)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out + (text.size() > longest ? "...'" : "'");
}

Shape text_shape(std::string_view name, std::string_view pattern, std::string range = {}) {
  Shape shape;
  shape.range = std::move(range);
  shape.name = name;
  shape.pattern = pattern;
  return shape;
}

/// Help for what is wrong.
struct Meant {
  Guess guess = {};                      ///< what the text may have been meant to say
  std::string lacking = "write it out";  ///< what a number needs to be one
  std::vector<std::string> known = {};   ///< texts of which a wrong one was perhaps meant to be the nearest
};

/// A value written as text. `parse` stores it and gives back what is wrong, or nothing.
template <class T>
class TextType final : public Type {
 public:
  using Parse = std::function<std::optional<std::string>(Reader& reader, std::string_view text, T& value)>;
  using Print = std::function<std::string(const T& value)>;
  TextType(Shape shape, Parse parse, Print print, Meant meant = {})
      : Type(std::move(shape)), parse_(std::move(parse)), print_(std::move(print)), meant_(std::move(meant)) {}

  bool read(Reader& reader, const Node& node, void* value) const override {
    if (node.kind != Node::Kind::scalar) return note_no_text(reader, node);
    if (node.looks_like_number_or_boolean()) {
      reader.note(node.at, "must be " + article() + ", and " + shown(node.text) + " is " + std::string(node.kind_text()) + hint(reader, node.text));
      return false;
    }
    if (auto wrong = parse_(reader, node.text, *static_cast<T*>(value))) {
      reader.note(node.at, std::move(*wrong), nearest(reader, node.text));
      return false;
    }
    return true;
  }
  [[nodiscard]] std::string print(const void* value) const override {
    std::string text = print_(*static_cast<const T*>(value));
    return text.empty() ? text : quote(text);
  }

 private:
  [[nodiscard]] std::string article() const { return (std::string_view("aeiou").contains(shape().name.front()) ? "an " : "a ") + shape().name; }
  [[nodiscard]] bool takes(Reader& reader, std::string_view text) const {
    T value{};
    return !parse_(reader, text, value);
  }
  /// The first guess that would be taken: what is advised must not be refused in its turn.
  [[nodiscard]] std::string guess(Reader& reader, std::string_view text) const {
    if (meant_.guess)
      for (auto& one : meant_.guess(text))
        if (one != text && takes(reader, one)) return std::move(one);
    return {};
  }
  [[nodiscard]] std::string nearest(Reader& reader, std::string_view text) const {
    auto guessed = guess(reader, text);
    return guessed.empty() ? nearest_name(text, meant_.known) : guessed;
  }
  /// "{rest...}" without quotes is a block to YAML, and "[a]" a list.
  bool note_no_text(Reader& reader, const Node& node) const {
    if (!node.flow) return detail::note_wrong_kind(reader, node, article());
    const bool map = node.kind == Node::Kind::map;
    const bool single = !map && node.items.size() == 1 && node.items.front().kind == Node::Kind::scalar && takes(reader, node.items.front().text);
    reader.note(
        node.at,
        "must be " + article() + ", not " + std::string(node.kind_text()) + "; a text that begins with '" + (map ? '{' : '[') + "' stands in quotes",
        single ? node.items.front().text : std::string{});
    return false;
  }
  /// What makes a number right; whether it is a text or lacks its unit.
  [[nodiscard]] std::string hint(Reader& reader, std::string_view text) const {
    if (takes(reader, text)) return "; write it in quotes to make it text";
    if (const auto advised = guess(reader, text); !advised.empty()) return "; " + meant_.lacking + ", as in " + advised;
    return shape().range.empty() ? "; write it as in the example" : "; it takes " + shape().range;
  }
  Parse parse_;
  Print print_;
  Meant meant_;
};

template <class T>
TypeOf<T> text_type(Shape shape, typename TextType<T>::Parse parse, typename TextType<T>::Print print, Meant meant = {}) {
  return TypeOf<T>(std::make_shared<TextType<T>>(std::move(shape), std::move(parse), std::move(print), std::move(meant)));
}

Shape long_text_shape(std::string_view name, std::string_view pattern, std::size_t bytes_max) {
  auto shape = text_shape(name, pattern);
  shape.maximum = static_cast<std::int64_t>(bytes_max);
  return shape;
}

/// In milliseconds, which every time is a whole number of.
std::string duration_pattern(Duration minimum, Duration maximum) {
  static constexpr PatternUnit units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto least = std::chrono::ceil<std::chrono::milliseconds>(minimum), most = std::chrono::floor<std::chrono::milliseconds>(maximum);
  return quantity_pattern(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count()), units);
}

std::string size_pattern(std::uint64_t minimum, std::uint64_t maximum) {
  static constexpr PatternUnit units[] = {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}};
  return quantity_pattern(minimum, maximum, units);
}

// An IPv4 address has four numbers; whether each is one of 0 to 255 only the reader looks at. An IPv6 address has two colons at least.
constexpr std::string_view ipv4_pattern = "[0-9]{1,3}(\\.[0-9]{1,3}){3}", ipv6_pattern = "[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*";

/// A name of which the last label is not all digits, or an address.
std::string host_pattern_of(std::string_view before_a_name) {
  const std::string label = "[A-Za-z0-9_-]";
  return '^' + ("(" + std::string(before_a_name)) + "(" + label + "{1,63}\\.)*" + label + "*[A-Za-z_-]" + label + "*|" + std::string(ipv4_pattern) +
         "|" + std::string(ipv6_pattern) + ")$";
}

/// For ranges of times and sizes: zero gets a sentence of its own, because it is the common mistake.
std::optional<std::string> out_of_range(std::string_view text, bool zero, bool low, bool high, const std::string& minimum,
                                        const std::string& maximum) {
  if (!low && !high) return std::nullopt;
  if (zero) return "must not be zero; it takes " + minimum + " to " + maximum;
  return shown(text) + " is out of range; it takes " + minimum + " to " + maximum;
}

class BooleanType final : public Type {
 public:
  using Type::Type;
  bool read(Reader& reader, const Node& node, void* value) const override {
    if (node.kind != Node::Kind::scalar || node.quoted || (node.text != "true" && node.text != "false"))
      return detail::note_wrong_kind(reader, node, "true or false", nearest(node));
    *static_cast<bool*>(value) = node.text == "true";
    return true;
  }
  [[nodiscard]] std::string print(const void* value) const override { return *static_cast<const bool*>(value) ? "true" : "false"; }

 private:
  /// What older YAML took for a boolean, and one in quotes.
  [[nodiscard]] static std::string nearest(const Node& node) {
    const auto word = text::lower(node.text);
    if (word == "yes" || word == "on" || word == "true") return "true";
    return word == "no" || word == "off" || word == "false" ? "false" : "";
  }
};

class IntegerType final : public Type {
 public:
  IntegerType(Shape shape, detail::IntegerStore store, detail::IntegerLoad load) : Type(std::move(shape)), store_(store), load_(load) {}
  bool read(Reader& reader, const Node& node, void* value) const override {
    const auto minimum = static_cast<std::uint64_t>(shape().minimum);
    const auto maximum = static_cast<std::uint64_t>(shape().maximum);
    if (node.kind != Node::Kind::scalar || node.quoted || !node.looks_like_number_or_boolean() || text::is_alpha(node.text.front()))
      return detail::note_wrong_kind(reader, node, "a whole number", nearest(node.text));
    if (node.text.size() > 1 && node.text.front() == '0') {  // 010 is ten to YAML 1.2, and eight to YAML 1.1
      reader.note(node.at, shown(node.text) + " begins with a zero, which others read as octal; write it without", nearest(node.text));
      return false;
    }
    const auto number = text::parse_number<std::uint64_t>(node.text);
    if (number && *number >= minimum && *number <= maximum) {
      store_(value, *number);
      return true;
    }
    if (number == 0) reader.note(node.at, "must not be zero; it takes " + range());
    else reader.note(node.at, shown(node.text) + " is not a whole number of " + range());
    return false;
  }
  [[nodiscard]] std::string print(const void* value) const override { return std::to_string(load_(value)); }

 private:
  /// The number within the quotes, or without what is only to be read by people: "1_000", "1,000", "007".
  [[nodiscard]] std::string nearest(std::string_view text) const {
    std::string digits;
    for (const char c : text)
      if (c != '_' && c != ',' && c != ' ') digits += c;
    const auto number = text::parse_number<std::uint64_t>(digits);
    const bool right = number && *number >= static_cast<std::uint64_t>(shape().minimum) && *number <= static_cast<std::uint64_t>(shape().maximum);
    return right ? std::to_string(*number) : std::string{};
  }
  [[nodiscard]] std::string range() const { return std::to_string(shape().minimum) + " to " + std::to_string(shape().maximum); }
  detail::IntegerStore store_;
  detail::IntegerLoad load_;
};

class WordsType final : public Type {
 public:
  WordsType(Shape shape, detail::WordList list) : Type(std::move(shape)), list_(std::move(list)) {}
  bool read(Reader& reader, const Node& node, void* value) const override {
    const auto found = std::ranges::find(list_.words, node.text, &Shape::Word::text);
    if (node.kind == Node::Kind::scalar && node.looks_like_number_or_boolean() && found != list_.words.end()) {
      reader.note(node.at, shown(node.text) + " is " + std::string(node.kind_text()) + "; write it in quotes", quote(node.text));
      return false;
    }
    if (node.kind != Node::Kind::scalar || node.looks_like_number_or_boolean()) {
      detail::note_wrong_kind(reader, node, "one of the words " + all());
      return false;
    }
    if (found != list_.words.end()) {
      list_.store(value, static_cast<std::size_t>(found - list_.words.begin()));
      return true;
    }
    std::vector<std::string> names;
    names.reserve(list_.words.size());
    for (const auto& word : list_.words) names.push_back(word.text);
    reader.note(node.at, shown(node.text) + " is not one of " + all(), nearest_name(node.text, names));
    return false;
  }
  [[nodiscard]] std::string print(const void* value) const override {
    const auto index = list_.load(value);
    return index < list_.words.size() ? quote(list_.words[index].text) : std::string{};
  }

 private:
  [[nodiscard]] std::string all() const {
    std::string out;
    for (const auto& word : list_.words) out += (out.empty() ? "" : ", ") + word.text;
    return out;
  }
  detail::WordList list_;
};

std::optional<std::string> store_text(std::string_view given, std::string& value, std::size_t bytes_max) {
  if (given.empty()) return "must not be empty";
  if (given.size() > bytes_max) return "is longer than " + std::to_string(bytes_max) + " bytes";
  if (given.contains('\n')) return "goes over several lines; it is written on one";
  if (given.starts_with("${") && given.ends_with('}'))
    return shown(given) + " is taken as it stands: no variable is put in here; write the value out";
  for (const std::string_view mark : {"\u201c", "\u201d", "\u201e", "\u2018", "\u2019"})
    if (given.starts_with(mark)) return "begins with a typographic quotation mark; the one of YAML is '\"'";
  if (std::ranges::any_of(given, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) return "holds a control character";
  value = given;
  return std::nullopt;
}

// What of store_text() and store_path() a pattern can say.
constexpr std::string_view text_pattern = "^[^\\x00-\\x1F\\x7F]+$";
constexpr std::string_view path_pattern = "^([^~\\x00-\\x1F\\x7F]|~[^/\\x00-\\x1F\\x7F])[^\\x00-\\x1F\\x7F]*$";

constexpr std::size_t path_bytes_max = 4096;  // PATH_MAX of Linux

/// Nothing is done to a path, as a shell would.
std::optional<std::string> store_path(std::string_view given, std::string& value) {
  if (auto unfit = store_text(given, value, path_bytes_max)) return unfit;
  if (given.contains("${")) return "holds '${': no variable is put in here; write the path out";
  if (given == "~" || given.starts_with("~/")) return "begins with '~', which only a shell reads as the home directory; write the path out";
  return std::nullopt;
}

}  // namespace

namespace detail {

std::shared_ptr<const Type> integer_type(std::uint64_t minimum, std::uint64_t maximum, IntegerStore store, IntegerLoad load) {
  Shape shape;
  shape.kind = Shape::Kind::integer;
  shape.name = "whole number";
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  shape.minimum = static_cast<std::int64_t>(std::min(minimum, largest));
  shape.maximum = static_cast<std::int64_t>(std::min(maximum, largest));
  return std::make_shared<IntegerType>(std::move(shape), store, load);
}

std::shared_ptr<const Type> words_type(WordList list) {
  Shape shape;
  shape.kind = Shape::Kind::words;
  shape.name = "word";
  shape.words = list.words;
  return std::make_shared<WordsType>(std::move(shape), std::move(list));
}

}  // namespace detail

TypeOf<bool> boolean() {
  Shape shape;
  shape.kind = Shape::Kind::boolean;
  shape.name = "boolean";
  return TypeOf<bool>(std::make_shared<BooleanType>(std::move(shape)));
}

TypeOf<std::string> text(std::size_t bytes_max) {
  return text_type<std::string>(
      long_text_shape("text", text_pattern, bytes_max),
      [bytes_max](Reader&, std::string_view given, std::string& value) { return store_text(given, value, bytes_max); },
      [](const std::string& value) { return value; });
}

TypeOf<std::string> text_of(std::string_view name, std::string_view pattern, std::function<std::optional<std::string>(std::string_view)> wrong,
                            std::vector<std::string> known, Guess guess) {
  return text_type<std::string>(
      text_shape(name, pattern),
      [wrong = std::move(wrong)](Reader&, std::string_view given, std::string& value) {
        auto unfit = store_text(given, value, 4096);
        return unfit ? unfit : wrong(given);
      },
      [](const std::string& value) { return value; }, {.guess = std::move(guess), .known = std::move(known)});
}

TypeOf<std::string> name() {
  return text_of("name", "^[A-Za-z0-9_-]{1,64}$", [](std::string_view given) -> std::optional<std::string> {
    if (is_name(given)) return std::nullopt;
    return shown(given) + " is not a name: letters, digits, '-' and '_', at most 64 of them";
  });
}

TypeOf<std::string> host_name() {
  return text_of(
      "host name", host_pattern_of(""),
      [](std::string_view given) -> std::optional<std::string> {
        if (is_host_name(given)) return std::nullopt;
        return shown(given) + " is not a host name or an IP address (without port)";
      },
      {}, guess_host);
}

TypeOf<std::string> host_pattern() {
  return text_type<std::string>(
      text_shape("host pattern", host_pattern_of("(\\*\\.)?")),
      [](Reader&, std::string_view given, std::string& value) -> std::optional<std::string> {
        const bool any = given.starts_with("*.");
        const auto host = given.substr(any ? 2 : 0);
        if (!is_host_name(host) || (any && (!host.contains('.') || http::Address::parse(host))))
          return shown(given) + " is not a host name (\"*.example.org\" for any one label), without port";
        value = text::lower(given);
        return std::nullopt;
      },
      [](const std::string& value) { return value; }, {.guess = guess_host});
}

TypeOf<std::string> file_path() {
  return text_type<std::string>(
      long_text_shape("file path", path_pattern, path_bytes_max),
      [](Reader& reader, std::string_view given, std::string& value) {
        auto unfit = store_path(given, value);
        if (!unfit) value = reader.resolve(given);
        return unfit;
      },
      [](const std::string& value) { return value; });
}

TypeOf<std::string> state_path() {
  return text_type<std::string>(
      long_text_shape("path in the data directory", path_pattern, path_bytes_max),
      [](Reader&, std::string_view given, std::string& value) { return store_path(given, value); }, [](const std::string& value) { return value; });
}

TypeOf<Duration> duration(Duration minimum, Duration maximum) {
  return text_type<Duration>(
      text_shape("duration", '^' + duration_pattern(minimum, maximum) + '$', to_text(minimum) + " to " + to_text(maximum)),
      [minimum, maximum](Reader&, std::string_view given, Duration& value) -> std::optional<std::string> {
        const auto parsed = parse_duration(given);
        if (!parsed) return shown(given) + " is not a duration: a whole number and ms, s, m, h or d";
        value = *parsed;
        return out_of_range(given, value == 0s, value<minimum, value> maximum, to_text(minimum), to_text(maximum));
      },
      [](const Duration& value) { return to_text(value); }, {.guess = guess_duration, .lacking = "add the unit"});
}

TypeOf<std::uint64_t> byte_size(std::uint64_t minimum, std::uint64_t maximum) {
  return text_type<std::uint64_t>(
      text_shape("byte size", '^' + size_pattern(minimum, maximum) + '$', byte_size_text(minimum) + " to " + byte_size_text(maximum)),
      [minimum, maximum](Reader&, std::string_view given, std::uint64_t& value) -> std::optional<std::string> {
        const auto parsed = parse_byte_size(given);
        if (!parsed) return shown(given) + " is not a byte size: a whole number and B, KiB, MiB or GiB";
        value = *parsed;
        return out_of_range(given, value == 0, value<minimum, value> maximum, byte_size_text(minimum), byte_size_text(maximum));
      },
      [](const std::uint64_t& value) { return byte_size_text(value); },
      {.guess = maximum <= (1U << 20U) ? guess_small_byte_size : guess_byte_size, .lacking = "add the unit"});
}

TypeOf<Rate> rate() {
  static constexpr std::uint32_t most = 1'000'000'000;
  static constexpr Duration longest = 24h * 366;
  return text_type<Rate>(
      text_shape("rate", "^0*(?:" + number_pattern(1, most) + ")/(?:ms|s|m|h|d|" + duration_pattern(1ms, longest) + ")$"),
      [](Reader&, std::string_view given, Rate& value) -> std::optional<std::string> {
        const auto parsed = parse_rate(given);
        if (!parsed) return shown(given) + " is not a rate: a whole number, '/' and s, m, h or d";
        value = *parsed;
        if (value.per > longest) return shown(given) + " is out of range; the time is at most 366d";
        return out_of_range(given, value.count == 0, value.count<1, value.count> most, "1", std::to_string(most));
      },
      [](const Rate& value) { return value == Rate{} ? std::string{} : to_text(value); }, {.guess = guess_rate, .lacking = "add the time"});
}

TypeOf<Endpoint> endpoint() {
  return text_type<Endpoint>(
      text_shape("address and port",
                 "^(" + std::string(ipv4_pattern) + "|\\[" + std::string(ipv6_pattern) + "\\]):0*(?:" + number_pattern(0, 65'535) + ")$"),
      [](Reader&, std::string_view given, Endpoint& value) -> std::optional<std::string> {
        const auto parsed = Endpoint::parse(given);
        if (!parsed) return shown(given) + " is not an IP address with a port";
        value = *parsed;
        return std::nullopt;
      },
      [](const Endpoint& value) { return value.to_text(); }, {.guess = guess_endpoint, .lacking = "add the address"});
}

TypeOf<http::AddressBlock> address_block() {
  return text_type<http::AddressBlock>(
      text_shape("address block", "^(" + std::string(ipv4_pattern) + "(/0*(?:" + number_pattern(0, 32) + "))?|" + std::string(ipv6_pattern) +
                                      "(/0*(?:" + number_pattern(0, 128) + "))?)$"),
      [](Reader&, std::string_view given, http::AddressBlock& value) -> std::optional<std::string> {
        const auto parsed = http::AddressBlock::parse(given);
        if (!parsed) return shown(given) + " is not an address or a block of addresses without bits after its prefix";
        value = *parsed;
        return std::nullopt;
      },
      [](const http::AddressBlock& value) { return value.to_text(); }, {.guess = guess_address_block});
}

namespace {
TypeOf<Url> url_type(std::string_view name, bool with_path) {
  return text_type<Url>(
      text_shape(name, with_path ? "^https?://[^ #]+$" : "^https?://[^ /?#]+/?$"),
      [with_path](Reader&, std::string_view given, Url& value) -> std::optional<std::string> {
        auto parsed = Url::parse(given);
        if (!parsed) return shown(given) + " is not an http:// or https:// URL (without user, password and fragment)";
        if (!with_path && parsed->path == "/") parsed->path.clear();
        if (!with_path && !parsed->path.empty()) return shown(given) + " has a path; here only scheme, host and port have a meaning";
        value = std::move(*parsed);
        return std::nullopt;
      },
      [](const Url& value) { return value == Url{} ? std::string{} : value.to_text(); }, {.guess = guess_url});
}
}  // namespace

TypeOf<Url> url() { return url_type("URL", true); }
TypeOf<Url> origin() { return url_type("origin URL", false); }

}  // namespace gatehouse::settings
