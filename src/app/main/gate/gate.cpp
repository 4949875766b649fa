#include "app/main/gate/gate.hpp"

#include <cstdio>

#include "app/main/gate/blueprint.hpp"
#include "app/main/place/opened.hpp"
#include "engines/outbound/fetcher.hpp"
#include "ground/base/file.hpp"
#include "ground/crypto/key.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::main {

namespace {
constexpr std::uint32_t delayed_at_once = 10'000;  // requests held back by `over: delay`, of the whole process
constexpr std::size_t pool_threads = 4, pool_queue = 1024;
constexpr std::size_t fetching_threads = 8, fetching_queue = 256;  // issuers are at most 64; those of a reload come beside those before it
constexpr std::size_t pem_bytes_max = 1024 * 1024;

Result<net::Certificate> read_certificate(const std::string& certificate, const std::string& key) {
  auto chain = TRY(read_file(certificate, pem_bytes_max));
  auto key_text = TRY(read_file(key, pem_bytes_max));
  return net::Certificate{std::move(chain), Secret(std::move(key_text)), certificate};
}

void say_of_key_set(const std::string& issuer, const std::string& what) {
  std::fprintf(stderr, "gatehouse: the key set of issuer %s: %s\n", issuer.c_str(), what.c_str());
}
}  // namespace

// The operator named the URL: hence private addresses too.
Result<std::string> fetch_key_set(const settings::Url& url, const std::string& ca_file, const std::atomic<bool>& stop) {
  return outbound::fetch(url, {.reach = outbound::Reach::anywhere, .bytes_max = token::KeySet::text_bytes_max, .ca_file = ca_file, .stop = &stop});
}

Gate::Gate(store::Store& store, keys::Keys& keys, revocations::Revocations& revocations, const Clock& clock, Random& random, Outside outside)
    : store_(store),
      keys_(keys),
      revocations_(revocations),
      clock_(clock),
      random_(random),
      outside_(std::move(outside)),
      tickets_(std::make_shared<net::TicketKeys>(random, clock)),
      delays_(delayed_at_once),
      naming_(limits::Seed::from(random)),
      usage_retention_(store),
      memory_(gateway::MemoryOptions{}.bodies_bytes_max) {}

Gate::~Gate() {
  operations_.reset();  // it asks everything else
  tending_ = {};
  if (server_) server_->drain(Duration::zero());
  stopping_ = true;  // ends the fetches of key sets that are under way
  stopping_.notify_all();
  pool_.reset();  // work under way reports to the loops: they end after it
  fetching_.reset();
  server_.reset();
  learner_.reset();
  if (meter_) (void)meter_->fold();  // what fails here is folded by the next start
  if (audit_ && !audit_->log().stop(2s))
    std::fprintf(stderr, "gatehouse: the last lines of the audit log could not be written and are lost: %s\n", audit_->log().last_failure().c_str());
}

Result<Sockets> bind_sockets(const config::Configuration& configuration) {
  std::vector<net::Endpoint> listeners;
  listeners.reserve(configuration.listeners.size());
  for (const auto& listener : configuration.listeners) listeners.push_back({listener.address.address, listener.address.port});
  const unsigned workers = configuration.workers != 0 ? configuration.workers : gateway::usable_processors();
  auto front = TRY(gateway::Doors::open(listeners, workers));
  Sockets sockets{std::move(front), {}};
  if (const auto& metrics = configuration.metrics)
    sockets.operations = TRY_OF_SETTING("metrics.address", net::listen_on({metrics->address.address, metrics->address.port}));
  return sockets;
}

Result<std::unique_ptr<Gate>> Gate::create(const config::Configuration& configuration, Sockets sockets, const LocalTlsFiles& local,
                                           store::Store& store, keys::Keys& keys, revocations::Revocations& revocations, const Clock& clock,
                                           Random& random, Outside outside) {
  auto gate = std::unique_ptr<Gate>(new Gate(store, keys, revocations, clock, random, std::move(outside)));
  CHECK_OK(gate->open(configuration, std::move(sockets), local));
  return gate;
}

Result<> Gate::open(const config::Configuration& configuration, Sockets sockets, const LocalTlsFiles& local) {
  const auto workers = static_cast<unsigned>(sockets.front.sockets.size());
  audit::Audit::Setup setup;
  setup.log.file = log_file_options(configuration);
  setup.log.threads = workers;
  setup.decisions_path = configuration.state_path("decisions");
  setup.decisions = configuration.audit.decisions;
  audit_ = TRY(audit::Audit::start(std::move(setup), clock_, random_));
  log_watch_.emplace(configuration.audit.file);
  CHECK_OK(make_limits(configuration));
  auto identity_key = TRY(crypto::PrivateKey::generate(crypto::KeyType::p256));
  auto signer = TRY(token::Signer::create(std::move(identity_key), "gatehouse-identity+jwt"));
  signer_ = std::make_shared<const token::Signer>(std::move(signer));
  meter_ = TRY_OF_SETTING("data", keys::Meter::open(store_, random_, {.folder = configuration.data, .banks = workers}));
  CHECK_OK(settings::of_setting("data", keys::restore_quotas(store_, *keys_.ring().get(), clock_.now())));
  learner_ = std::make_unique<learning::Learner>(configuration.state_path("learned.json"));
  if (const auto trouble = learner_->trouble(); !trouble.empty()) std::fprintf(stderr, "gatehouse: %s\n", trouble.c_str());
  pool_ = std::make_unique<async::Pool>(pool_threads, pool_queue);
  fetching_ = std::make_unique<async::Pool>(fetching_threads, fetching_queue);
  services_.emplace(gateway::Services{clock_, random_, *pool_, memory_, *counters_, *permits_, *bans_, delays_, naming_, keys_.ring(),
                                      revocations_.list(), *meter_, *audit_, learner_.get()});
  if (configuration.learn) learner_->start();
  auto snapshot = TRY(make_snapshot(configuration, local));
  server_ = TRY(gateway::Server::create(*services_, snapshot, std::move(sockets.front)));
  memory_.limit(configuration.memory.bodies_bytes_max);
  usage_kept_ = configuration.keys.usage_kept;
  lasting_ = lasting(configuration);
  add_gauges();
  CHECK_OK(make_operations(std::move(sockets.operations)));
  gateway::refresh_stale(snapshot->issuers, *fetching_, clock_.ticks());
  certificates_told_ = clock_.now();
  tell_notices();
  return {};
}

Result<> Gate::make_limits(const config::Configuration& configuration) {
  counters_.emplace(TRY(limits::MemoryCounters::create(random_)));
  permits_.emplace(TRY(limits::Permits::create(random_)));
  bans_ = TRY(limits::Bans::create(bans_of(configuration), random_));
  return {};
}

Result<std::shared_ptr<const limits::Failures>> Gate::make_failures(const config::Configuration& configuration) {
  const auto& failures = configuration.limits.failures;
  if (!failures) return std::shared_ptr<const limits::Failures>();
  limits::Failures::Options options;
  options.per_address = TRY(limits::Limit::make(failures->count, failures->window, failures->count));
  options.per_key = options.per_address;
  options.exempt = configuration.trusted_proxies;
  options.exempt.insert(options.exempt.end(), failures->exempt.begin(), failures->exempt.end());
  return std::make_shared<const limits::Failures>(TRY(limits::Failures::create(std::move(options), *counters_, *bans_)));
}

Result<std::vector<gateway::ListenerSettings>> Gate::make_listeners(const config::Configuration& configuration, const LocalTlsFiles& local) {
  std::vector<gateway::ListenerSettings> listeners;
  for (std::size_t i = 0; i < configuration.listeners.size(); ++i) {
    const auto& options = configuration.listeners[i];
    gateway::ListenerSettings listener{{options.address.address, options.address.port}, nullptr};
    if (!options.tls.off) listener.tls = TRY_OF_SETTING("listeners[" + std::to_string(i) + "].tls", make_tls(options.tls, local));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

Result<std::shared_ptr<const net::ServerTls>> Gate::make_tls(const net::TlsOptions& options, const LocalTlsFiles& local) {
  net::ServerTlsOptions tls;
  tls.allow_tls12 = options.minimum == net::TlsVersion::tls1_2;
  if (options.local()) {
    auto certificate = TRY(read_certificate(local.certificate, local.key));
    tls.certificates.push_back(std::move(certificate));
  }
  for (const auto& files : options.certificates) {
    auto certificate = TRY(read_certificate(files.certificate, files.key));
    certificate.hosts = files.hosts;
    tls.certificates.push_back(std::move(certificate));
  }
  return net::ServerTls::create(tls, tickets_);
}

Result<std::shared_ptr<const gateway::Snapshot>> Gate::make_snapshot(const config::Configuration& configuration, const LocalTlsFiles& local) {
  auto blueprint = blueprint_of(configuration);
  blueprint.listeners = TRY(make_listeners(configuration, local));
  blueprint.failures = TRY(make_failures(configuration));
  blueprint.signer = signer_;
  blueprint.resolve = outside_.resolve;
  blueprint.key_source = {[this](const settings::Url& url, const std::string& ca_file) { return outside_.fetch(url, ca_file, stopping_); },
                          say_of_key_set};
  const auto before = server_ ? server_->snapshot() : nullptr;
  blueprint.issuers_before = before ? before->issuers.get() : nullptr;
  blueprint.label_of = [this](std::string_view name) { return meter_->label(name); };
  blueprint.number_of_route = [this](std::string_view name) { return audit_->metrics().route(name); };
  return gateway::compile(blueprint, clock_);
}

void Gate::start() {
  server_->start();
  if (operations_) operations_->start();
  serving_ = true;
  tending_ = std::jthread([this](const std::stop_token& stop) { tend(stop); });
}

void Gate::drain(Duration time) { server_->drain(time); }

}  // namespace gatehouse::main
