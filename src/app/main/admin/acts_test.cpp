#include "app/main/admin/acts.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include "app/main/admin/actor.hpp"
#include "app/main/place/file.hpp"
#include "ground/base/assert.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

namespace {

using About = std::vector<std::pair<std::string_view, std::string>>;

audit::Act act(std::string_view operation, std::string_view arguments, const Result<std::string>& outcome) {
  const auto document = json::parse(arguments);
  GH_ASSERT(document.has_value());
  return act_of(operation, document->root(), outcome);
}

}  // namespace

TEST_CASE("acts: a key that was made is told with all that it may do, but for its secret") {
  const auto made =
      act("keys.create", R"({"name":"desk","plan":"free"})",
          R"({"secret":"ghk_live_eQmYH2MQ7zI0_abcdefghijkl","key":{"id":"eQmYH2MQ7zI0","name":"desk","subject":"front","plan":"free",)"
          R"("environment":"live","state":"active","imported":false,"scopes":["a","b"],"addresses":[],"created":1,"expires":1769850000}})");
  CHECK(made.what == "keys.create");
  CHECK(made.outcome == audit::ActOutcome::done);
  CHECK(made.about == About{{"key", "eQmYH2MQ7zI0"},
                            {"name", "desk"},
                            {"subject", "front"},
                            {"plan", "free"},
                            {"environment", "live"},
                            {"scopes", "a b"},
                            {"addresses", "none"},
                            {"expires", "2026-01-31T09:00:00.000000Z"}});
}

TEST_CASE("acts: of a key that was changed there is what was asked for, of one that was replaced how long the old one lives") {
  const auto key = R"({"id":"eQmYH2MQ7zI0","name":"desk","subject":"front","plan":"gold","scopes":["a"],"state":"active"})";
  CHECK(act("keys.set", R"({"id":"eQmYH2MQ7zI0","scopes":[],"expires":null})", key).about ==
        About{{"key", "eQmYH2MQ7zI0"}, {"name", "desk"}, {"subject", "front"}, {"scopes", "none"}, {"expires", "never"}});
  CHECK(act("keys.rotate", R"({"id":"eQmYH2MQ7zI0","overlap":3600})", R"({"secret":"ghk_x","key":)" + std::string(key) + "}").about ==
        About{{"key", "eQmYH2MQ7zI0"}, {"name", "desk"}, {"subject", "front"}, {"overlap", "3600"}});
  CHECK(act("keys.revoke", R"({"id":"eQmYH2MQ7zI0"})", key).about == About{{"key", "eQmYH2MQ7zI0"}, {"name", "desk"}, {"subject", "front"}});
}

TEST_CASE("acts: of an import there is the number of keys and what they were given, and none of its lines") {
  CHECK(act("keys.import", R"({"lines":"secret-1 desk\nsecret-2 lab","plan":"free","scopes":["a"]})", R"({"imported":2})").about ==
        About{{"plan", "free"}, {"scopes", "a"}, {"count", "2"}});
  const auto refused = act("keys.import", R"({"lines":"secret-1"})", refuse(Fault::invalid, "line 1: no name"));
  CHECK(refused.about.empty());
  CHECK(refused.outcome == audit::ActOutcome::refused);
  CHECK(refused.error == "line 1: no name");
}

TEST_CASE("acts: what was asked for and refused names what it was about, if that is an id: anything else may be a secret") {
  const auto refused = act("keys.revoke", R"({"id":"nobodynobody"})", refuse(Fault::not_found, "no such key"));
  CHECK(refused.about == About{{"key", "nobodynobody"}});
  CHECK(act("keys.revoke", R"({"id":"an-imported-key-of-another-form"})", refuse(Fault::invalid, "no id")).about.empty());
  CHECK(refused.outcome == audit::ActOutcome::refused);
  const auto failed = act("keys.revoke", R"({"id":"eQmYH2MQ7zI0"})", fail(Fault::unavailable, "the disk is full"));
  CHECK(failed.outcome == audit::ActOutcome::failed);
  CHECK(failed.error == "the disk is full");
  CHECK(act("keys.create", R"({"name":{"a":1},"plan":[]})", refuse(Fault::invalid, "x")).about == About{{"plan", "none"}});
}

TEST_CASE("acts: a token that was taken back is told by its revocation, never by itself") {
  const auto revoked =
      act("tokens.revoke", R"({"token":"eyJhbGciOiJub25lIn0.e30.c2ln"})",
          R"({"id":"00f1","kind":"token","issuer":"https://login.example","jti":"t-1","revoked":1,"until":1769850000,"state":"revoked"})");
  CHECK(
      revoked.about ==
      About{
          {"revocation", "00f1"}, {"kind", "token"}, {"issuer", "https://login.example"}, {"jti", "t-1"}, {"until", "2026-01-31T09:00:00.000000Z"}});
  CHECK(act("tokens.revoke", R"({"token":"eyJhbGciOiJub25lIn0.e30.c2ln"})", refuse(Fault::invalid, "x")).about.empty());
  CHECK(act("tokens.revoke", R"({"issuer":"login","subject":"eve","before":99})", refuse(Fault::not_found, "x")).about ==
        About{{"issuer", "login"}, {"subject", "eve"}, {"before", "1970-01-01T00:01:39.000000Z"}});
}

TEST_CASE("acts: a ban that was lifted is told by whom it kept out, as the gate calls it") {
  CHECK(act("bans.lift", R"({"who":"2001:db8::1"})", R"({"lifted":"2001:db8::/64"})").about == About{{"who", "2001:db8::/64"}});
  CHECK(act("bans.lift", R"({"who":"192.0.2.7"})", refuse(Fault::not_found, "not banned")).about == About{{"who", "192.0.2.7"}});
}

TEST_CASE("acts: who is at the other end of a socket is said by the kernel, and nobody where there is none") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const Descriptor here(pair[0]), there(pair[1]);
  const auto peer = peer_of(here.get());
  CHECK(peer.user == ::getuid());
  CHECK(peer.process == ::getpid());
  CHECK(peer.name == this_process().name);
  CHECK_FALSE(peer_of(-1).user);
  CHECK_FALSE(peer_of(-1).process);
  CHECK(actor_of(0, std::nullopt).name == "root");
  CHECK(actor_of(3'999'999'999U, 1).name.empty());  // no such user
}
