#include "services/revocations/revocation_list.hpp"

#include <algorithm>

#include "ground/base/assert.hpp"

namespace gatehouse::revocations {

siphash::Hash RevocationList::hash(const siphash::Hash& of_issuer, Kind kind, std::string_view name) const noexcept {
  const auto of_name = siphash::hash_bytes(seed_, as_bytes(name));
  return siphash::hash_words(
      seed_, std::array<std::uint64_t, 5>{static_cast<std::uint64_t>(kind), of_issuer.first, of_issuer.second, of_name.first, of_name.second});
}

const RevocationList::Entry* RevocationList::look(const siphash::Hash& hash, std::string_view issuer, Kind kind,
                                                  std::string_view name) const noexcept {
  if (slots_.empty()) return nullptr;
  const auto mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash.second);
  for (auto at = hash.first & mask;; at = (at + 1) & mask) {  // ends: at least half of the slots are free
    const auto& slot = slots_[at];
    if (slot.entry == 0) return nullptr;
    if (slot.tag != tag) continue;
    const auto& entry = entries_[slot.entry - 1];
    if (entry.kind == kind && this->name(entry) == name && this->issuer(entry) == issuer) return &entry;
  }
}

const RevocationList::Entry* RevocationList::find(const PresentedToken& token, Instant now) const noexcept {
  if (entries_.empty()) return nullptr;
  const auto of_issuer = siphash::hash_bytes(seed_, as_bytes(token.issuer));
  const auto seconds = unix_seconds(now);
  const auto refusing = [&](Kind kind, std::string_view name) -> const Entry* {
    if (count(kind) == 0) return nullptr;
    const auto* const entry = look(hash(of_issuer, kind, name), token.issuer, kind, name);
    if (entry == nullptr || entry->lapses_at <= seconds) return nullptr;
    // Compared as iat is written, also with a fraction; what is not said is taken for the worst.
    if (by_time(kind) && token.issued_at && *token.issued_at >= static_cast<double>(entry->issued_before)) return nullptr;
    return entry;
  };
  const auto* one = names_token(token.token_id) ? refusing(Kind::token, token.token_id) : refusing(Kind::digest, token.digest_characters);
  if (one == nullptr) one = refusing(Kind::subject, token.subject);
  if (one == nullptr) one = refusing(Kind::issuer, {});
  return one;
}

const RevocationList::Entry* RevocationList::find(const RevocationId& id) const noexcept {
  const auto at = std::ranges::find(entries_, id, &Entry::id);
  return at == entries_.end() ? nullptr : &*at;
}

const RevocationList::Entry* RevocationList::find(const Revocation& what) const noexcept {
  return look(hash(siphash::hash_bytes(seed_, as_bytes(what.issuer)), what.kind, what.name), what.issuer, what.kind, what.name);
}

Record RevocationList::record(const Entry& entry) const {
  return {.id = entry.id,
          .what = {.kind = entry.kind,
                   .issuer = std::string(issuer(entry)),
                   .name = std::string(name(entry)),
                   .issued_before = entry.issued_before,
                   .lapses_at = entry.lapses_at},
          .made_at = entry.made_at};
}

std::size_t RevocationList::bytes() const noexcept {
  return slots_.capacity() * sizeof(Slot) + entries_.capacity() * sizeof(Entry) + names_.capacity() + issuers_.capacity() * sizeof(std::string);
}

void RevocationList::put(const Record& record) {
  const auto& what = record.what;
  if (const auto* const before = find(what)) {
    auto& entry = entries_[static_cast<std::size_t>(before - entries_.data())];
    entry.id = record.id;
    entry.issued_before = what.issued_before;
    entry.lapses_at = what.lapses_at;
    entry.made_at = record.made_at;
    return;
  }
  GH_ASSERT(what.name.size() <= text_bytes_max && entries_.size() < entries_max && names_.size() <= list_text_bytes_max);
  auto issuer = std::ranges::find(issuers_, what.issuer);
  if (issuer == issuers_.end()) issuer = issuers_.insert(issuer, what.issuer);
  entries_.push_back({.id = record.id,
                      .issued_before = what.issued_before,
                      .lapses_at = what.lapses_at,
                      .made_at = record.made_at,
                      .issuer = static_cast<std::uint32_t>(issuer - issuers_.begin()),
                      .name_at = static_cast<std::uint32_t>(names_.size()),
                      .name_size = static_cast<std::uint16_t>(what.name.size()),
                      .kind = what.kind});
  names_ += what.name;
  ++counts_[static_cast<std::size_t>(what.kind)];
  if (entries_.size() * 2 > slots_.size()) return grow();
  take_slot(hash(siphash::hash_bytes(seed_, as_bytes(what.issuer)), what.kind, what.name), static_cast<std::uint32_t>(entries_.size()));
}

void RevocationList::take_slot(const siphash::Hash& hash, std::uint32_t entry) noexcept {
  const auto mask = slots_.size() - 1;
  auto at = hash.first & mask;
  while (slots_[at].entry != 0) at = (at + 1) & mask;
  slots_[at] = {static_cast<std::uint32_t>(hash.second), entry};
}

void RevocationList::grow() {
  slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), Slot{});
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    const auto of_issuer = siphash::hash_bytes(seed_, as_bytes(issuer(entry)));
    take_slot(hash(of_issuer, entry.kind, name(entry)), static_cast<std::uint32_t>(i + 1));
  }
}

}  // namespace gatehouse::revocations
