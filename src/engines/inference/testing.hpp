// For tests: what was proposed, compiled as a gate would, and the traffic that it came from held to it.
#pragma once
#include <string>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "engines/inference/sighting.hpp"
#include "ground/http/path.hpp"

namespace gatehouse::inference {

class Enforced {
 public:
  explicit Enforced(std::string yaml) : files_(std::move(yaml)), contract_(contract::compile("api.yaml", files_)) {}
  /// Why it does not compile; empty: it does.
  [[nodiscard]] std::string faults() const {
    std::string out;
    if (!contract_)
      for (const auto& complaint : contract_.error().all()) out += to_text(complaint) + '\n';
    return out;
  }
  /// What of an exchange does not keep it; empty: all does.
  [[nodiscard]] std::string refuses(const Sighting& sighting) const {
    Arena memory;
    const auto path = http::NormalPath::parse(sighting.path, memory).value();
    const auto* const operation = find(sighting.method, path.segments());
    if (operation == nullptr) return "no operation: " + sighting.method + ' ' + sighting.path;
    http::Headers asked(memory), answered(memory);
    if (!sighting.request.media.empty()) asked.add(http::HeaderId::content_type, sighting.request.media);
    if (!sighting.answer.media.empty()) answered.add(http::HeaderId::content_type, sighting.answer.media);
    std::optional<std::string_view> body, answer;
    if (sighting.request.body == Content::Body::whole) body = sighting.request.text;
    if (sighting.answer.body == Content::Body::whole) answer = sighting.answer.text;
    // What nobody has read is only known by its type; multipart and XML a gate reads, whatever their schema.
    const auto opaque = [](const Content& content) {
      const auto type = contract::MediaType::parse(content.media);
      return content.body == Content::Body::unseen || (type && (type->type == "multipart" || type->is_xml()));
    };
    if (opaque(sighting.answer)) answer.reset();
    const bool unread = opaque(sighting.request);
    if (unread) body = "x";
    auto out = told(operation->check_request({.segments = path.segments(), .query = sighting.query, .headers = asked, .cookies = {}, .body = body},
                                             memory, {.json = {.bytes = 1U << 20U}}),
                    unread);
    const json::Limits wide{.bytes = 1U << 20U, .depth = 63, .members = 1U << 20U, .string_bytes = 1U << 20U, .wide_integers = true};
    const bool typed = sighting.answer.body != Content::Body::none || sighting.method == "HEAD";
    out += told(operation->check_response({.status = sighting.status, .headers = answered, .body = answer, .typed = typed}, memory, {.json = wide}));
    return out;
  }

 private:
  static std::string told(const contract::Violations& violations, bool without_body = false) {
    std::string out;
    for (const auto& each : violations.all())
      if (!without_body || !each.where.starts_with("body")) out += each.where + ' ' + each.expected + " (" + each.rule + ")\n";
    return out;
  }
  /// Of all that fit the one that names most: what is written out goes before what is a variable, segment by segment.
  [[nodiscard]] const contract::OperationRules* find(std::string_view method, std::span<const std::string_view> segments) const {
    const contract::OperationRules* best = nullptr;
    std::string best_rank;
    for (const auto& operation : contract_->operations()) {
      std::vector<std::string_view> values(operation.path_template().names().size());
      if (operation.method_token() != method || !operation.path_template().match(segments, values)) continue;
      std::string rank;
      for (const auto& segment : operation.path_template().segments()) rank += segment.is_literal() ? '1' : '0';
      if (best == nullptr || rank > best_rank) best = &operation, best_rank = rank;
    }
    return best;
  }

  contract::TextFiles files_;
  std::expected<contract::Contract, contract::Complaints> contract_;
};

}  // namespace gatehouse::inference
