#include <doctest/doctest.h>

#include <algorithm>

#include "engines/store/sqlite.hpp"
#include "ground/base/counting_heap.hpp"
#include "ground/base/testing.hpp"
#include "services/revocations/revocations.hpp"

using namespace gatehouse;
using namespace gatehouse::revocations;

namespace {

constexpr std::string_view login = "https://login.example";

/// A keeper over a file, which can be opened anew as after a restart.
struct Office {
  Office() { reopen(); }
  void reopen() {
    keeper.reset();
    store.reset();
    store = store::open_sqlite({.path = folder.file("store.sqlite")}).value();
    keeper = Revocations::open(*store, clock, random).value();
  }
  [[nodiscard]] std::int64_t now() const { return unix_seconds(clock.now()); }
  [[nodiscard]] Revocation one(std::string jti, std::string_view issuer = login) const {
    return {.kind = Kind::token, .issuer = std::string(issuer), .name = std::move(jti), .lapses_at = now() + 3600};
  }
  [[nodiscard]] Revocation all_of(std::string subject, std::int64_t before) const {
    return {.kind = Kind::subject, .issuer = std::string(login), .name = std::move(subject), .issued_before = before, .lapses_at = now() + 3600};
  }
  [[nodiscard]] bool refuses(const PresentedToken& token) const { return keeper->list().get()->find(token, clock.now()) != nullptr; }

  gatehouse::testing::TemporaryFolder folder;
  ManualClock clock;
  SeededRandom random{5};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Revocations> keeper;
};

PresentedToken token_of(std::string_view subject, std::string_view jti, std::optional<double> issued_at, std::string_view issuer = login) {
  return {.issuer = issuer, .subject = subject, .token_id = jti, .issued_at = issued_at, .digest_characters = {}};
}

/// A store whose disk is full from a moment on.
class FullStore final : public store::Store {
 public:
  explicit FullStore(store::Store& behind) : behind_(behind) {}
  Result<store::Rows> read(const store::Statement& statement) override { return behind_.read(statement); }
  Result<> write(std::span<const store::Statement> batch) override {
    if (full) return fail(Fault::unavailable, "disk full");
    return behind_.write(batch);
  }
  using store::Store::write;
  bool full = false;

 private:
  store::Store& behind_;
};

}  // namespace

TEST_CASE("one token is refused by issuer and jti, and neither its neighbour nor the same jti of another issuer") {
  Office office;
  CHECK_FALSE(office.refuses(token_of("ada", "t-1", 100.0)));
  REQUIRE(office.keeper->revoke(office.one("t-1")));
  CHECK(office.refuses(token_of("ada", "t-1", 100.0)));
  CHECK(office.refuses(token_of("ada", "t-1", std::nullopt)));
  CHECK_FALSE(office.refuses(token_of("ada", "t-2", 100.0)));
  CHECK_FALSE(office.refuses(token_of("ada", "T-1", 100.0)));
  CHECK_FALSE(office.refuses(token_of("ada", "t-1", 100.0, "https://login.example/")));
  CHECK_FALSE(office.refuses(token_of("t-1", "", 100.0)));  // a subject of that name is no token of that name
}

TEST_CASE("the tokens of a subject are refused that were issued before a time, and those that do not say when") {
  Office office;
  const auto t = office.now();
  REQUIRE(office.keeper->revoke(office.all_of("ada", t)));
  CHECK(office.refuses(token_of("ada", "x", static_cast<double>(t) - 1)));
  CHECK(office.refuses(token_of("ada", "x", static_cast<double>(t) - 0.5)));
  CHECK(office.refuses(token_of("ada", "x", std::nullopt)));
  CHECK_FALSE(office.refuses(token_of("ada", "x", static_cast<double>(t))));
  CHECK_FALSE(office.refuses(token_of("ada", "x", static_cast<double>(t) + 0.25)));
  CHECK_FALSE(office.refuses(token_of("bob", "x", static_cast<double>(t) - 1)));
  CHECK_FALSE(office.refuses(token_of("ada", "x", static_cast<double>(t) - 1, "https://partner.example")));
}

TEST_CASE("all tokens of an issuer are refused that were issued before a time, and none of another issuer") {
  Office office;
  const auto t = office.now();
  REQUIRE(
      office.keeper->revoke({.kind = Kind::issuer, .issuer = std::string(login), .name = {}, .issued_before = t, .lapses_at = t + 60}).has_value());
  CHECK(office.refuses(token_of("ada", "", static_cast<double>(t) - 1)));
  CHECK(office.refuses(token_of("bob", "x", std::nullopt)));
  CHECK_FALSE(office.refuses(token_of("ada", "", static_cast<double>(t))));
  CHECK_FALSE(office.refuses(token_of("ada", "", 1.0, "https://partner.example")));
}

TEST_CASE("a token without a usable jti goes by its digest, and one with a jti never does") {
  Office office;
  const std::string digest(64, 'a'), other(64, 'b'), endless(text_bytes_max + 1, 'j');
  REQUIRE(office.keeper->revoke({.kind = Kind::digest, .issuer = std::string(login), .name = digest, .lapses_at = office.now() + 60}).has_value());
  const auto list = office.keeper->list().get();
  CHECK(list->asks_digest(""));
  CHECK(list->asks_digest(endless));
  CHECK_FALSE(list->asks_digest("t-1"));
  auto token = token_of("ada", "", 1.0);
  token.digest_characters = digest;
  CHECK(office.refuses(token));
  token.token_id = endless;
  CHECK(office.refuses(token));
  token.token_id = "t-1";
  CHECK_FALSE(office.refuses(token));
  token.token_id = "";
  token.digest_characters = other;
  CHECK_FALSE(office.refuses(token));
}

TEST_CASE("a revocation lapses at its time, and not a second before") {
  Office office;
  auto brief = office.one("t-1");
  brief.lapses_at = office.now() + 10;
  REQUIRE(office.keeper->revoke(brief));
  office.clock.advance(9s);
  CHECK(office.refuses(token_of("ada", "t-1", 1.0)));
  office.clock.advance(1s);
  CHECK_FALSE(office.refuses(token_of("ada", "t-1", 1.0)));
  REQUIRE(office.keeper->revoke(office.one("t-2")));  // what has lapsed goes with the next change
  CHECK(office.keeper->list().get()->size() == 1);
  CHECK(office.store->read({"SELECT id FROM token_revocation ORDER BY id"}).value().size() == 1);
}

TEST_CASE("revoking again never weakens what was revoked, and keeps its id") {
  Office office;
  const auto t = office.now();
  const auto first = office.keeper->revoke(office.all_of("ada", t)).value();
  auto weaker = office.all_of("ada", t - 1000);
  weaker.lapses_at = t + 5;
  const auto second = office.keeper->revoke(weaker).value();
  CHECK(second.id == first.id);
  CHECK(second.what.issued_before == t);
  CHECK(second.what.lapses_at == first.what.lapses_at);
  CHECK(office.refuses(token_of("ada", "x", static_cast<double>(t) - 1)));
  auto stronger = office.all_of("ada", t + 10);
  stronger.lapses_at = t + 9000;
  CHECK(office.keeper->revoke(stronger).value().what.lapses_at == t + 9000);
  CHECK(office.refuses(token_of("ada", "x", static_cast<double>(t) + 9)));
  CHECK(office.keeper->list().get()->size() == 1);
}

TEST_CASE("what was revoked is revoked after a restart, byte by byte, and what was restored is not") {
  Office office;
  const std::string strange("a\0b\n\xC3\xA4", 6);
  REQUIRE(office.keeper->revoke(office.one(strange)));
  REQUIRE(office.keeper->revoke(office.all_of("ada", office.now())));
  const auto gone = office.keeper->revoke(office.one("t-3")).value();
  REQUIRE(office.keeper->restore(gone.id));
  CHECK_FALSE(office.refuses(token_of("bob", "t-3", 1.0)));
  office.reopen();
  CHECK(office.refuses(token_of("bob", strange, 1.0)));
  CHECK_FALSE(office.refuses(token_of("bob", "a", 1.0)));
  CHECK(office.refuses(token_of("ada", "x", 1.0)));
  CHECK_FALSE(office.refuses(token_of("bob", "t-3", 1.0)));
  CHECK(office.keeper->list().get()->size() == 2);
  CHECK(office.keeper->restore(gone.id).error().fault == Fault::not_found);
  office.clock.advance(2h);
  office.reopen();
  CHECK(office.keeper->list().get()->empty());
}

TEST_CASE("a revocation that cannot be written down holds all the same and says so; one that cannot be lifted stays") {
  ManualClock clock;
  SeededRandom random(3);
  const auto behind = store::open_sqlite_in_memory().value();
  FullStore store(*behind);
  const auto keeper = Revocations::open(store, clock, random).value();
  const Revocation wanted{.kind = Kind::token, .issuer = std::string(login), .name = "t-1", .lapses_at = unix_seconds(clock.now()) + 60};
  const auto holds = [&] { return keeper->list().get()->find(token_of("ada", "t-1", 1.0), clock.now()) != nullptr; };
  store.full = true;
  const auto failed = keeper->revoke(wanted);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().fault == Fault::unavailable);
  CHECK(failed.error().told.contains("again"));
  CHECK(holds());
  store.full = false;
  const auto done = keeper->revoke(wanted).value();
  store.full = true;
  CHECK_FALSE(keeper->restore(done.id));
  CHECK(holds());
  store.full = false;
  CHECK(Revocations::open(store, clock, random).value()->list().get()->size() == 1);
  REQUIRE(keeper->restore(done.id));
  CHECK_FALSE(holds());
}

TEST_CASE("what makes no sense is not revoked, and what does at the same bound is") {
  Office office;
  const auto fault = [&](const Revocation& wanted) {
    const auto made = office.keeper->revoke(wanted);
    return made ? std::optional<Fault>() : std::optional(made.error().fault);
  };
  CHECK(fault(office.one("")) == Fault::invalid);
  CHECK(fault(office.one(std::string(text_bytes_max + 1, 'j'))) == Fault::invalid);
  CHECK_FALSE(fault(office.one(std::string(text_bytes_max, 'j'))));
  CHECK(fault(office.one("\xFF")) == Fault::invalid);
  CHECK(fault(office.one("t", "")) == Fault::invalid);
  auto late = office.one("t");
  late.lapses_at = office.now();
  CHECK(fault(late) == Fault::invalid);
  late.lapses_at = unix_seconds(office.clock.now() + keep_max) + 1;
  CHECK(fault(late) == Fault::invalid);
  auto dated = office.one("t");
  dated.issued_before = 5;
  CHECK(fault(dated) == Fault::invalid);
  CHECK(fault(office.all_of("ada", 0)) == Fault::invalid);
  CHECK(fault(office.all_of("ada", office.now() + 301)) == Fault::invalid);
  CHECK_FALSE(fault(office.all_of("ada", office.now() + 300)));
  CHECK(fault({.kind = Kind::digest, .issuer = "i", .name = std::string(64, 'A'), .lapses_at = office.now() + 1}) == Fault::invalid);
  CHECK(fault({.kind = Kind::issuer, .issuer = "i", .name = "x", .issued_before = 1, .lapses_at = office.now() + 1}) == Fault::invalid);
}

TEST_CASE("a hundred thousand revocations are found each and nothing beside them, and one more is refused in words") {
  ManualClock clock;
  SeededRandom random(9);
  const auto until = unix_seconds(clock.now()) + 60;
  RevocationList list(siphash::Seed::from(random));
  for (std::size_t i = 0; i < entries_max; ++i) {
    const bool subject = i % 2 == 1;
    list.put({RevocationId::make(random),
              {.kind = subject ? Kind::subject : Kind::token,
               .issuer = std::string(login),
               .name = std::to_string(i),
               .issued_before = subject ? until : 0,
               .lapses_at = until},
              0});
  }
  REQUIRE(list.size() == entries_max);
  MESSAGE("bytes a revocation: " << list.bytes() / entries_max);
  CHECK(list.bytes() < 16U << 20U);
  const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < entries_max; ++i) all.push_back(std::to_string(i));
    return all;
  }();
  const auto taken_before = gatehouse::testing::heap_allocations;
  std::size_t found = 0, beside = 0;
  for (std::size_t i = 0; i < entries_max; ++i) {
    const std::string_view name = names[i];
    if (list.find(i % 2 == 1 ? token_of(name, "", 1.0) : token_of("", name, 1.0), clock.now()) != nullptr) ++found;
    if (list.find(i % 2 == 1 ? token_of("", name, 1.0) : token_of(name, "", 1.0), clock.now()) != nullptr) ++beside;
  }
  CHECK(gatehouse::testing::heap_allocations == taken_before);
  CHECK(found == entries_max);
  CHECK(beside == 0);

  const auto store = store::open_sqlite_in_memory().value();
  REQUIRE(Revocations::open(*store, clock, random));  // makes the table
  REQUIRE(
      store->write(store::Statement{"INSERT INTO token_revocation (id, kind, issuer, name, issued_before, lapses_at, made_at) "
                                    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
                                    "SELECT printf('%016x', i), 'token', 'https://login.example', CAST(printf('t-%d', i) AS BLOB), 0, $1, 0 FROM n",
                                    {store::value(until)}}));
  const auto keeper = Revocations::open(*store, clock, random).value();
  CHECK(keeper->list().get()->size() == entries_max);
  const Revocation more{.kind = Kind::token, .issuer = std::string(login), .name = "one more", .lapses_at = until + 100};
  const auto full = keeper->revoke(more);
  REQUIRE_FALSE(full);
  CHECK(full.error().fault == Fault::exhausted);
  CHECK(full.error().told.contains("100000 revocations"));
  auto known = more;
  known.name = "t-77";
  CHECK(keeper->revoke(known).has_value());  // it takes no further place
  clock.advance(60s);                        // but for that one, all have lapsed
  CHECK(keeper->revoke(more).has_value());
  CHECK(keeper->list().get()->size() == 2);
}
