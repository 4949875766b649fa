#include "doors/gateway/held_body.hpp"

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
const auto someone = http::Address::parse("192.0.2.1").value(), another = http::Address::parse("192.0.2.2").value();

struct BodyTrial {
  BodyTrial() { tally.count_for(gate.services().memory); }
  TrialGate gate{open_gate()};
  net::BufferTally tally;
};
}  // namespace

TEST_CASE("a body that is held takes memory for no more than was announced, and gives all of it back") {
  BodyTrial trial;
  HeldBody body(trial.gate.services(), trial.tally);
  constexpr std::size_t size = 520 * 1024;
  const std::string piece(4096, 'a');
  body.begin(size);
  for (std::size_t i = 0; i < size; i += piece.size()) body.add(piece);
  CHECK(body.text().size() == size);
  CHECK(trial.tally.held() == size);
  CHECK(body.refusal(someone).empty());
  body.drop();
  CHECK_FALSE(body.begun());
  CHECK(body.text().empty());
  CHECK(trial.tally.held() == 0);
}

TEST_CASE("bodies of one address are held as long as they take no more than is free, and another address finds room") {
  BodyTrial trial;
  constexpr std::size_t unit = 16 * 1024;
  trial.gate.services().memory.limit(16 * unit);
  HeldBody first(trial.gate.services(), trial.tally), second(trial.gate.services(), trial.tally), others(trial.gate.services(), trial.tally);
  const std::string piece(unit, 'a');
  const auto take = [&](HeldBody& body, int units, const http::Address& client) {
    body.begin(units * unit);
    for (int i = 0; i < units; ++i) {
      body.add(piece);
      if (const auto why = body.refusal(client); !why.empty()) return std::string(why);
    }
    return std::string();
  };
  CHECK(take(first, 6, someone).empty());
  CHECK(take(second, 6, someone).starts_with("bodies of this address are held"));
  CHECK(take(others, 2, another).empty());
  first.drop();
  second.drop();
  HeldBody again(trial.gate.services(), trial.tally);
  CHECK(take(again, 6, someone).empty());
}

TEST_CASE("a budget that is spent takes no more of any body, whoever sends it") {
  BodyTrial trial;
  trial.gate.services().memory.limit(1000);
  HeldBody body(trial.gate.services(), trial.tally);
  body.begin(std::nullopt);
  body.add(std::string(40 * 1024, 'a'));
  CHECK(body.refusal(someone) == "the budget of buffered bytes is spent");
}
