#include "engines/review/audit.hpp"

#include <algorithm>
#include <set>

#include "engines/contract/json_pointer.hpp"
#include "engines/review/names.hpp"
#include "engines/review/schema_audit.hpp"
#include "engines/review/security_audit.hpp"
#include "ground/base/text.hpp"

namespace gatehouse::review {

using contract::In, contract::Node;

class ContractAudit {
 public:
  ContractAudit(const contract::Contract& contract, contract::Reading& reading)
      : contract_(contract), reading_(reading), schemas_(reading.sources, reading.description.version, findings_) {}

  Report run() {
    look_at_remarks();
    audit_security(reading_, findings_);
    for (std::size_t i = 0; i < operations().size(); ++i) look_at(operations()[i], contract_.operations()[i]);
    Report out;
    for (std::size_t i = 0; i < operations().size(); ++i) cover(operations()[i], contract_.operations()[i], out.coverage);
    out.counts = findings_.counts();
    out.findings = std::move(findings_).sorted();
    return out;
  }

 private:
  [[nodiscard]] const std::vector<contract::Operation>& operations() const noexcept { return reading_.description.operations; }
  static std::string name_of(const contract::Operation& operation) { return operation.method_token + ' ' + operation.path; }

  void look_at_remarks() {
    const auto& remarks = reading_.complaints.all();
    for (std::size_t i = 0; i < reading_.remarks && i < remarks.size(); ++i)
      if (remarks[i].pointer != "/webhooks")
        findings_.add(RuleId::document_remark, {remarks[i].file, remarks[i].line, remarks[i].pointer}, remarks[i].what);
    for (const auto& notice : reading_.notices) {
      const Place place{notice.source->path(), notice.source->line_at(notice.pointer), notice.pointer};
      findings_.add(rule_of(notice.kind), place, notice.text);
      schemas_.mark(notice);
    }
    const auto root = reading_.root->root();
    if (const auto webhooks = root.get("webhooks"); webhooks && reading_.description.webhooks > 0)
      findings_.add(RuleId::unseen_webhooks, {reading_.root, *webhooks, "/webhooks"}, std::to_string(reading_.description.webhooks) + " webhooks");
  }

  static RuleId rule_of(schema::Notice::Kind kind) noexcept {
    switch (kind) {
      case schema::Notice::Kind::backtracking_pattern: return RuleId::backtracking_pattern;
      case schema::Notice::Kind::unknown_format: return RuleId::unknown_format;
      case schema::Notice::Kind::foreign_keyword: return RuleId::foreign_keyword;
      case schema::Notice::Kind::idle_discriminator: return RuleId::idle_discriminator;
    }
    return RuleId::document_remark;
  }

  void look_at(const contract::Operation& operation, const contract::OperationRules& rules) {
    const auto name = name_of(operation);
    if (operation.method == http::Method::trace) findings_.add(RuleId::trace_method, operation.at, name);
    if (const auto deprecated = operation.at.value.get("deprecated"); deprecated && deprecated->boolean() == true)
      findings_.add(RuleId::deprecated_operation, operation.at, name);
    if (const auto callbacks = operation.at.value.get("callbacks"); callbacks && callbacks->size() > 0)
      findings_.add(RuleId::unseen_callbacks, operation.at.child("callbacks", *callbacks), name);
    for (const auto& parameter : operation.parameters) look_at(parameter, name);
    if (operation.body && rules.body()) look_at(*operation.body, operation, *rules.body());
    for (std::size_t i = 0; i < operation.responses.size(); ++i) look_at(operation.responses[i], name, rules.responses()[i]);
    look_at_statuses(operation);
  }

  void look_at(const contract::Parameter& parameter, const std::string& operation) {
    const auto label = "the " + std::string(to_text(parameter.in)) + " parameter '" + parameter.name + "'";
    const bool in_url = parameter.in == In::path || parameter.in == In::query;
    if (in_url && is_credential_name(parameter.name)) findings_.add(RuleId::credential_in_url, parameter.at, label + " of " + operation);
    const auto& schema = parameter.content ? parameter.content->schema : parameter.schema;
    if (!schema) return;
    schemas_.look_at(*schema, Use::request, label, false);
    if (parameter.in != In::path || !is_identifier_name(parameter.name)) return;
    const auto view = SchemaViewer(reading_.sources, reading_.description.version).view({*schema});
    if (view.type && view.kinds.has_number() && !view.kinds.has(contract::Kinds::string))
      findings_.add(RuleId::sequential_id, parameter.at, label + " of " + operation);
  }

  void look_at(const contract::RequestBody& body, const contract::Operation& operation, const contract::BodyRule& rule) {
    using http::Method;
    const auto name = name_of(operation);
    if (operation.method == Method::get || operation.method == Method::head || operation.method == Method::delete_)
      findings_.add(RuleId::body_on_read, body.at, name);
    for (std::size_t i = 0; i < body.content.size(); ++i) {
      const auto& media = body.content[i];
      const auto label = "the " + written(media.range) + " body of " + name;
      if (media.range.subtype == "*") findings_.add(RuleId::any_media_type, media.at, label);
      if (media.schema && !rule.media[i].judged) findings_.add(RuleId::unjudged_body, media.at, label);
      if (media.schema) schemas_.look_at(*media.schema, Use::request, label, true);
      else if (!media.item_schema) findings_.add(RuleId::undescribed_body, media.at, label);
      if (media.item_schema) schemas_.look_at(*media.item_schema, Use::request, "an item of " + label, true);
    }
  }

  void look_at(const contract::Response& response, const std::string& operation, const contract::ResponseRule& rule) {
    const auto name = response.status + " of " + operation;
    if (const auto links = response.at.value.get("links"); links && links->size() > 0)
      findings_.add(RuleId::unseen_links, response.at.child("links", *links), name);
    for (const auto& header : response.headers) {
      const auto& schema = header.content ? header.content->schema : header.schema;
      if (schema) schemas_.look_at(*schema, Use::answer, "the header '" + header.name + "'", false);
    }
    for (std::size_t i = 0; i < response.content.size(); ++i) {
      const auto& media = response.content[i];
      const auto label = "the " + written(media.range) + " answer " + name;
      if (media.schema && !rule.media[i].judged) findings_.add(RuleId::unjudged_answer, media.at, label);
      if (media.schema) schemas_.look_at(*media.schema, Use::answer, label, true);
      else if (!media.item_schema) findings_.add(RuleId::undescribed_answer, media.at, label);
      if (media.item_schema) schemas_.look_at(*media.item_schema, Use::answer, "an item of " + label, true);
    }
  }

  void look_at_statuses(const contract::Operation& operation) {
    const auto describes = [&](std::initializer_list<std::string_view> statuses) {
      return std::ranges::any_of(operation.responses, [&](const contract::Response& response) {
        return response.status == "default" || std::ranges::find(statuses, response.status) != statuses.end();
      });
    };
    const auto succeeds = [](const contract::Response& response) {
      return response.status == "default" || response.status.starts_with('1') || response.status.starts_with('2') || response.status.starts_with('3');
    };
    const auto name = name_of(operation);
    const bool takes = !operation.parameters.empty() || operation.body;
    if (std::ranges::none_of(operation.responses, succeeds)) findings_.add(RuleId::no_success_answer, operation.at, name);
    if (takes && !describes({"400", "422", "4XX"})) findings_.add(RuleId::missing_400, operation.at, name);
    if (!operation.security.empty() && !describes({"401", "4XX"})) findings_.add(RuleId::missing_401, operation.at, name);
    if (!operation.security.empty() && !describes({"403", "4XX"})) findings_.add(RuleId::missing_403, operation.at, name);
    if (!describes({"429", "4XX"})) findings_.add(RuleId::missing_429, operation.at, name);
  }

  static std::string written(const contract::MediaType& type) { return type.type + '/' + type.subtype; }

  enum class Cover : std::uint8_t { whole, part, none };
  Cover of_schema(const std::optional<Node>& schema) {
    if (!schema || schemas_.says_nothing(*schema)) return Cover::none;
    return schemas_.has_gaps(*schema) ? Cover::part : Cover::whole;
  }

  void cover(const contract::Operation& operation, const contract::OperationRules& rules, Coverage& out) {
    std::vector<Cover> all;
    const auto count = [&](Coverage::Count& where, Cover cover) {
      all.push_back(cover);
      add(where, cover);
    };
    for (const auto& parameter : operation.parameters)
      count(out.parameters, of_schema(parameter.content ? parameter.content->schema : parameter.schema));
    if (operation.body && rules.body())
      for (std::size_t i = 0; i < operation.body->content.size(); ++i) {
        const auto& media = operation.body->content[i];
        count(out.bodies, rules.body()->media[i].judged ? of_schema(media.schema) : Cover::none);
      }
    for (std::size_t i = 0; i < operation.responses.size(); ++i) {
      const auto& response = operation.responses[i];
      if (response.content.empty()) count(out.answers, Cover::whole);
      for (std::size_t k = 0; k < response.content.size(); ++k)
        count(out.answers, rules.responses()[i].media[k].judged ? of_schema(response.content[k].schema) : Cover::none);
    }
    const bool whole = std::ranges::all_of(all, [](Cover one) { return one == Cover::whole; });
    const bool none = !all.empty() && std::ranges::all_of(all, [](Cover one) { return one == Cover::none; });
    add(out.operations, whole ? Cover::whole : none ? Cover::none : Cover::part);
  }

  static void add(Coverage::Count& where, Cover cover) noexcept {
    switch (cover) {
      case Cover::whole: ++where.whole; return;
      case Cover::part: ++where.part; return;
      case Cover::none: ++where.none; return;
    }
  }

  const contract::Contract& contract_;
  contract::Reading& reading_;
  Findings findings_;
  SchemaAudit schemas_;
};

std::size_t Report::at_least(Severity severity) const noexcept {
  std::size_t out = 0;
  for (std::size_t i = 0; i < rule_count; ++i)
    if (rule(static_cast<RuleId>(i)).severity >= severity) out += counts[i];
  return out;
}

Report audit(const contract::Contract& contract, contract::Reading& reading) { return ContractAudit(contract, reading).run(); }

}  // namespace gatehouse::review
