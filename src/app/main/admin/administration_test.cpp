#include <doctest/doctest.h>

#include "app/main/admin/administration.hpp"
#include "engines/store/sqlite.hpp"
#include "ground/base/encoding.hpp"
#include "ground/crypto/digest.hpp"
#include "ground/json/writer.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

/// An administration over a store in memory.
struct Office {
  Office() {
    store = store::open_sqlite_in_memory().value();
    keys = keys::Keys::open(*store, clock, random, {.plans = {{"default", {}}, {"free", {}}}, .accepts = {}}).value();
    revocations = revocations::Revocations::open(*store, clock, random).value();
    administration = std::make_unique<Administration>(AdminServices{.keys = *keys,
                                                                    .environment = keys::Environment::live,
                                                                    .revocations = *revocations,
                                                                    .store = *store,
                                                                    .clock = clock,
                                                                    .fold_usage = {},
                                                                    .why = {},
                                                                    .status = {},
                                                                    .selftest = {},
                                                                    .issuers = [this] { return issuers; },
                                                                    .signature_of = [this](std::string_view) { return signature; },
                                                                    .record = [this](const audit::Act& act) { acts.push_back(act); }});
  }
  Result<std::string> ask(std::string_view what, std::string_view arguments) {
    const auto document = json::parse(arguments);
    REQUIRE(document);
    return administration->perform(what, document->root(), {.user = 7, .process = 11, .name = "ops"});
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
  ManualClock clock{SystemClock().now()};
  SeededRandom random{1};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<keys::Keys> keys;
  std::unique_ptr<revocations::Revocations> revocations;
  std::vector<TrustedIssuer> issuers{{"login", "https://login.example"}, {"partner", "https://partner.example"}};
  TokenSignature signature = TokenSignature::not_checked;
  std::vector<audit::Act> acts;
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

TEST_CASE("until when the secret before a rotation is taken is shown as long as it is") {
  Office office;
  const auto id = office.text("keys.create", R"({"name":"shop"})", "key", "id");
  std::ignore = office.text("keys.rotate", R"({"id":")" + id + R"(","overlap":3600})", {}, "secret");
  office.clock.advance(3599s);
  CHECK(office.ask("keys.show", with_id(id)).value().contains("old_secret_until"));
  office.clock.advance(2s);
  CHECK_FALSE(office.ask("keys.show", with_id(id)).value().contains("old_secret_until"));
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
  CHECK(office.ask("keys.list", R"({"limit":1})").value().contains("\"id\""));  // the first key is the revoked one: the page holds the next
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

TEST_CASE("a key that has leaked is ended by itself: its id is taken out of it, and its secret is nowhere afterwards") {
  Office office;
  const auto made_text = office.ask("keys.create", R"({"name":"shop"})").value();
  const auto made = json::parse(made_text).value();
  const std::string id(made.root().get("key")->string("id").value()), whole(made.root().string("secret").value());
  const auto secret = whole.substr(22);
  CHECK(office.text("keys.show", with_id(whole), {}, "id") == id);
  const auto rotated = office.ask("keys.rotate", with_id(whole)).value();
  CHECK(rotated.contains("\"id\":\"" + id + "\""));
  CHECK_FALSE(rotated.contains(secret));
  const auto revoked = office.ask("keys.revoke", with_id(whole)).value();
  CHECK(revoked.contains(R"("state":"revoked")"));
  CHECK_FALSE(revoked.contains(secret));
  // One that is mistyped or cut is nobody's, and one of another form has no id; neither is acted on, and none is repeated.
  auto mistyped = whole;
  mistyped[40] = mistyped[40] == 'x' ? 'y' : 'x';
  for (const auto& given :
       {mistyped, whole.substr(0, 60), whole + "x", "x" + whole, std::string("an-imported-key-of-another-form"), std::string("not-an-id")}) {
    CAPTURE(given);
    for (const auto* what : {"keys.revoke", "keys.rotate", "keys.show"}) {
      const auto refused = office.ask(what, with_id(given));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().fault == Fault::invalid);
      const auto said = to_text(refused.error());
      CHECK_FALSE(said.contains(given));
      CHECK_FALSE(said.contains(given.substr(given.size() / 2)));
      if (given == mistyped || given.size() == 60) CHECK(said.contains(id));  // what the key is called is no secret
    }
  }
  REQUIRE_FALSE(office.acts.empty());
  for (const auto& act : office.acts) {
    CHECK_FALSE(act.error.contains(secret.substr(10, 16)));
    CHECK_FALSE(act.error.contains("imported-key"));
    for (const auto& [name, text] : act.about)
      if (name == "key") CHECK(text == id);
  }
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
  CHECK(office.fault("routes", "{}") == Fault::unavailable);
  CHECK(office.fault("contract.learned", "{}") == Fault::unavailable);
  CHECK(office.fault("contract.forget", "{}") == Fault::unavailable);
  CHECK(office.fault("contract.shadow", "{}") == Fault::unavailable);
  CHECK(office.fault("routes", R"({"all":true})") == Fault::invalid);
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

namespace {
/// A token with these claims, signed by nobody: what an administrator is handed.
std::string found_token(std::string_view claims) {
  return encoding::to_base64url(as_bytes(R"({"alg":"ES256"})")) + "." + encoding::to_base64url(as_bytes(claims)) + ".c2lnbmF0dXJl";
}
std::string as_argument(const std::string& token) { return R"({"token":")" + token + R"("})"; }
std::string expiring(std::int64_t seconds) { return std::to_string(unix_seconds(SystemClock().now()) + seconds); }
std::int64_t number(const std::string& answer, std::string_view name) {
  const auto document = json::parse(answer);
  return document->root().get(name).value().integer().value();
}
}  // namespace

TEST_CASE("a token is revoked by its jti until it has expired, under the id that restores it, and never shown") {
  Office office;
  office.signature = TokenSignature::holds;
  const auto token = found_token(R"({"iss":"https://login.example","jti":"t-1","exp":)" + expiring(600) + "}");
  const auto told = office.ask("tokens.revoke", as_argument(token)).value();
  CHECK(told.contains(R"("kind":"token","issuer":"https://login.example","jti":"t-1")"));
  CHECK(told.contains(R"("signature":"holds")"));
  CHECK_FALSE(told.contains(token.substr(30)));
  const auto lasts = number(told, "until") - unix_seconds(SystemClock().now());
  CHECK(lasts > 600);
  CHECK(lasts <= 600 + 301);
  const auto listed = office.ask("tokens.list", "{}").value();
  CHECK(listed.contains(R"("jti":"t-1")"));
  CHECK(office.ask("tokens.list", R"({"issuer":"partner"})").value() == R"({"revocations":[]})");
  const auto id = office.text("tokens.revoke", as_argument(token), {}, "id");  // again is well, and the same
  CHECK(office.text("tokens.restore", with_id(id), {}, "state") == "restored");
  CHECK(office.ask("tokens.list", "{}").value() == R"({"revocations":[]})");
  CHECK(office.fault("tokens.restore", with_id(id)) == Fault::not_found);
}

TEST_CASE("what a token that nobody could check says of its own end does not shorten its revocation, and a forged one is not revoked at all") {
  Office office;
  const auto token = as_argument(found_token(R"({"iss":"https://login.example","jti":"t-1","exp":)" + expiring(60) + "}"));
  const auto told = office.ask("tokens.revoke", token).value();
  CHECK(told.contains(R"("signature":"not checked")"));
  CHECK(number(told, "until") >= unix_seconds(SystemClock().now()) + 365 * 86'400);
  office.signature = TokenSignature::fails;
  CHECK(office.fault("tokens.revoke", token) == Fault::invalid);
}

TEST_CASE("a token without a jti is revoked by its digest; one that the gate refuses anyway needs no revocation") {
  Office office;
  const auto revoke = [&](std::string_view claims) { return as_argument(found_token(claims)); };
  for (const std::string name : {"", R"("jti":"",)"}) {
    const auto token = found_token(R"({"iss":"https://login.example",)" + name + R"("exp":)" + expiring(60) + "}");
    const auto digest = encoding::to_hex(crypto::sha256(std::string_view(token).substr(0, token.rfind('.'))));
    CHECK(
        office.ask("tokens.revoke", as_argument(token)).value().contains(R"("kind":"digest","issuer":"https://login.example","digest":")" + digest));
  }
  CHECK(office.fault("tokens.revoke", revoke(R"({"iss":"https://login.example","jti":"t"})")) == Fault::invalid);
  CHECK(office.fault("tokens.revoke", revoke(R"({"iss":"https://login.example","jti":"t","exp":)" + expiring(-400) + "}")) == Fault::conflict);
  CHECK(office.fault("tokens.revoke", revoke(R"({"iss":"https://other.example","jti":"t","exp":)" + expiring(60) + "}")) == Fault::not_found);
  CHECK(office.fault("tokens.revoke", revoke(R"({"iss":"login","jti":"t","exp":)" + expiring(60) + "}")) == Fault::not_found);
  CHECK(office.fault("tokens.revoke", revoke(R"({"jti":"t","exp":)" + expiring(60) + "}")) == Fault::invalid);
  CHECK(office.fault("tokens.revoke", as_argument("no token")) == Fault::invalid);
}

TEST_CASE("tokens of a subject and of an issuer are revoked from this second on, by the issuer's name or its iss, and no unknown issuer is taken") {
  Office office;
  const auto now = unix_seconds(SystemClock().now());
  const auto told = office.ask("tokens.revoke", R"({"issuer":"login","subject":"ada"})").value();
  CHECK(told.contains(R"("kind":"subject","issuer":"https://login.example","subject":"ada")"));
  CHECK(number(told, "before") > now);
  CHECK(number(told, "until") >= now + 366 * 86'400);
  CHECK(office.ask("tokens.revoke", R"({"issuer":"https://partner.example","all":true,"before":1000,"until":)" + expiring(60) + "}")
            .value()
            .contains(R"("kind":"issuer","issuer":"https://partner.example","before":1000)"));
  const auto unknown = office.ask("tokens.revoke", R"({"issuer":"https://login.example/","jti":"t"})");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().fault == Fault::not_found);
  CHECK(unknown.error().told.contains("login (https://login.example)"));
  for (const auto* const wrong :
       {R"({"issuer":"login"})", R"({"issuer":"login","jti":"a","subject":"b"})", R"({"issuer":"login","jti":"a","all":true})",
        R"({"issuer":"login","jti":""})", R"({"issuer":"login","jti":"a","before":5})", R"({"issuer":"login","subject":"a","before":7000000000})",
        R"({"issuer":"login","subject":"a","until":5})", R"({"issuer":"login","subject":"a","untill":5})", R"({"jti":"a"})", "{}",
        R"({"issuer":"login","all":false})"})
    CHECK_MESSAGE(office.fault("tokens.revoke", wrong) == Fault::invalid, wrong);
  office.issuers.clear();
  CHECK(office.fault("tokens.revoke", R"({"issuer":"login","jti":"t"})") == Fault::not_found);
}

TEST_CASE("revocations are listed in pages, each once") {
  Office office;
  for (int i = 0; i < 5; ++i) REQUIRE(office.ask("tokens.revoke", R"({"issuer":"login","jti":"t-)" + std::to_string(i) + R"("})"));
  std::string seen, after;
  for (int page = 0; page < 3; ++page) {
    const auto answer = office.ask("tokens.list", R"({"limit":2)" + (after.empty() ? "" : R"(,"after":")" + after + "\"") + "}").value();
    const auto document = json::parse(answer);
    for (const auto each : document->root().get("revocations")->elements()) seen += std::string(each.string("jti").value()) + " ";
    after = document->root().string("more").value_or("");
    CHECK(after.empty() == (page == 2));
  }
  CHECK(seen.size() == 5 * 4);
  for (int i = 0; i < 5; ++i) CHECK(seen.contains("t-" + std::to_string(i) + " "));
  CHECK(office.fault("tokens.list", R"({"after":"0123456789abcdef"})") == Fault::not_found);
  CHECK(office.fault("tokens.list", R"({"limit":0})") == Fault::invalid);
}

TEST_CASE("what changes something is on record with who did it, refused or not, and what only looks is not") {
  Office office;
  const auto id = office.text("keys.create", R"({"name":"shop"})", "key", "id");
  for (const auto* const looks : {"keys.list", "tokens.list"}) CHECK(office.ask(looks, "{}"));
  for (const auto* const looks : {"status", "routes", "bans.list", "selftest"}) CHECK_FALSE(office.ask(looks, "{}"));
  CHECK(office.ask("keys.show", with_id(id)));
  CHECK(office.ask("usage", R"({"from":"2026-01-01","to":"2026-01-31"})"));
  CHECK_FALSE(office.ask("why", with_id("0000")));
  REQUIRE(office.acts.size() == 1);
  CHECK(office.acts[0].what == "keys.create");
  CHECK(office.acts[0].who.user == 7);
  CHECK(office.acts[0].who.process == 11);
  CHECK(office.acts[0].who.name == "ops");

  CHECK(office.ask("keys.set", R"({"id":")" + id + R"(","plan":"free"})"));
  CHECK(office.ask("keys.rotate", with_id(id)));
  CHECK(office.ask("keys.revoke", with_id(id)));
  CHECK(office.ask("keys.import", R"({"lines":"an-old-key-of-ours-2"})"));
  const auto revocation = office.text("tokens.revoke", R"({"issuer":"login","jti":"t-1"})", {}, "id");
  CHECK(office.ask("tokens.restore", with_id(revocation)));
  CHECK_FALSE(office.ask("bans.lift", R"({"who":"192.0.2.7"})"));
  CHECK_FALSE(office.ask("keys.revoke", R"({"id":"x"})"));
  std::string all;
  for (const auto& act : office.acts) all += act.what + (act.outcome == audit::ActOutcome::done ? " " : "! ");
  CHECK(all == "keys.create keys.set keys.rotate keys.revoke keys.import tokens.revoke tokens.restore bans.lift! keys.revoke! ");
  CHECK_FALSE(office.ask("keys.destroy", "{}"));  // there is no such act
  CHECK(office.acts.size() == 9);
}
