#include "engines/net/http2/session_trial.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::net;
using namespace gatehouse::net::http2::trial;
}  // namespace

TEST_CASE("requests on several streams are answered, each on its own, in whatever order they are done") {
  Http2Trial trial;
  trial.send(trial.get(1, "/hold") + trial.get(3, "/now") + trial.get(5, "/chunks"));
  CHECK(trial.answer(1).statuses.empty());
  CHECK(trial.answer(3).body == "now");
  CHECK(trial.answer(3).fields.at("content-length") == "3");
  CHECK(trial.answer(5).body == "one two three");
  CHECK(trial.answer(5).whole);
  trial.service.exchangers.front()->release();
  trial.turn();
  CHECK(trial.answer(1).body == "held");
  CHECK(trial.answer(1).whole);
  CHECK(trial.service.all_ended());
}

TEST_CASE("many answers of one turn arrive whole, whether they come within the reading of requests or after it") {
  Http2Trial trial;
  std::string many;
  for (std::uint32_t stream = 1; stream < 200; stream += 2) many += trial.get(stream, stream % 4 == 1 ? "/now" : "/hold");
  trial.send(many);
  for (auto& exchanger : trial.service.exchangers) exchanger->release();
  trial.turn();
  for (std::uint32_t stream = 1; stream < 200; stream += 2) {
    CAPTURE(stream);
    CHECK(trial.answer(stream).body == (stream % 4 == 1 ? "now" : "held"));
    CHECK(trial.answers[stream].whole);
  }
}

TEST_CASE("an answer to HEAD says the length and has no body") {
  Http2Trial trial;
  trial.send(trial.frame(headers, end_headers | end_stream, 1, trial.block(trial.request("HEAD", "/now"))));
  CHECK(trial.answer(1).fields.at("content-length") == "3");
  CHECK(trial.answer(1).body.empty());
  CHECK(trial.answer(1).whole);
}

TEST_CASE("many large answers that wait for each other end whole") {
  // An answer may end while another is told that there is room again: it must not be told then, it is gone.
  Http2Trial trial;
  std::string asked = trial.window(0, 1'000'000'000);
  for (std::uint32_t stream = 1; stream < 60; stream += 2) asked += trial.get(stream, "/big") + trial.window(stream, 10'000'000);
  trial.send(asked);
  for (int i = 0; i < 2000 && !trial.answer(59).whole; ++i) trial.turn();
  for (std::uint32_t stream = 1; stream < 60; stream += 2) REQUIRE(trial.answer(stream).body.size() == TrialExchanger::big_bytes);
}
