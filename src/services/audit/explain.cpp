#include "services/audit/explain.hpp"

#include <array>
#include <cstdio>

#include "ground/http/cure.hpp"
#include "ground/json/writer.hpp"
#include "services/audit/json_line.hpp"

namespace gatehouse::audit {

namespace {

/// For people: what a terminal would act on stays escaped, quotation marks and backslashes are themselves.
std::string shown(std::string_view text) {
  std::array<char, 2048> room;
  const char* const end = write_escaped(text, room.data(), room.data() + room.size());
  std::string out;
  for (const char* at = room.data(); at != end; ++at) {
    if (*at == '\\' && at + 1 != end && (at[1] == '"' || at[1] == '\\')) ++at;
    out += *at;
  }
  return out;
}

std::string timestamp(Instant time) {
  std::array<char, timestamp_length> text;
  write_timestamp(time, text.data());
  return {text.data(), text.size()};
}

std::string milliseconds(Duration duration) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3f ms", static_cast<double>(duration.count()) / 1e6);
  return text;
}

std::string trace_text(const TraceId& id) {
  std::array<char, 32> text;
  print_hex(id.bytes, text.data());
  return {text.data(), text.size()};
}

std::string request_line(const Decision& d) {
  std::string line = shown(d.method.empty() ? "(a request that could not be read)" : d.method);
  if (!d.path.empty()) line += " " + shown(d.path);
  line += " from " + d.client.to_text();
  if (!d.key_id.empty()) line += ", key " + shown(d.key_id);
  if (!d.principal.empty()) line += ", as " + shown(d.principal);
  return line;
}

std::string verdict_line(const Decision& d) {
  const auto by = d.stage.empty() ? std::string() : " by the stage \"" + shown(d.stage) + "\"";
  const auto status = d.status == 0 ? std::string("no answer") : std::to_string(d.status);
  switch (d.outcome) {
    case Outcome::passed:
      return "Passed: the upstream's answer, " + status + ", was forwarded" + (d.route.empty() ? "" : " (route \"" + shown(d.route) + "\")") + ".";
    case Outcome::answered: return "Answered by the gate itself" + by + " with " + status + ".";
    case Outcome::refused: return "Refused" + by + " with " + status + ".";
    case Outcome::failed: return "Failed" + by + " with " + status + ".";
  }
  return {};
}

/// With the id of the key that asked, where a command is about it.
std::string cure_of(const Decision& d) {
  constexpr std::string_view of_a_key = "gatehouse keys set ID";
  std::string words(http::cure(*d.problem, d.rule));
  const auto at = words.find(of_a_key);
  if (at != words.npos && !d.key_id.empty()) words.replace(at + of_a_key.size() - 2, 2, d.key_id);
  return words;
}

}  // namespace

std::string explain(const Decision& d) {
  std::string text = "Decision " + d.id.to_text() + " of " + timestamp(d.time) + "\n  " + request_line(d) + "\n  " + verdict_line(d) + "\n";
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text.append("  ").append(name).append(value).append("\n");
  };
  if (d.problem) {
    const auto& info = http::info(*d.problem);
    line("Problem:    ", std::string(info.slug) + " (" + std::string(info.title) + ")");
    line("Rule:       ", shown(d.rule));
    line("Facts:      ", shown(d.facts));
    line("To pass:    ", shown(cure_of(d)));
    line("Was told:   ", std::string(http::remedy(*d.problem, d.rule)));
  } else {
    line("Rule:       ", shown(d.rule));
    line("Facts:      ", shown(d.facts));
  }
  if (d.outcome != Outcome::passed) line("Route:      ", shown(d.route));
  if (d.total > Duration::zero())
    line("Took:       ",
         milliseconds(d.total) + (d.upstream > Duration::zero() ? ", of it " + milliseconds(d.upstream) + " waiting for the upstream" : ""));
  line("Bytes:      ", std::to_string(d.bytes_in) + " in, " + std::to_string(d.bytes_out) + " out");
  if (d.trace.valid()) line("Trace:      ", trace_text(d.trace));
  return text;
}

std::string explain_json(const Decision& d) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object()
      .member("time", timestamp(d.time))
      .member("id", d.id.to_text())
      .member("outcome", to_text(d.outcome))
      .member("status", d.status);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) writer.member(name, value);
  };
  if (d.problem) {
    const auto& info = http::info(*d.problem);
    text("problem", info.slug);
    text("title", info.title);
    text("remedy", http::remedy(*d.problem, d.rule));
    text("cure", cure_of(d));
  }
  text("stage", d.stage);
  text("rule", d.rule);
  text("facts", d.facts);
  text("principal", d.principal);
  text("key", d.key_id);
  text("route", d.route);
  text("method", d.method);
  text("path", d.path);
  writer.member("client", d.client.to_text());
  if (d.trace.valid()) writer.member("trace", trace_text(d.trace));
  writer.member("total_us", d.total.count() / 1000).member("upstream_us", d.upstream.count() / 1000);
  writer.member("bytes_in", d.bytes_in).member("bytes_out", d.bytes_out).end();
  return out;
}

}  // namespace gatehouse::audit
