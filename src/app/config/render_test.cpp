#include <doctest/doctest.h>

#include "app/config/trial_document.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

TEST_CASE("errors are shown as a compiler shows them") {
  CHECK(render_errors(problems_of(document("limits: { per_adress: none }\nworkers: 0\n"))) ==
        "gatehouse.yaml:5:11: error: limits.per_adress: is not a name that the block 'limits' knows\n"
        "    5 | limits: { per_adress: none }\n"
        "      |           ^\n"
        "      help: did you mean 'per_address'?\n"
        "      help: for example: limits: { per_address: { rate: 50/s, burst: 100 } }\n"
        "gatehouse.yaml:6:10: error: workers: must not be zero; it takes 1 to 256\n"
        "    6 | workers: 0\n"
        "      |          ^\n"
        "      help: for example: workers: 4\n"
        "2 errors\n");
  CHECK(render_errors(problems_of(document("workers: 0\n")), true).contains("\033[1;31merror: \033[0m"));
}

TEST_CASE("what a stranger's file puts into an error cannot act on the terminal, and its letters stay") {
  const auto text = render_errors({{"a\033[2Jb.yaml", {3, 1}, "#/paths/~1\xC2\x9Bm", "x\x07y\r\nz\x7F", {}, {}, {}}});
  CHECK(text == "a [2Jb.yaml:3:1: error: #/paths/~1  m: x y  z \n1 error\n");
  CHECK(render_errors({{"caf\xC3\xA9.yaml", {3, 1}, {}, "is \xE2\x80\x9Cx\xE2\x80\x9D", {}, {}, {}}}) ==
        "caf\xC3\xA9.yaml:3:1: error: is \xE2\x80\x9Cx\xE2\x80\x9D\n1 error\n");
}

TEST_CASE("a secret that was written into the document is not shown in the error") {
  const auto text = render_errors(problems_of(document("issuers: { i: { issuer: i, audience: [a], algorithms: [HS256], secret: hunter2 } }\n")));
  CHECK(text.contains("is a secret and is not written into this file"));
  CHECK_FALSE(text.contains("hunter2"));
}
