// Bodies of values one after the other: the first byte says which kind. What is taken apart, put together again in the plainest form, is taken apart alike.
#include <cstdint>
#include <string>

#include "engines/contract/sequence.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"

namespace {
using namespace gatehouse;

void check_lines(std::string_view text) {
  const auto lines = contract::lines_of(text);
  GH_ASSERT(lines.has_value() || lines.error().starts_with("must "));
  if (!lines) return;
  std::string plain;
  for (const auto line : *lines) {
    GH_ASSERT(!line.contains('\n'));
    plain += std::string(line) + '\n';
  }
  GH_ASSERT(contract::lines_of(plain) == *lines);
}

void check_records(std::string_view text) {
  const auto records = contract::records_of(text);
  GH_ASSERT(records.has_value() || records.error().starts_with("must "));
  if (!records) return;
  std::string plain;
  for (const auto record : *records) plain += '\x1E' + std::string(record);
  GH_ASSERT(plain.empty() || contract::records_of(plain) == *records);
}

void check_events(std::string_view text) {
  const auto events = contract::events_of(text);
  GH_ASSERT(events.has_value() || events.error().starts_with("must "));
  if (!events) return;
  std::string plain;
  json::Builder once;
  once.begin_array();
  for (const auto& event : *events) {
    contract::write_event(event, once);
    if (event.event) plain += "event: " + std::string(*event.event) + '\n';
    if (event.id) plain += "id: " + std::string(*event.id) + '\n';
    if (event.retry) plain += "retry: " + std::to_string(*event.retry) + '\n';
    for (const auto line : text::split(event.data, '\n')) plain += "data: " + std::string(line) + '\n';
    plain += '\n';
  }
  once.end();
  GH_ASSERT(std::move(once).finish().has_value());
  const auto again = contract::events_of(plain);
  GH_ASSERT(again.has_value() && again->size() == events->size());
  for (std::size_t i = 0; i < events->size(); ++i) {
    const auto &a = (*events)[i], &b = (*again)[i];
    GH_ASSERT(a.data == b.data && a.event == b.event && a.id == b.id && a.retry == b.retry);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: check_lines(text); break;
    case 1: check_records(text); break;
    case 2: check_events(text); break;
  }
  return 0;
}
