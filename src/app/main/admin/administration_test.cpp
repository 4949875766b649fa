#include <doctest/doctest.h>

#include "app/main/admin/administration.hpp"
#include "engines/store/sqlite.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

/// An administration over a store in memory.
struct Office {
  Office() {
    store = store::open_sqlite_in_memory().value();
    keys = keys::Keys::open(*store, clock, random, {.plans = {{"default", {}}, {"free", {}}}, .accepts = {}}).value();
    administration = std::make_unique<Administration>(AdminServices{
        .keys = *keys, .environment = keys::Environment::live, .store = *store, .fold_usage = {}, .why = {}, .status = {}, .selftest = {}});
  }
  Result<std::string> ask(std::string_view what, std::string_view arguments) {
    const auto document = json::parse(arguments);
    REQUIRE(document);
    return administration->perform(what, document->root());
  }
  /// A text member of an answer that must be there.
  std::string text(std::string_view what, std::string_view arguments, std::string_view outer, std::string_view name) {
    const auto answer = ask(what, arguments);
    REQUIRE_MESSAGE(answer, (answer ? std::string() : to_text(answer.error())));
    const auto document = json::parse(*answer);
    const auto object = outer.empty() ? document->root() : *document->root().get(outer);
    return std::string(object.string(name).value());
  }
  Fault fault(std::string_view what, std::string_view arguments) {
    const auto answer = ask(what, arguments);
    REQUIRE_FALSE(answer);
    return answer.error().fault;
  }
  SystemClock clock;
  SeededRandom random{1};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<keys::Keys> keys;
  std::unique_ptr<Administration> administration;
};

std::string with_id(const std::string& id) { return R"({"id":")" + id + R"("})"; }

}  // namespace

TEST_CASE("a key is made, shown without its secret, rotated under its id and revoked for good") {
  Office office;
  const auto id = office.text("keys.create", R"({"name":"shop","plan":"free","scopes":["b","a"],"addresses":["192.0.2.0/24"]})", "key", "id");
  const auto shown = office.ask("keys.show", with_id(id)).value();
  CHECK(shown.contains(R"("scopes":["a","b"],"addresses":["192.0.2.0/24"])"));
  CHECK(shown.contains(R"("state":"active")"));
  CHECK_FALSE(shown.contains("ghk_"));
  const auto rotated = office.text("keys.rotate", with_id(id), {}, "secret");
  CHECK(rotated.starts_with("ghk_live_" + id + "_"));
  CHECK(office.text("keys.revoke", with_id(id), {}, "state") == "revoked");
  CHECK(office.fault("keys.rotate", with_id(id)) == Fault::conflict);
}

TEST_CASE("plan, scopes, addresses and end of a key can be changed; what is not named stays, and what is wrong changes nothing") {
  Office office;
  const auto id = office.text("keys.create", R"({"name":"shop","scopes":["a","b"],"expires":4000000000})", "key", "id");
  const auto set = [&](const std::string& more) { return office.ask("keys.set", R"({"id":")" + id + "\"" + more + "}"); };
  const auto changed = set(R"(,"plan":"free","scopes":["c"],"addresses":["192.0.2.0/24"])").value();
  CHECK_MESSAGE(changed.contains(R"("plan":"free")"), changed);
  CHECK(changed.contains(R"("scopes":["c"],"addresses":["192.0.2.0/24"])"));
  CHECK(changed.contains(R"("expires":4000000000)"));
  const auto opened = set(R"(,"scopes":[],"addresses":[],"expires":null)").value();
  CHECK_MESSAGE(opened.contains(R"("scopes":[],"addresses":[])"), opened);
  CHECK_FALSE(opened.contains("expires"));
  for (const std::string wrong : {"", R"(,"plan":"gold")", R"(,"plan":"default","expires":1)", R"(,"plan":"default","scopes":["a b"])",
                                  R"(,"plan":"default","addresses":["192.0.2.1/24"])", R"(,"name":"other")", R"(,"plan":null)"}) {
    const auto refused = set(wrong);
    REQUIRE_FALSE_MESSAGE(refused, wrong);
    CHECK(refused.error().fault == Fault::invalid);
    CHECK(office.ask("keys.show", with_id(id)).value() == opened);
  }
  CHECK(office.ask("keys.revoke", with_id(id)));
  CHECK(set(R"(,"plan":"default")").error().fault == Fault::conflict);
  CHECK(office.fault("keys.set", R"({"id":"000000000000","plan":"free"})") == Fault::not_found);
}

TEST_CASE("a list leaves out ended keys unless they are asked for, and goes on where the page before ended") {
  Office office;
  for (int i = 0; i < 3; ++i) std::ignore = office.text("keys.create", R"({"name":"k"})", "key", "id");
  const auto first = office.text("keys.list", R"({"limit":1})", {}, "more");
  std::ignore = office.ask("keys.revoke", with_id(first));
  CHECK_FALSE(office.ask("keys.list", "{}").value().contains(first));
  CHECK(office.ask("keys.list", R"({"all":true})").value().contains(first));
  CHECK_FALSE(office.ask("keys.list", R"({"all":true,"after":")" + first + R"("})").value().contains(first));
}

TEST_CASE("keys and digests are taken in together, all of them or none") {
  Office office;
  const std::string digest(64, 'a');
  const auto one_good = R"({"lines":"an-old-key-of-ours-1\tname=erp\nsha256:)" + digest + R"(\n","plan":"free"})";
  CHECK(office.ask("keys.import", one_good).value() == R"({"imported":2})");
  CHECK(office.fault("keys.import", R"({"lines":"an-old-key-of-ours-2\nshort\n"})") == Fault::invalid);
  CHECK(office.fault("keys.import", one_good) == Fault::conflict);
  CHECK(office.ask("keys.import", R"({"lines":"an-old-key-of-ours-2"})"));  // the refused import took nothing
}

TEST_CASE("an unknown operation, argument, plan, address or id is refused, never passed over") {
  Office office;
  CHECK(office.fault("keys.destroy", "{}") == Fault::invalid);
  CHECK(office.fault("keys.create", R"({"name":"x","sopes":["a"]})") == Fault::invalid);
  CHECK(office.fault("keys.create", R"({"name":"x","plan":"gold"})") == Fault::invalid);
  CHECK(office.fault("keys.create", R"({"name":"x","addresses":["192.0.2.1/24"]})") == Fault::invalid);
  CHECK(office.fault("keys.create", R"({"name":"x","scopes":"a"})") == Fault::invalid);
  CHECK(office.fault("keys.create", "{}") == Fault::invalid);
  CHECK(office.fault("keys.show", with_id("no id")) == Fault::invalid);
  CHECK(office.fault("keys.show", with_id("aaaaaaaaaaaa")) == Fault::not_found);
  CHECK(office.fault("keys.rotate", R"({"id":"aaaaaaaaaaaa","overlap":-1})") == Fault::invalid);
}

TEST_CASE("what only a running server knows is unavailable without one") {
  Office office;
  CHECK(office.fault("status", "{}") == Fault::unavailable);
  CHECK(office.fault("why", R"({"id":"x"})") == Fault::unavailable);
  CHECK(office.fault("selftest", "{}") == Fault::unavailable);
  CHECK(office.fault("bans.list", "{}") == Fault::unavailable);
  CHECK(office.fault("bans.lift", R"({"who":"192.0.2.7"})") == Fault::unavailable);
}

TEST_CASE("usage is answered as rows and as CSV, and days that are none are refused") {
  Office office;
  CHECK(office.ask("usage", R"({"from":"2026-11-01","to":"2026-11-30"})").value() == R"({"usage":[]})");
  CHECK(office.text("usage", R"({"from":"2026-11-01","to":"2026-11-30","format":"csv"})", {}, "csv").starts_with("day,key,"));
  CHECK(office.fault("usage", R"({"from":"2026-11-31","to":"2026-12-01"})") == Fault::invalid);
  CHECK(office.fault("usage", R"({"from":"2026-11-02","to":"2026-11-01"})") == Fault::invalid);
}
