#include "app/main/running/ban_answer.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "ground/base/encoding.hpp"
#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"
#include "services/keys/key_format.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t shown_bans_max = 1000;
constexpr std::string_view token_prefix = "token:";

/// Naming lets a name as short as an id stand for itself.
std::optional<keys::KeyId> key_of(const limits::Who& who) noexcept {
  std::array<char, sizeof who> name{};
  std::memcpy(name.data(), &who, sizeof who);
  const std::string_view text(name.data(), name.size());
  return keys::KeyId::parse(text.substr(0, text.find_last_not_of('\0') + 1));
}

std::string_view kind_of(const limits::Suspect& suspect) noexcept {
  if (suspect.scope == limits::Scope::address) return "address";
  return key_of(suspect.who) ? "key" : "token";
}

}  // namespace

std::string suspect_text(const limits::Suspect& suspect) {
  if (suspect.scope == limits::Scope::address) {
    const auto address = suspect.who.as_address();
    return address.is_v4() ? address.to_text() : http::AddressBlock{address, 64}.to_text();
  }
  if (const auto key = key_of(suspect.who)) return std::string(key->text());
  return fmt::format("{}{:016x}{:016x}", token_prefix, suspect.who.first, suspect.who.second);
}

std::optional<limits::Suspect> parse_suspect(std::string_view text, const limits::Naming& naming) {
  if (const auto address = http::Address::parse(text)) return limits::Suspect::address(*address);
  if (const auto block = http::AddressBlock::parse(text); block && block->prefix == 64) return limits::Suspect::address(block->first);
  if (const auto key = keys::KeyId::parse(text)) return limits::Suspect::key(naming.who(key->text()));
  if (!text.starts_with(token_prefix) || text.size() != token_prefix.size() + 32) return std::nullopt;
  const auto bytes = encoding::from_hex(text.substr(token_prefix.size()));
  if (!bytes) return std::nullopt;
  limits::Who who;
  for (std::size_t i = 0; i < 8; ++i) {
    who.first = who.first << 8U | static_cast<unsigned char>((*bytes)[i]);
    who.second = who.second << 8U | static_cast<unsigned char>((*bytes)[i + 8]);
  }
  return limits::Suspect::key(who);
}

std::string bans_answer(const limits::Bans& bans, const Clock& clock) {
  const auto ticks = clock.ticks();
  const auto now = clock.now();
  const auto all = bans.list(ticks);
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("bans").begin_array();
  for (std::size_t i = 0; i < all.size() && i < shown_bans_max; ++i) {
    const auto& ban = all[i];
    writer.begin_object().member("who", suspect_text(ban.suspect)).member("kind", kind_of(ban.suspect));
    writer.member("until", unix_seconds(now + (ban.until - ticks))).member("strikes", ban.strikes).end();
  }
  writer.end();
  if (all.size() > shown_bans_max) writer.member("more", true);
  writer.end();
  return out;
}

Result<std::string> lift_answer(limits::Bans& bans, const limits::Naming& naming, std::string_view who, Ticks now) {
  const auto suspect = parse_suspect(who, naming);
  if (!suspect) return refuse(Fault::invalid, fmt::format("'{}' is no address, no id of a key and no token: of the list", who));
  if (!bans.lift(*suspect, now)) return refuse(Fault::not_found, fmt::format("{} is not banned", who));
  std::string out;
  json::Writer(out).begin_object().member("lifted", suspect_text(*suspect)).end();
  return out;
}

}  // namespace gatehouse::main
