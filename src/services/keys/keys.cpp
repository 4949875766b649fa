#include "services/keys/keys.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "ground/base/assert.hpp"
#include "services/keys/key_table.hpp"

namespace gatehouse::keys {

namespace {
constexpr Duration overlap_max = std::chrono::days(366);

Error no_such_key(const KeyId& id) { return refuse(Fault::not_found, "no key with the id " + std::string(id.text())); }

/// Where a key of an import stands: "line 3", or "key 3 of the import" when it came in no text.
std::string place_of(std::span<const ImportedKey> imported, std::size_t index) {
  return imported[index].line != 0 ? "line " + std::to_string(imported[index].line) : "key " + std::to_string(index + 1) + " of the import";
}

/// Which key of an import is there already, or stands in it twice: asked after the store has refused it. Neither key nor digest is shown.
std::string conflict_of(std::span<const ImportedKey> imported, const KeyRing& ring) {
  std::vector<std::size_t> order(imported.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto digest = [&](std::size_t index) -> const auto& { return imported[index].digest.bytes(); };
  std::ranges::stable_sort(order, {}, digest);
  for (std::size_t i = 1; i < order.size(); ++i)
    if (digest(order[i - 1]) == digest(order[i])) return place_of(imported, order[i]) + ": is the same key as " + place_of(imported, order[i - 1]);
  for (const auto& key : ring.keys())
    for (const auto& secret : ring.secrets(key))
      if (const auto at = std::ranges::lower_bound(order, secret.digest.bytes(), {}, digest);
          at != order.end() && digest(*at) == secret.digest.bytes())
        return place_of(imported, *at) + ": the key is there already, with the id " + std::string(key.id.text());
  for (std::size_t i = 0; i < imported.size(); ++i)
    if (const auto& id = imported[i].id; id && ring.find(*id) != nullptr)
      return place_of(imported, i) + ": there is a key with the id " + std::string(id->text()) + " already";
  return "a key of the import has been there already, or its id is in it twice";
}
}  // namespace

class Keys::State {
 public:
  State(store::Store& store, const Clock& clock, Random& random, Options options)
      : store_(store),
        clock_(clock),
        random_(random),
        plans_(std::make_shared<const std::vector<Plan>>(std::move(options.plans))),
        accepts_(options.accepts),
        published_(KeyRingBuilder(plans_, accepts_).finish().value()) {}

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  std::mutex writing_;  // one change at a time, from the store to the ring
  KeyLives lives_;
  std::shared_ptr<const std::vector<Plan>> plans_;  // guarded by writing_, as is accepts_
  std::optional<Environment> accepts_;
  Published<KeyRing> published_;

  Result<> check_plan(std::string_view plan) const {
    if (std::ranges::find(*plans_, plan, &Plan::name) == plans_->end())
      return refuse(Fault::invalid, "no plan with the name " + std::string(plan) + " is configured");
    return {};
  }

  /// A key that the gate would refuse at once is a mistake, not a key.
  Result<> check_environment(Environment environment) const {
    if (!accepts_ || environment == *accepts_) return {};
    return refuse(Fault::invalid, "a key of the environment '" + std::string(to_text(environment)) + "' would be refused: the configuration takes '" +
                                      std::string(to_text(*accepts_)) + "' (keys.environment)");
  }

  /// A ring of the keys there are, each as `change` leaves it, and of `added_count` more, each as `added` gives it when it is asked for. The caller
  /// holds writing_.
  template <class Change, class Added>
  Result<> republish(Change change, std::size_t added_count, Added added) {
    const auto now = published_.get();
    KeyRingBuilder builder(plans_, accepts_);
    builder.reserve(now->size() + added_count);
    for (const auto& key : now->keys()) {
      auto source = now->source(key);
      change(source);
      CHECK_OK(builder.add(source));
    }
    for (std::size_t i = 0; i < added_count; ++i) CHECK_OK(builder.add(added(i)));
    published_.publish(TRY(builder.finish()));
    return {};
  }
  template <class Change>
  Result<> republish(Change change) {
    return republish(change, 0, [](std::size_t) { return KeySource{}; });
  }
  Result<> republish() {
    return republish([](KeySource&) {});
  }

  /// The ring as the store says, whatever was tried before: the way back when memory could not follow.
  Result<> load() {
    const auto before = published_.get();
    KeyRingBuilder builder(plans_, accepts_);
    CHECK_OK(for_each_key(store_, [&](const KeySource& found, bool revoked) -> Result<> {
      auto source = found;
      const auto* known = before->find(found.id);
      source.live = known != nullptr ? known->live : lives_.add();
      if (revoked) source.live->revoked.store(true, std::memory_order_release);
      return builder.add(source);
    }));
    published_.publish(TRY(builder.finish()));
    return {};
  }
};

Keys::Keys(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keys::~Keys() = default;

Result<std::unique_ptr<Keys>> Keys::open(store::Store& store, const Clock& clock, Random& random, Options options) {
  CHECK_OK(migrate_tables(store, clock));
  auto state = std::make_unique<State>(store, clock, random, std::move(options));
  CHECK_OK(state->load());
  return std::unique_ptr<Keys>(new Keys(std::move(state)));
}

const Published<KeyRing>& Keys::ring() const noexcept { return state_->published_; }

Result<IssuedKey> Keys::create(const KeySpec& spec) {
  const std::lock_guard lock(state_->writing_);
  const auto now = state_->clock_.now();
  const auto fields = TRY(canonical(spec, now));
  CHECK_OK(state_->check_plan(fields.plan));
  CHECK_OK(state_->check_environment(fields.environment));
  if (state_->published_.get()->size() >= keys_max) return refuse(Fault::exhausted, "there are a million keys already");
  auto made = make_key(state_->random_, fields.environment, KeyId::make(state_->random_));
  const std::vector<store::Statement> batch{insert_key(made.id, fields, false, now), insert_secret(made.id, made.digest)};
  CHECK_OK(state_->store_.write(batch));
  const KeySecret secret{made.digest, never};
  const KeySource source{made.id,        fields.environment, fields.name, fields.subject, fields.plan,         fields.scopes,
                         fields.allowed, fields.expires_at,  false,       {&secret, 1},   state_->lives_.add()};
  CHECK_OK(state_->republish([](KeySource&) {}, 1, [&](std::size_t) { return source; }));
  return IssuedKey{made.id, std::move(made.clear_text)};
}

Result<std::vector<KeyId>> Keys::import(std::span<const ImportedKey> imported) {
  const std::lock_guard lock(state_->writing_);
  if (imported.size() > keys_max - state_->published_.get()->size()) return refuse(Fault::exhausted, "that would be more than a million keys");
  const auto now = state_->clock_.now();
  std::vector<KeyId> ids;
  ids.reserve(imported.size());
  for (std::size_t i = 0; i < imported.size(); ++i) {
    const auto& key = imported[i];
    auto checked = canonical(key.spec, now);
    if (checked)
      if (auto known = state_->check_plan(checked->plan); !known) checked = std::unexpected(std::move(known).error());
    if (checked)
      if (auto taken = state_->check_environment(checked->environment); !taken) checked = std::unexpected(std::move(taken).error());
    if (!checked) return refuse(checked.error().fault, place_of(imported, i) + ": " + checked.error().told, checked.error().detail);
    ids.push_back(key.id ? *key.id : KeyId::make(state_->random_));
  }
  // The statements and the canonical forms of all keys at once would take more than a kilobyte for each: they are made again when their turn comes.
  const auto fields = [&](std::size_t i) { return canonical(imported[i].spec, now).value(); };  // as above, where it was right
  const auto statement = [&](std::size_t i) {
    return i % 2 == 0 ? insert_key(ids[i / 2], fields(i / 2), true, now) : insert_secret(ids[i / 2], imported[i / 2].digest);
  };
  if (auto written = state_->store_.write(ids.size() * 2, statement); !written) {
    if (written.error().fault == Fault::conflict)
      return refuse(Fault::conflict, conflict_of(imported, *state_->published_.get()) + "; nothing was imported");
    return std::unexpected(std::move(written).error());
  }
  KeySecret secret{};  // what the source shows, until the next one
  CanonicalSpec shown{};
  const auto source = [&](std::size_t i) {
    secret = {imported[i].digest, never};
    shown = fields(i);
    return KeySource{ids[i],        shown.environment, shown.name, shown.subject, shown.plan,          shown.scopes,
                     shown.allowed, shown.expires_at,  true,       {&secret, 1},  state_->lives_.add()};
  };
  CHECK_OK(state_->republish([](KeySource&) {}, ids.size(), source));
  return ids;
}

Result<KeyPage> Keys::list(std::optional<KeyId> after, std::size_t limit, Listed listed) const {
  const auto active_at = listed == Listed::active ? std::optional(state_->clock_.now()) : std::nullopt;
  return read_page(state_->store_, after, std::clamp<std::size_t>(limit, 1, key_page_max), active_at);
}

Result<KeyInfo> Keys::show(const KeyId& id) const { return read_key(state_->store_, id); }

Result<> Keys::revoke(const KeyId& id) {
  const std::lock_guard lock(state_->writing_);
  const auto ring = state_->published_.get();
  const auto* key = ring->find(id);
  if (key == nullptr) return no_such_key(id);
  // Every ring, also one that a request began with, looks at this word: no need to wait for the disk, nor for a new ring.
  key->live->revoked.store(true, std::memory_order_release);
  auto written = state_->store_.write(mark_revoked(id, state_->clock_.now()));
  if (written) return {};
  if (written.error().fault == Fault::conflict && TRY(read_key(state_->store_, id)).revoked_at) return {};
  return refuse(written.error().fault, "the key is refused from now on, but this could not be written down: revoke it again", written.error().detail);
}

Result<IssuedKey> Keys::rotate(const KeyId& id, Duration overlap) {
  if (overlap < Duration(0) || overlap > overlap_max) return refuse(Fault::invalid, "overlap: 0 to 366 days");
  const std::lock_guard lock(state_->writing_);
  const auto ring = state_->published_.get();
  const auto* key = ring->find(id);
  if (key == nullptr) return no_such_key(id);
  if (key->live->revoked.load(std::memory_order_acquire)) return refuse(Fault::conflict, "the key is revoked");
  const auto current = std::ranges::find(ring->secrets(*key), never, &KeySecret::valid_until);
  if (current == ring->secrets(*key).end()) return fail(Fault::internal, "key " + std::string(id.text()) + " has no current secret");
  const auto until = unix_seconds(state_->clock_.now() + overlap);
  auto made = make_key(state_->random_, key->environment, id);
  CHECK_OK(state_->store_.write(replace_secret(id, current->digest, until, made.digest)));
  const std::array<KeySecret, 2> secrets{KeySecret{current->digest, until}, KeySecret{made.digest, never}};
  CHECK_OK(state_->republish([&](KeySource& source) {
    if (source.id == id) source.secrets = secrets;
  }));
  return IssuedKey{id, std::move(made.clear_text)};
}

Result<> Keys::change(const KeyId& id, const KeyChange& change) {
  const std::lock_guard lock(state_->writing_);
  const auto ring = state_->published_.get();
  const auto* key = ring->find(id);
  if (key == nullptr) return no_such_key(id);
  if (key->live->revoked.load(std::memory_order_acquire)) return refuse(Fault::conflict, "the key is revoked");
  std::string scopes, allowed;
  std::int64_t expires_at = never;
  std::vector<store::Statement> batch;
  if (change.plan) {
    CHECK_OK(state_->check_plan(*change.plan));
    batch.push_back(set_column(id, Column::plan, *change.plan));
  }
  if (change.scopes) {
    scopes = TRY(canonical_scopes(*change.scopes));
    batch.push_back(set_column(id, Column::scopes, scopes));
  }
  if (change.allowed) {
    allowed = TRY(canonical_allowed(*change.allowed));
    batch.push_back(set_column(id, Column::allowed, allowed));
  }
  if (change.expires_at) {
    expires_at = TRY(canonical_expiry(*change.expires_at, state_->clock_.now()));
    batch.push_back(set_expiry_column(id, expires_at));
  }
  if (batch.empty()) return {};
  CHECK_OK(state_->store_.write(batch));
  return state_->republish([&](KeySource& source) {
    if (source.id != id) return;
    if (change.plan) source.plan = *change.plan;
    if (change.scopes) source.scopes = scopes;
    if (change.allowed) source.allowed = allowed;
    if (change.expires_at) source.expires_at = expires_at;
  });
}

Result<std::size_t> Keys::configure(Options options) {
  const std::lock_guard lock(state_->writing_);
  state_->plans_ = std::make_shared<const std::vector<Plan>>(std::move(options.plans));
  state_->accepts_ = options.accepts;
  CHECK_OK(state_->republish());
  const auto ring = state_->published_.get();
  return static_cast<std::size_t>(std::ranges::count_if(ring->keys(), [&](const auto& key) { return ring->plan(key) == nullptr; }));
}

}  // namespace gatehouse::keys
