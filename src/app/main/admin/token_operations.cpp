// What an administrator can do about tokens that are good by themselves: take them back, see what was taken back, and lift it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/main/admin/administration.hpp"
#include "app/main/admin/asked.hpp"
#include "engines/token/jwt.hpp"
#include "ground/base/text.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

using revocations::Kind;
using revocations::Record;
using revocations::Revocation;

constexpr std::size_t page_revocations_max = 1000;
constexpr std::int64_t kept_seconds = 366LL * 86'400;  // where nobody says for how long: no sensible token lives longer
constexpr std::int64_t seconds_max = 7'258'118'400;    // the year 2200

std::string_view to_text(TokenSignature signature) noexcept {
  switch (signature) {
    case TokenSignature::holds: return "holds";
    case TokenSignature::fails: return "fails";
    case TokenSignature::not_checked: break;
  }
  return "not checked";
}

void write_record(json::Writer& writer, const Record& record) {
  const auto& what = record.what;
  writer.begin_object().member("id", record.id.text()).member("kind", revocations::to_text(what.kind)).member("issuer", what.issuer);
  switch (what.kind) {
    case Kind::token: writer.member("jti", what.name); break;
    case Kind::digest: writer.member("digest", what.name); break;
    case Kind::subject: writer.member("subject", what.name); break;
    case Kind::issuer: break;
  }
  if (revocations::by_time(what.kind)) writer.member("before", what.issued_before);
  writer.member("revoked", record.made_at).member("until", what.lapses_at);
}

Result<std::int64_t> read_time(const json::Value& arguments, std::string_view name, std::int64_t otherwise) {
  const auto given = arguments.get(name);
  if (!given) return otherwise;
  const auto seconds = given->integer();
  if (!seconds || *seconds < 0 || *seconds > seconds_max) return wrong(name, "a time before the year 2200, in seconds since 1970");
  return *seconds;
}

/// Until when a token must be refused so that it is never taken again. What nobody has proved could name a time that is too early.
Result<std::int64_t> end_of(const token::Jwt& jwt, TokenSignature signature, std::int64_t now) {
  constexpr std::int64_t skew = std::chrono::duration_cast<std::chrono::seconds>(token::skew_max).count();
  const auto claim = jwt.unverified_claim("exp");
  const auto expires = claim ? claim->number() : std::nullopt;
  if (!expires) return refuse(Fault::invalid, "the token has no time of expiry (exp): the gate refuses it anyway");
  const auto end = static_cast<std::int64_t>(std::ceil(*expires)) + skew;  // at most the year 9999, as parsed
  if (end <= now) return refuse(Fault::conflict, "the token has expired: the gate refuses it anyway");
  const auto longest = now + std::chrono::duration_cast<std::chrono::seconds>(revocations::keep_max).count();
  return std::min(signature == TokenSignature::holds ? end : std::max(end, now + kept_seconds), longest);
}

}  // namespace

Result<std::string> Administration::find_issuer(std::string_view named) const {
  const auto issuers = services_.issuers ? services_.issuers() : std::vector<TrustedIssuer>();
  std::string known;
  for (const auto& one : issuers) {
    if (one.issuer == named) return one.issuer;
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", one.name, one.issuer);
  }
  for (const auto& one : issuers)
    if (one.name == named) return one.issuer;
  // A revocation of a mistyped issuer would refuse nothing and look as if it did.
  if (issuers.empty()) return refuse(Fault::not_found, "no issuer is configured here; if there is a configuration, name it with -c FILE");
  return refuse(Fault::not_found, fmt::format("no issuer '{}' is configured; there is: {}", named, known));
}

Result<std::string> Administration::revoke_tokens(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"token", "issuer", "jti", "subject", "all", "before", "until"}));
  const auto now = unix_seconds(SystemClock().now());
  Revocation wanted;
  std::optional<TokenSignature> signature;
  if (const auto given = arguments.string("token")) {
    CHECK_OK(take_only(arguments, {"token"}));
    const auto jwt = token::Jwt::parse(*given);
    if (!jwt) return refuse(Fault::invalid, jwt.error().told, jwt.error().detail);
    const auto issuer = jwt->unverified_issuer();
    if (!issuer) return refuse(Fault::invalid, "the token names no issuer (iss): the gate refuses it anyway");
    wanted.issuer = TRY(find_issuer(*issuer));
    if (wanted.issuer != *issuer) return refuse(Fault::not_found, "the token's issuer is not configured: the gate refuses it anyway");
    signature = services_.signature_of ? services_.signature_of(*given) : TokenSignature::not_checked;
    if (signature == TokenSignature::fails)
      return refuse(Fault::invalid,
                    "the token's signature does not hold: the gate refuses it anyway, and what it says of itself is not to be believed");
    wanted.lapses_at = TRY(end_of(*jwt, *signature, now));
    const auto claim = jwt->unverified_claim("jti");
    const auto name = claim ? claim->string().value_or("") : "";
    if (revocations::names_token(name)) {
      wanted.name = name;
    } else {
      wanted.kind = Kind::digest;
      std::array<char, revocations::digest_characters> digest;
      revocations::print_digest(crypto::sha256(given->substr(0, given->rfind('.'))), digest);
      wanted.name.assign(digest.data(), digest.size());
    }
  } else {
    const auto named = TRY(required_text(arguments, "issuer"));
    wanted.issuer = TRY(find_issuer(named));
    const auto all = arguments.get("all");
    const bool whole = all && all->boolean().value_or(false);
    if (int{arguments.get("jti").has_value()} + int{arguments.get("subject").has_value()} + int{whole} != 1)
      return refuse(Fault::invalid, "a revocation names one of: jti, subject, all");
    wanted.kind = whole ? Kind::issuer : arguments.get("jti") ? Kind::token : Kind::subject;
    if (!whole) wanted.name = TRY(required_text(arguments, wanted.kind == Kind::token ? "jti" : "subject"));
    if (!revocations::by_time(wanted.kind) && arguments.get("before"))
      return refuse(Fault::invalid, "'before' is for all tokens of a subject or an issuer");
    // Tokens count whole seconds: one that was issued in this second was issued before, as far as one can tell.
    if (revocations::by_time(wanted.kind)) wanted.issued_before = TRY(read_time(arguments, "before", now + 1));
    wanted.lapses_at = TRY(read_time(arguments, "until", now + kept_seconds));
  }
  const auto record = TRY(services_.revocations.revoke(wanted));
  std::string out;
  json::Writer writer(out);
  write_record(writer, record);
  writer.member("state", "revoked");
  if (signature) writer.member("signature", to_text(*signature));
  writer.end();
  return out;
}

Result<std::string> Administration::list_revocations(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"issuer", "after", "limit"}));
  const auto limit = arguments.get("limit");
  const std::size_t count = limit ? limit->natural().value_or(0) : 100;
  if (count < 1 || count > page_revocations_max) return wrong("limit", fmt::format("a number from 1 to {}", page_revocations_max));
  std::optional<std::string> issuer;
  if (arguments.get("issuer")) {
    const auto named = TRY(required_text(arguments, "issuer"));
    issuer = TRY(find_issuer(named));
  }
  const auto list = services_.revocations.list().get();
  const auto now = unix_seconds(SystemClock().now());
  using Entry = revocations::RevocationList::Entry;
  std::vector<const Entry*> entries;
  for (const auto& entry : list->entries())
    if (entry.lapses_at > now && (!issuer || list->issuer(entry) == *issuer)) entries.push_back(&entry);
  const auto newer = [](const Entry* a, const Entry* b) { return a->made_at != b->made_at ? a->made_at > b->made_at : a->id < b->id; };
  std::ranges::sort(entries, newer);
  auto from = entries.begin();
  if (arguments.get("after")) {
    const auto text = TRY(required_text(arguments, "after"));
    const auto id = revocations::RevocationId::parse(text);
    const auto* const last = id ? list->find(*id) : nullptr;
    if (last == nullptr) return refuse(Fault::not_found, fmt::format("no revocation with the id '{}'", text));
    from = std::ranges::upper_bound(entries, last, newer);
  }
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("revocations").begin_array();
  const auto end = from + static_cast<std::ptrdiff_t>(std::min(count, static_cast<std::size_t>(entries.end() - from)));
  for (auto at = from; at != end; ++at) {
    write_record(writer, list->record(**at));
    writer.end();
  }
  writer.end();
  if (end != entries.end() && end != from) writer.member("more", (*(end - 1))->id.text());
  writer.end();
  return out;
}

Result<std::string> Administration::restore_tokens(const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"id"}));
  const auto text = TRY(required_text(arguments, "id"));
  const auto id = revocations::RevocationId::parse(text);
  if (!id)
    return refuse(Fault::invalid, fmt::format("'{}' is no id of a revocation: 16 hexadecimal digits, as `gatehouse tokens list` shows them", text));
  const auto record = TRY(services_.revocations.restore(*id));
  std::string out;
  json::Writer writer(out);
  write_record(writer, record);
  writer.member("state", "restored").end();
  return out;
}

}  // namespace gatehouse::main
