#include "services/keys/key_spec.hpp"

#include <algorithm>

#include "ground/base/text.hpp"

namespace gatehouse::keys {

namespace {
constexpr std::size_t name_bytes_max = 200, scope_bytes_max = 128, list_max = 64;

/// RFC 6749 section 3.3: visible ASCII but '"' and '\'.
bool is_scope_token(std::string_view text) noexcept {
  return !text.empty() && text.size() <= scope_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

Result<> check_name(std::string_view what, std::string_view text) {
  if (text.empty() || text.size() > name_bytes_max) return refuse(Fault::invalid, std::string(what) + ": 1 to 200 bytes");
  const bool control = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control || !text::is_utf8(text)) return refuse(Fault::invalid, std::string(what) + ": UTF-8 without control characters");
  return {};
}

std::string in_order(std::vector<std::string> words) {
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return text::join(words, " ");
}
}  // namespace

Result<std::string> canonical_scopes(std::vector<std::string> scopes) {
  if (scopes.size() > list_max) return refuse(Fault::invalid, "scopes: at most 64");
  for (const auto& scope : scopes)
    if (!is_scope_token(scope)) return refuse(Fault::invalid, "scopes: each 1 to 128 visible ASCII characters without \" and \\");
  return in_order(std::move(scopes));
}

Result<std::string> canonical_allowed(const std::vector<http::AddressBlock>& allowed) {
  if (allowed.size() > list_max) return refuse(Fault::invalid, "allowed addresses: at most 64 blocks");
  std::vector<std::string> words;
  words.reserve(allowed.size());
  for (const auto& block : allowed) words.push_back(block.to_text());
  return in_order(std::move(words));
}

Result<std::int64_t> canonical_expiry(std::optional<Instant> expires_at, Instant now) {
  if (!expires_at) return never;
  if (*expires_at <= now) return refuse(Fault::invalid, "expires: is in the past");
  return unix_seconds(*expires_at);
}

Result<CanonicalSpec> canonical(const KeySpec& spec, Instant now) {
  CHECK_OK(check_name("name", spec.name));
  const auto& subject = spec.subject.empty() ? spec.name : spec.subject;
  CHECK_OK(check_name("subject", subject));
  CHECK_OK(check_name("plan", spec.plan));
  auto scopes = TRY(canonical_scopes(spec.scopes));
  auto allowed = TRY(canonical_allowed(spec.allowed));
  const auto expires_at = TRY(canonical_expiry(spec.expires_at, now));
  return CanonicalSpec{spec.name, subject, spec.plan, std::move(scopes), std::move(allowed), spec.environment, expires_at};
}

}  // namespace gatehouse::keys
