#include "app/main/running/learned_answer.hpp"

#include <array>

#include "app/main/admin/asked.hpp"
#include "engines/inference/comparison.hpp"
#include "engines/inference/proposal.hpp"
#include "engines/inference/recording.hpp"
#include "ground/base/file.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::main {
namespace {

constexpr std::size_t described_max = 20'000, described_segments_max = 256;

Result<std::vector<inference::Described>> read_described(const json::Value& list) {
  const auto no_list = [] { return wrong("against", "a list of operations"); };
  if (!list.is_array() || list.size() > described_max) return no_list();
  std::vector<inference::Described> all;
  for (const auto item : list.elements()) {
    const auto method = item.string("method"), path = item.string("path");
    const auto segments = item.is_object() ? item.get("segments") : std::nullopt;
    if (!method || !path || !segments || !segments->is_array() || segments->size() > described_segments_max) return no_list();
    inference::Described described{std::string(*method), {}, std::string(*path)};
    for (const auto segment : segments->elements()) {
      const auto text = segment.string();
      if (!text && !segment.is_null()) return no_list();
      described.segments.push_back(text ? std::optional<std::string>(*text) : std::nullopt);
    }
    all.push_back(std::move(described));
  }
  return all;
}

void write_difference(json::Writer& writer, const inference::Difference& difference) {
  writer.key("shadow").begin_array();
  for (const auto& endpoint : difference.shadow) {
    writer.begin_object().member("method", endpoint.method).member("path", endpoint.path()).member("seen", endpoint.seen.seen);
    writer.member("last", unix_seconds(endpoint.seen.last)).key("statuses").begin_array();
    for (const auto& [status, answer] : endpoint.seen.answers) writer.value(status);
    writer.end().end();
  }
  writer.end().key("zombie").begin_array();
  for (const auto& described : difference.zombie) writer.begin_object().member("method", described.method).member("path", described.shown).end();
  writer.end();
}

}  // namespace

Result<std::string> learned_answer(const inference::Learned& learned, const json::Value& arguments) {
  CHECK_OK(take_only(arguments, {"min_seen", "against"}));
  inference::ProposalOptions options;
  if (const auto seen = arguments.get("min_seen")) {
    options.seen_min = seen->natural().value_or(0);
    if (options.seen_min == 0) return wrong("min_seen", "a number, at least 1");
  }
  const auto proposal = inference::propose(learned, options);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  if (const auto since = learned.since()) writer.member("since", unix_seconds(*since));
  constexpr std::array<std::string_view, inference::taken_count> names{"taken", "no_teacher", "undescribable", "unreadable", "full"};
  writer.key("counts").begin_object();
  for (std::size_t i = 0; i < names.size(); ++i) writer.member(names[i], learned.count(static_cast<inference::Taken>(i)));
  writer.end().member("operations", proposal.operations).member("left_out", proposal.left_out);
  if (const auto against = arguments.get("against")) {
    const auto described = TRY(read_described(*against));
    write_difference(writer, inference::compare(learned, described));
  }
  writer.member("document", proposal.yaml).end();
  return out;
}

Result<inference::Learned> read_learned(const std::string& file) {
  const auto text = read_file(file, inference::Recording::bytes_max);
  if (!text && text.error().fault == Fault::not_found)
    return refuse(Fault::not_found, "nothing was learned here: no server runs on this data directory, and none has watched traffic (`learn`)");
  if (!text) return text.error();
  return inference::Recording::read(*text);
}

}  // namespace gatehouse::main
