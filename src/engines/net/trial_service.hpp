// For tests: a service whose exchangers do what the target of the request says, and abort the process when a codec breaks the contract of
// stream.hpp (a call after the end, two ends, a body before it was asked for).
//
//   /now     answers at once, body unread          /echo    reads the body, answers with it        /hold   waits for release()
//   /big     answers 1 MiB, as fast as it is taken /chunks  answers in pieces of no stated length  /break  begins an answer and aborts
//   /no      is refused
//   /out     is refused to whoever may not ask at all
//   /feed    begins an answer, and sends more of it at feed()
//   /sums    answers in pieces, with fields behind the last one; /sums-alone: which is empty; /sums-length: of a stated length; those that end in -late: at release()
//   /slow    asks for the body, then pauses it for good
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engines/net/stream.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net {

class TrialExchanger final : public Exchanger {
 public:
  static constexpr std::size_t big_bytes = 1024 * 1024;
  explicit TrialExchanger(Stream& stream) : opened(stream.begun()), stream_(&stream) {}

  Arena& arena() noexcept override { return arena_; }
  http::RequestHead& head() noexcept override { return head_; }

  void request(bool body_follows) override {
    GH_ASSERT(!ended && !begun_);
    begun_ = true;
    body_due_ = body_follows;
    const auto target = head_.target;
    if (target == "/now") return answer(200, "now");
    if (target == "/no") {
      responded_ = answering_ = true;
      stream_->respond({.status = 403, .fields = {}, .length = 2, .refusal = true}, "no", true);
      return end();
    }
    if (target == "/out") {
      responded_ = answering_ = true;
      stream_->respond({.status = 403, .fields = {}, .length = 3, .shut_out = true}, "out", true);
      return end();
    }
    if (target == "/big") return more();
    if (target == "/break") {
      stream_->respond({.status = 200, .fields = {}, .length = 1000}, "part", false);
      if (!ended) stream_->abort();
      return end();
    }
    if (target == "/chunks") {
      stream_->respond({.status = 200, .fields = {}, .length = {}}, "one ", false);
      if (!ended) stream_->send("two ", false);
      if (!ended) stream_->send("three", true);
      return end();
    }
    if (target.starts_with("/sums")) {
      responded_ = true;
      stream_->respond({.status = 200, .fields = {}, .length = target == "/sums-length" ? std::optional<std::uint64_t>(7) : std::nullopt}, "one ",
                       false);
      if (!target.ends_with("-late")) finish();
      return;
    }
    if (target == "/feed") {
      responded_ = true;
      return stream_->respond({.status = 200, .fields = {}, .length = {}}, "event ", false);
    }
    if (target == "/hold" || target == "/late") return;
    if (!body_follows) return answer(200, "empty");
    asked_ = true;
    stream_->resume_body();
    if (!ended && target == "/slow") stream_->pause_body();
  }
  void malformed(http::Problem problem) override {
    GH_ASSERT(!ended && !begun_);
    rule = problem.rule.view();
    facts = problem.facts;
    answer(problem.status(), "malformed");
  }
  void request_body(std::string_view piece, bool last) override {
    GH_ASSERT(!ended && asked_ && body_due_);
    body_due_ = !last;
    ++pieces;
    if (body.size() < 4 * big_bytes) body += piece;
    if (last) answer(200, body);
  }
  void request_broken(http::Problem problem) override {
    GH_ASSERT(!ended && begun_ && body_due_);
    rule = problem.rule.view();
    if (responded_) {
      stream_->abort();
      return end();
    }
    answer(problem.status(), "broken");
  }
  void rejected(http::Problem problem) override {
    GH_ASSERT(!ended);
    rule = problem.rule.view();
    facts = problem.facts;
    end();
  }
  void drained() override {
    GH_ASSERT(!ended);
    ++drains;
    more();
  }
  void gone(Gone why) override {
    GH_ASSERT(!ended);
    left = true;
    gone_why = why;
    if (!answering_) end();
    ended = true;
  }

  /// What a waiting exchanger does when the test says so: answer, or ask for the body.
  void release() {
    if (!ended && head_.target.starts_with("/sums") && head_.target.ends_with("-late")) return finish();
    if (!ended && begun_ && !responded_) answer(200, "held");
  }
  void feed() {
    if (!ended && responded_) stream_->send("event ", false);
  }
  void ask() {
    if (ended || !body_due_ || responded_) return;
    asked_ = true;
    stream_->resume_body();
  }

  const Ticks opened;  ///< when the request began, as the stream says it
  bool ended = false, left = false;
  Gone gone_why = Gone::left;
  int drains = 0, pieces = 0;
  std::size_t sent = 0;
  std::string body, rule, facts;

 private:
  void finish() {
    answering_ = true;
    const std::string sum = "7";  // gone when this returns
    const http::Field trailers[] = {{"x-checksum", sum, http::HeaderId::unknown}, {"etag", "\"e\"", http::HeaderId::etag}};
    if (!ended) stream_->finish(head_.target.starts_with("/sums-alone") ? "" : "two", trailers);
    end();
  }
  void answer(http::Status status, std::string_view text) {
    const bool head_only = head_.method == http::Method::head;
    responded_ = answering_ = true;
    stream_->respond({.status = status, .fields = {}, .length = text.size(), .bodiless = head_only}, head_only ? std::string_view{} : text, true);
    end();
  }
  void more() {
    if (head_.target == "/feed" || head_.target.starts_with("/sums")) return;
    static const std::string piece(16 * 1024, 'b');
    while (!ended && sent < big_bytes) {
      sent += piece.size();
      const bool last = sent == big_bytes;
      if (!std::exchange(responded_, true)) stream_->respond({.status = 200, .fields = {}, .length = big_bytes}, piece, last);
      else stream_->send(piece, last);
      if (last) return end();
      if (!ended && stream_->congested()) return;
    }
  }
  void end() { ended = true; }

  Stream* stream_;
  Arena arena_;
  http::RequestHead head_{arena_};
  bool begun_ = false, asked_ = false, body_due_ = false, responded_ = false, answering_ = false;
};

class TrialService final : public Service {
 public:
  std::unique_ptr<Admission> admit(const Peer&) override { return std::make_unique<Admission>(); }
  Exchanger* open(Stream& stream) override {
    exchangers.push_back(std::make_unique<TrialExchanger>(stream));
    return exchangers.back().get();
  }
  void misbehaved(const Peer&, std::string_view what) override { faults.emplace_back(what); }
  void cut_off() override { ++cuts; }
  [[nodiscard]] bool all_ended() const {
    return std::ranges::all_of(exchangers, [](const auto& one) { return one->ended; });
  }

  std::vector<std::unique_ptr<TrialExchanger>> exchangers;
  std::vector<std::string> faults;
  int cuts = 0;
};

}  // namespace gatehouse::net
