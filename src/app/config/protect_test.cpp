#include <doctest/doctest.h>

#include "app/config/protect.hpp"
#include "app/config/trial_document.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

TEST_CASE("the document that init writes loads to what protect runs on") {
  const Folder folder;
  for (const auto* url : {"http://127.0.0.1:3000", "https://api.example", "http://[::1]:8080/"}) {
    const auto protect = protect_configuration(url, folder.path());
    REQUIRE(protect);
    const auto written = load(init_document(url).value(), {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
    REQUIRE_MESSAGE(written.has_value(), render_errors(written ? Problems{} : written.error()));
    CHECK(to_text(*written) == to_text(*protect));
    CHECK(written->routes == protect->routes);
    CHECK(written->listeners == protect->listeners);
    CHECK(written->upstreams == protect->upstreams);
    CHECK(written->limits == protect->limits);
    CHECK(written->audit == protect->audit);
  }
  CHECK_FALSE(protect_configuration("127.0.0.1:3000"));
  CHECK(protect_configuration("http://a.example/api").error().told.contains("has a path"));
}
