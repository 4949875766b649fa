// The way back: a stage holds an answer, judges it, and lets it go, changes it, or refuses it with 502.
#include "doors/gateway/trial_hold.hpp"
#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
http::Problem wrong_answer() {
  return {.kind = http::ProblemKind::answer_invalid, .told = {}, .rule = "trial.answers", .facts = "a word that must not leave", .headers = {}};
}

/// Holds every body up to `most` bytes, and refuses those with the word "bad".
TrialStage::Judge no_bad_word(std::uint64_t most = 1000) {
  return [most](Exchange& exchange) {
    if (exchange.answer_too_large()) return Verdict::refuse(wrong_answer());
    const auto body = exchange.answer_body();
    if (!body) return Verdict::body(most);
    return body->contains("bad") ? Verdict::refuse(wrong_answer()) : Verdict::pass();
  };
}

std::string answering(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
constexpr std::string_view in_chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// Writes x for every digit.
class NoDigits final : public AnswerFilter {
 public:
  [[nodiscard]] bool take(std::string_view piece, bool last, std::string& out) override {
    for (const char c : piece) {
      if (c == '!') return false;
      out += c >= '0' && c <= '9' ? 'x' : c;
    }
    if (last) out += ".";
    return true;
  }
  [[nodiscard]] std::string_view rule() const noexcept override { return "trial.filter"; }
};

struct Weighing {
  explicit Weighing(TrialStage::Judge judge = no_bad_word()) : gate(open_gate()) {
    judge_answers_by(gate, std::move(judge));
    client = gate.connect();
    CHECK(exchange(gate, client, ask("/x")).empty());
    (void)told_server(gate);
  }
  std::string say(std::string_view text) { return answer(gate, client, text); }
  TrialGate gate;
  TrialSocket client;
};
}  // namespace

TEST_CASE("of an answer that a stage wants to see nothing leaves before all of it has come and was judged") {
  Weighing trial;
  const auto whole = answering("a good word", "x-of: upstream\r\n");
  CHECK(trial.say(whole.substr(0, whole.size() - 4)).empty());
  const auto got = trial.say(whole.substr(whole.size() - 4));
  CHECK(got.starts_with("HTTP/1.1 200 "));
  CHECK(field_of(got, "content-length") == "11");
  CHECK(field_of(got, "x-of") == "upstream");
  CHECK(got.ends_with("\r\n\r\na good word"));
  CHECK(exchange(trial.gate, trial.client, ask("/y")).empty());  // on the same connections
  CHECK(trial.say(answering("another")).ends_with("another"));
  CHECK(trial.gate.servers.size() == 1);
}

TEST_CASE("an answer that is refused becomes 502, of which the caller learns nothing that the upstream has said, and the operator why") {
  Weighing trial;
  std::string wrong;
  SUBCASE("at once") { wrong = answering("a bad word", "x-of: upstream\r\nset-cookie: a=b\r\n"); }
  SUBCASE("in pieces") {
    CHECK(trial.say(in_chunks).empty());
    CHECK(trial.say("5\r\na bad\r\n").empty());
    wrong = "5\r\n word\r\n0\r\n\r\n";
  }
  const auto got = trial.say(wrong);
  CHECK(got.starts_with("HTTP/1.1 502 "));
  CHECK(got.contains("urn:gatehouse:problem:answer-invalid"));
  for (const std::string_view leak : {"x-of", "set-cookie", "bad", "trial.answers", "must not leave"}) CHECK_FALSE(got.contains(leak));
  const auto decision = decision_on(trial.gate, got);
  CHECK(decision.outcome == audit::Outcome::failed);
  CHECK(decision.stage == "trial");
  CHECK(decision.rule == "trial.answers");
  CHECK(decision.facts == "a word that must not leave");
  CHECK(exchange(trial.gate, trial.client, ask("/y")).empty());
  CHECK(trial.say(answering("fine")).ends_with("fine"));
  CHECK(trial.gate.servers.size() == 1);
}

TEST_CASE("a body larger than the stage will hold is known by its length at once, by its bytes as they come, and streams if the stage lets it") {
  bool refuse = false;
  std::size_t asked = 0;
  Weighing trial([&](Exchange& exchange) {
    ++asked;
    if (exchange.answer_too_large()) return refuse ? Verdict::refuse(wrong_answer()) : Verdict::pass();
    return exchange.answer_body() ? Verdict::pass() : Verdict::body(8);
  });
  SUBCASE("told, and let through") {
    const auto got = trial.say("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n123");
    CHECK(field_of(got, "content-length") == "12");
    CHECK(got.ends_with("\r\n\r\n123"));
    CHECK(trial.say("456789abc") == "456789abc");
    CHECK(asked == 2);
  }
  SUBCASE("told, and refused") {
    refuse = true;
    CHECK(trial.say("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n123").starts_with("HTTP/1.1 502 "));
    CHECK(exchange(trial.gate, trial.client, ask("/y")).empty());  // what still comes of the other is nobody's
    CHECK(answer(trial.gate, trial.client, answering("fine"), 1).ends_with("fine"));
  }
  SUBCASE("not told, and let through") {
    CHECK(trial.say(in_chunks).empty());
    CHECK(trial.say("4\r\n1234\r\n4\r\n5678\r\n").empty());
    CHECK(trial.say("1\r\n9\r\n").ends_with("9\r\n123456789\r\n"));
    CHECK(trial.say("2\r\nab\r\n0\r\n\r\n") == "2\r\nab\r\n0\r\n\r\n");
  }
  SUBCASE("not told, and refused") {
    refuse = true;
    CHECK(trial.say(in_chunks).empty());
    CHECK(trial.say("9\r\n123456789\r\n").starts_with("HTTP/1.1 502 "));
  }
  SUBCASE("just as large as it may be") {
    refuse = true;
    CHECK(trial.say(answering("12345678")).ends_with("12345678"));
  }
  SUBCASE("until the connection ends") {
    refuse = true;
    CHECK(trial.say("HTTP/1.1 200 OK\r\n\r\n1234").empty());
    trial.gate.servers[0]->close();
    const auto got = heard(trial.gate, trial.client);
    CHECK(field_of(got, "content-length") == "4");
    CHECK(got.ends_with("1234"));
  }
  CHECK(trial.gate.worker->busy() == 0);
}

TEST_CASE("an answer without a body is judged by its head at once") {
  TrialGate gate(open_gate());
  std::vector<std::string> seen;
  judge_answers_by(gate, [&](Exchange& exchange) {
    if (!exchange.answer_body()) return Verdict::body(100);
    seen.push_back(std::string(*exchange.answer_body()) + (exchange.answer_has_body() ? " has one" : " has none"));
    return Verdict::pass();
  });
  auto client = gate.connect();
  const auto asking = [&](std::string_view method) {
    CHECK(exchange(gate, client, std::string(method) + " /x HTTP/1.1\r\nhost: a\r\n\r\n").empty());
    (void)told_server(gate, gate.servers.size() - 1);
  };
  asking("HEAD");
  CHECK(field_of(answer(gate, client, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"), "content-length") == "500");
  gate.servers.clear();  // after HEAD there is a new one
  asking("GET");
  CHECK(answer(gate, client, "HTTP/1.1 204 No Content\r\n\r\n").starts_with("HTTP/1.1 204 "));
  asking("GET");
  CHECK(answer(gate, client, "HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n").starts_with("HTTP/1.1 304 "));
  asking("GET");
  CHECK(field_of(answer(gate, client, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), "content-length") == "0");
  asking("GET");
  CHECK(answer(gate, client, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + answering("body")).ends_with("body"));
  CHECK(seen == std::vector<std::string>{" has none", " has none", " has none", " has none", "body has one"});
}

TEST_CASE("an upstream that breaks off within an answer that is held is 502, and the part that came is nobody's") {
  Weighing trial;
  CHECK(trial.say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\na secret").empty());
  trial.gate.servers[0]->close();
  const auto got = heard(trial.gate, trial.client);
  CHECK(got.starts_with("HTTP/1.1 502 "));
  CHECK(got.contains("urn:gatehouse:problem:upstream-malformed"));
  CHECK_FALSE(got.contains("secret"));
  CHECK(trial.gate.servers.size() == 1);  // it is not asked again
}

TEST_CASE("what is held counts in the budget of buffered bytes, and not any more when it has left or its client has") {
  const auto judge = no_bad_word(1'000'000);
  Weighing trial(judge);
  auto& memory = trial.gate.services().memory;
  const std::string half(200'000, 'x');
  trial.gate.servers[0]->send("HTTP/1.1 200 OK\r\ncontent-length: 400000\r\n\r\n");
  for (std::size_t at = 0; at < half.size(); at += 20'000) {
    trial.gate.servers[0]->send(half.substr(at, 20'000));
    trial.gate.turn();
  }
  CHECK(memory.used() >= half.size() - 2 * net::BufferTally::batch);
  SUBCASE("it leaves") {
    for (std::size_t at = 0; at < half.size(); at += 20'000) {
      trial.gate.servers[0]->send(half.substr(at, 20'000));
      trial.gate.turn();
    }
    for (int i = 0; i < 50; ++i) (void)heard(trial.gate, trial.client);
  }
  SUBCASE("its client leaves") {
    trial.client.reset();
    trial.gate.turn();
    trial.gate.servers[0]->read();
    CHECK(trial.gate.servers[0]->ended());
  }
  SUBCASE("the budget is spent") {
    memory.limit(1000);
    CHECK(trial.say("x").starts_with("HTTP/1.1 503 "));
  }
  trial.gate.turn();
  CHECK(memory.used() <= 2 * net::BufferTally::batch);
  CHECK(trial.gate.worker->busy() == 0);
}

TEST_CASE("a body that is replaced leaves with its own length, and without what was said of the other one") {
  Weighing trial([](Exchange& exchange) {
    if (!exchange.answer_body()) return Verdict::body(100);
    exchange.replace_answer_body("another and longer one");
    return Verdict::pass();
  });
  const auto got = trial.say(answering("one", "content-md5: a\r\ndigest: b\r\nrepr-digest: c\r\netag: \"d\"\r\naccept-ranges: bytes\r\n"));
  CHECK(field_of(got, "content-length") == "22");
  CHECK(got.ends_with("\r\n\r\nanother and longer one"));
  CHECK(field_of(got, "etag") == "\"d\"");
  for (const std::string_view gone : {"content-md5", "digest", "accept-ranges"}) CHECK_FALSE(got.contains(gone));
}

TEST_CASE("stages judge an answer last first, and each sees what the one before it has made") {
  TrialGate gate(open_gate());
  std::string order;
  const auto stage = [&](char name, std::uint64_t most) {
    return std::make_unique<const TrialStage>(TrialStage::Judge{}, [&order, name, most](Exchange& exchange) {
      if (exchange.answer_too_large()) return order += name, order += "large ", Verdict::pass();
      const auto body = exchange.answer_body();
      if (!body) return Verdict::body(most);
      order += std::string(1, name) + ":" + std::string(*body) + " ";
      exchange.replace_answer_body(std::string(*body) + name);
      return Verdict::pass();
    });
  };
  std::vector<std::unique_ptr<const TrialStage>> stages;
  stages.push_back(stage('a', 100));
  stages.push_back(stage('b', 4));
  stages_first(gate, std::move(stages));
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x")).empty());
  CHECK(answer(gate, client, answering("one")).ends_with("oneba"));
  CHECK(order == "b:one a:oneb ");
  order.clear();
  CHECK(exchange(gate, client, ask("/x")).empty());
  CHECK(answer(gate, client, std::string(in_chunks) + "6\r\nlonger\r\n").empty());  // too large for one is not for the other
  CHECK(answer(gate, client, "0\r\n\r\n").ends_with("longera"));
  CHECK(order == "blarge a:longer ");
}

TEST_CASE("a filter changes an answer piece by piece as it streams, and can end it") {
  Weighing trial([](Exchange& exchange) {
    exchange.filter_answer(std::make_unique<NoDigits>());
    return Verdict::pass();
  });
  SUBCASE("of any length") {
    const auto got = trial.say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-md5: a\r\n\r\na1b2");
    CHECK(field_of(got, "content-length").empty());
    CHECK_FALSE(got.contains("content-md5"));
    CHECK(got.ends_with("4\r\naxbx\r\n"));
    CHECK(trial.say("c3") == "2\r\ncx\r\n");
    CHECK(trial.say("d45") == "4\r\ndxx.\r\n0\r\n\r\n");
  }
  SUBCASE("at once") {
    const auto got = trial.say(answering("a1"));
    CHECK(field_of(got, "content-length") == "3");
    CHECK(got.ends_with("\r\n\r\nax."));
  }
  SUBCASE("an end before anything has left is a refusal") {
    const auto got = trial.say(answering("a1!secret"));
    CHECK(got.starts_with("HTTP/1.1 502 "));
    CHECK_FALSE(got.contains("secret"));
  }
  SUBCASE("an end in the middle is seen as one") {
    CHECK(trial.say("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\na1").ends_with("2\r\nax\r\n"));
    CHECK_FALSE(trial.say("b!secret").contains("secret"));
    CHECK(trial.client.ended());
  }
  SUBCASE("to HEAD there is nothing to change") {
    trial.client = trial.gate.connect();
    CHECK(exchange(trial.gate, trial.client, "HEAD /x HTTP/1.1\r\nhost: a\r\n\r\n").empty());
    CHECK(answer(trial.gate, trial.client, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", 1).starts_with("HTTP/1.1 200 "));
  }
}

TEST_CASE("an answer whose judging runs on the pool waits there, with what has come of it, and what comes of the judging decides") {
  Hold hold;
  bool refuse = false;
  TrialStage::Judge judge = [&](Exchange& exchange) {
    if (!exchange.answer_body()) return Verdict::body(1000);
    return Verdict::wait_reading([wait = hold.wait(), body = *exchange.answer_body(), &refuse]() -> Resume {
      wait();
      return [seen = std::string(body), &refuse](Exchange* back) -> Verdict {
        if (refuse) return Verdict::refuse(wrong_answer());
        back->replace_answer_body(seen + " was seen");
        return Verdict::pass();
      };
    });
  };
  SUBCASE("pass") {
    Weighing trial(judge);
    CHECK(trial.say(answering("a word")).empty());
    hold.let_go();
    trial.gate.settle();
    CHECK(heard(trial.gate, trial.client).ends_with("a word was seen"));
  }
  SUBCASE("refuse") {
    refuse = true;
    Weighing trial(judge);
    CHECK(trial.say(answering("a word")).empty());
    hold.let_go();
    trial.gate.settle();
    CHECK(heard(trial.gate, trial.client).starts_with("HTTP/1.1 502 "));
  }
  SUBCASE("the client leaves, and what is being read stays until it was read") {
    Weighing trial(judge);
    CHECK(trial.say(answering(std::string(500, 'x'))).empty());
    trial.client.reset();
    trial.gate.turn();
    auto next = trial.gate.connect();
    CHECK(exchange(trial.gate, next, ask("/next")).empty());  // in other memory
    hold.let_go();
    trial.gate.settle();
    CHECK(heard(trial.gate, next).empty());
    const auto server = trial.gate.servers.size() - 1;
    CHECK(told_server(trial.gate, server).contains("GET /next "));
    auto got = answer(trial.gate, next, answering("fine"), server);
    trial.gate.settle();
    got += heard(trial.gate, next);
    CHECK(got.ends_with("fine was seen"));
    CHECK(trial.gate.worker->busy() == 0);
    trial.gate.turn();
    CHECK(trial.gate.worker->exchanges().taken() == 0);
  }
  SUBCASE("the gate ends meanwhile") {
    auto trial = std::make_unique<Weighing>(judge);
    CHECK(trial->say(answering(std::string(500, 'x'))).empty());
    trial->client.reset();
    trial->gate.turn();
    hold.let_go();
    trial.reset();
  }
}

TEST_CASE("work on the pool before the body was asked for holds back what comes of it, and then it streams") {
  Hold hold;
  Weighing trial([&](Exchange&) {
    return Verdict::wait([wait = hold.wait()]() -> Resume {
      wait();
      return [](Exchange*) { return Verdict::pass(); };
    });
  });
  CHECK(trial.say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123").empty());
  CHECK(trial.say("456").empty());
  hold.let_go();
  trial.gate.settle();
  CHECK(heard(trial.gate, trial.client).ends_with("\r\n\r\n123456"));
  CHECK(trial.say("789") == "789");
  CHECK(trial.gate.worker->busy() == 0);
}

TEST_CASE("an early answer that is held ends the request's body, and no other server is asked") {
  TrialGate gate(open_gate());
  Hold hold;
  judge_answers_by(gate, [&](Exchange& exchange) {
    if (!exchange.answer_body()) return Verdict::body(100);
    return Verdict::wait([wait = hold.wait()]() -> Resume {
      wait();
      return [](Exchange*) { return Verdict::pass(); };
    });
  });
  auto client = gate.connect();
  CHECK(exchange(gate, client, "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n123").empty());
  CHECK(answer(gate, client, answering("early")).empty());
  CHECK(exchange(gate, client, "456").empty());
  CHECK(exchange(gate, client, "789").empty());
  CHECK(gate.servers.size() == 1);
  hold.let_go();
  gate.settle();
  CHECK(heard(gate, client).ends_with("early"));
  CHECK(exchange(gate, client, ask("/next")).empty());
  auto got = answer(gate, client, answering("fine"), 1);
  gate.settle();
  got += heard(gate, client);
  CHECK(got.ends_with("fine"));
}

TEST_CASE("trailers follow an answer that was held as they follow any other") {
  auto setup = open_gate();
  setup.routes[0].trailers = {"x-checksum"};
  TrialGate gate(std::move(setup));
  judge_answers_by(gate, no_bad_word());
  auto client = gate.connect();
  CHECK(exchange(gate, client, ask("/x")).empty());
  const auto got =
      answer(gate, client,
             "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-checksum\r\n\r\n2\r\nok\r\n0\r\nX-Checksum: 7\r\nX-Other: 8\r\n\r\n");
  CHECK(field_of(got, "trailer") == "x-checksum");
  CHECK(got.ends_with("2\r\nok\r\n0\r\nx-checksum: 7\r\n\r\n"));
}

TEST_CASE("an answer that was held reaches a client of HTTP/1.0 with its length") {
  TrialGate gate(open_gate());
  judge_answers_by(gate, no_bad_word());
  auto client = gate.connect();
  CHECK(exchange(gate, client, "GET /x HTTP/1.0\r\nhost: a\r\n\r\n").empty());
  const auto got = answer(gate, client, std::string(in_chunks) + "2\r\nok\r\n0\r\n\r\n");
  CHECK(field_of(got, "content-length") == "2");
  CHECK(got.ends_with("\r\n\r\nok"));
}

TEST_CASE("where answers are read the upstream is asked for whole ones without a coding, and elsewhere as the client has asked") {
  TrialGate gate(open_gate());
  auto client = gate.connect();
  constexpr std::string_view fields = "accept-encoding: gzip, br\r\nrange: bytes=0-9\r\nif-range: \"a\"\r\n";
  CHECK(exchange(gate, client, ask("/x", fields)).empty());
  auto told = told_server(gate);
  CHECK(field_of(told, "accept-encoding") == "gzip, br");
  CHECK(field_of(told, "range") == "bytes=0-9");
  CHECK(field_of(told, "if-range") == "\"a\"");
  (void)answer(gate, client, ok);
  judge_answers_by(gate, no_bad_word());
  CHECK(exchange(gate, client, ask("/x", fields)).empty());
  told = told_server(gate, 1);
  CHECK(field_of(told, "accept-encoding") == "identity");
  CHECK(field_of(told, "range").empty());
  CHECK(field_of(told, "if-range").empty());
}
