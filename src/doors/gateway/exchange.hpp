// One request and its answer on their way through the gate: between a Stream on the client's side and a ClientConnection on
// the upstream's. Pooled by its worker; all memory of the request is in its arena.
//
//   opened -> staged <-> parked (pool, timer) -> forwarding -> weighing -> answering -> ended
//                    <-> collecting (the body)                 (the stages judge the answer)
//      \-- malformed, refused, answered by the gate -----------------------------------^
//
// Invariant: ended exactly once, whatever happened, by end(): there the audit record is written and everything is released.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doors/gateway/answer_filter.hpp"
#include "doors/gateway/held_body.hpp"
#include "doors/gateway/principal.hpp"
#include "doors/gateway/snapshot.hpp"
#include "doors/gateway/verdict.hpp"
#include "engines/net/buffered.hpp"
#include "engines/net/client_connection.hpp"
#include "engines/net/stream.hpp"
#include "ground/async/loop.hpp"
#include "ground/http/canonical.hpp"
#include "services/audit/record.hpp"
#include "services/learning/pending.hpp"
#include "services/limits/delays.hpp"
#include "services/limits/permits.hpp"
#include "services/limits/rate_limit_headers.hpp"

namespace gatehouse::gateway {

class Worker;
struct LocalSnapshot;

class Exchange final : public net::Exchanger, public net::ClientListener {
 public:
  explicit Exchange(Worker& worker);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // For stages.
  // NOLINTNEXTLINE(bugprone-unchecked-optional-access): no stage runs before the request is in canonical form; libstdc++ asserts it
  [[nodiscard]] const http::Request& request() const noexcept { return *request_; }
  [[nodiscard]] const Route& route() const noexcept { return *route_; }
  [[nodiscard]] const Snapshot& snapshot() const noexcept;
  [[nodiscard]] Worker& worker() noexcept { return worker_; }
  /// The keys of an issuer of this snapshot that are in force now.
  [[nodiscard]] std::shared_ptr<const token::KeySet> keys_of(const Issuer& issuer);
  [[nodiscard]] Instant now() const noexcept;
  [[nodiscard]] Ticks ticks() const noexcept;
  [[nodiscard]] const audit::DecisionId& decision() const noexcept { return id_; }
  [[nodiscard]] Arena& memory() noexcept { return arena_; }
  /// Which of route().stages is asked at present.
  [[nodiscard]] std::size_t stage() const noexcept { return stage_; }
  /// How a refusal names a setting of the route.
  [[nodiscard]] http::Words rule_of_route(std::string_view setting);
  /// Set by the authenticate stage; anew, if the request has waited (Stage::asked_again).
  Principal principal;
  /// The keys in force when this request was authenticated; keeps `principal` alive. Set by the authenticate stage.
  std::shared_ptr<const keys::KeyRing> ring;
  /// What the principal's token says, if it has one; keeps the texts of `principal` alive.
  std::optional<token::VerifiedClaims> claims;
  /// Set once, by the meter stage and the ration stage; given back when the exchange ends.
  struct OwnPlaces {
    limits::Permit address, key, subject, plan;
  } own_places;
  limits::Permit route_permit;
  limits::Delays::Place delay_place;
  /// What the rates said: told in the answer, whatever it is.
  limits::Readings readings;
  /// What the ration stage has counted against a key, and when. It knows the key itself: by the time it is given back the principal may be nobody any more.
  struct QuotaTaken {
    keys::KeyLive* key;
    Instant at;
  };
  std::optional<QuotaTaken> quota_taken;
  /// That quota, of its day or its month whichever is nearer to its end: told in the answer when no rate is nearer.
  std::optional<limits::QuotaReading> quota;
  /// The signed identity for the upstream; set by the identity stage.
  std::string_view identity;
  /// The whole body of the request, empty if it has none. Nothing: it has not come yet; Verdict::body() waits for it.
  [[nodiscard]] std::optional<std::string_view> body() const noexcept { return body_complete_ ? std::optional(held_body_.text()) : std::nullopt; }
  /// A stage that only watches (shadow) would have refused for this: the request goes on, and there is a line of audit. The first one is kept.
  void would_refuse(const http::Problem& problem, std::string_view stage);
  /// A stage has changed the answer, or seen in it what no answer should show: there is a line of audit. Said again by the same stage, it is told in place of what that has
  /// said before.
  struct Finding {
    bool changed = true;
    bool leaks = false;
  };
  void has_found(const http::Words& rule, const http::Words& facts, std::string_view stage, Finding finding);

  // For stages on the way back.
  [[nodiscard]] const http::ResponseHead& answer() const noexcept { return answer_head_; }
  /// There is none where the method or the status has none (RFC 9110 section 6.4.1), or its length is told as 0.
  [[nodiscard]] bool answer_has_body() const noexcept;
  /// The whole body, as it is now. Nothing: it was not asked for, or is not to be had whole; Verdict::body() waits for it.
  [[nodiscard]] std::optional<std::string_view> answer_body() const noexcept {
    return held_whole_ ? std::optional<std::string_view>(held_answer_) : std::nullopt;
  }
  /// The body has more bytes than this stage has asked for. Passed, it leaves as it comes.
  [[nodiscard]] bool answer_too_large() const noexcept { return too_large_; }
  /// The answer leaves with this body. Only where answer_body() has one.
  void replace_answer_body(std::string body);
  /// The coding of the answer's body was undone: it leaves with this body and without `Content-Encoding`. Nothing: it has no body, and only what is said of one changes.
  void inflated_answer(std::optional<std::string> body);
  /// Each piece of the body goes through this filter on its way out, behind those that were put on before.
  void filter_answer(std::unique_ptr<AnswerFilter> filter);

  // net::Exchanger
  [[nodiscard]] Arena& arena() noexcept override { return arena_; }
  [[nodiscard]] http::RequestHead& head() noexcept override { return head_; }
  void request(bool body_follows) override;
  void malformed(http::Problem problem) override;
  void request_body(std::string_view piece, bool last) override;
  void request_broken(http::Problem problem) override;
  void rejected(http::Problem problem) override;
  void drained() override;
  void gone(net::Gone why) override;

  // net::ClientListener
  [[nodiscard]] Arena& answer_arena() noexcept override { return arena_; }
  [[nodiscard]] http::ResponseHead& answer_head() noexcept override { return answer_head_; }
  void answer(std::string_view piece, bool last) override;
  void interim_answer() override;
  void answer_body(std::string_view piece, bool last) override;
  void upstream_drained() override;
  void upstream_failed(net::ClientFailure failure) override;

 private:
  friend class Worker;
  friend class ExchangePool;
  enum class State : std::uint8_t { idle, staged, parked, collecting, forwarding, weighing, answering };

  void open(net::Stream& stream, LocalSnapshot& snapshot);
  void begin();
  [[nodiscard]] std::optional<http::Problem> refuse_origin();
  [[nodiscard]] Verdict judge_head();
  [[nodiscard]] Verdict make_canonical();
  [[nodiscard]] Verdict admit();
  [[nodiscard]] Verdict answer_itself();
  [[nodiscard]] Verdict find_route();
  [[nodiscard]] Verdict keep_keys_out_of_urls();
  [[nodiscard]] Verdict fit_route();
  [[nodiscard]] http::Problem body_too_large();
  void advance();
  void go_on();
  void go_on_with(std::string_view piece);
  void take(Verdict verdict, std::string_view stage);
  void park(Verdict::Wait waiting, std::string_view stage);
  void collect_body();
  void keep(std::string_view piece);
  void refuse(http::Problem problem, std::string_view stage);
  void count_refusal(http::ProblemKind kind) noexcept;
  void answer_here(const Answer& answer, std::string_view stage);
  void forward();
  void connect(std::string_view piece, bool last);
  void connect_again(std::string unsent);
  [[nodiscard]] bool take_connection();
  void write_upstream_head(net::http1::HeadWriter& out) const;
  [[nodiscard]] bool chunked_upstream() const noexcept;
  [[nodiscard]] bool ends_connection() const noexcept;
  [[nodiscard]] net::ClientRequest client_request() const noexcept;
  [[nodiscard]] std::string_view upstream_trailers(bool last);
  [[nodiscard]] const limits::QuotaReading* told_quota() const noexcept;
  void add_gate_fields();
  void collect_answer_fields();
  void keep_answer_apart();
  [[nodiscard]] bool hands_on_trailer(std::string_view name) const noexcept;
  [[nodiscard]] bool trailers_can_follow() const noexcept;
  void announce_trailers();
  void finish_answer(std::string_view piece);
  void judge_answer();
  void take_back(Verdict verdict, std::string_view stage);
  void hold_answer(std::uint64_t bytes_max);
  void keep_answer(std::string_view piece, bool last);
  void release_answer();
  [[nodiscard]] std::optional<std::uint64_t> length_of_answer(bool bodiless) const noexcept;
  [[nodiscard]] std::optional<std::string> filtered(std::string_view piece, bool last);
  void stop_answer(const AnswerFilter& filter);
  [[nodiscard]] bool may_retry(const net::ClientFailure& failure) const noexcept;
  void respond(http::Status status, std::span<const http::Field> fields, std::string_view body);
  void abandon_upstream();
  void begin_sighting();
  void see_body(inference::Content& content, std::string_view piece) const;
  void see_answer();
  void tell_sighting();
  void give_places_back();
  void give_quota_back() noexcept;
  void end(audit::Outcome outcome);
  void reset();
  void delay_over() { go_on(); }

  Worker& worker_;
  Arena arena_{4096};
  net::Stream* stream_ = nullptr;
  net::ClientConnection* client_ = nullptr;
  LocalSnapshot* snapshot_ = nullptr;
  const Route* route_ = nullptr;
  http::RequestHead head_{arena_};
  std::optional<http::Request> request_;
  http::ResponseHead answer_head_{arena_};
  http::Headers answer_fields_{arena_};
  async::MemberTimer<Exchange, &Exchange::delay_over> delay_{*this};

  audit::DecisionId id_;
  std::string_view id_text_;
  std::optional<audit::Trace> trace_;  // the caller's
  Instant started_{};
  Ticks started_ticks_{}, forwarded_ticks_{}, answered_ticks_{};
  http::Address client_address_;  // the peer's, until the head has said whose it is
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
  HeldBody held_body_;            // as far as a stage has asked for it
  std::string late_piece_;        // the beginning of a body that was long in coming, while the rights of its request are looked at again
  std::string_view fresh_;        // the piece that came with the answer's head, while it is being handed over
  std::string held_answer_;       // as much of the answer's body as has come and may not leave yet
  net::Held answer_held_;         // of that
  std::uint64_t answer_max_ = 0;  // which the stage that asks for the body wants to hold
  std::vector<std::unique_ptr<AnswerFilter>> filters_;
  std::unique_ptr<learning::Pending> sighting_;  // for who learns a contract; null: nobody watches
  std::uint64_t tried_ = 0;                      // bits of upstream servers
  std::uint64_t generation_ = 0;                 // work on the pool finds out that its exchange is another one now
  std::size_t place_ = 0;                        // among all of its worker's
  std::uint32_t awaited_ = 0;                    // pieces of work on the pool that hold a pointer to it
  std::uint32_t readers_ = 0;                    // of these, work that reads its memory: it is not reset before they are back
  std::size_t stage_ = 0;
  std::size_t passed_ = 0;                                          // stages that have passed once: again only those that say so
  std::uint64_t asked_turn_ = 0;                                    // of the loop, in which the body was asked for
  std::vector<std::shared_ptr<const keys::KeyRing>> rings_before_;  // texts of them may still be in use
  std::size_t back_ = 0;                                            // stages that have not passed the answer yet
  std::size_t server_ = 0;
  std::uint32_t attempts_ = 0;
  http::Status status_ = 0;
  std::optional<http::ProblemKind> problem_;
  std::string_view decided_by_, rule_, facts_;
  State state_ = State::idle;
  bool body_follows_ = false;
  bool body_complete_ = true;
  bool client_known_ = true;      // false: client_address_ is that of a proxy that may have said another
  bool hidden_key_ = false;       // a key stands percent-encoded in the query, where the log would not see it to mask it
  bool recorded_ = true;          // false: counted only
  bool watched_ = false;          // would_refuse() or has_found() was said
  bool found_ = false;            // has_found() was, and is what is told
  bool changed_ = false;          // a stage has changed the answer,
  bool leaks_ = false;            // or has seen in it what none should show
  bool body_started_ = false;     // a piece of it has left for an upstream
  bool holds_answer_ = false;     // a stage waits for its body
  bool held_whole_ = false;       // held_answer_ is the whole body
  bool too_large_ = false;        // for the stage that asked for it
  bool answer_complete_ = false;  // the upstream has no more to say
  bool replaced_ = false;         // held_answer_ is not what the upstream has sent
  bool inflated_ = false;         // nor is its coding the one that the upstream has named
  bool answer_begun_ = false;
  bool last_word_ = false;  // the gate's own answer is being handed over
  bool ended_ = true;
};

}  // namespace gatehouse::gateway
