#include "doors/gateway/operations.hpp"

#include <pthread.h>

#include "ground/base/arena.hpp"
#include "ground/http/canonical.hpp"
#include "ground/json/writer.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::gateway {

namespace {
constexpr Duration look_every = 1s;
constexpr std::size_t scratch_bytes = 16 * 1024;
constexpr std::string_view json_type = "application/json", prometheus_type = "text/plain; version=0.0.4; charset=utf-8";

net::ServerLimits operations_limits() {
  net::ServerLimits limits;
  limits.head.bytes_max = 8 * 1024;
  limits.head.fields_max = 64;
  limits.head_time = 5s;
  limits.write.idle = 10s;
  return limits;
}

std::string state_json(std::string_view name, const std::vector<std::string>& reasons) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member(name, reasons.empty()).key("reasons").begin_array();
  for (const auto& reason : reasons) writer.value(reason);
  writer.end().end();
  return out += '\n';
}
}  // namespace

class Operations::Listener final : public async::Watcher {
 public:
  Listener(Operations& operations, net::Descriptor socket) : operations_(operations), socket_(std::move(socket)) {}
  ~Listener() override { operations_.loop_->unwatch(socket_.get()); }

  [[nodiscard]] Result<> listen() { return operations_.loop_->watch_listener(socket_.get(), *this); }

  void ready(std::uint32_t) override {
    constexpr int share = 8;  // connections a turn
    for (int i = 0; i < share; ++i) {
      bool out_of_descriptors = false;
      auto accepted = net::accept_from(socket_.get(), out_of_descriptors);
      if (out_of_descriptors) {  // the waiting connection would wake the loop over and over
        operations_.loop_->unwatch(socket_.get());
        return operations_.loop_->arm(timer_, 100ms);
      }
      if (!accepted.socket.open()) return;
      net::ServerConnection::begin(operations_.context_, std::move(accepted), nullptr, 0);
    }
  }

 private:
  void wake() {
    if (!listen()) operations_.loop_->arm(timer_, 100ms);
  }
  Operations& operations_;
  net::Descriptor socket_;
  async::MemberTimer<Listener, &Listener::wake> timer_{*this};
};

/// One request; answered at once, whatever body it may have.
class Operations::Question final : public net::Exchanger, public async::Disposable {
 public:
  Question(Operations& operations, net::Stream& stream) : operations_(operations), stream_(stream) {}

  [[nodiscard]] Arena& arena() noexcept override { return arena_; }
  [[nodiscard]] http::RequestHead& head() noexcept override { return head_; }

  void request(bool) override {
    bodiless_ = head_.method == http::Method::head;
    const auto& peer = stream_.peer();
    const auto canonical = http::canonical(head_, {peer.address, peer.secure, {}}, arena_);
    if (!canonical) return refuse(canonical.error());
    if (!operations_.answers_to(canonical->authority.host())) return refuse(http::refusal(http::ProblemKind::misdirected, "operations.host"));
    const auto path = canonical->path.text();
    const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz";
    if (canonical->asterisk || !known) return refuse(http::refusal(http::ProblemKind::no_route, "operations.path"));
    if (!bodiless_ && canonical->method != http::Method::get) {
      auto problem = http::refusal(http::ProblemKind::method_not_allowed, "operations.method");
      problem.headers = {http::HeaderId::allow, "GET, HEAD"};
      return refuse(problem);
    }
    const auto& sources = operations_.sources_;
    if (path == "/metrics") return respond(200, prometheus_type, sources.metrics());
    if (path == "/healthz") {
      sources.look();
      const auto reasons = sources.unhealthy();
      return respond(reasons.empty() ? 200 : 503, json_type, state_json("healthy", reasons));
    }
    const auto reasons = sources.unready();
    respond(reasons.empty() ? 200 : 503, json_type, state_json("ready", reasons));
  }
  void malformed(http::Problem problem) override { refuse(problem); }
  void request_body(std::string_view, bool) override {}
  void request_broken(http::Problem problem) override { refuse(problem); }
  void rejected(http::Problem) override { leave(); }
  void drained() override {}
  void gone(net::Gone) override { leave(); }

 private:
  void refuse(const http::Problem& problem) {
    const auto media = http::problem_media(head_.headers.get(http::HeaderId::accept).value_or(""));
    if (problem.headers.id != http::HeaderId::unknown) fields_.add(problem.headers.id, problem.headers.value.kept_in(arena_));
    respond(http::info(problem.kind).status, http::content_type(media), http::render(problem, {}, media, arena_));
  }

  void respond(http::Status status, std::string_view type, std::string_view body) {
    if (left_) return;
    fields_.add(http::HeaderId::content_type, type);
    fields_.add(http::HeaderId::cache_control, "no-store");
    leave();  // respond() may call gone(); we live on until the turn ends
    stream_.respond({.status = status, .fields = fields_.all(), .length = body.size(), .close = status == 400, .bodiless = bodiless_},
                    bodiless_ ? std::string_view{} : body, true);
  }

  void leave() {
    if (std::exchange(left_, true)) return;
    operations_.loop_->dispose(std::unique_ptr<async::Disposable>(this));
  }

  Operations& operations_;
  net::Stream& stream_;
  Arena arena_{4096};
  http::RequestHead head_{arena_};
  http::Headers fields_{arena_};
  bool bodiless_ = false;
  bool left_ = false;
};

Operations::Operations(std::unique_ptr<async::Loop> loop, const net::Endpoint& endpoint, OperationsSources sources)
    : loop_(std::move(loop)), endpoint_(endpoint), sources_(std::move(sources)), context_(*loop_, *this, scratch_bytes) {
  context_.limits = operations_limits();
}

Result<std::unique_ptr<Operations>> Operations::create(const Clock& clock, net::Descriptor socket, OperationsSources sources) {
  auto loop = TRY(async::Loop::create(clock));
  const auto bound = TRY(net::local_endpoint(socket.get()));
  auto operations = std::unique_ptr<Operations>(new Operations(std::move(loop), bound, std::move(sources)));
  operations->listener_ = std::make_unique<Listener>(*operations, std::move(socket));
  CHECK_OK(operations->listener_->listen());
  return operations;
}

Operations::~Operations() {
  if (thread_.joinable()) {
    loop_->stop();
    thread_.join();
  }
  listener_.reset();
  context_.close_all();
}

bool Operations::answers_to(std::string_view host) const {
  const bool loopback = settings::Endpoint{endpoint_.address, endpoint_.port}.is_loopback();
  return !loopback || host == "localhost" || host.starts_with('[') || http::Address::parse(host).has_value();
}

void Operations::start() {
  loop_->arm(timer_, look_every);  // before the thread: nobody else uses the loop yet
  thread_ = std::jthread([this] { loop_->run(); });
  ::pthread_setname_np(thread_.native_handle(), "gh-operations");
}

void Operations::look() {
  sources_.look();
  loop_->arm(timer_, look_every);
}

// One operator asks; more connections than this are somebody's mistake, and of those that ask nothing the oldest makes room: who restarts the process
// when it does not answer must not be kept out by silence.
std::unique_ptr<net::Admission> Operations::admit(const net::Peer&) {
  return context_.connections < connections_max || context_.shed(1) > 0 ? std::make_unique<net::Admission>() : nullptr;
}

net::Exchanger* Operations::open(net::Stream& stream) { return new Question(*this, stream); }

}  // namespace gatehouse::gateway
