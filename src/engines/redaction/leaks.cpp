#include "engines/redaction/leaks.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "ground/base/text.hpp"

namespace gatehouse::redaction {

namespace leaks {
namespace {

/// A word and its line, as far as it is looked at.
struct Around {
  std::string_view before, after;
};
/// How much of it is the leak.
struct Extent {
  std::size_t before = 0, after = 0;
};
using Found = std::optional<Extent>;
using Look = Found (*)(const Around&);

bool is_name(char c) noexcept { return text::is_alnum(c) || c == '_' || c == '$'; }
bool is_base64(char c) noexcept { return text::is_alnum(c) || c == '+' || c == '/' || c == '='; }
bool is_base64url(char c) noexcept { return text::is_alnum(c) || c == '-' || c == '_'; }
bool is_path(char c) noexcept {
  return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '\'' && c != '<' && c != '>' && c != '|' && c != '*' && c != '?' && c != '(';
}

template <class Is>
std::size_t count_from(std::string_view text, Is is) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is(text[count])) ++count;
  return count;
}
template <class Is>
std::size_t count_back(std::string_view text, Is is) noexcept {
  std::size_t count = 0;
  while (count < text.size() && is(text[text.size() - 1 - count])) ++count;
  return count;
}
std::size_t digits_from(std::string_view text) noexcept { return count_from(text, text::is_digit); }

/// The character before is none of a word: or it is the letter of an escape ("\n", "\t").
bool begins_word(std::string_view before) noexcept {
  if (before.empty() || !(text::is_alnum(before.back()) || before.back() == '_')) return true;
  return before.size() > 1 && before[before.size() - 2] == '\\';
}

/// The last "at " that begins a frame: how far back what follows it begins; nothing: there is none.
std::optional<std::size_t> back_to_at(std::string_view before) noexcept {
  for (auto at = before.rfind("at "); at != before.npos; at = at == 0 ? before.npos : before.rfind("at ", at - 1))
    if (begins_word(before.substr(0, at))) return before.size() - at - 3;
  return std::nullopt;
}

bool ends_with_at(std::string_view before) noexcept { return before.ends_with("at ") && begins_word(before.substr(0, before.size() - 3)); }

// ---- stack traces ----

/// `at org.clinic.Patients.find(Patients.java:17)`: from "(Patients.java:" on.
Found java_frame(const Around& around) {
  const auto digits = digits_from(around.after);
  if (digits == 0 || !around.after.substr(digits).starts_with(')')) return std::nullopt;
  const auto file = count_back(around.before, [](char c) { return is_name(c) || c == '-'; });
  const auto rest = around.before.substr(0, around.before.size() - file);
  if (file == 0 || !rest.ends_with('(')) return std::nullopt;
  const auto method = count_back(rest.substr(0, rest.size() - 1),
                                 [](char c) { return is_name(c) || c == '.' || c == '<' || c == '>' || c == '/' || c == '@' || c == '-'; });
  const auto chain = rest.substr(rest.size() - 1 - method, method);
  if (!chain.contains('.') || !ends_with_at(rest.substr(0, rest.size() - 1 - method))) return std::nullopt;
  return Extent{file + 1 + method, digits + 1};
}

/// `at java.base/java.lang.Thread.run(Native Method)`.
Found java_frame_without_line(const Around& around) {
  const auto method =
      count_back(around.before, [](char c) { return is_name(c) || c == '.' || c == '<' || c == '>' || c == '/' || c == '@' || c == '-'; });
  const auto rest = around.before.substr(0, around.before.size() - method);
  if (!around.before.substr(rest.size()).contains('.') || !ends_with_at(rest)) return std::nullopt;
  return Extent{method, 0};
}

/// `File "/app/main.py", line 7`, with the quotes as they are, escaped for JSON or for HTML.
Found python_frame(const Around& around, std::string_view quote) {
  const auto digits = digits_from(around.after);
  if (digits == 0) return std::nullopt;
  const auto start = "File " + std::string(quote);
  const auto at = around.before.rfind(start);
  if (at == around.before.npos || !begins_word(around.before.substr(0, at))) return std::nullopt;
  const auto path = around.before.substr(at + start.size());
  if (path.empty() || path.contains('"')) return std::nullopt;
  return Extent{path.size(), digits};
}
Found python_plain(const Around& around) {
  if (!around.before.ends_with('\\')) return python_frame(around, "\"");
  auto found = python_frame({around.before.substr(0, around.before.size() - 1), around.after}, "\\\"");
  if (found) ++found->before;
  return found;
}
Found python_html(const Around& around) { return python_frame(around, "&quot;"); }

/// `at Clinic.Patients.Find(Int32 id) in C:\src\Patients.cs:line 17`.
Found dotnet_frame(const Around& around) {
  const auto digits = digits_from(around.after);
  const auto at = back_to_at(around.before);
  const auto in = around.before.rfind(") in ");
  if (digits == 0 || !at || in == around.before.npos || around.before.size() - in > *at) return std::nullopt;
  return Extent{*at, digits};
}
/// `   at System.Web.Mvc.Controller.Execute(RequestContext requestContext)`, without a file.
Found dotnet_library_frame(const Around& around) {
  const auto method = count_from(around.after, [](char c) {
    return is_name(c) || c == '.' || c == '`' || c == '+' || c == '[' || c == ']' || c == ',' || c == '<' || c == '>';
  });
  if (method == 0 || !around.after.substr(method).starts_with('(')) return std::nullopt;
  return Extent{0, method + 1};
}

/// `    at find (/app/patients.js:17:9)`: of code, line and column.
Found node_frame(const Around& around) {
  const auto line = digits_from(around.after);
  if (line == 0 || !around.after.substr(line).starts_with(':')) return std::nullopt;
  const auto column = digits_from(around.after.substr(line + 1));
  const auto at = around.before.rfind("    at ");
  if (column == 0 || at == around.before.npos) return std::nullopt;
  return Extent{around.before.size() - at - 7, line + 1 + column};
}
/// `    at Module._compile (node:internal/modules/cjs/loader:1105:14)`.
Found node_internal_frame(const Around& around) {
  const auto path = count_from(around.after, [](char c) { return is_name(c) || c == '/' || c == '-'; });
  if (path == 0 || !around.after.substr(path).starts_with(':')) return std::nullopt;
  const auto line = digits_from(around.after.substr(path + 1));
  const auto at = around.before.rfind("    at ");
  if (line == 0 || at == around.before.npos) return std::nullopt;
  return Extent{around.before.size() - at - 7, path + 1 + line};
}

/// `in /var/www/patients.php on line 17`, also with its bold HTML.
Found php_error(const Around& around) {
  const auto digits = digits_from(around.after);
  const auto path = count_back(around.before, is_path);
  if (digits == 0 || path == 0) return std::nullopt;
  const auto rest = around.before.substr(0, around.before.size() - path);
  if (!rest.ends_with(" in ") && !rest.ends_with(" in <b>") && !rest.ends_with("in <b>")) return std::nullopt;
  return Extent{path, digits};
}
/// `#0 /var/www/patients.php(17): find()`.
Found php_frame(const Around& around) {
  const auto digits = digits_from(around.after);
  if (digits == 0 || !around.after.substr(digits).starts_with("): ")) return std::nullopt;
  const auto path = count_back(around.before, is_path);
  const auto rest = around.before.substr(0, around.before.size() - path);
  if (path == 0 || !rest.ends_with(' ')) return std::nullopt;
  const auto number = count_back(rest.substr(0, rest.size() - 1), text::is_digit);
  if (number == 0 || !rest.substr(0, rest.size() - 1 - number).ends_with('#')) return std::nullopt;
  return Extent{path, digits + 1};
}

/// `goroutine 17 [running]:`.
Found go_routine(const Around& around) {
  const auto digits = digits_from(around.after);
  auto rest = around.after.substr(digits);
  if (digits == 0 || !rest.starts_with(" [") || !begins_word(around.before)) return std::nullopt;
  const auto state = count_from(rest.substr(2), [](char c) { return text::is_alnum(c) || c == ' ' || c == ',' || c == '.' || c == '(' || c == ')'; });
  return state > 0 && rest.substr(2 + state).starts_with("]:") ? Found(Extent{0, digits + 2 + state + 2}) : std::nullopt;
}
/// `/src/patients.go:17 +0x1d`.
Found go_frame(const Around& around) {
  const auto digits = digits_from(around.after);
  const auto path = count_back(around.before, is_path);
  if (digits == 0 || path == 0 || !around.after.substr(digits).starts_with(" +0x")) return std::nullopt;
  return Extent{path, digits + 4};
}

/// app/models/patient.rb:17:in `find'
Found ruby_frame(const Around& around) {
  const auto digits = digits_from(around.after);
  const auto path = count_back(around.before, is_path);
  const auto rest = around.after.substr(digits);
  if (digits == 0 || path == 0 || (!rest.starts_with(":in `") && !rest.starts_with(":in '"))) return std::nullopt;
  return Extent{path, digits};
}

/// thread 'main' panicked at src/main.rs:17:5
Found rust_panic(const Around& around) {
  const auto at = around.before.rfind("thread '");
  return at == around.before.npos ? std::nullopt : Found(Extent{around.before.size() - at, 0});
}

// ---- errors of databases ----

/// Up to the end of what it says.
Found sentence(const Around& around) {
  return Extent{0, count_from(around.after, [](char c) { return c != '"' && c != '<'; })};
}
Found own_sentence(const Around& around) { return begins_word(around.before) ? sentence(around) : std::nullopt; }
/// ORA-00942: ...
Found oracle(const Around& around) {
  return digits_from(around.after) == 5 && around.after.substr(5).starts_with(':') ? own_sentence(around) : std::nullopt;
}
/// SQLSTATE[42S02]: ...
Found sqlstate(const Around& around) {
  return count_from(around.after, text::is_alnum) == 5 && around.after.substr(5).starts_with(']') ? own_sentence(around) : std::nullopt;
}
/// PG::UndefinedTable: ERROR: ...
Found ruby_postgres(const Around& around) {
  const auto name = count_from(around.after, text::is_alpha);
  return name > 0 && around.after.substr(name).starts_with(": ERROR") ? own_sentence(around) : std::nullopt;
}

// ---- secrets ----

template <std::size_t Least, std::size_t Most, auto Is>
Found characters(const Around& around) {
  const auto count = count_from(around.after, Is);
  return begins_word(around.before) && count >= Least && count <= Most ? Found(Extent{0, count}) : std::nullopt;
}
bool is_word(char c) noexcept { return text::is_alnum(c) || c == '_'; }
bool is_slack(char c) noexcept { return text::is_alnum(c) || c == '-'; }

/// -----BEGIN RSA PRIVATE KEY-----: what stands before "PRIVATE KEY" is a few capitals.
Found private_key(const Around& around) {
  const auto kind = count_back(around.before, [](char c) { return (c >= 'A' && c <= 'Z') || c == ' '; });
  if (!around.before.substr(0, around.before.size() - kind).ends_with("-----") ||
      !around.before.substr(around.before.size() - kind).starts_with("BEGIN "))
    return std::nullopt;
  return Extent{0, 0};
}
/// ghk_live_<12>_<43 + 6>: a key of the gate itself, or enough of one.
Found own_key(const Around& around) {
  const auto& after = around.after;
  if (!begins_word(around.before) || after.size() < 34 || after[4] != '_' || after[17] != '_') return std::nullopt;
  if (!after.starts_with("live") && !after.starts_with("test")) return std::nullopt;
  const auto secret = count_from(after.substr(18), text::is_alnum);
  return count_from(after.substr(5), text::is_alnum) == 12 && secret >= 16 ? Found(Extent{0, 18 + secret}) : std::nullopt;
}
/// aws_secret_access_key = <40>
Found aws_secret(const Around& around) {
  const auto between = count_from(around.after, [](char c) { return c == ' ' || c == '"' || c == '\\' || c == '\'' || c == ':' || c == '='; });
  const auto count = count_from(around.after.substr(between), is_base64);
  return between > 0 && count == 40 ? Found(Extent{0, between + count}) : std::nullopt;
}
Found azure_key(const Around& around) {
  const auto count = count_from(around.after, is_base64);
  return count == 88 ? Found(Extent{0, count}) : std::nullopt;
}
/// postgres://user:password@host: of the user and the password.
Found password_in_url(const Around& around) {
  const auto user = count_from(around.after, [](char c) { return is_path(c) && c != ':' && c != '/' && c != '@'; });
  if (!around.after.substr(user).starts_with(':')) return std::nullopt;
  const auto word = count_from(around.after.substr(user + 1), [](char c) { return is_path(c) && c != '@' && c != '/'; });
  return word > 0 && around.after.substr(user + 1 + word).starts_with('@') ? Found(Extent{0, user + 1 + word}) : std::nullopt;
}
/// eyJhbGciOi.eyJzdWIi.<signature>: from the second part on; the first stands before.
Found jwt(const Around& around) {
  const auto header = count_back(around.before, is_base64url);
  const auto first = around.before.substr(around.before.size() - header);
  const auto at = first.find("eyJ");
  const auto payload = count_from(around.after, is_base64url);
  if (at == first.npos || first.size() - at < 13 || payload < 6) return std::nullopt;
  const auto rest = around.after.substr(payload);
  if (!rest.empty() && rest.front() != '.') return std::nullopt;
  return Extent{first.size() - at, payload};
}

struct Pattern {
  std::string_view name;
  LeakGroup group;
  std::string_view word;
  Look look;
  enum class Rest : std::uint8_t { none, private_key, token } rest = Rest::none;
};

constexpr std::string_view java = "stack trace of Java", python = "stack trace of Python", dotnet = "stack trace of .NET",
                           node = "stack trace of Node", php = "stack trace of PHP", go = "stack trace of Go", ruby = "stack trace of Ruby",
                           rust = "stack trace of Rust", mysql = "error of MySQL", postgres = "error of PostgreSQL", oracle_name = "error of Oracle",
                           mssql = "error of SQL Server", sqlite = "error of SQLite", db2 = "error of DB2", library = "error of a database library",
                           github = "token of GitHub", slack = "token of Slack", aws = "key of AWS";
using enum LeakGroup;

constexpr std::size_t word_min = 4;
constexpr std::array patterns{
    Pattern{java, stack_trace, ".java:", java_frame},
    Pattern{java, stack_trace, ".kt:", java_frame},
    Pattern{java, stack_trace, ".scala:", java_frame},
    Pattern{java, stack_trace, ".groovy:", java_frame},
    Pattern{java, stack_trace, "(Native Method)", java_frame_without_line},
    Pattern{java, stack_trace, "(Unknown Source)", java_frame_without_line},
    Pattern{python, stack_trace, "\", line ", python_plain},
    Pattern{python, stack_trace, "&quot;, line ", python_html},
    Pattern{dotnet, stack_trace, ".cs:line ", dotnet_frame},
    Pattern{dotnet, stack_trace, ".vb:line ", dotnet_frame},
    Pattern{dotnet, stack_trace, ".fs:line ", dotnet_frame},
    Pattern{dotnet, stack_trace, "   at System.", dotnet_library_frame},
    Pattern{dotnet, stack_trace, "   at Microsoft.", dotnet_library_frame},
    Pattern{node, stack_trace, ".js:", node_frame},
    Pattern{node, stack_trace, ".ts:", node_frame},
    Pattern{node, stack_trace, ".mjs:", node_frame},
    Pattern{node, stack_trace, ".cjs:", node_frame},
    Pattern{node, stack_trace, "(node:internal/", node_internal_frame},
    Pattern{php, stack_trace, ".php on line ", php_error},
    Pattern{php, stack_trace, ".php</b> on line <b>", php_error},
    Pattern{php, stack_trace, ".php(", php_frame},
    Pattern{go, stack_trace, "goroutine ", go_routine},
    Pattern{go, stack_trace, ".go:", go_frame},
    Pattern{ruby, stack_trace, ".rb:", ruby_frame},
    Pattern{rust, stack_trace, "' panicked at ", rust_panic},
    Pattern{mysql, sql_error, "You have an error in your SQL syntax", sentence},
    Pattern{mysql, sql_error, "com.mysql.cj.", own_sentence},
    Pattern{mysql, sql_error, "com.mysql.jdbc.", own_sentence},
    Pattern{postgres, sql_error, "syntax error at or near ", sentence},
    Pattern{postgres, sql_error, "unterminated quoted string at or near ", sentence},
    Pattern{postgres, sql_error, "duplicate key value violates unique constraint ", sentence},
    Pattern{postgres, sql_error, "violates foreign key constraint ", sentence},
    Pattern{postgres, sql_error, "org.postgresql.util.PSQLException", own_sentence},
    Pattern{postgres, sql_error, "psycopg2.errors.", own_sentence},
    Pattern{postgres, sql_error, "PG::", ruby_postgres},
    Pattern{postgres, sql_error, "Npgsql.PostgresException", own_sentence},
    Pattern{oracle_name, sql_error, "ORA-", oracle},
    Pattern{mssql, sql_error, "Unclosed quotation mark after the character string", sentence},
    Pattern{mssql, sql_error, "Incorrect syntax near ", sentence},
    Pattern{mssql, sql_error, "System.Data.SqlClient.SqlException", own_sentence},
    Pattern{mssql, sql_error, "Microsoft.Data.SqlClient.SqlException", own_sentence},
    Pattern{mssql, sql_error, "[Microsoft][ODBC ", sentence},
    Pattern{mssql, sql_error, "Microsoft OLE DB Provider for ", sentence},
    Pattern{sqlite, sql_error, "SQLITE_ERROR", own_sentence},
    Pattern{sqlite, sql_error, "SQLITE_CONSTRAINT", own_sentence},
    Pattern{sqlite, sql_error, "sqlite3.OperationalError", own_sentence},
    Pattern{sqlite, sql_error, "sqlite3.IntegrityError", own_sentence},
    Pattern{sqlite, sql_error, "SQLite3::SQLException", own_sentence},
    Pattern{db2, sql_error, "DB2 SQL Error: SQLCODE=", own_sentence},
    Pattern{db2, sql_error, "com.ibm.db2.jcc.", own_sentence},
    Pattern{library, sql_error, "SQLSTATE[", sqlstate},
    Pattern{library, sql_error, "java.sql.SQL", own_sentence},
    Pattern{library, sql_error, "sqlalchemy.exc.", own_sentence},
    Pattern{library, sql_error, "django.db.utils.", own_sentence},
    Pattern{library, sql_error, "ActiveRecord::StatementInvalid", own_sentence},
    Pattern{library, sql_error, "QueryFailedError: ", own_sentence},
    Pattern{"private key", secret, "PRIVATE KEY-----", private_key, Pattern::Rest::private_key},
    Pattern{"private key", secret, "PRIVATE KEY BLOCK-----", private_key, Pattern::Rest::private_key},
    Pattern{"API key of the gate", secret, "ghk_", own_key},
    Pattern{aws, secret, "AKIA", characters<16, 16, is_word>},
    Pattern{aws, secret, "ASIA", characters<16, 16, is_word>},
    Pattern{aws, secret, "aws_secret_access_key", aws_secret},
    Pattern{"key of Google", secret, "AIza", characters<35, 35, is_base64url>},
    Pattern{"key of Azure", secret, "AccountKey=", azure_key},
    Pattern{github, secret, "ghp_", characters<36, 255, is_word>},
    Pattern{github, secret, "gho_", characters<36, 255, is_word>},
    Pattern{github, secret, "ghu_", characters<36, 255, is_word>},
    Pattern{github, secret, "ghs_", characters<36, 255, is_word>},
    Pattern{github, secret, "ghr_", characters<36, 255, is_word>},
    Pattern{github, secret, "github_pat_", characters<36, 255, is_word>},
    Pattern{"token of GitLab", secret, "glpat-", characters<20, 255, is_base64url>},
    Pattern{slack, secret, "xoxb-", characters<20, 255, is_slack>},
    Pattern{slack, secret, "xoxp-", characters<20, 255, is_slack>},
    Pattern{slack, secret, "xoxa-", characters<20, 255, is_slack>},
    Pattern{slack, secret, "xoxr-", characters<20, 255, is_slack>},
    Pattern{slack, secret, "xoxs-", characters<20, 255, is_slack>},
    Pattern{"key of Stripe", secret, "sk_live_", characters<16, 255, is_word>},
    Pattern{"key of Stripe", secret, "rk_live_", characters<16, 255, is_word>},
    Pattern{"token of npm", secret, "npm_", characters<36, 36, is_word>},
    Pattern{"token of PyPI", secret, "pypi-AgEIcHlwaS5vcmc", characters<32, 255, is_base64url>},
    Pattern{"password in a URL", secret, "postgres://", password_in_url},
    Pattern{"password in a URL", secret, "postgresql://", password_in_url},
    Pattern{"password in a URL", secret, "mysql://", password_in_url},
    Pattern{"password in a URL", secret, "mongodb://", password_in_url},
    Pattern{"password in a URL", secret, "mongodb+srv://", password_in_url},
    Pattern{"password in a URL", secret, "redis://", password_in_url},
    Pattern{"password in a URL", secret, "amqp://", password_in_url},
    Pattern{"JSON Web Token", token, ".eyJ", jwt, Pattern::Rest::token},
};
static_assert(std::ranges::all_of(patterns, [](const Pattern& pattern) { return pattern.word.size() >= word_min && pattern.word.size() < 64; }));

/// Which words may begin where, by their first four characters.
struct Table {
  static constexpr unsigned bits = 12;
  std::array<bool, 1U << bits> begins{};
  std::array<std::vector<std::uint8_t>, 1U << bits> words;

  static std::size_t hash(const char* at) noexcept {
    std::uint32_t four = 0;
    std::memcpy(&four, at, word_min);
    return (four * 0x9E3779B1U) >> (32 - bits);
  }
  Table() {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const auto number = hash(patterns[i].word.data());
      begins[number] = true;
      words[number].push_back(static_cast<std::uint8_t>(i));
    }
  }
};
static_assert(patterns.size() < 256);
const Table& table() {
  static const Table made;
  return made;
}
}  // namespace
}  // namespace leaks

std::vector<LeakPattern> leak_patterns() {
  std::vector<LeakPattern> out;
  for (const auto& pattern : leaks::patterns)
    if (std::ranges::find(out, pattern.name, &LeakPattern::name) == out.end()) out.push_back({pattern.name, pattern.group});
  return out;
}

bool LeakScanner::take(std::string_view piece, bool last, std::string& out) {
  if (!refused_.empty()) return false;
  window_ += piece;
  // Of what ends with its line, all that stands around is there.
  const auto line = window_.rfind('\n');
  const auto closed = last ? window_.size() : line == window_.npos ? 0 : line + 1;
  const auto size = window_.size();
  search(std::max(closed, size > around ? size - around : 0));
  if (!refused_.empty()) return false;
  emit(std::max({closed, left_, size > 2 * around ? size - 2 * around : 0}), out);
  const auto keep_from = left_ > around ? left_ - around : 0;
  window_.erase(0, keep_from);
  left_ -= keep_from;
  looked_ -= keep_from;
  for (auto& span : spans_) span.from -= std::min(span.from, keep_from), span.to -= keep_from;
  return true;
}

/// At every word that begins before `end`.
void LeakScanner::search(std::size_t end) {
  using leaks::Table;
  const auto& table = leaks::table();
  const char* const text = window_.data();
  const auto last = window_.size() < leaks::word_min ? 0 : window_.size() - leaks::word_min + 1;
  const auto stop = std::min(end, last);
  for (auto at = looked_; at < stop; ++at)
    if (table.begins[Table::hash(text + at)]) look_at(at);
  looked_ = std::max(looked_, end);
}

void LeakScanner::look_at(std::size_t at) {
  using leaks::patterns;
  const std::string_view text = window_;
  for (const auto number : leaks::table().words[leaks::Table::hash(window_.data() + at)]) {
    const auto& pattern = patterns[number];
    const auto action = actions_[static_cast<std::size_t>(pattern.group)];
    if (action == LeakAction::off || !text.substr(at).starts_with(pattern.word)) continue;
    auto before = text.substr(at > around ? at - around : 0, std::min(at, around));
    before.remove_prefix(before.rfind('\n') + 1);
    const auto behind = at + pattern.word.size();
    auto after = text.substr(behind, around - pattern.word.size());
    after = after.substr(0, after.find('\n'));
    const auto extent = pattern.look({before, after});
    if (!extent) continue;
    if (found_++ == 0) first_ = pattern.name;
    if (action == LeakAction::refuse && refused_.empty()) refused_ = pattern.name;
    if (action != LeakAction::mask) continue;
    ++masked_;
    using Rest = leaks::Pattern::Rest;
    // Of a private key the line that says what it is stays.
    spans_.push_back({pattern.rest == Rest::private_key ? behind : at - extent->before, behind + extent->after,
                      pattern.rest == Rest::private_key ? Tail::private_key
                      : pattern.rest == Rest::token     ? Tail::token
                                                        : Tail::none});
  }
}

/// Whether the character still belongs to what was found.
bool LeakScanner::in_tail(char c) noexcept {
  switch (tail_) {
    case Tail::none: return false;
    case Tail::token:
      if (!leaks::is_base64url(c) && c != '.') tail_ = Tail::none;
      return tail_ != Tail::none;
    case Tail::private_key: {
      // From the line that begins it to the end of the one that ends it: two more rules of five dashes.
      constexpr std::uint8_t dashes_of_rule = 5, rules_due = 2;
      const bool part = leaks::is_base64(c) || c == '-' || c == '\\' || c == ':' || c == ',' || c == ' ' || c == '\r' || c == '\n' || c == '\t';
      dashes_ = c == '-' ? static_cast<std::uint8_t>(dashes_ + 1) : 0;
      if (dashes_ == dashes_of_rule) ++rules_, dashes_ = 0;
      if (!part || rules_ == rules_due) tail_ = Tail::none;
      return part;
    }
  }
  return false;
}

/// Whether the character belongs to an escape of JSON: what reads the text is to read it as before.
bool LeakScanner::is_escape(std::size_t at) const noexcept {
  constexpr std::size_t digits = 4, run_max = 16;
  const auto escapes = [&](std::size_t backslash) {
    std::size_t run = 0;
    while (run < run_max && run <= backslash && window_[backslash - run] == '\\') ++run;
    return run % 2 == 1 || run == run_max;
  };
  if (at >= 1 && escapes(at - 1)) return true;
  for (std::size_t back = 0; back < digits && at >= back + 2; ++back) {
    if (text::hex_value(window_[at - back]) < 0) return false;
    if (window_[at - back - 1] == 'u' && escapes(at - back - 2)) return true;
  }
  return false;
}

void LeakScanner::emit(std::size_t end, std::string& out) {
  if (spans_.empty() && tail_ == Tail::none) {
    out.append(window_, left_, end - left_);
    left_ = end;
    return;
  }
  for (; left_ < end; ++left_) {
    const char c = window_[left_];
    bool hide = tail_ != Tail::none && in_tail(c);
    for (const auto& span : spans_) {
      hide = hide || (left_ >= span.from && left_ < span.to);
      if (left_ + 1 == span.to && span.tail != Tail::none) tail_ = span.tail, dashes_ = rules_ = 0;
    }
    out += hide && text::is_alnum(c) && !is_escape(left_) ? '*' : c;
  }
  std::erase_if(spans_, [&](const Span& span) { return span.to <= end; });
}

}  // namespace gatehouse::redaction
