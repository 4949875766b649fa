#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "engines/store/sqlite.hpp"
#include "services/keys/keys.hpp"

using namespace gatehouse;
using namespace gatehouse::keys;

namespace {
const auto client = http::Address::parse("198.51.100.9").value();

/// A store that fails when it is told to, to see what then holds.
class FailingStore final : public store::Store {
 public:
  explicit FailingStore(store::Store& real) : real_(real) {}
  using Store::write;
  Result<store::Rows> read(const store::Statement& statement) override { return real_.read(statement); }
  Result<> write(std::span<const store::Statement> batch) override {
    if (fails) return fail(Fault::unavailable, "disk full");
    return real_.write(batch);
  }
  bool fails = false;

 private:
  store::Store& real_;
};

struct Office {
  std::unique_ptr<store::Store> memory = store::open_sqlite_in_memory().value();
  FailingStore store{*memory};
  ManualClock clock;
  SeededRandom random{23};
  std::unique_ptr<Keys> keys = open().value();

  Result<std::unique_ptr<Keys>> open() {
    return Keys::open(store, clock, random, {.plans = {{"default", {}}, {"gold", {}}}, .accepts = std::nullopt});
  }
  void restart() { keys = open().value(); }
  KeyVerdict verdict(std::string_view text) { return keys->ring().get()->judge(text, client, clock.now()).verdict; }
  const KeyRing::Key& key(const KeyId& id) { return *keys->ring().get()->find(id); }
};
}  // namespace

TEST_CASE("a key that was made works at once and after a restart, and is shown as it was made") {
  Office office;
  const KeySpec spec{.name = "shop",
                     .subject = "customer 17",
                     .plan = "gold",
                     .scopes = {"b", "a", "b"},
                     .allowed = {http::AddressBlock::parse("198.51.100.0/24").value()},
                     .expires_at = office.clock.now() + 24h,
                     .environment = Environment::test};
  const auto issued = office.keys->create(spec).value();
  const std::string text(issued.clear_text.reveal());
  CHECK(parse_key(text)->id == issued.id);
  for (int i = 0; i < 2; ++i) {
    CHECK(office.verdict(text) == KeyVerdict::good);
    const auto info = office.keys->show(issued.id).value();
    CHECK(info.spec.name == "shop");
    CHECK(info.spec.subject == "customer 17");
    CHECK(info.spec.plan == "gold");
    CHECK(info.spec.scopes == std::vector<std::string>{"a", "b"});
    CHECK(info.spec.allowed.at(0).to_text() == "198.51.100.0/24");
    CHECK(info.spec.expires_at == std::chrono::floor<std::chrono::seconds>(office.clock.now() + 24h));
    CHECK(info.spec.environment == Environment::test);
    CHECK_FALSE(info.imported);
    CHECK_FALSE(info.revoked_at);
    office.restart();
  }
  office.clock.advance(24h);
  CHECK(office.verdict(text) == KeyVerdict::expired);
}

TEST_CASE("the clear text of a key is nowhere in the store") {
  Office office;
  const auto issued = office.keys->create({.name = "shop"}).value();
  const std::string secret(issued.clear_text.reveal().substr(22));
  const auto rows = office.store.read({"SELECT count(*) FROM api_key_secret WHERE instr(digest, $1) > 0", {store::value(secret)}}).value();
  CHECK(rows[0].integer(0).value() == 0);
  const auto digest = KeyDigest::of(issued.clear_text.reveal());
  CHECK(office.store.read({"SELECT digest FROM api_key_secret"}).value()[0].blob(0).value() == as_text(digest.bytes()));
}

TEST_CASE("what cannot be a key is refused before anything is written") {
  Office office;
  const auto refused = [&](KeySpec spec) { return office.keys->create(spec).error().fault == Fault::invalid; };
  CHECK(refused({.name = ""}));
  CHECK(refused({.name = "a\nb"}));
  CHECK(refused({.name = std::string(201, 'x')}));
  CHECK(refused({.name = "\xff"}));
  CHECK(refused({.name = "x", .plan = "platinum"}));
  CHECK(refused({.name = "x", .scopes = {"two words"}}));
  CHECK(refused({.name = "x", .scopes = {""}}));
  CHECK(refused({.name = "x", .scopes = {"quote\""}}));
  CHECK(refused({.name = "x", .scopes = std::vector<std::string>(65, "s")}));
  CHECK(refused({.name = "x", .expires_at = office.clock.now()}));
  CHECK(office.keys->list(std::nullopt, 10).value().keys.empty());
  CHECK(office.keys->create({.name = "x"}).has_value());
}

TEST_CASE("revoking holds at once, in rings that readers began with too, and after a restart; other keys are untouched") {
  Office office;
  const auto one = office.keys->create({.name = "one"}).value(), two = office.keys->create({.name = "two"}).value();
  const auto before = office.keys->ring().get();
  CHECK(office.keys->revoke(one.id));
  CHECK(office.verdict(one.clear_text.reveal()) == KeyVerdict::revoked);
  CHECK(before->judge(one.clear_text.reveal(), client, office.clock.now()).verdict == KeyVerdict::revoked);
  CHECK(office.verdict(two.clear_text.reveal()) == KeyVerdict::good);
  CHECK(office.keys->revoke(one.id));  // twice is well
  CHECK(office.keys->show(one.id).value().revoked_at.has_value());
  office.restart();
  CHECK(office.verdict(one.clear_text.reveal()) == KeyVerdict::revoked);
  CHECK(office.verdict(two.clear_text.reveal()) == KeyVerdict::good);
  CHECK(office.keys->revoke(KeyId::parse("000000000000").value()).error().fault == Fault::not_found);
}

TEST_CASE("a revocation holds even when it cannot be written down, and says so") {
  Office office;
  const auto issued = office.keys->create({.name = "one"}).value();
  office.store.fails = true;
  const auto result = office.keys->revoke(issued.id);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().fault == Fault::unavailable);
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::revoked);
  office.store.fails = false;
  CHECK(office.keys->revoke(issued.id));
  office.restart();
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::revoked);
}

TEST_CASE("a change that the store refuses changes nothing") {
  Office office;
  const auto issued = office.keys->create({.name = "one", .scopes = {"read"}}).value();
  office.store.fails = true;
  CHECK_FALSE(office.keys->create({.name = "two"}));
  CHECK_FALSE(office.keys->rotate(issued.id, 0s));
  CHECK_FALSE(office.keys->change(issued.id, {.plan = "gold", .scopes = std::vector<std::string>{"write"}}));
  const auto ring = office.keys->ring().get();
  CHECK(ring->size() == 1);
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::good);
  CHECK(ring->has_scope(ring->keys()[0], "read"));
  CHECK(ring->plan(ring->keys()[0])->name == "default");
}

TEST_CASE("rotation gives a new secret under the same id; the old one is taken until the overlap ends") {
  Office office;
  const auto first = office.keys->create({.name = "one"}).value();
  const auto second = office.keys->rotate(first.id, 1h).value();
  CHECK(second.id == first.id);
  CHECK(office.keys->show(first.id).value().old_secret_until == std::chrono::floor<std::chrono::seconds>(office.clock.now() + 1h));
  for (int i = 0; i < 2; ++i) {
    CHECK(office.verdict(first.clear_text.reveal()) == KeyVerdict::good);
    CHECK(office.verdict(second.clear_text.reveal()) == KeyVerdict::good);
    office.restart();
  }
  office.clock.advance(1h);
  CHECK(office.verdict(first.clear_text.reveal()) == KeyVerdict::replaced);
  CHECK(office.verdict(second.clear_text.reveal()) == KeyVerdict::good);

  const auto third = office.keys->rotate(first.id, 0s).value();
  CHECK(office.verdict(first.clear_text.reveal()) == KeyVerdict::unknown);
  CHECK(office.verdict(second.clear_text.reveal()) == KeyVerdict::replaced);
  CHECK(office.verdict(third.clear_text.reveal()) == KeyVerdict::good);

  const auto fourth = office.keys->rotate(first.id, 1h).value();
  CHECK(office.keys->revoke(first.id));
  CHECK(office.verdict(third.clear_text.reveal()) == KeyVerdict::revoked);  // in its overlap
  CHECK(office.verdict(fourth.clear_text.reveal()) == KeyVerdict::revoked);
  CHECK_FALSE(office.keys->show(first.id).value().old_secret_until);
  CHECK(office.keys->rotate(first.id, 1h).error().fault == Fault::conflict);
  CHECK(office.keys->rotate(first.id, -1s).error().fault == Fault::invalid);
}

TEST_CASE("plan, scopes, addresses and expiry can be changed, at once and for good") {
  Office office;
  const auto issued = office.keys->create({.name = "one", .scopes = {"read"}}).value();
  const auto other = office.keys->create({.name = "other", .scopes = {"read"}}).value();
  CHECK(office.keys->change(issued.id, {.plan = "gold", .scopes = std::vector<std::string>{"write", "export"}}));
  CHECK(office.keys->change(issued.id, {.expires_at = office.clock.now() + 1h}));
  CHECK(office.keys->change(issued.id, {}));
  for (int i = 0; i < 2; ++i) {
    const auto ring = office.keys->ring().get();
    const auto& key = office.key(issued.id);
    CHECK(ring->plan(key)->name == "gold");
    CHECK(ring->scope_text(key) == "export write");
    CHECK(key.expires_at == unix_seconds(office.clock.now() + 1h));
    CHECK(ring->scope_text(office.key(other.id)) == "read");
    CHECK(ring->plan(office.key(other.id))->name == "default");
    office.restart();
  }
  CHECK(office.keys->change(issued.id, {.allowed = std::vector{http::AddressBlock::parse("10.0.0.0/8").value()}}));
  CHECK(office.keys->change(issued.id, {.expires_at = std::optional<Instant>()}));
  CHECK_FALSE(office.keys->show(issued.id).value().spec.expires_at);
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::address_refused);
  CHECK(office.keys->change(issued.id, {.allowed = std::vector<http::AddressBlock>()}));
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::good);
  CHECK(office.keys->change(KeyId::parse("000000000000").value(), {.plan = "gold"}).error().fault == Fault::not_found);
  CHECK(office.keys->revoke(issued.id));
  CHECK(office.keys->change(issued.id, {.plan = "default"}).error().fault == Fault::conflict);
}

TEST_CASE("a change of a key that is wrong in one part changes nothing of it") {
  Office office;
  const auto issued = office.keys->create({.name = "one", .scopes = {"read"}}).value();
  const std::vector<std::string> other_scopes{"write"};
  CHECK(office.keys->change(issued.id, {.plan = "platinum", .scopes = other_scopes}).error().fault == Fault::invalid);
  CHECK(office.keys->change(issued.id, {.plan = "gold", .scopes = std::vector<std::string>{"two words"}}).error().fault == Fault::invalid);
  CHECK(office.keys->change(issued.id, {.scopes = other_scopes, .expires_at = office.clock.now()}).error().fault == Fault::invalid);
  for (int i = 0; i < 2; ++i) {
    CHECK(office.keys->ring().get()->plan(office.key(issued.id))->name == "default");
    CHECK(office.keys->ring().get()->scope_text(office.key(issued.id)) == "read");
    CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::good);
    office.restart();
  }
  CHECK(office.keys->change(issued.id, {.plan = "gold", .scopes = other_scopes}));
  CHECK(office.keys->ring().get()->scope_text(office.key(issued.id)) == "write");
}

TEST_CASE("a plan that the configuration drops refuses its keys until it is back") {
  Office office;
  const auto gold = office.keys->create({.name = "one", .plan = "gold"}).value(), plain = office.keys->create({.name = "two"}).value();
  CHECK(office.keys->configure({.plans = {{"default", {}}}, .accepts = std::nullopt}).value() == 1);
  CHECK(office.verdict(gold.clear_text.reveal()) == KeyVerdict::plan_missing);
  CHECK(office.verdict(plain.clear_text.reveal()) == KeyVerdict::good);
  CHECK(office.keys->configure({.plans = {{"gold", {}}, {"default", {}}}, .accepts = std::nullopt}).value() == 0);
  CHECK(office.verdict(gold.clear_text.reveal()) == KeyVerdict::good);
  CHECK(office.keys->configure({.plans = {{"gold", {}}, {"default", {}}}, .accepts = Environment::test}).value() == 0);
  CHECK(office.verdict(gold.clear_text.reveal()) == KeyVerdict::environment_refused);
}

TEST_CASE("keys of any form are imported, by clear text or digest") {
  Office office;
  const auto ours = make_key(office.random, Environment::test, KeyId::make(office.random));
  const std::string foreign = "gh_0123456789abcdef0123456789abcdef", hidden = "a key that nobody shows";
  const std::string text = "# keys of the old system\r\n\n" + foreign +
                           "\tname=old shop\tplan=gold\tscopes=read,write\tallowed=10.0.0.0/8,198.51.100.9\n" +
                           std::string(ours.clear_text.reveal()) + "\r\nsha256:" + encoding::to_hex(KeyDigest::of(hidden).bytes()) +
                           "\tenvironment=test\texpires=1800000000";
  const auto parsed = parse_import(text, {.name = "", .scopes = {"basic"}}).value();
  REQUIRE(parsed.size() == 3);
  const auto ids = office.keys->import(parsed).value();
  CHECK(ids[1] == ours.id);
  for (int i = 0; i < 2; ++i) {
    for (const auto& clear_text : {foreign, std::string(ours.clear_text.reveal()), hidden}) CHECK(office.verdict(clear_text) == KeyVerdict::good);
    const auto info = office.keys->show(ids[0]).value();
    CHECK(info.imported);
    CHECK(info.spec.name == "old shop");
    CHECK(info.spec.plan == "gold");
    CHECK(info.spec.scopes == std::vector<std::string>{"read", "write"});
    CHECK(info.spec.allowed.size() == 2);
    CHECK(office.keys->show(ids[2]).value().spec.environment == Environment::test);
    CHECK(office.keys->show(ids[2]).value().spec.scopes == std::vector<std::string>{"basic"});
    office.restart();
  }
  // Again: none of it, and nothing beside it either.
  auto again = parsed;
  again.erase(again.begin());
  again.insert(again.begin(), {{.name = "new"}, KeyDigest::of("quite another key"), std::nullopt, 0});
  CHECK(office.keys->import(again).error().fault == Fault::conflict);
  CHECK(office.verdict("quite another key") == KeyVerdict::unknown);
  CHECK(office.keys->list(std::nullopt, 10).value().keys.size() == 3);
}

TEST_CASE("a key that is there already, or twice in an import, is named by its line, without the words of the store") {
  Office office;
  const std::string first = "0123456789abcdef-one\n", second = "0123456789abcdef-two\n", third = "0123456789abcdef-three\n";
  const auto ids = office.keys->import(parse_import(first, {.name = "x"}).value()).value();
  const auto told = [&](const std::string& text) { return to_text(office.keys->import(parse_import(text, {.name = "x"}).value()).error()); };
  CHECK(told("# twice\n" + second + third + second) == "line 4: is the same key as line 2; nothing was imported");
  CHECK(told(third + "\n" + first) == "line 3: the key is there already, with the id " + std::string(ids[0].text()) + "; nothing was imported");
  CHECK(office.keys->import(parse_import(second + third, {.name = "x"}).value()).value().size() == 2);
  const auto ours = make_key(office.random, Environment::live, ids[0]);
  CHECK(told(std::string(ours.clear_text.reveal())) ==
        "line 1: there is a key with the id " + std::string(ids[0].text()) + " already; nothing was imported");
}

TEST_CASE("a key of an environment that the configuration does not take is neither made nor imported") {
  Office office;
  const auto issued = office.keys->create({.name = "early", .environment = Environment::test}).value();
  CHECK(office.keys->configure({.plans = {{"default", {}}}, .accepts = Environment::live}));
  CHECK(office.verdict(issued.clear_text.reveal()) == KeyVerdict::environment_refused);
  const auto refused = office.keys->create({.name = "late", .environment = Environment::test});
  CHECK(refused.error().fault == Fault::invalid);
  CHECK(refused.error().told.contains("keys.environment"));
  const auto imported = parse_import("0123456789abcdef-one\n0123456789abcdef-two\tenvironment=test\n", {.name = "x"}).value();
  CHECK(office.keys->import(imported).error().told.starts_with("line 2: a key of the environment 'test' would be refused"));
  CHECK(office.keys->list(std::nullopt, 10).value().keys.size() == 1);
  CHECK(office.keys->create({.name = "live"}).has_value());
  CHECK(office.keys->import(std::span(imported).first(1)).has_value());
}

TEST_CASE("a wrong line of an import is named, and its key is not shown") {
  for (const std::string line :
       {"short", "white space inside", "sha256:12", "ghk_live_0123456789AB_0123", "0123456789abcdef0123\tcolour=red", "0123456789abcdef0123\tname",
        "0123456789abcdef0123\tallowed=10.0.0.1/8", "0123456789abcdef0123\texpires=tomorrow", "0123456789abcdef0123\tenvironment=prod"}) {
    CAPTURE(line);
    const auto result = parse_import("0123456789abcdef\n" + line + "\n", {.name = "x"});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().told.starts_with("line 2: "));
    CHECK_FALSE(to_text(result.error()).contains(line.substr(0, line.find('\t'))));
  }
}

TEST_CASE("an empty column of addresses never takes away what all keys of an import are narrowed to, and no field is there twice") {
  const auto network = *http::AddressBlock::parse("10.0.0.0/8");
  const auto parsed = [&](const std::string& line) {
    return parse_import("# keys\n0123456789abcdef\t" + line + "\n", {.name = "x", .allowed = {network}});
  };
  for (const auto* line : {"allowed=", "allowed=,", "allowed=,,", "name=a\tallowed="}) {
    CAPTURE(line);
    REQUIRE_FALSE(parsed(line).has_value());
    CHECK(parsed(line).error().told.starts_with("line 2: allowed= names no block of addresses"));
  }
  for (const auto* line : {"allowed=10.0.0.0/8\tallowed=0.0.0.0/0", "expires=1\texpires=2", "name=a\tname=a", "scopes=a\tplan=p\tscopes="}) {
    CAPTURE(line);
    REQUIRE_FALSE(parsed(line).has_value());
    CHECK(parsed(line).error().told.ends_with("' is there twice"));
  }
  CHECK(parsed("name=a").value().at(0).spec.allowed == std::vector{network});
  CHECK(parsed("allowed=192.0.2.0/24,").value().at(0).spec.allowed == std::vector{*http::AddressBlock::parse("192.0.2.0/24")});
  CHECK(parsed("allowed=0.0.0.0/0,::/0").value().at(0).spec.allowed.size() == 2);
  CHECK(parsed("scopes=\tallowed=192.0.2.1").has_value());
}

TEST_CASE("a field after white space instead of a tab is refused, never part of the value before it; a name with white space is one") {
  const auto told = [](const std::string& line) {
    const auto result = parse_import("0123456789abcdef\t" + line + "\n", {.name = "x"});
    return result ? std::string() : result.error().told;
  };
  CHECK(told("name=bob allowed=10.0.0.0/8 expires=1") == "line 1: before 'allowed=' stands no tab but white space; a tab goes before each field");
  for (const auto* line : {"name=bob expires=1", "subject=bob  EXPIRES = 1", "plan=free\vscopes=a", "name=bob name bob environment=test",
                           "name= plan=x", "scopes=a,b allowed=10.0.0.0/8"}) {
    CAPTURE(line);
    CHECK(told(line).ends_with("a tab goes before each field"));
  }
  const auto first = [](const std::string& line) {
    const auto result = parse_import(line + "\n", {.name = "x"});
    return result ? std::string() : result.error().told;
  };
  CHECK(first("0123456789abcdef name=bob") == "line 1: before 'name=' stands no tab but white space; a tab goes before each field");
  CHECK(first("0123456789abcdef  plan=free\tname=bob").ends_with("a tab goes before each field"));
  CHECK(first("0123456789abcdef bob") == "line 1: a key has visible ASCII characters only; what follows it begins with a tab");
  CHECK(first("0123456789abcdefname=bob").empty());  // without white space it is a key like any other
  for (const auto* line :
       {"name=bob of expires", "name=the plan of bob", "name=x=1 y=2", "name=allowed=1", "name=bob myplan=x", "subject=plan b\tplan=free"})
    CHECK_MESSAGE(told(line).empty(), line);
  const auto keys = parse_import("0123456789abcdef\tname=bob the builder\texpires=1\n", {.name = "x"}).value();
  CHECK(keys.at(0).spec.name == "bob the builder");
  CHECK(keys.at(0).spec.expires_at.has_value());
}

TEST_CASE("a list is given in pages, in order, each key once") {
  Office office;
  std::vector<KeyId> made;
  for (int i = 0; i < 7; ++i) made.push_back(office.keys->create({.name = "key " + std::to_string(i)}).value().id);
  std::ranges::sort(made);
  std::vector<KeyId> listed;
  std::optional<KeyId> after;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = office.keys->list(after, 3).value();
    for (const auto& key : page.keys) listed.push_back(key.id);
    after = page.next;
    if (!after) break;
  }
  CHECK(listed == made);
}

TEST_CASE("a list of active keys has full pages, however many ended ones stand between") {
  Office office;
  std::vector<KeyId> made;
  for (int i = 0; i < 30; ++i) {
    const auto expires = i % 3 == 1 ? std::optional(office.clock.now() + 1h) : std::nullopt;
    made.push_back(office.keys->create({.name = "key", .expires_at = expires}).value().id);
    if (i % 3 == 0) REQUIRE(office.keys->revoke(made.back()));
  }
  CHECK(office.keys->list(std::nullopt, 5, Listed::active).value().keys.size() == 5);
  const auto ids = [&] {
    std::vector<KeyId> listed;
    std::optional<KeyId> after;
    do {
      const auto page = office.keys->list(after, 3, Listed::active).value();
      CHECK((page.keys.size() == 3 || !page.next));
      for (const auto& key : page.keys) listed.push_back(key.id);
      after = page.next;
    } while (after);
    return listed;
  };
  CHECK(ids().size() == 20);
  office.clock.advance(1h);
  CHECK(ids().size() == 10);  // those with an end have ended, to the second
  CHECK(office.keys->list(std::nullopt, 100).value().keys.size() == 30);
}

TEST_CASE("more keys than one page of the loader come back after a restart, rotated ones with both secrets") {
  Office office;
  std::vector<ImportedKey> many;
  for (int i = 0; i < 6000; ++i)
    many.push_back({{.name = "n" + std::to_string(i)}, KeyDigest::of("some imported key " + std::to_string(i)), std::nullopt});
  const auto ids = office.keys->import(many).value();
  std::vector<std::string> rotated;
  for (std::size_t i = 0; i < ids.size(); i += 500) rotated.emplace_back(office.keys->rotate(ids[i], 1h).value().clear_text.reveal());
  office.restart();
  CHECK(office.keys->ring().get()->size() == 6000);
  for (int i = 0; i < 6000; ++i) REQUIRE(office.verdict("some imported key " + std::to_string(i)) == KeyVerdict::good);
  for (const auto& text : rotated) CHECK(office.verdict(text) == KeyVerdict::good);
}

TEST_CASE("while keys are made and revoked, readers on other threads never see a good key refused nor a revoked one pass") {
  Office office;
  const auto steady = office.keys->create({.name = "steady"}).value();
  const auto doomed = office.keys->create({.name = "doomed"}).value();
  std::atomic<bool> done{false}, wrong{false}, revoked{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      Published<KeyRing>::Reader ring(office.keys->ring());
      while (!done) {
        const bool must_fail = revoked.load();
        const auto now = office.clock.now();
        if (ring.current()->judge(steady.clear_text.reveal(), client, now).verdict != KeyVerdict::good) wrong = true;
        if (must_fail && ring.current()->judge(doomed.clear_text.reveal(), client, now).verdict != KeyVerdict::revoked) wrong = true;
      }
    });
  for (int i = 0; i < 20; ++i) {
    CHECK(office.keys->create({.name = "another"}).has_value());
    if (i == 10) {
      CHECK(office.keys->revoke(doomed.id));
      revoked = true;
    }
  }
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK_FALSE(wrong);
}
