// A gate without a descriptor left for a connection to its upstream.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "doors/gateway/trial_talk.hpp"

using namespace gatehouse;
using namespace gatehouse::gateway;

namespace {
/// While it lives this process gets no descriptor beyond those that it has.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int lowest_free = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    REQUIRE(lowest_free > 0);
    ::close(lowest_free);
    set(static_cast<rlim_t>(lowest_free));
  }
  ~NoMoreDescriptors() { set(before_.rlim_cur); }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

 private:
  void set(rlim_t limit) const {
    const rlimit changed{limit, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &changed) == 0);
  }
  rlimit before_{};
};
}  // namespace

TEST_CASE("without a descriptor for the upstream a request is 503, and clients that rest make room; one that has just come does not") {
  TrialGate gate(open_gate());
  auto resting = gate.connect();
  gate.pass(2s);
  auto fresh = gate.connect(), client = gate.connect();
  {
    const NoMoreDescriptors none;
    const auto refused = exchange(gate, client, ask("/x"));
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.contains("overloaded"));
    CHECK(field_of(refused, "retry-after") == "1");
    CHECK(gate.servers.empty());
  }
  gate.turn();
  resting.read();
  CHECK(resting.ended());
  fresh.read();
  CHECK_FALSE(fresh.ended());
  CHECK(gate.ended(audit::Counter::connections_shed) == 1);
  CHECK(exchange(gate, client, ask("/x")).empty());
  CHECK(answer(gate, client, ok).ends_with("ok"));
}

TEST_CASE("a server that does not listen costs nobody's connection") {
  TrialGate gate(open_gate());
  auto resting = gate.connect();
  gate.pass(2s);
  auto client = gate.connect();
  gate.end_upstream(0);
  CHECK(exchange(gate, client, ask("/x")).starts_with("HTTP/1.1 502 "));
  gate.turn();
  resting.read();
  CHECK_FALSE(resting.ended());
  CHECK(gate.ended(audit::Counter::connections_shed) == 0);
}
