#include <algorithm>
#include <array>
#include <optional>

#include "ground/base/text.hpp"
#include "services/keys/keys.hpp"

namespace gatehouse::keys {

namespace {
constexpr std::size_t clear_text_min = 16, clear_text_max = 512;  // shorter ones can be guessed

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : text::split(text, ','))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

constexpr std::string_view white_space = " \f\v\r";  // the tab parts the fields, the line feed the lines
constexpr std::array<std::string_view, 7> fields{"name", "subject", "plan", "scopes", "allowed", "environment", "expires"};

/// The field that a value swallows if its tab is a space: `name=bob allowed=10.0.0.0/8` would be a name, and the key taken from everywhere.
std::optional<std::string_view> swallowed_field(std::string_view value) {
  for (auto at = value.find_first_of(white_space); at != value.npos; at = value.find_first_of(white_space, at + 1)) {
    const auto rest = value.substr(at + 1);
    for (const auto field : fields) {
      if (!text::equal_ignoring_case(rest.substr(0, field.size()), field)) continue;
      const auto next = rest.find_first_not_of(white_space, field.size());
      if (next != rest.npos && rest[next] == '=') return field;
    }
  }
  return std::nullopt;
}

Result<> set_field(KeySpec& spec, std::string_view name, std::string_view text) {
  if (name == "name") spec.name = text;
  else if (name == "subject") spec.subject = text;
  else if (name == "plan") spec.plan = text;
  else if (name == "scopes") spec.scopes = list_of(text);
  else if (name == "allowed") {
    spec.allowed.clear();
    const auto words = list_of(text);
    // An empty column would take away what --address says, and the key would be good from everywhere.
    if (words.empty())
      return refuse(Fault::invalid, "allowed= names no block of addresses; leave the field out, or write 0.0.0.0/0,::/0 for everywhere");
    for (const auto& word : words) {
      const auto block = http::AddressBlock::parse(word);
      if (!block) return refuse(Fault::invalid, "not a block of addresses: " + word);
      spec.allowed.push_back(*block);
    }
  } else if (name == "environment") {
    const auto environment = parse_environment(text);
    if (!environment) return refuse(Fault::invalid, "environment is live or test");
    spec.environment = *environment;
  } else if (name == "expires") {
    const auto seconds = text::parse_number<std::uint32_t>(text);
    if (!seconds) return refuse(Fault::invalid, "expires is a time in unix seconds");
    spec.expires_at = Instant(std::chrono::seconds(*seconds));
  } else return refuse(Fault::invalid, "unknown field; there are name, subject, plan, scopes, allowed, environment, expires");
  return {};
}

Error no_tab_before(std::string_view field) {
  return refuse(Fault::invalid, "before '" + std::string(field) + "=' stands no tab but white space; a tab goes before each field");
}

Result<> set_credential(ImportedKey& key, std::string_view credential) {
  if (const auto field = swallowed_field(credential)) return no_tab_before(*field);
  constexpr std::string_view digest_prefix = "sha256:";
  if (credential.starts_with(digest_prefix)) {
    const auto digest = KeyDigest::parse_hex(credential.substr(digest_prefix.size()));
    if (!digest) return refuse(Fault::invalid, "sha256: is followed by 64 hexadecimal digits");
    key.digest = *digest;
    return {};
  }
  if (credential.size() < clear_text_min || credential.size() > clear_text_max) return refuse(Fault::invalid, "a key has 16 to 512 characters");
  if (!std::ranges::all_of(credential, [](char c) { return c > 0x20 && c < 0x7F; }))
    return refuse(Fault::invalid, "a key has visible ASCII characters only; what follows it begins with a tab");
  if (credential.starts_with(key_prefix)) {
    const auto shape = parse_key(credential);
    if (!shape) return refuse(Fault::invalid, "a key that begins with ghk_ and has a wrong form or checksum");
    key.id = shape->id;
    key.spec.environment = shape->environment;
  }
  key.digest = KeyDigest::of(credential);
  return {};
}

Result<ImportedKey> parse_line(std::string_view line, const KeySpec& defaults) {
  ImportedKey key{defaults, {}, std::nullopt, 0};
  if (key.spec.name.empty()) key.spec.name = "imported";
  const auto parts = text::split(line, '\t');
  std::vector<std::string_view> seen;
  for (const auto part : std::span(parts).subspan(1)) {
    const auto equals = part.find('=');
    if (equals == part.npos) return refuse(Fault::invalid, "after the key come fields as name=value, a tab before each");
    const auto value = part.substr(equals + 1);
    if (const auto field = swallowed_field(value)) return no_tab_before(*field);
    const auto name = part.substr(0, equals);
    CHECK_OK(set_field(key.spec, name, value));
    if (std::ranges::find(seen, name) != seen.end()) return refuse(Fault::invalid, "the field '" + std::string(name) + "' is there twice");
    seen.push_back(name);
  }
  CHECK_OK(set_credential(key, parts.front()));
  return key;
}
}  // namespace

Result<std::vector<ImportedKey>> parse_import(std::string_view text, const KeySpec& defaults) {
  std::vector<ImportedKey> keys;
  keys.reserve(std::min(keys_max, static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1));  // growing would take twice as much for a moment
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (keys.size() == keys_max) return refuse(Fault::exhausted, "more than a million keys");
    auto key = parse_line(line, defaults);
    if (!key) return refuse(key.error().fault, "line " + std::to_string(number) + ": " + key.error().told);
    key->line = number;
    keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace gatehouse::keys
