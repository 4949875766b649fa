#include "services/keys/key_ring.hpp"

#include <sys/mman.h>
#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>

#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::keys {

static_assert(sizeof(KeyRing::Key) <= 64, "one cache line a key");

namespace {
/// Memory that is about to be filled and then read here and there: with pages of 2 MiB most look-ups need no walk through the page
/// tables, which in a virtual machine costs as much as the memory itself. Without them the ring only is slower, hence no error.
void prefer_huge_pages(void* memory, std::size_t bytes) noexcept {
  constexpr std::uintptr_t huge = 2U << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const auto from = (begin + huge - 1) & ~(huge - 1);
  const auto to = (begin + bytes) & ~(huge - 1);
  if (from < to) (void)::madvise(static_cast<char*>(memory) + (from - begin), to - from, MADV_HUGEPAGE);
}
}  // namespace

std::string_view to_text(KeyVerdict verdict) noexcept {
  switch (verdict) {
    case KeyVerdict::good: return "good";
    case KeyVerdict::malformed: return "malformed";
    case KeyVerdict::unknown: return "unknown";
    case KeyVerdict::replaced: return "replaced";
    case KeyVerdict::revoked: return "revoked";
    case KeyVerdict::expired: return "expired";
    case KeyVerdict::environment_refused: return "environment-refused";
    case KeyVerdict::address_refused: return "address-refused";
    case KeyVerdict::plan_missing: return "plan-missing";
  }
  return "unknown";
}

KeyRing::Judged KeyRing::judge(std::string_view text, const http::Address& from, Instant now) const noexcept {
  constexpr std::size_t text_max = 512;  // of an imported key; the import refuses longer ones
  if (text.starts_with(key_prefix)) {
    if (!parse_key(text)) return {KeyVerdict::malformed, nullptr};
  } else if (!foreign_ || text.empty() || text.size() > text_max) return {KeyVerdict::unknown, nullptr};
  return judge(KeyDigest::of(text), from, now);
}

KeyRing::Judged KeyRing::judge(const KeyDigest& digest, const http::Address& from, Instant now) const noexcept {
  const auto mask = slots_.size() - 1;
  const auto prefix = digest.prefix();
  const auto tag = static_cast<std::uint32_t>(prefix >> 32);
  const auto seconds = unix_seconds(now);
  for (auto at = prefix & mask;; at = (at + 1) & mask) {  // ends: at least half of the slots are free
    const auto& slot = slots_[at];
    if (slot.secret == 0) return {KeyVerdict::unknown, nullptr};
    if (slot.tag != tag) continue;
    // Among 100,000 keys each step is a walk to far memory: they begin side by side.
    const auto& secret = secrets_[slot.secret - 1];
    const auto& key = keys_[slot.owner];
    __builtin_prefetch(&key);
    if (!(secret.digest == digest)) continue;
    __builtin_prefetch(text_.data() + key.subject_at);
    if (key.live->revoked.load(std::memory_order_acquire)) return {KeyVerdict::revoked, &key};
    if (seconds >= secret.valid_until) return {KeyVerdict::replaced, &key};
    if (seconds >= key.expires_at) return {KeyVerdict::expired, &key};
    if (accepts_ && key.environment != *accepts_) return {KeyVerdict::environment_refused, &key};
    if (!allows(key, from)) return {KeyVerdict::address_refused, &key};
    if (plan(key) == nullptr) return {KeyVerdict::plan_missing, &key};
    return {KeyVerdict::good, &key};
  }
}

const KeyRing::Key* KeyRing::find(const KeyId& id) const noexcept {
  const auto at = std::ranges::lower_bound(keys_, id, {}, &Key::id);
  return at != keys_.end() && at->id == id ? &*at : nullptr;
}

bool KeyRing::has_scope(const Key& key, std::string_view scope) const noexcept { return std::ranges::binary_search(scopes(key), scope); }

bool KeyRing::allows(const Key& key, const http::Address& address) const noexcept {
  const auto& blocks = allowed_lists_[key.allowed].blocks;
  return blocks.empty() || std::ranges::any_of(blocks, [&](const auto& block) { return block.contains(address); });
}

std::vector<std::pair<std::string, std::size_t>> KeyRing::missing_plans(Instant now) const {
  const auto seconds = unix_seconds(now);
  std::vector<std::pair<std::string, std::size_t>> missing;
  for (auto at = plans_->size(); at < plan_names_.size(); ++at) missing.emplace_back(plan_names_[at], 0);
  for (const auto& key : keys_)
    if (key.plan >= plans_->size() && seconds < key.expires_at && !key.live->revoked.load(std::memory_order_acquire))
      ++missing[key.plan - plans_->size()].second;
  std::erase_if(missing, [](const auto& each) { return each.second == 0; });
  std::ranges::sort(missing);
  return missing;
}

std::span<const KeySecret> KeyRing::secrets(const Key& key) const noexcept { return std::span(secrets_).subspan(key.first_secret, key.secrets); }

KeySource KeyRing::source(const Key& key) const noexcept {
  return {key.id,         key.environment, name(key),    subject(key), plan_name(key), scope_text(key), allowed_text(key),
          key.expires_at, key.imported,    secrets(key), key.live};
}

std::size_t KeyRing::bytes() const noexcept {
  std::size_t sum = sizeof *this + keys_.capacity() * sizeof(Key) + secrets_.capacity() * sizeof(KeySecret) + slots_.capacity() * sizeof(Slot) +
                    text_.capacity() + words_.capacity() * sizeof(std::string_view) + scope_lists_.capacity() * sizeof(ScopeList) +
                    allowed_lists_.capacity() * sizeof(AllowedList);
  for (const auto& list : allowed_lists_) sum += list.blocks.capacity() * sizeof(http::AddressBlock);
  return sum;
}

/// Which lists and plans there are already, and where. Keys of the maps are the canonical texts.
struct KeyRingBuilder::Lists {
  struct Place {
    std::uint32_t at;
    std::uint32_t size;
  };
  std::unordered_map<std::string, std::uint32_t> scopes, allowed, plans;
  std::vector<Place> scope_text, allowed_text;  // in the ring's text
};

KeyRingBuilder::KeyRingBuilder(std::shared_ptr<const std::vector<Plan>> plans, std::optional<Environment> accepts)
    : ring_(new KeyRing), lists_(new Lists) {
  ring_->accepts_ = accepts;
  ring_->plans_ = std::move(plans);
  for (const auto& plan : *ring_->plans_) {
    lists_->plans.emplace(plan.name, static_cast<std::uint32_t>(ring_->plan_names_.size()));
    ring_->plan_names_.push_back(plan.name);
  }
}
KeyRingBuilder::~KeyRingBuilder() = default;

void KeyRingBuilder::reserve(std::size_t keys) {
  ring_->keys_.reserve(keys);
  ring_->secrets_.reserve(keys);
  prefer_huge_pages(ring_->keys_.data(), keys * sizeof(KeyRing::Key));
  prefer_huge_pages(ring_->secrets_.data(), keys * sizeof(KeySecret));
}

Result<> KeyRingBuilder::add(const KeySource& source) {
  auto& ring = *ring_;
  GH_ASSERT(source.live != nullptr);
  const std::string id(source.id.text());
  if (source.name.size() > 0xFFFF || source.subject.size() > 0xFFFF) return fail(Fault::invalid, "key " + id + ": name or subject too long");
  if (source.secrets.empty() || source.secrets.size() > 255) return fail(Fault::invalid, "key " + id + ": between 1 and 255 secrets");
  if (ring.text_.size() + source.name.size() + source.subject.size() + source.scopes.size() + source.allowed.size() > 0xFFFFFFFFU)
    return fail(Fault::exhausted, "key ring: more than 4 GiB of names");

  const auto append = [&](std::string_view text) {
    const auto at = static_cast<std::uint32_t>(ring.text_.size());
    ring.text_ += text;
    return at;
  };
  const auto interned = [&](auto& known, auto& places, std::string_view text) {
    const auto [at, is_new] = known.try_emplace(std::string(text), static_cast<std::uint32_t>(places.size()));
    if (is_new) places.push_back({append(text), static_cast<std::uint32_t>(text.size())});
    return at->second;
  };
  const auto [plan, plan_is_new] = lists_->plans.try_emplace(std::string(source.plan), static_cast<std::uint32_t>(ring.plan_names_.size()));
  if (plan_is_new) ring.plan_names_.emplace_back(source.plan);
  if (plan->second > 0xFFFF) return fail(Fault::exhausted, "key ring: more than 65,536 plans");

  KeyRing::Key key{};
  key.id = source.id;
  key.name_at = append(source.name);
  key.name_size = static_cast<std::uint16_t>(source.name.size());
  key.subject_at = append(source.subject);
  key.subject_size = static_cast<std::uint16_t>(source.subject.size());
  key.scopes = interned(lists_->scopes, lists_->scope_text, source.scopes);
  key.allowed = interned(lists_->allowed, lists_->allowed_text, source.allowed);
  key.first_secret = static_cast<std::uint32_t>(ring.secrets_.size());
  key.plan = static_cast<std::uint16_t>(plan->second);
  key.secrets = static_cast<std::uint8_t>(source.secrets.size());
  key.environment = source.environment;
  key.imported = source.imported;
  key.expires_at = source.expires_at;
  key.live = source.live;
  ring.keys_.push_back(key);
  ring.secrets_.insert(ring.secrets_.end(), source.secrets.begin(), source.secrets.end());
  ring.foreign_ = ring.foreign_ || source.imported;
  return {};
}

Result<std::shared_ptr<const KeyRing>> KeyRingBuilder::finish() {
  auto& ring = *ring_;
  std::string text;
  text.reserve(ring.text_.size());
  prefer_huge_pages(text.data(), ring.text_.size());
  ring.text_ = std::move(text.append(ring.text_));
  if (!std::ranges::is_sorted(ring.keys_, {}, &KeyRing::Key::id)) std::ranges::sort(ring.keys_, {}, &KeyRing::Key::id);
  const auto same = std::ranges::adjacent_find(ring.keys_, {}, &KeyRing::Key::id);
  if (same != ring.keys_.end()) return fail(Fault::conflict, "key ring: two keys with the id " + std::string(same->id.text()));

  std::vector<std::uint32_t> owners(ring.secrets_.size());
  for (std::uint32_t i = 0; i < ring.keys_.size(); ++i) std::fill_n(owners.begin() + ring.keys_[i].first_secret, ring.keys_[i].secrets, i);

  // The text stands still from here on: now the views into it.
  std::size_t word_count = 0;
  for (const auto& [at, size] : lists_->scope_text)
    if (size != 0) word_count += text::split(ring.slice(at, size), ' ').size();
  ring.words_.reserve(word_count);
  for (const auto& [at, size] : lists_->scope_text) {
    const auto first = ring.words_.size();
    if (size != 0)
      for (const auto word : text::split(ring.slice(at, size), ' ')) ring.words_.push_back(word);
    const auto words = std::span<const std::string_view>(ring.words_).subspan(first);
    const bool empty_word = !words.empty() && words.front().empty();
    if (empty_word || std::ranges::adjacent_find(words, std::greater_equal<>()) != words.end())
      return fail(Fault::invalid, "key ring: a scope list that is not in order");
    ring.scope_lists_.push_back({ring.slice(at, size), words});
  }
  for (const auto& [at, size] : lists_->allowed_text) {
    KeyRing::AllowedList list{ring.slice(at, size), {}};
    if (size != 0)
      for (const auto word : text::split(list.text, ' ')) {
        const auto block = http::AddressBlock::parse(word);
        if (!block) return fail(Fault::invalid, "key ring: not a block of addresses: " + std::string(word));
        list.blocks.push_back(*block);
      }
    ring.allowed_lists_.push_back(std::move(list));
  }

  const auto slots = std::bit_ceil(std::max<std::size_t>(16, ring.secrets_.size() * 2));
  ring.slots_.reserve(slots);
  prefer_huge_pages(ring.slots_.data(), slots * sizeof(KeyRing::Slot));
  ring.slots_.resize(slots);
  const auto mask = ring.slots_.size() - 1;
  for (std::uint32_t i = 0; i < ring.secrets_.size(); ++i) {
    const auto prefix = ring.secrets_[i].digest.prefix();
    const auto tag = static_cast<std::uint32_t>(prefix >> 32);
    auto at = prefix & mask;
    for (; ring.slots_[at].secret != 0; at = (at + 1) & mask)
      if (ring.slots_[at].tag == tag && ring.secrets_[ring.slots_[at].secret - 1].digest == ring.secrets_[i].digest)
        return fail(Fault::conflict, "key ring: keys " + std::string(ring.keys_[owners[i]].id.text()) + " and " +
                                         std::string(ring.keys_[ring.slots_[at].owner].id.text()) + " have the same secret");
    ring.slots_[at] = {tag, i + 1, owners[i]};
  }
  return std::shared_ptr<const KeyRing>(std::move(ring_));
}

}  // namespace gatehouse::keys
