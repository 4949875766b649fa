#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "app/main/gate/gate_trial.hpp"
#include "app/main/running/until_stopped.hpp"
#include "ground/json/document.hpp"

using namespace gatehouse;
using namespace gatehouse::main;
using namespace gatehouse::main::trial;

namespace {

/// A whole server in a folder of its own, and what it says to its operator.
struct Whole {
  Whole() {
    auto started = Running::start(make({}));
    REQUIRE_MESSAGE(started.has_value(), (started ? std::string() : to_text(started.error())));
    running = std::move(*started);
    REQUIRE(out != nullptr);
  }
  ~Whole() { std::fclose(out); }
  [[nodiscard]] config::Configuration make(const std::function<void(config::Configuration&)>& change) const {
    auto made = config::protect_configuration(api.url(), folder.path()).value();
    made.workers = 1;
    made.listeners.front().address.port = 0;
    made.metrics.reset();
    made.drain = 1s;
    if (change) change(made);
    return made;
  }
  /// What is said to somebody who sent SIGHUP.
  std::string hang_up(const ReadAgain& read_again) {
    const auto from = std::ftell(out);
    reload(*running, read_again, this_process(), Terminal::plain(out, out));
    std::string said(static_cast<std::size_t>(std::ftell(out) - from), '\0');
    std::fseek(out, from, SEEK_SET);
    REQUIRE(std::fread(said.data(), 1, said.size(), out) == said.size());
    return said;
  }
  /// Moves the audit log away, as a program that rotates logs does; whether `then` lets the gate make a new one.
  bool log_comes_back(const std::function<void()>& then) {
    const auto log = folder.file("gatehouse-data/audit.jsonl");
    std::filesystem::rename(log, log + ".moved");
    then();
    return comes_true([&] { return std::filesystem::exists(log); });
  }
  gatehouse::testing::TemporaryFolder folder;
  Api api;
  std::FILE* out = std::tmpfile();
  std::unique_ptr<Running> running;
};

}  // namespace

TEST_CASE("a SIGHUP opens the audit log anew, whatever becomes of the configuration") {
  Whole whole;
  CHECK(whole.log_comes_back([&] {
    const auto said = whole.hang_up([&] { return std::optional(whole.make({})); });
    CHECK(said.starts_with("reloaded: "));
  }));
  CHECK(whole.log_comes_back([&] {
    const auto said = whole.hang_up([&] { return std::optional(whole.make([](auto& c) { c.workers = 2; })); });
    CHECK(said.starts_with("not reloaded: workers cannot change"));
  }));
  CHECK(whole.log_comes_back([&] {
    // No certificate can be made: the folder for it is in the way of itself.
    const auto tls = whole.folder.file("gatehouse-data/tls/server.pem");
    std::filesystem::remove(tls);
    std::filesystem::create_directory(tls);
    CHECK(whole.hang_up([&] { return std::optional(whole.make({})); }).starts_with("not reloaded: "));
    std::filesystem::remove(tls);
  }));
  CHECK(whole.log_comes_back([&] {
    const auto said = whole.hang_up([] { return std::optional<config::Configuration>(); });
    CHECK(said.starts_with("not reloaded: the configuration is wrong"));
  }));
}

TEST_CASE("a start, reloads that were taken or refused, draining and the stop are on record with who asked for them") {
  Whole whole;
  const audit::Actor asker{.user = 7, .process = 4711, .name = "ops"};
  const auto data = whole.folder.file("gatehouse-data");
  CHECK(whole.running->reload(whole.make({}), asker));
  CHECK_FALSE(whole.running->reload(whole.make([](auto& c) { c.workers = 2; }), asker));
  whole.running->refuse_reload("the configuration is wrong", asker);
  whole.running->drain(asker);
  whole.running.reset();  // writes what is left

  std::ifstream log(data + "/audit.jsonl");
  std::vector<std::string> acts;
  for (std::string line; std::getline(log, line);) {
    const auto document = json::parse(line);
    REQUIRE(document);
    const auto act = document->root();
    if (act.string("event") != "act") continue;
    const bool own = act.string("act") == "start";
    CHECK(act.get("uid")->integer() == (own ? ::getuid() : 7));
    CHECK(act.get("pid")->integer() == (own ? ::getpid() : 4711));
    CHECK(act.string("way") == (own ? "gate" : "signal"));
    acts.push_back(std::string(*act.string("act")) + " " + std::string(*act.string("outcome")) + ": " +
                   std::string(act.string("error").value_or("")));
  }
  REQUIRE(acts.size() == 6);
  CHECK(acts[0] == "start done: ");
  CHECK(acts[1] == "reload done: ");
  CHECK(acts[2].starts_with("reload refused: workers cannot change while the gate runs"));
  CHECK(acts[3] == "reload refused: the configuration is wrong");
  CHECK(acts[4] == "drain done: ");
  CHECK(acts[5] == "stop done: ");
}
