// `gatehouse why`: the decision of that id in words.
#include "app/main/running/decision_answer.hpp"
#include "app/main/words/answer.hpp"
#include "app/main/words/words.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {

ExitCode run_why(const Arguments& arguments, Terminal& terminal) {
  constexpr std::string_view instance = "urn:gatehouse:decision:";  // so a problem's `instance` names it
  std::string_view id = *arguments.operand(0);
  if (id.starts_with(instance)) id.remove_prefix(instance.size());
  if (const auto parsed = read_decision_id(id); !parsed) return terminal.misuse(parsed.error());
  std::string request;
  json::Writer(request).begin_object().member("id", id).end();
  return ask_and_show(arguments, terminal, "why", request,
                      [](const json::Value& answer, const Terminal&) { return std::string(answer.string("text").value_or("")); });
}

}  // namespace gatehouse::main
