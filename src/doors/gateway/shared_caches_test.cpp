// What a cache before the gate may keep: an answer to a credential belongs to who has it, unless the API itself says otherwise.
#include "doors/gateway/trial_keys.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
std::size_t count_of(std::string_view message, std::string_view line) {
  std::size_t count = 0;
  for (auto at = message.find(line); at != message.npos; at = message.find(line, at + 1)) ++count;
  return count;
}

std::string answering_with(std::string_view fields) { return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "content-length: 2\r\n\r\nok"; }
}  // namespace

TEST_CASE("an answer to a credential varies with the fields that credentials come in, and is private where the API says nothing of sharing it") {
  TrialPlans trial(open_gate(), {});
  const auto answered = [&](std::string_view fields) {
    CHECK(exchange(trial.gate, trial.client, trial.request()).empty());
    return answer(trial.gate, trial.client, answering_with(fields));
  };
  for (const std::string_view fields :
       {"", "etag: \"a\"\r\n", "cache-control: max-age=60\r\n", "cache-control: x-public=1\r\n", "vary: accept\r\n"}) {
    CAPTURE(fields);
    const auto got = answered(fields);
    CHECK(got.contains("\r\n" + std::string(fields)));
    CHECK(count_of(got, "\r\nvary: authorization, x-api-key\r\n") == 1);
    CHECK(count_of(got, "\r\ncache-control: private\r\n") == 1);
  }
  for (const std::string_view fields :
       {"cache-control: public, max-age=60\r\n", "cache-control: No-Store\r\n", "cache-control: max-age=1, s-maxage=60\r\n",
        "cache-control: must-revalidate\r\n", "cache-control: private=\"x-a\"\r\n"}) {
    CAPTURE(fields);
    const auto got = answered(fields);
    CHECK(count_of(got, "\r\ncache-control: ") == 1);
    CHECK(count_of(got, "\r\nvary: authorization, x-api-key\r\n") == 1);
  }
  CHECK(count_of(answered("vary: *\r\n"), "\r\nvary: ") == 1);
}

TEST_CASE("an answer that no credential was asked for is the API's to share") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/prices")).empty());
  const auto got = answer(gate, client, ok);
  CHECK_FALSE(got.contains("vary"));
  CHECK_FALSE(got.contains("cache-control"));
}
