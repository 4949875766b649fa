// Any exchanges: whatever was learned from them is the same in any order and after a restart, what is proposed compiles, and each exchange that was taken in
// keeps it. A line is an exchange: method, target, status, then media type and body of the request and of the answer, between tabs.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engines/inference/proposal.hpp"
#include "engines/inference/recording.hpp"
#include "engines/inference/testing.hpp"
#include "ground/base/assert.hpp"
#include "ground/base/text.hpp"
#include "ground/http/query.hpp"

namespace {
using namespace gatehouse;
using namespace gatehouse::inference;

Content content_of(std::string_view media, std::string_view text) {
  Content content{text.empty() ? Content::Body::none : Content::Body::whole, std::string(media), std::string(text)};
  if (text == "?") content.body = Content::Body::unseen, content.text.clear();
  return content;
}

/// As the gate would have it: with a path in normal form, a query that may be, and fields without controls. Nothing: the gate would refuse it.
std::optional<Sighting> sighting_of(std::string_view line) {
  const auto parts = text::split(line, '\t');
  if (parts.size() != 7 || parts[0].empty()) return std::nullopt;
  Arena memory;
  const auto mark = std::min(parts[1].find('?'), parts[1].size());
  const auto path = http::NormalPath::parse(parts[1].substr(0, mark), memory);
  if (!path || !parts[1].starts_with('/')) return std::nullopt;
  Sighting out;
  if (mark < parts[1].size()) {
    if (!http::Query::parse(parts[1].substr(mark + 1))) return std::nullopt;
    out.query = parts[1].substr(mark + 1);
  }
  out.method = parts[0];
  out.path = path->text();
  out.status = text::parse_number<std::uint16_t>(parts[2]).value_or(200);
  for (const auto media : {parts[3], parts[5]})
    if (std::ranges::any_of(media, [](char c) { return c < ' ' || c > '~'; })) return std::nullopt;
  out.request = content_of(text::trim(parts[3]), parts[4]);
  out.answer = content_of(text::trim(parts[5]), parts[6]);
  out.caller = path->text().size();
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t exchanges_max = 300;
  std::vector<Sighting> taken;
  Learned learned;
  for (const auto line : text::split({reinterpret_cast<const char*>(data), size}, '\n')) {
    auto sighting = sighting_of(line);
    if (!sighting || taken.size() == exchanges_max) continue;
    if (learned.take(*sighting) == Taken::taken) taken.push_back(std::move(*sighting));
  }
  const auto record = Recording::write(learned);
  const auto read = Recording::read(record);
  GH_ASSERT(read && Recording::write(*read) == record);
  const auto proposal = propose(learned);
  Learned back, left, right;
  for (auto each = taken.rbegin(); each != taken.rend(); ++each) GH_ASSERT(back.take(*each) == Taken::taken);
  GH_ASSERT(propose(back).yaml == proposal.yaml);
  for (std::size_t i = 0; i < taken.size(); ++i) GH_ASSERT((i % 2 == 0 ? left : right).take(taken[i]) == Taken::taken);
  right.merge(left);
  GH_ASSERT(propose(right).yaml == proposal.yaml);
  if (proposal.operations == 0) return 0;
  const Enforced enforced(proposal.yaml);
  if (const auto faults = enforced.faults(); !faults.empty()) {
    std::fputs((proposal.yaml + faults).c_str(), stderr);
    std::abort();
  }
  for (const auto& each : taken) {
    if (each.status / 100 != 2) continue;
    if (const auto refused = enforced.refuses(each); !refused.empty()) {
      std::fputs((proposal.yaml + refused).c_str(), stderr);
      std::abort();
    }
  }
  return 0;
}
