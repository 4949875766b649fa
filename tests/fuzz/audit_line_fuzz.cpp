// A record whose every text a client chose: the line stays one line of valid JSON, within its bound, with no key or token in it; the
// strict reader agrees; and what `why` keeps of it is masked too.
#include <array>
#include <cstdlib>

#include "ground/base/text.hpp"
#include "ground/json/document.hpp"
#include "services/audit/explain.hpp"
#include "services/audit/json_line.hpp"
#include "services/audit/mask.hpp"

using namespace gatehouse;
using namespace gatehouse::audit;

namespace {
void must(bool truth) {
  if (!truth) std::abort();
}

bool shows_credential(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (credential_length(text.substr(i)) != 0) return true;
  return false;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Record record;
  record.stage = record.rule = record.facts = record.principal = record.key_id = record.route = record.method = record.host = record.path =
      record.query = record.user_agent = input;
  std::array<char, line_bytes_max> room;
  const std::string_view line(room.data(), write_line(record, room));
  must(line.find('\n') == line.size() - 1);
  must(text::is_utf8(line));
  const auto document = json::parse(line, {});
  must(document.has_value());
  for (const auto [name, value] : document->root().members())
    if (const auto text = value.string()) must(!shows_credential(*text));

  std::array<char, 4096> whole, again;
  const std::string_view once(
      whole.data(), static_cast<std::size_t>(write_escaped(input.substr(0, 300), whole.data(), whole.data() + whole.size()) - whole.data()));
  const auto read = json::parse("\"" + std::string(once) + "\"", {});
  must(read.has_value());
  // What was escaped once, read back and escaped again is the same: nothing is lost or added by the second time.
  const std::string_view twice(
      again.data(), static_cast<std::size_t>(write_escaped(*read->root().string(), again.data(), again.data() + again.size()) - again.data()));
  must(once == twice || once.find("\\ufffd") != once.npos);

  Decision decision;
  decision.stage = decision.rule = decision.facts = decision.principal = decision.key_id = decision.route = decision.method = decision.path = input;
  must(json::parse(explain_json(decision), {.bytes = 1U << 26U}).has_value());
  must(text::is_utf8(explain(decision)));
  return 0;
}
