#include "engines/token/key_set.hpp"

#include <algorithm>

#include "ground/json/writer.hpp"

namespace gatehouse::token {

namespace {
constexpr std::string_view told_unknown_key = "The token is signed with a key that is not known here.";

/// How a log names a key of the set that was left out.
std::string key_name(json::Value key, std::size_t index) {
  const auto key_id = key.string("kid");
  return "key " + std::to_string(index) + (key_id ? " (kid '" + std::string(key_id->substr(0, 100)) + "')" : "");
}

/// Names are compared before any key is left out: two keys with one name are wrong even if one of them is for encryption, since the
/// issuer's software and ours could then differ in which of them is meant.
Result<> check_names_differ(json::Value keys) {
  std::vector<std::string_view> names;
  for (const auto key : keys.elements())
    if (const auto name = key.string("kid")) names.push_back(*name);
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
    return fail(Fault::invalid, "JWK Set: two keys have the kid '" + std::string(twice->substr(0, 100)) + "'");
  return {};
}
}  // namespace

Result<KeySet> KeySet::from(std::vector<Jwk> keys) {
  if (keys.empty()) return fail(Fault::invalid, "JWK Set: no key that checks signatures");
  if (keys.size() > keys_max) return fail(Fault::invalid, "JWK Set: more than " + std::to_string(keys_max) + " keys");
  const auto secrets = std::ranges::count_if(keys, &Jwk::is_symmetric);
  if (secrets != 0 && static_cast<std::size_t>(secrets) != keys.size()) return fail(Fault::invalid, "JWK Set: shared secrets stand beside key pairs");
  for (auto one = keys.begin(); one != keys.end(); ++one)
    for (auto other = keys.begin(); other != one; ++other)
      if (const auto& id = one->key_id(); id && id == other->key_id()) return fail(Fault::invalid, "JWK Set: two keys have the kid '" + *id + "'");
  KeySet set;
  set.keys_ = std::move(keys);
  return set;
}

Result<KeySet> KeySet::parse(std::string_view text) { return read(text, false); }

Result<KeySet> KeySet::parse_published(std::string_view text) { return read(text, true); }

Result<KeySet> KeySet::read(std::string_view text, bool may_be_empty) {
  auto document = json::parse(text, {.bytes = text_bytes_max, .depth = 8, .members = 1000, .string_bytes = 64U << 10U});
  if (!document) return fail(Fault::invalid, "JWK Set: " + to_text(document.error()));
  const auto keys = document->root().get("keys");
  if (!keys || !keys->is_array()) return fail(Fault::invalid, "JWK Set: no member 'keys' with an array");
  if (keys->size() > keys_max) return fail(Fault::invalid, "JWK Set: more than " + std::to_string(keys_max) + " keys");
  CHECK_OK(check_names_differ(*keys));

  std::vector<Jwk> usable;
  std::vector<std::string> warnings;
  bool secret = false, pair = false;
  std::size_t index = 0;
  for (const auto key : keys->elements()) {
    (key.string("kty") == "oct" ? secret : pair) = true;
    auto jwk = Jwk::parse(key);
    if (jwk) usable.push_back(std::move(*jwk));
    else warnings.push_back(key_name(key, index) + " is left out: " + jwk.error().detail);
    ++index;
  }
  if (secret && pair) return fail(Fault::invalid, "JWK Set: shared secrets stand beside key pairs");
  auto set = may_be_empty && usable.empty() ? Result<KeySet>(KeySet()) : from(std::move(usable));
  if (!set) return warnings.empty() ? set.error() : fail(Fault::invalid, set.error().detail + "; " + warnings.front());
  set->warnings_ = std::move(warnings);
  return set;
}

Result<const Jwk*> KeySet::find(const std::optional<std::string>& key_id, Algorithm algorithm) const {
  const Jwk* found = nullptr;
  for (const auto& key : keys_) {
    if (key_id ? key.key_id() != key_id : !key.allows(algorithm)) continue;
    if (found != nullptr) return refuse(Fault::unauthenticated, std::string(told_unknown_key), "the token names no kid, and several keys would do");
    found = &key;
  }
  if (found == nullptr)
    return refuse(key_id ? Fault::not_found : Fault::unauthenticated, std::string(told_unknown_key),
                  key_id ? "no key with the token's kid" : "no key for the token's alg");
  // RFC 8725 section 3.1: what the key is for decides, the token's alg may only agree.
  if (!found->allows(algorithm))
    return refuse(Fault::unauthenticated, std::string(told_unknown_key), "the key is not for " + std::string(to_text(algorithm)));
  return found;
}

bool KeySet::holds(const crypto::Digest256& thumbprint, const std::optional<std::string>& key_id, Algorithm algorithm) const noexcept {
  return std::ranges::any_of(
      keys_, [&](const Jwk& key) { return key.thumbprint() == thumbprint && (!key_id || key.key_id() == key_id) && key.allows(algorithm); });
}

AlgorithmSet KeySet::algorithms() const noexcept {
  AlgorithmSet all;
  for (std::size_t i = 0; i < algorithm_count; ++i)
    if (const auto algorithm = static_cast<Algorithm>(i); std::ranges::any_of(keys_, [&](const Jwk& key) { return key.allows(algorithm); }))
      all.add(algorithm);
  return all;
}

Result<> KeySet::check_usable(AlgorithmSet allowed) const {
  const auto can = algorithms();
  if (keys_.empty() || !can.common(allowed).empty()) return {};
  return fail(Fault::invalid, "no key of the set is for " + allowed.names() + ", which `algorithms` takes; they are for " + can.names());
}

void KeySet::reuse(const KeySet& previous) {
  for (auto& key : keys_)
    for (const auto& old : previous.keys_)
      if (key.thumbprint() == old.thumbprint()) key.share_material(old);
}

void KeySet::prepare() const {
  for (std::size_t i = 0; i < std::min(keys_.size(), keys_prepared_max); ++i) keys_[i].prepare();
}

std::string KeySet::to_json() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("keys").begin_array();
  for (const auto& key : keys_)
    if (const auto text = key.to_json()) writer.raw(*text);
  writer.end().end();
  return out;
}

}  // namespace gatehouse::token
