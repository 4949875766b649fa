#include "app/main/running/shadow_answer.hpp"

#include "ground/json/writer.hpp"

namespace gatehouse::main {

std::string shadow_answer(const audit::Shadow& shadow) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("rows").begin_array();
  for (const auto& row : shadow.rows()) {
    writer.begin_object().member("route", row.route).member("direction", row.answer ? "answer" : "request").member("status", row.status);
    writer.member("in", row.in).member("at", row.at).member("detail", row.detail).member("contract", row.contract);
    writer.member("times", row.times).member("first", unix_seconds(row.first)).member("last", unix_seconds(row.last)).end();
  }
  writer.end().member("others", shadow.others()).end();
  return out;
}

}  // namespace gatehouse::main
