#include "app/main/gate/log_watch.hpp"

#include <doctest/doctest.h>

#include "ground/base/testing.hpp"

using namespace gatehouse;
using namespace gatehouse::main;

TEST_CASE("a trouble is told when it begins and once a minute, its end at once, and what was not told does not end") {
  using enum Trouble::Say;
  Trouble trouble;
  Ticks now{};
  CHECK(trouble.look(false, now) == nothing);
  CHECK(trouble.look(true, now) == that_it_is);
  CHECK(trouble.look(true, now += 59s) == nothing);
  CHECK(trouble.look(true, now += 1s) == that_it_is);
  CHECK(trouble.look(false, now += 1s) == that_it_is_over);
  CHECK(trouble.look(false, now += 1s) == nothing);
  CHECK(trouble.look(true, now += 1s) == nothing);  // it comes and goes
  CHECK(trouble.look(false, now += 1s) == nothing);
  CHECK(trouble.look(true, now += 56s) == that_it_is);
}

TEST_CASE("an audit log that cannot be written is told with the reason and the lines that are lost, and so is its end") {
  LogWatch watch("/srv/audit.jsonl");
  Ticks now{};
  audit::Log::Counts counts;
  CHECK(watch.look(counts, {}, now).empty());
  counts.healthy = false;
  CHECK(watch.look(counts, "cannot write the audit log /srv/audit.jsonl: No space left on device", now) ==
        "cannot write the audit log /srv/audit.jsonl: No space left on device; requests are served on, 0 lines are lost so far");
  counts.dropped = 7;
  CHECK(watch.look(counts, "x", now += 30s).empty());
  CHECK(watch.look(counts, "x", now += 30s) == "x; requests are served on, 7 lines are lost so far");
  counts.healthy = true;
  CHECK(watch.look(counts, {}, now += 1s) == "the audit log /srv/audit.jsonl is written again; 7 lines were lost");
  CHECK(watch.look(counts, {}, now += 1h).empty());
  counts.dropped = 9;  // it took what it was given, too late for these
  CHECK(watch.look(counts, {}, now += 1h) ==
        "the audit log /srv/audit.jsonl takes lines more slowly than they come; requests are served on, 2 lines are lost so far");
  CHECK(watch.look(counts, {}, now += 1s) == "the audit log /srv/audit.jsonl is written again; 2 lines were lost");
}
