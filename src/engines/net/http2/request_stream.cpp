#include "engines/net/http2/request_stream.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <vector>

#include "engines/net/http1/refusal.hpp"
#include "engines/net/http2/memory.hpp"
#include "engines/net/http2/session.hpp"
#include "engines/net/http2/spare_buffers.hpp"
#include "engines/net/slow_body.hpp"
#include "ground/base/assert.hpp"

namespace gatehouse::net::http2 {

namespace {
thread_local SpareBuffers spare_bodies(64, 64, 8 * 1024);

// What a stream costs that holds nothing: what is here, and what nghttp2 keeps of it (the stream, its place among the others, the frame that is due): measured,
// 960 bytes with five of a body.
constexpr std::size_t own_bytes = sizeof(RequestStream) + 560;
}  // namespace

RequestStream::RequestStream(Session& session, std::int32_t id) : session_(session), held_(session.connection().context().buffered), id_(id) {
  opened_ = session.ticks();
  count_held();
}

void RequestStream::count_held() noexcept {
  const auto answer = output_.size() - sent_ + trailers_bytes_;
  held_.set(own_bytes + input_.size() + answer);
  const auto before = std::exchange(waiting_, answer_pace_.due() ? own_bytes + answer : 0);
  session_.connection().count_waiting(before, waiting_);
}

RequestStream::~RequestStream() { spare_bodies.give(std::move(output_)); }

void* RequestStream::operator new(std::size_t bytes) {
  void* const memory = take_block(bytes);
  GH_ASSERT(memory != nullptr);
  return memory;
}
void RequestStream::operator delete(void* memory) noexcept { give_block(memory); }

const ServerLimits& RequestStream::limits() const noexcept { return session_.connection().context().limits; }

const Peer& RequestStream::peer() const noexcept { return session_.connection().peer(); }

// ---- the request ----

bool RequestStream::open(Service& service) {
  exchanger_ = service.open(*this);
  if (exchanger_ == nullptr) return false;
  head_.emplace(exchanger_->arena(), exchanger_->head());
  return true;
}

bool RequestStream::drop_field(std::string_view name, std::string_view value) noexcept {
  dropped_ += name.size() + value.size() + 32;  // as they are counted where somebody reads them (RFC 9113 section 6.5.2)
  return dropped_ <= limits().http2.header_list_bytes;
}

bool RequestStream::note_fault(std::string_view what) {
  if (!fault_.empty()) return false;
  fault_ = what;
  return true;
}

void RequestStream::begin(bool ends) {
  head_done_ = true;
  request_done_ = input_last_ = ends;
  head_->complete(ends);                       // NOLINT(bugprone-unchecked-optional-access): open() made it
  if (auto problem = head_->take_problem()) {  // NOLINT(bugprone-unchecked-optional-access)
    request_done_ = true;
    return exchanger_->malformed(std::move(*problem));
  }
  continue_owed_ = exchanger_->head().expects_continue && !ends;
  exchanger_->request(!ends);
}

// The connection's window was opened again when the bytes came (Events::data); the stream's is when they have been taken, and stays shut when nobody
// takes them any more: of a body that was answered before it came, no more than a window is read and dropped.
void RequestStream::consumed(std::size_t bytes) noexcept {
  if (bytes > 0 && exchanger_ != nullptr) nghttp2_session_consume_stream(session_.handle(), id_, bytes);
}

void RequestStream::deliver(std::string_view piece, bool last) {
  input_last_ |= last;
  if (exchanger_ == nullptr || request_done_) return;  // nobody reads it any more
  if (paused_) {                                       // at most a window of it
    input_.append(piece);
    count_held();
    // A stream's window cannot be taken back, so that what was allowed keeps coming: over the budget it is refused rather than kept.
    if (!input_.empty() && session_.connection().context().buffered.spent()) refuse_body();
    return;
  }
  continue_owed_ = false;
  // A body in frames of one byte would cost a write to the upstream for each of them.
  constexpr std::size_t joined_below = 4096;
  if (input_.empty() && (last || piece.size() >= joined_below)) {
    finish_request(piece, last);
    return consumed(piece.size());
  }
  if (input_.empty()) session_.hand_over_later(*this);
  input_.append(piece);
  if (last) hand_over();
}

void RequestStream::hand_over() {
  if (paused_ || input_.empty() || exchanger_ == nullptr || request_done_) return;
  const auto joined = std::exchange(input_, {});
  finish_request(joined, input_last_);
  consumed(joined.size());
}

void RequestStream::finish_request(std::string_view piece, bool last) {
  body_pace_.moved(session_.ticks(), piece.size(), limits().body);
  came_ += piece.size();
  session_.body_came(piece.size());
  request_done_ = last;
  exchanger_->request_body(piece, last);
}

void RequestStream::refuse_body() {
  exchanger_->request_broken({.kind = http::ProblemKind::overloaded,
                              .told = {},
                              .rule = "memory.bodies_max",
                              .facts = "the budget of buffered bytes is spent",
                              .headers = {}});
  const auto dropped = std::exchange(input_, {});
  count_held();
  consumed(dropped.size());
}

void RequestStream::pause_body() {
  if (!std::exchange(paused_, true)) body_pace_.rest(session_.ticks(), limits().body);
}

void RequestStream::resume_body() {
  if (!std::exchange(paused_, false) || request_done_ || exchanger_ == nullptr) return;
  body_pace_.begin(session_.ticks(), limits().body);
  if (std::exchange(continue_owed_, false) && input_.empty() && !responded_) interim(100, {});
  if (input_.empty() && !input_last_) return;
  const auto held = std::exchange(input_, {});
  count_held();
  finish_request(held, input_last_);
  consumed(held.size());
  session_.flush_later();
}

// Its part of what the connection was given counts, if that is more than it was given itself: but only while its own window is open, which is the
// client's to open.
void RequestStream::note_share(std::uint64_t share) noexcept {
  const auto given = std::exchange(given_, 0);
  if (share > given && nghttp2_session_get_stream_remote_window_size(session_.handle(), id_) > 0)
    answer_pace_.moved(session_.ticks(), share - given, limits().write);
}

void RequestStream::cut(Gone why) {
  session_.connection().context().service.cut_off();
  nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_CANCEL);
  // The reset may have to wait behind other frames, for a client that takes none: what the exchange holds is given back now.
  output_last_ = false;  // whatever nghttp2 asks for meanwhile, this answer does not end as if it were whole
  std::string().swap(output_);
  sent_ = 0;
  trailers_.reset();
  trailers_bytes_ = 0;
  answer_pace_.rest(session_.ticks(), limits().write);
  gone(why);
}

bool RequestStream::look(Ticks now, const ServerLimits& limits, std::uint64_t share, std::uint64_t share_in) {
  note_share(share);
  if (const auto came = std::exchange(came_, 0); share_in > came && awaits_body()) body_pace_.moved(now, share_in - came, limits.body);
  const auto taking = answer_pace_.verdict(now, limits.write), sending = body_pace_.verdict(now, limits.body);
  if (!head_done_) return now - opened_ >= limits.head_time;
  if (dropping_ && now - answered_ >= limits.linger) {
    nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_NO_ERROR);
  } else if (taking != PaceVerdict::good) {
    cut(taking == PaceVerdict::idle ? Gone::idle : Gone::slow);
  } else if (exchanger_ != nullptr && !request_done_ && sending != PaceVerdict::good) {
    exchanger_->request_broken(slow_body(sending));
  }
  return false;
}

// ---- the answer ----

namespace {
nghttp2_nv pair_of(std::string_view name, std::string_view value, std::uint8_t flags) noexcept {
  return {const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
          const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())), name.size(), value.size(), flags};
}
constexpr std::uint8_t copied = NGHTTP2_NV_FLAG_NONE, not_copied = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
}  // namespace

void RequestStream::respond(const OutgoingHead& head, std::string_view piece, bool last) {
  GH_ASSERT(!responded_ && exchanger_ != nullptr);
  responded_ = true;
  refusal_ = head.refusal;
  const bool at_once = session_.ready();
  submit(head, piece, last, at_once);
  put(head.bodiless ? std::string_view{} : piece, last || head.bodiless, at_once);
  if (head.shut_out) session_.shut_out();
}

// `at_once`: the head is serialised before this call of respond() ends, so that nghttp2 need not copy its texts.
void RequestStream::submit(const OutgoingHead& head, std::string_view piece, bool last, bool at_once) {
  // Where the texts of a head stay until it is serialised; see `at_once`.
  static thread_local char status[3], length[20];
  static thread_local std::vector<nghttp2_nv> pairs;
  const std::uint8_t flags = at_once ? not_copied : copied;
  const auto status_end = std::to_chars(status, status + sizeof status, head.status).ptr;
  pairs.clear();
  pairs.push_back(pair_of(":status", {status, status_end}, flags));
  for (const auto& field : head.fields) {
    pairs.push_back(pair_of(field.name, field.value, flags));
    // Never the same twice: it would push what is the same each time out of the client's table.
    if (field.id == http::HeaderId::gatehouse_decision) pairs.back().flags |= NGHTTP2_NV_FLAG_NO_INDEX;
  }
  const auto size = head.length ? head.length : last && !head.bodiless ? std::optional<std::uint64_t>(piece.size()) : std::nullopt;
  if (size && head.status != 204)
    pairs.push_back(pair_of("content-length", {length, std::to_chars(length, length + sizeof length, *size).ptr}, flags));
  const bool empty = head.bodiless || (last && piece.empty());
  output_ended_ = empty;
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = Session::offer_body;
  if (nghttp2_submit_response(session_.handle(), id_, pairs.data(), pairs.size(), empty ? nullptr : &provider) != 0)
    nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
}

void RequestStream::send(std::string_view piece, bool last) {
  GH_ASSERT(responded_ && exchanger_ != nullptr);
  const bool at_once = output_.empty() && !above_high_ && session_.ready();
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_.handle(), id_);
  put(piece, last, at_once);
}

void RequestStream::finish(std::string_view piece, std::span<const http::Field> trailers) {
  if (!trailers.empty()) {
    trailers_ = std::make_unique<Trailers>();
    for (const auto& field : trailers) {
      trailers_->emplace_back(field.name, field.value);
      trailers_bytes_ += static_cast<std::uint32_t>(field.name.size() + field.value.size() + sizeof(Trailers::value_type));
    }
    count_held();
  }
  send(piece, true);
}

// nghttp2 would send them before what it has not taken yet of the body: they are submitted with its last frame.
void RequestStream::submit_trailers() noexcept {
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : *trailers_) pairs.push_back(pair_of(name, value, copied));
  if (nghttp2_submit_trailer(session_.handle(), id_, pairs.data(), pairs.size()) != 0)
    nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  trailers_.reset();
  trailers_bytes_ = 0;
}

void RequestStream::put(std::string_view piece, bool last, bool at_once) {
  output_last_ |= last;
  if (last) exchanger_ = nullptr;  // it has nothing more to say or to hear
  offered_ = piece;
  if (at_once) session_.collect();
  keep_offered();
  session_.flush_later();
}

// What the frames had no room for: a piece, or the answer's end, which takes a frame that a shut window holds up, too.
void RequestStream::keep_offered() {
  if (handed_over()) return;
  answer_pace_.begin(session_.ticks(), limits().write);
  if (output_.empty() && output_.capacity() < offered_.size()) output_ = spare_bodies.take();
  output_.append(std::exchange(offered_, {}));
  count_held();
  above_high_ |= unsent() > unsent_high || session_.connection().context().buffered.half_spent();
}

void RequestStream::interim(http::Status status, std::span<const http::Field> fields) {
  char text[3];
  const auto end = std::to_chars(text, text + sizeof text, status).ptr;
  std::vector<nghttp2_nv> pairs{pair_of(":status", {text, end}, NGHTTP2_NV_FLAG_NONE)};
  for (const auto& field : fields) pairs.push_back(pair_of(field.name, field.value, NGHTTP2_NV_FLAG_NONE));
  nghttp2_submit_headers(session_.handle(), NGHTTP2_FLAG_NONE, id_, nullptr, pairs.data(), pairs.size(), nullptr);
  session_.flush_later();
}

void RequestStream::abort() {
  exchanger_ = nullptr;
  nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  session_.flush_later();
}

long RequestStream::offer(std::size_t bytes_max, std::uint32_t& flags) {
  const auto waiting = unsent();
  if (waiting == 0 && !output_last_) {
    deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const auto count = std::min(bytes_max, waiting);
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (count == waiting && output_last_) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    output_ended_ = true;
    if (trailers_) {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      submit_trailers();
    }
  }
  return static_cast<long>(count);
}

void RequestStream::give_body(std::size_t bytes, std::string& frames) {
  given_ += bytes;
  if (answer_pace_.due()) answer_pace_.moved(session_.ticks(), bytes, limits().write);
  if (const auto kept = std::min(bytes, output_.size() - sent_); kept > 0) {
    frames.append(output_, sent_, kept);
    sent_ += kept;
    bytes -= kept;
    if (sent_ == output_.size()) {
      output_.clear();
      sent_ = 0;
    }
  }
  frames.append(offered_.substr(0, bytes));
  offered_.remove_prefix(bytes);
  if (answer_pace_.due()) {
    if (handed_over()) answer_pace_.rest(session_.ticks(), limits().write);
    count_held();
  }
  if (above_high_ && unsent() < unsent_low) session_.drained_later(*this);
}

void RequestStream::drained() {
  if (!above_high_ || unsent() >= unsent_low) return;
  above_high_ = false;
  if (exchanger_ != nullptr) exchanger_->drained();
}

// ---- the end ----

// A reset right behind the answer would be allowed, but clients exist (curl 7.88) that then throw the answer away.
void RequestStream::answered() {
  if (input_last_) return;
  dropping_ = true;
  answered_ = session_.ticks();
  std::string().swap(input_);  // an assignment would keep the memory
  count_held();
}

void RequestStream::give_up() {
  refusal_ = false;
  nghttp2_submit_rst_stream(session_.handle(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_ENHANCE_YOUR_CALM);
  session_.flush_later();
}

void RequestStream::gone(Gone why) {
  held_.release();
  session_.connection().count_waiting(std::exchange(waiting_, 0), 0);
  auto* const exchanger = std::exchange(exchanger_, nullptr);
  if (exchanger == nullptr) return;
  if (fault_.empty() && head_done_) return exchanger->gone(why);
  exchanger->rejected(http1::refusal_of(http::ProblemKind::malformed_request, "http2.message",
                                        fault_.empty() ? "the connection or its protocol ended within the head" : fault_));
}

}  // namespace gatehouse::net::http2
