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

TEST_CASE("init with a document: the routes are the document's, and nothing else is let through") {
  Folder folder;
  folder.write("an api.yaml",
               R"({"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}}}}}})");
  const auto document = init_document("http://127.0.0.1:3000", "an api.yaml").value();
  CHECK(document.starts_with("# Gatehouse: what `gatehouse protect http://127.0.0.1:3000 --openapi \"an api.yaml\"` does, written down.\n"));
  const auto loaded = load(document, {.file = "gatehouse.yaml", .folder = folder.path(), .environment = {}});
  REQUIRE_MESSAGE(loaded.has_value(), render_errors(loaded ? Problems{} : loaded.error()));
  REQUIRE(loaded->routes.size() == 1);
  CHECK(loaded->routes[0].path == "/a");
  CHECK(loaded->routes[0].contract == "api");
  CHECK_FALSE(init_document("nowhere", "an api.yaml").has_value());
}
