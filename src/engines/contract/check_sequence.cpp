// A body of one value after the other: each is judged by what the contract says of the items, all of them as an array by what it says of the whole.
#include "engines/contract/message_check.hpp"
#include "engines/contract/sequence.hpp"

namespace gatehouse::contract {

/// Reads, judges and gathers the items; told only so many violations, since one mistake of a sender is in each of his lines.
class SequenceJudge {
 public:
  SequenceJudge(const MediaRule& rule, const Blame& blame, http::Status syntax, Violations& out)
      : rule_(rule), blame_(blame), syntax_(syntax), out_(out) {
    whole_.begin_array();
  }

  /// False: no more of them need to be looked at.
  [[nodiscard]] bool text(std::string_view item, const json::Limits& limits) {
    const auto document = json::parse(item, limits);
    if (!document) {
      out_.add({syntax_, place(), "must be JSON: " + document.error().told, *blame_.rule});
      broken_ = true;
    } else {
      value(document->root());
    }
    ++number_;
    return !out_.cut();
  }

  [[nodiscard]] bool event(const StreamEvent& item) {
    json::Builder builder;
    write_event(item, builder);
    const auto document = std::move(builder).finish();
    if (document) value(document->root());
    ++number_;
    return !out_.cut();
  }

  void end() {
    if (!rule_.value.schema || broken_ || out_.cut()) return;
    whole_.end();
    rule_.value.judge_built(std::move(whole_), blame_, out_);
  }

 private:
  void value(const json::Value& value) {
    if (rule_.item.schema) {
      auto blame = blame_;
      blame.within = '/' + std::to_string(number_);
      rule_.item.judge(value, blame, out_);
    }
    if (rule_.value.schema && !broken_) whole_.value(value);
  }
  [[nodiscard]] std::string place() const {
    auto blame = blame_;
    blame.within = '/' + std::to_string(number_);
    return place_of(blame, {});
  }

  const MediaRule& rule_;
  const Blame& blame_;
  http::Status syntax_;
  Violations& out_;
  json::Builder whole_;
  std::size_t number_ = 0;
  bool broken_ = false;
};

void MessageCheck::check_sequence(const MediaRule& rule, const MediaType& type, std::string_view body) {
  if (!type.is_plain_utf8()) return add(kind_.media_type, "header.content-type", "must name no charset other than utf-8", rule.place);
  const auto kind = sequence_of(type);
  const auto blame = body_blame(rule);
  SequenceJudge judge(rule, blame, kind_.syntax, out_);
  if (kind == Sequence::events) {
    const auto events = events_of(body);
    if (!events) return add(kind_.syntax, "body", events.error(), rule.place);
    for (const auto& event : *events)
      if (!judge.event(event)) return;
  } else {
    if (body.size() > options_.json.bytes)
      return add(kind_.syntax, "body", "must have at most " + std::to_string(options_.json.bytes) + " bytes", rule.place);
    const auto texts = kind == Sequence::lines ? lines_of(body) : records_of(body);
    if (!texts) return add(kind_.syntax, "body", texts.error(), rule.place);
    for (const auto text : *texts)
      if (!judge.text(text, options_.json)) return;
  }
  judge.end();
}

}  // namespace gatehouse::contract
