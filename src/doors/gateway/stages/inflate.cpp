#include "doors/gateway/stages/inflate.hpp"

#include "doors/gateway/exchange.hpp"
#include "ground/base/text.hpp"
#include "ground/coding/inflate.hpp"

namespace gatehouse::gateway {

namespace inflating {
namespace {
/// Nothing: it has none, or one that is not undone here, or several.
std::optional<coding::Coding> coding_of(const http::Headers& headers) {
  const auto field = headers.get(http::HeaderId::content_encoding);
  return field && headers.count(http::HeaderId::content_encoding) == 1 ? coding::coding_named(*field) : std::nullopt;
}

/// It has no end that one could wait for.
bool is_endless(const http::Headers& headers) {
  constexpr std::string_view events = "text/event-stream";
  const auto type = headers.get(http::HeaderId::content_type).value_or("");
  return text::equal_ignoring_case(type.substr(0, events.size()), events);
}
}  // namespace
}  // namespace inflating

Verdict InflateStage::request(Exchange& /*exchange*/) const { return Verdict::pass(); }

Verdict InflateStage::response(Exchange& exchange) const {
  const auto& headers = exchange.answer().headers;
  const auto coding = inflating::coding_of(headers);
  if (!coding || inflating::is_endless(headers) || exchange.answer_too_large()) return Verdict::pass();
  if (!exchange.answer_has_body()) {
    exchange.inflated_answer(std::nullopt);
    return Verdict::pass();
  }
  const auto most = exchange.route().options.answer_bytes_max;
  const auto body = exchange.answer_body();
  if (!body) return Verdict::body(most);
  // Of a few bytes some megabytes may come.
  return Verdict::wait_reading([coding = *coding, body = *body, most]() -> Resume {
    auto plain = coding::inflate(coding, body, {.bytes = static_cast<std::size_t>(most)});
    return [plain = plain ? std::optional(std::move(*plain)) : std::nullopt](Exchange* back) mutable {
      if (plain) back->inflated_answer(std::move(plain));
      return Verdict::pass();
    };
  });
}

}  // namespace gatehouse::gateway
