#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ground/base/counting_heap.hpp"
#include "services/keys/key_ring.hpp"

using namespace gatehouse;
using namespace gatehouse::keys;

namespace {
constexpr Instant start{1'750'000'000s};
const auto anywhere = http::Address::parse("192.0.2.7").value();

/// A ring in the making, with the keys in clear text.
struct RingMaker {
  SeededRandom random{11};
  KeyLives lives;
  std::shared_ptr<const std::vector<Plan>> plans = std::make_shared<const std::vector<Plan>>(std::vector<Plan>{
      {"default", {}},
      {"gold", {.rate = settings::Rate{100, 1s}, .burst = 200, .quota = {.day = 10, .month = 100}, .features = {"export"}, .concurrency = 4}}});
  std::vector<std::string> clear_texts{};

  Result<std::shared_ptr<const KeyRing>> make(const std::vector<KeySource>& sources, std::optional<Environment> accepts = std::nullopt) {
    KeyRingBuilder builder(plans, accepts);
    for (const auto& source : sources) CHECK_OK(builder.add(source));
    return builder.finish();
  }
  /// A source with one new secret, which `secret` keeps.
  KeySource source(KeySecret& secret, Environment environment = Environment::live) {
    auto made = make_key(random, environment, KeyId::make(random));
    secret = {made.digest, never};
    clear_texts.emplace_back(made.clear_text.reveal());
    return {made.id, environment, "shop", "customer-17", "default", "orders:read orders:write", "", never, false, {&secret, 1}, lives.add()};
  }
};
}  // namespace

TEST_CASE("a key in the ring is found by its clear text, with all that is known of it") {
  RingMaker maker;
  std::array<KeySecret, 2> secrets;
  std::vector<KeySource> sources{maker.source(secrets[0]), maker.source(secrets[1], Environment::test)};
  sources[1].plan = "gold";
  sources[1].scopes = "";
  const auto ring = maker.make(sources).value();
  const auto judged = ring->judge(maker.clear_texts[0], anywhere, start);
  REQUIRE(judged.verdict == KeyVerdict::good);
  CHECK(judged.key->id == sources[0].id);
  CHECK(judged.key->environment == Environment::live);
  CHECK(ring->name(*judged.key) == "shop");
  CHECK(ring->subject(*judged.key) == "customer-17");
  CHECK(ring->has_scope(*judged.key, "orders:read"));
  CHECK(ring->has_scope(*judged.key, "orders:write"));
  CHECK_FALSE(ring->has_scope(*judged.key, "orders"));
  CHECK_FALSE(ring->has_scope(*judged.key, "orders:read orders:write"));
  CHECK_FALSE(ring->has_scope(*judged.key, ""));
  const auto other = ring->judge(maker.clear_texts[1], anywhere, start);
  REQUIRE(other.verdict == KeyVerdict::good);
  CHECK(ring->plan(*other.key)->name == "gold");
  CHECK(ring->plan(*other.key)->has_feature("export"));
  CHECK_FALSE(ring->plan(*other.key)->has_feature("import"));
  CHECK(ring->scopes(*other.key).empty());
  CHECK_FALSE(ring->has_scope(*other.key, ""));
  CHECK(ring->find(sources[1].id) == other.key);
  CHECK(ring->find(KeyId::parse("000000000000").value()) == nullptr);
}

TEST_CASE("what is not in the ring is unknown; what has not the form of a key is malformed") {
  RingMaker maker;
  KeySecret secret;
  const auto ring = maker.make({maker.source(secret)}).value();
  const auto stranger = make_key(maker.random, Environment::live, ring->keys()[0].id);  // the id of a known key helps nobody
  CHECK(ring->judge(stranger.clear_text.reveal(), anywhere, start).verdict == KeyVerdict::unknown);
  CHECK(ring->judge(maker.clear_texts[0] + "x", anywhere, start).verdict == KeyVerdict::malformed);
  CHECK(ring->judge("ghk_", anywhere, start).verdict == KeyVerdict::malformed);
  CHECK(ring->judge("", anywhere, start).verdict == KeyVerdict::unknown);
  CHECK(ring->judge("something else", anywhere, start).verdict == KeyVerdict::unknown);
  CHECK(maker.make({}).value()->judge(maker.clear_texts[0], anywhere, start).verdict == KeyVerdict::unknown);
}

TEST_CASE("an imported key of any form is found; its digest presented as a key is not") {
  RingMaker maker;
  KeySecret secret;
  auto source = maker.source(secret);
  source.imported = true;
  const std::string text = "gh_0123456789abcdef0123456789abcdef";
  secret.digest = KeyDigest::of(text);
  const auto ring = maker.make({source}).value();
  CHECK(ring->judge(text, anywhere, start).verdict == KeyVerdict::good);
  CHECK(ring->judge(encoding::to_hex(secret.digest.bytes()), anywhere, start).verdict == KeyVerdict::unknown);
  CHECK(ring->judge(std::string(513, 'x'), anywhere, start).verdict == KeyVerdict::unknown);
}

TEST_CASE("revoked, expired, replaced, from elsewhere, of another environment, without a plan: each refused by its name") {
  RingMaker maker;
  std::array<KeySecret, 6> secrets;
  std::vector<KeySource> sources;
  for (auto& secret : secrets) sources.push_back(maker.source(secret));
  sources[1].expires_at = unix_seconds(start) + 10;
  secrets[2].valid_until = unix_seconds(start) + 10;
  sources[3].allowed = "192.0.2.0/24 2001:db8::/32";
  sources[4].environment = Environment::test;
  sources[5].plan = "cancelled";
  const auto ring = maker.make(sources, Environment::live).value();
  const auto verdict = [&](std::size_t i, Instant now = start, const char* from = "192.0.2.7") {
    return ring->judge(maker.clear_texts[i], http::Address::parse(from).value(), now).verdict;
  };
  CHECK(verdict(0) == KeyVerdict::good);
  sources[0].live->revoked = true;
  CHECK(verdict(0) == KeyVerdict::revoked);

  CHECK(verdict(1, start + 9s) == KeyVerdict::good);
  CHECK(verdict(1, start + 10s) == KeyVerdict::expired);

  CHECK(verdict(2, start + 9s) == KeyVerdict::good);
  CHECK(verdict(2, start + 10s) == KeyVerdict::replaced);

  CHECK(verdict(3) == KeyVerdict::good);
  CHECK(verdict(3, start, "2001:db8::1") == KeyVerdict::good);
  CHECK(verdict(3, start, "192.0.3.7") == KeyVerdict::address_refused);
  CHECK(verdict(3, start, "2001:db9::1") == KeyVerdict::address_refused);

  CHECK(verdict(4) == KeyVerdict::environment_refused);
  CHECK(maker.make(sources).value()->judge(maker.clear_texts[4], anywhere, start).verdict == KeyVerdict::good);

  CHECK(verdict(5) == KeyVerdict::plan_missing);
}

TEST_CASE("plans that keys have and nobody configured are known with the number of keys in use, and no others") {
  RingMaker maker;
  std::array<KeySecret, 6> secrets;
  std::vector<KeySource> sources;
  for (auto& secret : secrets) sources.push_back(maker.source(secret));
  for (const std::size_t i : {1U, 2U, 3U, 4U}) sources[i].plan = "free";
  sources[5].plan = "ended";
  sources[3].expires_at = unix_seconds(start) + 10;
  sources[4].live->revoked = true;
  sources[5].live->revoked = true;
  const auto ring = maker.make(sources).value();
  using Missing = std::vector<std::pair<std::string, std::size_t>>;
  CHECK(ring->missing_plans(start) == Missing{{"free", 3}});
  CHECK(ring->missing_plans(start + 10s) == Missing{{"free", 2}});
}

TEST_CASE("a rotated key is found by both its secrets") {
  RingMaker maker;
  std::array<KeySecret, 2> secrets;
  auto source = maker.source(secrets[0]);
  static_cast<void>(maker.source(secrets[1]));
  secrets[0].valid_until = unix_seconds(start) + 60;
  source.secrets = secrets;
  const auto ring = maker.make({source}).value();
  CHECK(ring->judge(maker.clear_texts[0], anywhere, start).key == ring->judge(maker.clear_texts[1], anywhere, start).key);
  CHECK(ring->judge(maker.clear_texts[0], anywhere, start + 60s).verdict == KeyVerdict::replaced);
  CHECK(ring->judge(maker.clear_texts[1], anywhere, start + 60s).verdict == KeyVerdict::good);
}

TEST_CASE("two keys with one id or one secret make no ring, nor do lists out of order") {
  RingMaker maker;
  std::array<KeySecret, 2> secrets;
  std::vector<KeySource> sources{maker.source(secrets[0]), maker.source(secrets[1])};
  CHECK(maker.make(sources).has_value());
  auto twice = sources;
  twice[1].id = twice[0].id;
  CHECK(maker.make(twice).error().fault == Fault::conflict);
  secrets[1] = secrets[0];
  CHECK(maker.make(sources).error().fault == Fault::conflict);
  secrets[1].digest = KeyDigest::of("another");
  for (const auto* wrong : {"b a", "a a", "a  b", " a"}) {
    sources[1].scopes = wrong;
    CHECK(maker.make(sources).error().fault == Fault::invalid);
  }
  sources[1].scopes = "a b";
  CHECK(maker.make(sources).has_value());
  sources[1].allowed = "10.0.0.1/8";
  CHECK(maker.make(sources).error().fault == Fault::invalid);
}

TEST_CASE("digests that share their first 64 bits are told apart") {
  RingMaker maker;
  std::array<KeySecret, 3> secrets;
  std::vector<KeySource> sources;
  std::string bytes(32, 'p');
  for (std::size_t i = 0; i < 3; ++i) {
    sources.push_back(maker.source(secrets[i]));
    bytes[31] = static_cast<char>('a' + i);
    secrets[i].digest = KeyDigest::from_bytes(bytes).value();
  }
  const auto ring = maker.make(sources).value();
  for (std::size_t i = 0; i < 3; ++i) CHECK(ring->judge(secrets[i].digest, anywhere, start).key->id == sources[i].id);
  bytes[31] = 'z';
  CHECK(ring->judge(KeyDigest::from_bytes(bytes).value(), anywhere, start).verdict == KeyVerdict::unknown);
}

TEST_CASE("100,000 keys take less than 300 bytes each, all are found, and a look-up takes nothing from the heap") {
  constexpr std::size_t count = 100'000;
  SeededRandom random(5);
  std::vector<std::string> clear_texts;
  clear_texts.reserve(count);
  const auto plans = std::make_shared<const std::vector<Plan>>(std::vector<Plan>{{"default", {}}});
  for (std::size_t i = 0; i < count; ++i) clear_texts.emplace_back(make_key(random, Environment::live, KeyId::make(random)).clear_text.reveal());

  const auto before = gatehouse::testing::heap_bytes.load();
  KeyLives lives;
  std::shared_ptr<const KeyRing> ring;
  {
    KeyRingBuilder builder(plans);
    builder.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const KeySecret secret{KeyDigest::of(clear_texts[i]), never};
      const std::string name = "integration " + std::to_string(i), subject = "customer-" + std::to_string(i / 3);
      const std::string scopes = "orders:read orders:write:" + std::to_string(i % 50);
      const KeySource source{parse_key(clear_texts[i])->id,
                             Environment::live,
                             name,
                             subject,
                             "default",
                             scopes,
                             i % 2 == 0 ? "10.0.0.0/8" : "",
                             never,
                             false,
                             {&secret, 1},
                             lives.add()};
      REQUIRE(builder.add(source).has_value());
    }
    ring = builder.finish().value();
  }
  const auto held = gatehouse::testing::heap_bytes.load() - before;
  MESSAGE("bytes a key: " << static_cast<double>(held) / count << ", of these in the ring itself " << static_cast<double>(ring->bytes()) / count);
  CHECK(held > 0);
  CHECK(static_cast<std::size_t>(held) < 300 * count);

  const auto inside = http::Address::parse("10.1.2.3").value();
  const auto allocations = gatehouse::testing::heap_allocations;
  std::size_t good = 0, scoped = 0;
  for (const auto& text : clear_texts) {
    const auto judged = ring->judge(text, inside, start);
    if (judged.verdict != KeyVerdict::good) continue;
    ++good;
    if (ring->has_scope(*judged.key, "orders:read")) ++scoped;
  }
  CHECK(gatehouse::testing::heap_allocations == allocations);
  CHECK(good == count);
  CHECK(scoped == count);
}
