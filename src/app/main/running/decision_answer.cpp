#include "app/main/running/decision_answer.hpp"

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "services/audit/explain.hpp"

namespace gatehouse::main {

Result<audit::DecisionId> read_decision_id(std::string_view text) {
  if (const auto id = audit::DecisionId::parse(text)) return *id;
  return refuse(Fault::invalid, fmt::format("'{}' is no decision id; a refusal carries its id in the header Gatehouse-Decision", text));
}

Result<std::string> decision_answer(const audit::Decisions& decisions, std::string_view id) {
  const auto decision = decisions.find(TRY(read_decision_id(id)));
  if (!decision) return refuse(Fault::not_found, fmt::format("decision {} is not among those that are kept", id));
  std::string out;
  json::Writer(out).begin_object().member("text", audit::explain(*decision)).key("decision").raw(audit::explain_json(*decision)).end();
  return out;
}

}  // namespace gatehouse::main
