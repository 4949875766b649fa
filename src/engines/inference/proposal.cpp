#include "engines/inference/proposal.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "engines/inference/endpoints.hpp"
#include "engines/inference/schema_text.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::inference {

namespace proposals {
namespace {

constexpr std::string_view seen_member = "x-gatehouse-seen";

std::size_t index(Proof proof) { return static_cast<std::size_t>(proof); }

/// Everything that more than one operation refers to.
struct Parts {
  bool api_key = false, token = false;
};

std::string operation_id(const Endpoint& endpoint) {
  std::string out = text::lower(endpoint.method);
  for (const auto& segment : endpoint.segments) {
    bool upper = true;
    const std::string word = segment.is_variable() ? "by-" + segment.name : segment.literal;
    for (const char c : word) {
      if (!text::is_alnum(c)) upper = true;
      else out += std::exchange(upper, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
  }
  return out.substr(0, 100);
}

/// A media type whose bodies were not all read is described by its name alone.
void write_content(YamlText& out, const MediaTable& table) {
  out.open("content");
  for (const auto& [media, seen] : table.all) {
    const bool read = seen.unread == 0 && seen.shape.seen > 0;
    if (!read) {
      out.raw(media, "{}");
      continue;
    }
    out.open(media);
    write_schema(out, "schema", seen.shape, media == "application/x-www-form-urlencoded" ? Written::text : Written::json);
    out.close();
  }
  out.close();
}

void write_answer(YamlText& out, const AnswerSeen& answer, std::string_view what) {
  out.text("description", what).number(seen_member, answer.seen);
  if (!answer.media.all.empty()) write_content(out, answer.media);
}

std::string_view description_of(std::uint16_t status) {
  return status / 100 == 2 ? "what was asked for" : status / 100 == 3 ? "somewhere else" : "what is wrong with the request";
}

void write_parameters(YamlText& out, const Endpoint& endpoint) {
  const bool any_variable = std::ranges::any_of(endpoint.segments, &Endpoint::Segment::is_variable);
  if (!any_variable && endpoint.seen.query.empty()) return;
  out.open("parameters");
  for (const auto& segment : endpoint.segments) {
    if (!segment.is_variable()) continue;
    out.open_item("name", segment.name).text("in", "path").raw("required", "true");
    write_schema(out, "schema", segment.values, Written::segment);
    out.close();
  }
  for (const auto& [name, parameter] : endpoint.seen.query) {
    const bool always = parameter.seen == endpoint.seen.seen;
    out.open_item("name", name).text("in", "query").raw("required", always ? "true" : "false").number(seen_member, parameter.seen);
    if (endpoint.seen.seen >= 100 && parameter.seen * 100 <= endpoint.seen.seen) out.remark("rare: does it belong to the API?");
    write_schema(out, "schema", parameter.shape, Written::text);
    out.close();
  }
  out.close();
}

void write_security(YamlText& out, const EndpointSeen& seen) {
  const auto keys = seen.proofs[index(Proof::api_key)], tokens = seen.proofs[index(Proof::token)];
  if (keys + tokens == 0) {
    out.raw("security", "[]", "nobody had to say who they are");
    return;
  }
  std::string list = "[";
  if (keys > 0) list += "{ apiKey: [] }";
  if (tokens > 0) list += list.size() > 1 ? ", { bearer: [] }" : "{ bearer: [] }";
  out.raw("security", list + ']', seen.proofs[index(Proof::none)] > 0 ? "some had not said who they are" : "");
}

void write_operation(YamlText& out, const Endpoint& endpoint, const AnswersSeen& others, std::set<std::string>& ids) {
  const auto& seen = endpoint.seen;
  out.open(text::lower(endpoint.method));
  auto id = operation_id(endpoint);
  for (int i = 2; !ids.insert(id).second; ++i) id = operation_id(endpoint) + '-' + std::to_string(i);
  out.text("operationId", id).number(seen_member, seen.seen).text("x-gatehouse-last-seen", time_text(seen.last));
  write_security(out, seen);
  write_parameters(out, endpoint);
  if (seen.bodies > 0) {
    out.open("requestBody").raw("required", seen.bodies == seen.seen ? "true" : "false");
    write_content(out, seen.requests);
    out.close();
  }
  out.open("responses");
  for (const auto& [status, answer] : seen.answers) {
    out.open(std::to_string(status));
    write_answer(out, answer, description_of(status));
    out.close();
  }
  for (const auto& [status, answer] : others)
    out.open(std::to_string(status)).text("$ref", "#/components/responses/Status" + std::to_string(status)).close();
  out.close().close();
}

void write_components(YamlText& out, const Learned& learned, const Parts& parts) {
  if (!parts.api_key && !parts.token && learned.other_answers().empty()) return;
  out.open("components");
  if (parts.api_key || parts.token) {
    out.open("securitySchemes");
    if (parts.api_key) out.raw("apiKey", "{ type: apiKey, in: header, name: X-Api-Key }");
    if (parts.token) out.raw("bearer", "{ type: http, scheme: bearer, bearerFormat: JWT }");
    out.close();
  }
  if (!learned.other_answers().empty()) {
    out.open("responses", "redirects and refusals, of all operations together");
    for (const auto& [status, answer] : learned.other_answers()) {
      out.open("Status" + std::to_string(status));
      write_answer(out, answer, description_of(status));
      out.close();
    }
    out.close();
  }
  out.close();
}

}  // namespace
}  // namespace proposals

std::string time_text(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

Proposal propose(const Learned& learned, const ProposalOptions& options) {
  Proposal proposal;
  proposals::Parts parts;
  std::map<std::string, std::vector<Endpoint>> paths;
  std::string left_out;
  for (auto& endpoint : endpoints_of(learned)) {
    auto path = endpoint.path();
    if (endpoint.seen.seen < options.seen_min) {
      ++proposal.left_out;
      left_out += "#   " + endpoint.method + ' ' + path + ": " + std::to_string(endpoint.seen.seen) + '\n';
      continue;
    }
    ++proposal.operations;
    parts.api_key = parts.api_key || endpoint.seen.proofs[proposals::index(Proof::api_key)] > 0;
    parts.token = parts.token || endpoint.seen.proofs[proposals::index(Proof::token)] > 0;
    paths[std::move(path)].push_back(std::move(endpoint));
  }
  YamlText out;
  const auto since = learned.since();
  out.remark("Proposed by `gatehouse contract learn` from what was asked and answered" + (since ? " since " + time_text(*since) : std::string{}) +
             '.');
  out.remark("Read it before you enforce it: what was never asked is not in it, what came by mistake is, and what says `guess` is one.");
  out.remark("`gatehouse contract check` says what it leaves open; `validate: shadow` shows what it would refuse.");
  out.text("openapi", "3.1.0").open("info").text("title", "learned").text("version", "0").close();
  std::set<std::string> ids;
  if (paths.empty()) out.raw("paths", "{}");
  else {
    out.open("paths");
    for (const auto& [path, endpoints] : paths) {
      out.open(path);
      for (const auto& endpoint : endpoints) proposals::write_operation(out, endpoint, learned.other_answers(), ids);
      out.close();
    }
    out.close();
  }
  proposals::write_components(out, learned, parts);
  proposal.yaml = std::move(out).take();
  if (!left_out.empty()) proposal.yaml += "# Came too seldom to be proposed:\n" + left_out;
  return proposal;
}

}  // namespace gatehouse::inference
