#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "services/audit/decision_id.hpp"
#include "services/audit/mask.hpp"
#include "services/audit/trace.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

TEST_CASE("a decision id is printed as 20 characters and read back, in either case") {
  SeededRandom random(1);
  DecisionIds ids(700, random);
  const Instant now{1'767'000'000'123ms};
  for (int i = 0; i < 1000; ++i) {
    const auto id = ids.next(now);
    auto text = id.to_text();
    CHECK(text.size() == 20);
    CHECK(DecisionId::parse(text) == id);
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    CHECK(DecisionId::parse(text) == id);
    CHECK(id.time() == now);
  }
}

TEST_CASE("a decision id is read as people write it down, and nothing else is taken for one") {
  const auto id = DecisionId::parse("01100000000000000001");
  REQUIRE(id);
  CHECK(DecisionId::parse("OIL0000000000000000l")->to_text() == "01100000000000000001");
  CHECK_FALSE(DecisionId::parse(""));
  CHECK_FALSE(DecisionId::parse("0110000000000000000"));
  CHECK_FALSE(DecisionId::parse("011000000000000000011"));
  CHECK_FALSE(DecisionId::parse("0110000000000000000U"));
  CHECK_FALSE(DecisionId::parse("0110000000 000000001"));
  CHECK_FALSE(
      DecisionId::parse(std::string_view("0110000000\0"
                                         "000000001",
                                         20)));
  CHECK_FALSE(DecisionId::parse("0110000000000000000\xFF"));
}

TEST_CASE("ids sort by time, and of one thread in their order, as text too") {
  SeededRandom random(2);
  DecisionIds ids(0, random);
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) texts.push_back(ids.next(Instant{1'767'000'000'000ms} + 100us * i).to_text());
  CHECK(std::ranges::is_sorted(texts));
}

TEST_CASE("ids never repeat: in threads, after a restart, when the wall clock jumps back") {
  SeededRandom random(3);
  std::set<DecisionId> seen;
  const Instant now{1'767'000'000'000ms};
  for (int restart = 0; restart < 5; ++restart) {
    std::vector<DecisionIds> threads;
    for (unsigned t = 0; t < 4; ++t) threads.emplace_back(t * 255, random);
    for (int i = 0; i < 2000; ++i)
      for (auto& ids : threads) CHECK(seen.insert(ids.next(i % 2 == 0 ? now : now - 1h)).second);
  }
  CHECK(seen.size() == 5 * 4 * 2000);
}

TEST_CASE("traceparent is read as the recommendation says") {
  const auto trace = Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  REQUIRE(trace);
  CHECK(trace->sampled);
  const auto text = trace->print();
  CHECK(std::string_view(text.data(), text.size()) == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK_FALSE(Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled);
  CHECK(Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09")->sampled);   // other flags are not ours
  CHECK(Trace::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));            // a higher version, same form
  CHECK(Trace::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what.ever"));  // and with more at the end
}

TEST_CASE("a bad traceparent is no trace") {
  for (const auto* bad :
       {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e473600-f067aa0ba902b7-01",
        " 0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    CHECK_FALSE_MESSAGE(Trace::parse(bad), bad);
}

TEST_CASE("a child stays in its trace with a span of its own, and a new trace is a valid one") {
  SeededRandom random(4);
  Spans spans(random);
  auto parent = *Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const auto child = spans.child(parent);
  CHECK(child.id == parent.id);
  CHECK(child.sampled);
  CHECK(child.span != parent.span);
  for (int i = 0; i < 1000; ++i) {
    const auto text = spans.start().print();
    CHECK(Trace::parse({text.data(), text.size()}));
  }
}

TEST_CASE("keys and tokens are seen as credentials, words that begin like them are not") {
  CHECK(credential_length("ghk_live_A1b2C3d4E5f6_secret rest") == 28);
  CHECK(credential_length("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl/x") == 52);
  CHECK(credential_length("eyJhbGciOiJFUzI1NiJ9") == 20);  // cut in the middle
  CHECK(shown_length("eyJhbGciOiJFUzI1NiJ9") == 3);
  CHECK(credential_length("ghk_docs") == 0);
  CHECK(credential_length("ghk_") == 0);
  CHECK(credential_length("eyJohn") == 0);
  CHECK(credential_length("") == 0);
}

TEST_CASE("of a key its public head stays, so that its owner can be found, and of what only begins like one nothing") {
  for (const std::string_view key : {"ghk_live_A1b2C3d4E5f6_secret", "ghk_test_A1b2C3d4E5f6_s", "ghk_live_A1b2C3d4E5f6__"}) {
    CHECK(credential_length(key) == key.size());
    CHECK(shown_length(key) == 22);
  }
  for (const std::string_view other : {"ghk_prod_A1b2C3d4E5f6_secret", "ghk_live_A1b2C3d4E5f_secret7_", "ghk_live_A1b2C3d4E5f6secret_",
                                       "ghk_A1b2C3d4E5f6_secretsecret", "ghk_live_A1b2_3d4E5f6_secret"}) {
    CHECK(credential_length(other) == other.size());
    CHECK(shown_length(other) == 4);
  }
  CHECK(credential_length("ghk_live_A1b2C3d4E5f6_") == 0);
  CHECK(credential_length("ghk_live_A1b2C3d4E5f6_***") == 0);  // masked already
}
