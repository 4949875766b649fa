#include "app/config/whereabouts.hpp"

#include <doctest/doctest.h>

#include "app/config/trial_document.hpp"

using namespace gatehouse;
using namespace gatehouse::config;

TEST_CASE("a slip of YAML elsewhere does not hide where the data are, and nothing is guessed where it might") {
  trial::Folder folder;
  const auto found = [&](std::string_view text) {
    const auto where = find_whereabouts(folder.write("gatehouse.yaml", text));
    return where ? where->data + " " + where->socket : std::string("refused");
  };
  const auto of = [&](const std::string& data) { return folder.file(data) + " " + folder.file(data) + "/admin.sock"; };
  for (const auto* slip : {"foo: [\n", "plans:\n\tfree: {}\n", "a: \"b\n", "x: *y\n", "workers: 1\n   drain: 5s\n"}) {
    CAPTURE(slip);
    CHECK(found("# data: there\ndata: here  # why\n  # admin: none\n\n" + std::string(slip)) == of("here"));
    CHECK(found(std::string(slip) + "data: here\nworkers: 2\n") == of("here"));
    CHECK(found("data: here\nadmin:\n  socket: /run/gate.sock\n" + std::string(slip)) == folder.file("here") + " /run/gate.sock");
    CHECK(found("workers: 2\n" + std::string(slip)) == "refused");  // whether `data` was to come, nobody knows
    CHECK(found("data: here\ndata: there\n" + std::string(slip)) == "refused");
    CHECK(found("data: here\n\"data\": there\n" + std::string(slip)) == "refused");
    CHECK(found("data: here\n{ admin : { socket: a } }\n" + std::string(slip)) == "refused");
    CHECK(found("data: [\n" + std::string(slip)) == "refused");
  }
  CHECK(found("{ data: here, foo: [ }\n") == "refused");
  CHECK(found("data: here\n") == of("here"));
  CHECK(found("workers: 2\n") == of("gatehouse-data"));
}
