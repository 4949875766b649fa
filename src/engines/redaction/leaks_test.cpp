#include "engines/redaction/leaks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "ground/base/random.hpp"

using namespace gatehouse;
using namespace gatehouse::redaction;

namespace {
LeakActions all_of(LeakAction action) {
  LeakActions actions{};
  actions.fill(action);
  return actions;
}

/// The name of the first leak; "" if there is none.
std::string_view leak_in(std::string_view text, LeakActions actions = all_of(LeakAction::log)) {
  LeakScanner scanner(actions);
  std::string out;
  CHECK(scanner.take(text, true, out));
  CHECK(out == text);
  return scanner.first();
}

std::string masked_leaks(std::string_view text, std::size_t piece = 1'000'000) {
  LeakScanner scanner(all_of(LeakAction::mask));
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) CHECK(scanner.take(text.substr(at, piece), false, out));
  CHECK(scanner.take({}, true, out));
  CHECK(out.size() == text.size());
  return out;
}

// In two parts, so that nobody takes this file for a leak.
const std::string gate_key = std::string("ghk_") + "live_4fJ2kQ0aZx7B_" + std::string(49, 'a');
const std::string web_token = std::string("eyJhbGciOiJIUzI1NiJ9") + ".eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
const std::string pem = std::string("-----BEGIN RSA PRIVATE ") + "KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWxy+/==\n-----END RSA PRIVATE KEY-----";
}  // namespace

TEST_CASE("leaks: frames of stack traces are known by their form") {
  const std::vector<std::pair<std::string_view, std::string_view>> frames{
      {"stack trace of Java", "java.lang.NullPointerException\n\tat org.clinic.Patients.find(Patients.java:17)\n"},
      {"stack trace of Java", R"({"trace":"x\n\tat org.clinic.Patients$Inner.<init>(Patients.kt:17)\r\n"})"},
      {"stack trace of Java", "    at java.base/java.lang.Thread.run(Unknown Source)"},
      {"stack trace of Java", "<br>at sun.misc.Unsafe.park(Native Method)"},
      {"stack trace of Python", "  File \"/app/patients.py\", line 17, in find"},
      {"stack trace of Python", R"({"e":"Traceback (most recent call last):\n  File \"/app/patients.py\", line 17, in find"})"},
      {"stack trace of Python", "File &quot;/app/patients.py&quot;, line 17"},
      {"stack trace of .NET", R"(   at Clinic.Patients.Find(Int32 id) in C:\src\Patients.cs:line 17)"},
      {"stack trace of .NET", "   at System.Web.Mvc.Controller.Execute(RequestContext requestContext)"},
      {"stack trace of Node", "    at find (/app/patients.js:17:9)"},
      {"stack trace of Node", R"("stack":"Error: x\n    at async file:///app/patients.mjs:17:9")"},
      {"stack trace of Node", "    at Module._compile (node:internal/modules/cjs/loader:1105:14)"},
      {"stack trace of PHP", "Warning: Undefined variable in /var/www/patients.php on line 17"},
      {"stack trace of PHP", "<b>Warning</b>: x in <b>/var/www/patients.php</b> on line <b>17</b>"},
      {"stack trace of PHP", "#0 /var/www/patients.php(17): find()"},
      {"stack trace of Go", "goroutine 17 [running]:\n"},
      {"stack trace of Go", "\t/src/patients.go:17 +0x1d"},
      {"stack trace of Ruby", "app/models/patient.rb:17:in `find'"},
      {"stack trace of Rust", "thread 'main' panicked at src/main.rs:17:5"},
  };
  for (const auto& [name, text] : frames) CHECK_MESSAGE(leak_in(text) == name, std::string(text));
}

TEST_CASE("leaks: errors of databases are known by their words") {
  const std::vector<std::pair<std::string_view, std::string_view>> errors{
      {"error of MySQL", "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version"},
      {"error of PostgreSQL", "ERROR:  syntax error at or near \"SELEC\""},
      {"error of PostgreSQL", "PG::UndefinedTable: ERROR:  relation does not exist"},
      {"error of PostgreSQL", "duplicate key value violates unique constraint \"patients_pkey\""},
      {"error of Oracle", "ORA-00942: table or view does not exist"},
      {"error of SQL Server", "Unclosed quotation mark after the character string ''."},
      {"error of SQLite", "sqlite3.OperationalError: no such table: patients"},
      {"error of DB2", "DB2 SQL Error: SQLCODE=-204, SQLSTATE=42704"},
      {"error of a database library", "SQLSTATE[42S02]: Base table or view not found"},
      {"error of a database library", "java.sql.SQLException: x"},
  };
  for (const auto& [name, text] : errors) CHECK_MESSAGE(leak_in(text) == name, std::string(text));
}

TEST_CASE("leaks: secrets are known by their form") {
  const std::vector<std::pair<std::string_view, std::string>> secrets{
      {"private key", pem},
      {"private key", std::string("-----BEGIN PRIVATE ") + "KEY-----\\nMIIE"},
      {"API key of the gate", "\"" + gate_key + "\""},
      {"key of AWS", std::string("AKIA") + "ABCDEFGHIJKLMNOP"},
      {"key of AWS", "aws_secret_access_key = " + std::string(40, 'k')},
      {"key of Google", std::string("AIza") + std::string(35, 'x')},
      {"token of GitHub", std::string("ghp_") + std::string(36, 'x')},
      {"token of Slack", std::string("xoxb-") + "123456789012-abcdefghijkl"},
      {"key of Stripe", std::string("sk_live_") + std::string(24, 'x')},
      {"password in a URL", "postgres://clinic:hunter2@db.internal/clinic"},
      {"JSON Web Token", web_token},
  };
  for (const auto& [name, text] : secrets) CHECK_MESSAGE(leak_in(text) == name, text);
}

TEST_CASE("leaks: what only speaks of them is none") {
  for (const std::string_view text : {"A NullPointerException is thrown at runtime; look at Patients.java: 17 lines further it is caught.",
                                      "Python prints 'Traceback (most recent call last)' and then each File, line by line. See \"the end\", line 3.",
                                      "In C# see Patients.cs:line numbers. We met at System.Web, at noon (the caf\xC3\xA9).",
                                      "Open app.js:10:2 in the editor. He arrived at /app/x.js:17:9",
                                      "patients.php on line: how to call us",
                                      "goroutines are cheap; goroutine [running]",
                                      "main.go:17 is short",
                                      "Gems: patient.rb:17",
                                      "there is no error in your SQL syntax",
                                      "a syntax error near the keyword",
                                      "ORA-123 is a route; FLORA-00942: a plant",
                                      "the state SQLSTATE[x] of a query",
                                      "java.sql is a package",
                                      "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
                                      "-----BEGIN CERTIFICATE-----",
                                      "a PRIVATE KEY----- of mine",
                                      "ghk_live_short",
                                      "AKIA is a name",
                                      "xAKIAABCDEFGHIJKLMNOP",
                                      "postgres://db.internal/clinic",
                                      "postgres://clinic@db.internal",
                                      "eyJ.eyJ",
                                      "https://a:b@example.org",
                                      "{\"at\":\"10:15\",\"file\":\"a.java:12\"}"})
    CHECK_MESSAGE(leak_in(text) == "", std::string(text));
}

TEST_CASE("leaks: only groups that are asked for are looked at") {
  LeakActions actions{};
  actions[static_cast<std::size_t>(LeakGroup::secret)] = LeakAction::log;
  CHECK(leak_in("at a.B.c(B.java:1) " + web_token, actions) == "");
  CHECK(leak_in("at a.B.c(B.java:1) " + gate_key, actions) == "API key of the gate");
  for (const auto& pattern : leak_patterns()) CHECK_FALSE(pattern.name.empty());
}

TEST_CASE("leaks: a mask hides letters and digits, and JSON stays what it was") {
  CHECK(masked_leaks("x\n\tat org.clinic.Patients.find(Patients.java:17)\nmore") == "x\n\tat ***.******.********.****(********.****:**)\nmore");
  CHECK(masked_leaks(R"({"e":"\n  File \"/app/x.py\", line 17, in f"})") == R"({"e":"\n  File \"/***/*.**\", **** **, in f"})");
  CHECK(masked_leaks("{\"k\":\"" + gate_key + "\",\"n\":1}") == "{\"k\":\"***_****_************_" + std::string(49, '*') + "\",\"n\":1}");
  CHECK(masked_leaks("t " + web_token + " z") == "t ********************.******************.************ z");
  CHECK(masked_leaks(pem + " and more") ==
        "-----BEGIN RSA PRIVATE KEY-----\n****************\n**********+/==\n-----*** *** ******* ***----- and more");
  CHECK(masked_leaks(R"("a\nORA-00942: t\u00e4ble \\x gone")") == R"("a\n***-*****: *\u00e4*** \\* ****")");
}

TEST_CASE("leaks: refused, nothing more leaves, and the finding has a name and no text") {
  LeakScanner scanner(all_of(LeakAction::refuse));
  std::string out;
  CHECK(scanner.take("a line\n", false, out));
  CHECK(out == "a line\n");
  CHECK_FALSE(scanner.take("goroutine 1 [running]:\n", false, out));
  CHECK(out == "a line\n");
  CHECK(scanner.refused() == "stack trace of Go");
  CHECK_FALSE(scanner.take("more", true, out));
}

TEST_CASE("leaks: a line that has ended does not wait, of one that has not little does") {
  LeakScanner scanner(all_of(LeakAction::mask));
  std::string out;
  CHECK(scanner.take("data: 1\n\n", false, out));
  CHECK(out == "data: 1\n\n");
  CHECK(scanner.take(std::string(10'000, 'x'), false, out));
  CHECK(out.size() == 9 + 10'000 - 2 * LeakScanner::around);
}

TEST_CASE("leaks: wherever the text is cut, the same leaves and the same is found") {
  SeededRandom random(24);
  const std::vector<std::string> parts{"\tat org.clinic.Patients.find(Patients.java:17)",
                                       "\n",
                                       "\\n",
                                       " ",
                                       "\"",
                                       pem,
                                       web_token,
                                       gate_key,
                                       "ORA-00942: gone",
                                       std::string(200, 'x'),
                                       std::string(300, '-'),
                                       "File \\\"/a.py\\\", line 3",
                                       "\\\\",
                                       "ghk_",
                                       ".eyJ",
                                       "    at f (/a.js:1:2)"};
  std::array<std::uint8_t, 9> chosen{};
  for (int round = 0; round < 60; ++round) {
    random.fill(chosen);
    std::string text;
    for (const auto byte : chosen) text += parts[byte % parts.size()];
    const auto whole = masked_leaks(text);
    for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 64UL, 255UL, 256UL, 257UL, 513UL}) CHECK_MESSAGE(masked_leaks(text, piece) == whole, text);
  }
}
