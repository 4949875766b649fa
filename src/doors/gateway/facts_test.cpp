// What a refusal says that it saw: a fact, bounded, no secret, and never the text of a field of the answer.
#include <algorithm>
#include <vector>

#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// Of the decision that the answer names.
std::string facts_of(TrialGate& gate, const std::string& answered) { return decision_on(gate, answered).facts; }
std::string facts_about(TrialGate& gate, std::string_view request) {
  auto client = gate.connect();
  return facts_of(gate, exchange(gate, client, request));
}
std::string line(std::string_view start, std::string_view fields = {}) {
  return std::string(start) + " HTTP/1.1\r\nhost: a.test\r\n" + std::string(fields) + "\r\n";
}
}  // namespace

TEST_CASE("a request that nothing serves is refused with what it asked for") {
  auto setup = open_gate();
  setup.routes[0].path = "/x";
  setup.routes[0].body_bytes_max = 8;
  TrialGate gate(std::move(setup));
  CHECK(facts_about(gate, line("GET /y")) == "no route has this path on the host 'a.test'");
  CHECK(facts_about(gate, line("DELETE /x")) == "method DELETE; allowed are GET, HEAD, POST, PUT");
  CHECK(facts_about(gate, line("TRACE /x")) == "method TRACE");
  CHECK(facts_about(gate, "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n") == "method CONNECT");
  CHECK(facts_about(gate, "GET /x HTTP/2.5\r\nhost: a\r\n\r\n") == "version HTTP/2.5");
  CHECK(facts_about(gate, line("POST /x", "transfer-encoding: gzip\r\n")) == "a transfer coding 'gzip'");
  CHECK(facts_about(gate, line("POST /x", "expect: later\r\n")) == "an expectation 'later'");
  CHECK(facts_about(gate, line("POST /x", "content-length: 9\r\n")) == "content-length 9, limit 8");
  CHECK(facts_about(gate, line("POST /x", "transfer-encoding: chunked\r\n") + "9\r\n123456789\r\n0\r\n\r\n") == "more than 8 bytes have come");
  CHECK(facts_about(gate, line("GET /" + std::string(9000, 'a'))) == "the target has more than 8192 bytes");
}

TEST_CASE("what a client has made up is not repeated at length in the facts") {
  TrialGate gate(open_gate());
  const std::string secret(40, 's');
  CHECK(facts_about(gate, line("POST /x", "expect: " + secret + "\r\n")) == "an expectation of 40 bytes");
  CHECK(facts_about(gate, line("POST /x", "expect: \"a b\"\r\n")) == "an expectation of 5 bytes");
  CHECK(facts_about(gate, line("POST /x", "transfer-encoding: " + secret + "\r\n")) == "a transfer coding of 40 bytes");
}

TEST_CASE("an address that may not ask is told apart by its block, and a banned one by the end of its ban") {
  auto setup = open_gate();
  const auto block = http::AddressBlock::parse("192.0.2.0/24").value();
  std::string begins;
  SUBCASE("denied") { setup.addresses.deny = {http::AddressBlock{}, block}, begins = "client ::, in the denied block ::"; }
  SUBCASE("not allowed") { setup.addresses.allow = {block}, begins = "client ::, which is in none of 1 allowed blocks"; }
  SUBCASE("not by the route") { setup.routes[0].addresses = {block, block}, begins = "client ::, which is in none of 2 blocks"; }
  SUBCASE("banned") { setup.failures_max = 1, begins = "the address is banned until 20"; }
  TrialGate gate(std::move(setup));
  if (gate.setup.failures_max != 0) CHECK(facts_about(gate, line("DELETE /x")).ends_with("; banned from now on"));
  CHECK(facts_about(gate, line("GET /x")).starts_with(begins));
}

TEST_CASE("a limit that refuses says how much it is") {
  auto setup = open_gate();
  keys::PlanOptions free;
  std::string facts;
  SUBCASE("rate of the plan") { free.rate = settings::Rate{60, 1min}, free.burst = 1, facts = "limit 1 in 1 s, at once 1; none is left"; }
  SUBCASE("quota of the day") { free.quota.day = 1, facts = "quota 1 a day, all of it used"; }
  SUBCASE("quota of the month") { free.quota.month = 1, facts = "quota 1 a month, all of it used"; }
  SUBCASE("rate of an address") {
    setup.limits.per_address = limits::AddressLimitOptions{.rate = settings::Rate{1, 1s}, .burst = 1, .concurrency = {}};
    facts = "limit 1 in 1 s, at once 1; none is left";
  }
  TrialPlans trial(std::move(setup), free);
  CHECK(trial.passed().ends_with("ok"));
  CHECK(facts_about(trial.gate, trial.request()) == facts);
}

TEST_CASE("requests at the same time are refused with the limit of them") {
  auto setup = open_gate();
  setup.routes[0].limits = limits::LimitOptions{.rate = {}, .burst = {}, .concurrency = 1};
  TrialGate gate(std::move(setup));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x")).empty());
  CHECK(facts_about(gate, ask("/x")) == "limit 1 at the same time, all of them under way");
}

TEST_CASE("a credential that is missing is named with its headers to the caller, and one that is wrong never stands in the facts") {
  auto setup = open_gate();
  std::string told;
  SUBCASE("keys") {
    setup.routes[0].authenticate = {Credential::api_key};
    told = "This resource takes an API key, in X-Api-Key or in Authorization: Bearer. ";
  }
  SUBCASE("tokens") {
    setup.routes[0].authenticate = {Credential::jwt};
    told = "This resource takes an access token, in Authorization: Bearer. ";
  }
  SUBCASE("both") {
    setup.routes[0].authenticate = {Credential::jwt, Credential::api_key};
    told = "This resource takes an API key, in X-Api-Key or in Authorization: Bearer, or an access token, in Authorization: Bearer. ";
  }
  const auto takes_keys = std::ranges::find(setup.routes[0].authenticate, Credential::api_key) != setup.routes[0].authenticate.end();
  setup.plans["free"] = {};
  setup.plans["paid"] = {};
  TrialGate gate(std::move(setup));
  const TrialKeys trial(gate, std::vector<keys::Plan>{{"free", {}}, {"paid", {}}});
  auto client = gate.connect();
  const auto refused = exchange(gate, client, ask("/x"));
  CHECK(refused.contains(told));
  CHECK(refused.contains("\r\nwww-authenticate: Bearer realm=\"gatehouse\"\r\n"));
  CHECK(facts_about(gate, ask("/x")) == "no credential was sent");
  CHECK(facts_about(gate, ask("/x", "apikey: " + trial.reader + "\r\n")) == "no credential was sent");
  CHECK(facts_about(gate, ask("/x", "x-api-key: a\r\nauthorization: Bearer b\r\n")) == "X-Api-Key and Authorization were both sent");
  if (!takes_keys) return;
  CHECK(facts_about(gate, with_key("/x", trial.reader.substr(0, 70))) == "an API key whose checksum does not fit");
  const auto stranger = keys::make_key(gate.random, keys::Environment::live, keys::KeyId::make(gate.random));
  const auto id_of = [](std::string_view clear_text) { return std::string(keys::parse_key(clear_text)->id.text()); };
  CHECK(facts_about(gate, with_key("/x", stranger.clear_text.reveal())) ==
        "an API key that is not known, with the id " + id_of(stranger.clear_text.reveal()));
  const auto other_secret = keys::make_key(gate.random, keys::Environment::live, keys::parse_key(trial.reader)->id);
  const auto earlier = facts_about(gate, with_key("/x", other_secret.clear_text.reveal()));
  CHECK(earlier == "an API key that is not known, with the id " + id_of(trial.reader) + " of a key that is there");
  CHECK_FALSE(earlier.contains(other_secret.clear_text.reveal()));
  const auto expired = facts_about(gate, with_key("/x", trial.old));
  CHECK(expired.starts_with("key "));
  CHECK(expired.ends_with(", past its end"));
  CHECK_FALSE(expired.contains(trial.old));
}

TEST_CASE("who has come to no verdict is on record as such") {
  TrialGate gate(open_gate());
  judge_by(gate, [](Exchange&) { return Verdict(); });
  CHECK(facts_about(gate, ask("/x")) == "nothing has decided, which refuses");
}

TEST_CASE("a quota that is used up is the limit that the answer names, and its time is that of Retry-After") {
  keys::PlanOptions free;
  free.rate = settings::Rate{60, 1min}, free.burst = 60;
  std::string name;
  SUBCASE("day") { free.quota.day = 1, name = "quota-day"; }
  SUBCASE("month") { free.quota.month = 1, name = "quota-month"; }
  TrialPlans trial(open_gate(), free);
  CHECK(field_of(trial.passed(), "ratelimit").starts_with("\"" + name + "\";r=0;t="));  // this was the last one
  const auto refused = exchange(trial.gate, trial.client, trial.request());
  CHECK(refused.starts_with("HTTP/1.1 429 "));
  const auto wait = field_of(refused, "retry-after");
  CHECK_FALSE(wait.empty());
  CHECK(field_of(refused, "ratelimit").starts_with("\"" + name + "\";r=0;t=" + wait + ", \"plan\";r="));
  const auto policy = field_of(refused, "ratelimit-policy");
  CHECK(policy.starts_with("\"" + name + "\";q=1;w="));
  if (name == "quota-day") CHECK(policy.contains(";w=86400, \"plan\";"));
}

TEST_CASE("an access token in the query is refused where tokens are taken, whatever else is sent, and is no matter elsewhere") {
  auto setup = open_gate();
  setup.routes.push_back(setup.routes[0]);
  setup.routes[0].name = "tokens", setup.routes[0].path = "/tokens", setup.routes[0].authenticate = {Credential::jwt};
  TrialGate gate(std::move(setup));
  for (const auto* query : {"access_token=eyJ.a.b", "a=1&access%5Ftoken=x", "access.token=", "access+token=1&b", "access[token=1", "access%5Btoken=1",
                            "x=1;access_token=2", "+access_token=1", "access_token[]=1", "ACCESS_TOKEN=3"}) {
    CAPTURE(query);
    const auto target = "/tokens?" + std::string(query);
    CHECK(facts_about(gate, ask(target)) == "a parameter access_token in the query");
    CHECK(facts_about(gate, ask(target, "authorization: Bearer eyJ.a.b\r\n")) == "a parameter access_token in the query");
  }
  CHECK(facts_about(gate, ask("/tokens?access_tokens=1&my_access_token=2&x=1%3Baccess_token=3&access]token=4&access-token=5&access_toke=6")) ==
        "no credential was sent");
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/open?access_token=1")).empty());
  CHECK(told_server(gate).starts_with("GET /open?access_token=1 "));
}

TEST_CASE("a rule that an upstream's answer breaks is among the facts") {
  TrialGate gate(open_gate());
  std::string text, rule;
  SUBCASE("lengths") { text = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok", rule = ": http.framing.repeated-length: "; }
  SUBCASE("status") { text = "HTTP/1.1 2000 OK\r\n\r\n", rule = ": http.status-line.status: "; }
  auto client = gate.connect();
  CHECK(exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").empty());
  const auto answered = answer(gate, client, text);
  CHECK(answered.starts_with("HTTP/1.1 502 "));
  CHECK_FALSE(answered.contains("http."));
  CHECK(facts_of(gate, answered).contains(rule));
}
