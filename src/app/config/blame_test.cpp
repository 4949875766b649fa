#include <doctest/doctest.h>

#include "app/config/blame.hpp"
#include "app/config/trial_document.hpp"
#include "ground/settings/setting_error.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

TEST_CASE("an error that comes after the reading is shown at the setting that it names") {
  const auto source = load_text(document("plans: { free: { rate: 1/s } }\n")).value().source;
  const auto shown = [&](std::string_view path) {
    std::string out;
    for (const auto& problem : problems_of(settings::of_setting(path, fail(Fault::unavailable, "why: not")), source))
      out +=
          problem.file + ":" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + " " + problem.path + ": " + problem.what;
    return out;
  };
  CHECK(shown("listeners[0].address") == "gatehouse.yaml:1:24 listeners[0].address: why: not");
  CHECK(shown("upstreams.clinic.servers[0]") == "gatehouse.yaml:2:34 upstreams.clinic.servers[0]: why: not");
  CHECK(shown("plans.free.rate") == "gatehouse.yaml:5:24 plans.free.rate: why: not");
  CHECK(shown("routes.all.path") == "gatehouse.yaml:4:24 routes[0].path: why: not");  // by its name
  CHECK(shown("data") == "gatehouse.yaml:0:0 data: why: not");                        // left out: no line of the document is to blame
  CHECK(shown("routes.all.limits.rate").starts_with("gatehouse.yaml:4:5 routes[0].limits.rate: "));
  for (const auto* stranger : {"", "nobody", "routes.other.path", "listeners.x", "data directory /srv", "routes[x]", "plans.free.rat"}) {
    CAPTURE(stranger);
    CHECK(shown(stranger).empty());
  }
  CHECK(problems_of(settings::of_setting("data", fail(Fault::unavailable, "x")), nullptr).empty());
  CHECK(problems_of(fail(Fault::internal, "no setting of anybody"), source).empty());
}

TEST_CASE("what is shown of an error has the line, no example of what is right already, and tells a caller nothing") {
  const auto source = load_text(document()).value().source;
  const auto error = settings::of_setting("listeners[0].address", refuse(Fault::unavailable, "bind to 127.0.0.1:1", "in use"));
  CHECK(error.told.empty());
  CHECK(error.fault == Fault::unavailable);
  CHECK(to_text(settings::of_setting("listeners", error)) == to_text(error));  // what is nearer is said already
  CHECK(to_text(settings::of_setting("listener", error)).starts_with("listener: listeners[0].address: "));
  CHECK(render_errors(problems_of(error, source)) ==
        "gatehouse.yaml:1:24: error: listeners[0].address: bind to 127.0.0.1:1: in use\n"
        "    1 | listeners: [{ address: 127.0.0.1:0, tls: local }]\n"
        "      |                        ^\n"
        "1 error\n");
}
