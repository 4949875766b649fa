#include "doors/gateway/upstream.hpp"

#include <algorithm>
#include <bit>

#include "ground/base/assert.hpp"
#include "ground/base/file.hpp"
#include "ground/settings/setting_error.hpp"

namespace gatehouse::gateway {

namespace {
constexpr Duration passed_over = 5s;  // after a failure, while another server is there
constexpr std::size_t authorities_bytes_max = net::UpstreamOptions::authorities_bytes_max;
static_assert(Upstream::servers_max == 64, "a server is a bit of `tried`");
static_assert(net::UpstreamOptions::servers_listed_max <= Upstream::servers_max);

/// The addresses of a host, sorted, each once: the answer to a name comes in another order each time.
Result<std::vector<http::Address>> addresses_of(const std::string& host, const Resolve& resolve) {
  if (const auto address = http::Address::parse(host)) return std::vector{*address};
  auto addresses = TRY(resolve(host));
  std::ranges::sort(addresses, {}, &http::Address::bytes);
  const auto [first, last] = std::ranges::unique(addresses);
  addresses.erase(first, last);
  if (addresses.empty()) return fail(Fault::unavailable, "the upstream server '" + host + "' has no address");
  return addresses;
}

bool is_name(const settings::Url& url) { return !http::Address::parse(url.host); }

Result<std::string> read_authorities(const std::string& path) {
  auto text = TRY(read_file(path, authorities_bytes_max));
  if (text.empty()) return fail(Fault::invalid, path + " is empty");  // no authorities at all would mean those of the system
  return text;
}
}  // namespace

Upstream::Upstream(std::string name, const net::UpstreamOptions& options, Resolve resolve, std::shared_ptr<const net::ClientTls> tls,
                   Addresses addresses, Ticks now)
    : name_(std::move(name)),
      options_(options),
      times_{options.connect_timeout, options.response_head_timeout, options.idle_timeout, options.keep_idle},
      resolve_(std::move(resolve)),
      tls_(std::move(tls)),
      addresses_(std::move(addresses)),
      asked_(now.time_since_epoch().count()),
      servers_(std::make_shared<const Servers>(servers_at(addresses_))) {}

Result<std::shared_ptr<const Upstream>> Upstream::create(std::string name, const net::UpstreamOptions& options, Resolve resolve, Ticks now) {
  const auto setting = "upstreams." + name;
  if (options.servers.empty()) return settings::of_setting(setting, fail(Fault::invalid, "the upstream '" + name + "' has no server"));
  if (options.servers.size() > servers_max)
    return settings::of_setting(setting, fail(Fault::invalid, "the upstream '" + name + "' has more than 64 servers"));
  std::shared_ptr<const net::ClientTls> tls;
  if (options.servers.front().secure) {
    const auto ca_setting = setting + ".ca_file";
    const auto authorities = options.ca_file.empty() ? std::string() : TRY_OF_SETTING(ca_setting, read_authorities(options.ca_file));
    tls = TRY_OF_SETTING(ca_setting, net::ClientTls::create({authorities, options.verify}));
  }
  Addresses addresses;
  for (std::size_t i = 0; i < options.servers.size(); ++i) {
    auto found = addresses_of(options.servers[i].host, resolve);
    if (!found) return settings::of_setting(setting + ".servers[" + std::to_string(i) + "]", found.error());
    addresses.push_back(std::move(*found));
  }
  return std::shared_ptr<const Upstream>(new Upstream(std::move(name), options, std::move(resolve), std::move(tls), std::move(addresses), now));
}

// A name with several addresses is as many servers.
Upstream::Servers Upstream::servers_at(const Addresses& addresses) const {
  Servers servers;
  for (std::size_t i = 0; i < options_.servers.size(); ++i) {
    const auto& url = options_.servers[i];
    // Each server of the setting has one place at least, however many addresses those before it have.
    const auto places = servers_max - servers.size() - (options_.servers.size() - 1 - i);
    for (const auto& address : std::span(addresses[i]).first(std::min(addresses[i].size(), places))) {
      net::ClientPoolOptions server;
      server.endpoint = {address, url.port};
      server.tls = tls_;
      server.name = options_.server_name.empty() ? url.host : options_.server_name;
      server.connections_max = options_.connections_max;
      server.idle_max = options_.pool_size;
      server.times = times_;
      servers.push_back(std::move(server));
    }
  }
  return servers;
}

bool Upstream::due(Ticks now) const noexcept {
  if (options_.resolve_every == Duration::zero() || std::ranges::none_of(options_.servers, is_name)) return false;
  return now.time_since_epoch().count() - asked_.load(std::memory_order_relaxed) >= options_.resolve_every.count();
}

Upstream::Resolution Upstream::resolve(Ticks now) const {
  const std::lock_guard lock(resolving_);
  asked_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  Resolution outcome;
  for (std::size_t i = 0; i < options_.servers.size(); ++i) {
    auto found = addresses_of(options_.servers[i].host, resolve_);
    if (!found) {
      if (!outcome.failed) outcome.failed = std::move(found).error();
      continue;  // the last answer that was one goes on being good
    }
    if (*found == addresses_[i]) continue;
    addresses_[i] = std::move(*found);
    outcome.changed = true;
  }
  if (outcome.changed) servers_.publish(std::make_shared<const Servers>(servers_at(addresses_)));
  outcome.turned = failing_ != outcome.failed.has_value();
  failing_ = outcome.failed.has_value();
  return outcome;
}

UpstreamPools::UpstreamPools(async::Loop& loop, std::shared_ptr<const Upstream> upstream, net::Scratch& scratch, net::BufferTally& tally)
    : loop_(loop), upstream_(std::move(upstream)), scratch_(scratch), tally_(tally), servers_(upstream_->servers()) {
  catch_up();
}

std::size_t UpstreamPools::size() const noexcept { return static_cast<std::size_t>(std::popcount(live_)); }

/// Servers that are gone get no new connection; new ones get a place.
void UpstreamPools::catch_up() {
  const auto& wanted = servers_.current();
  if (wanted == adopted_ && !incomplete_) [[likely]]
    return;
  adopted_ = wanted;
  incomplete_ = false;
  const auto serves = [&](std::size_t place, const net::ClientPoolOptions& server) {
    return live(place) && places_[place].pool->options().endpoint == server.endpoint && places_[place].pool->options().name == server.name;
  };
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!live(i) || std::ranges::any_of(*adopted_, [&](const auto& server) { return serves(i, server); })) continue;
    live_ &= ~(std::uint64_t{1} << i);
    places_[i].pool->retire();
  }
  release_retired();
  for (const auto& server : *adopted_) {
    bool seated = false;
    for (std::size_t i = 0; i < places_.size() && !seated; ++i) seated = serves(i, server);
    if (!seated && !seat(server)) incomplete_ = true;  // until a place is free
  }
}

void UpstreamPools::release_retired() {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto& place = places_[i];
    if (live(i) || place.pool == nullptr || place.pool->open_connections() != 0) continue;
    // Not now: the last of its connections may be what has called us.
    loop_.defer([pool = std::move(place.pool)]() mutable { pool.reset(); });
  }
}

bool UpstreamPools::seat(const net::ClientPoolOptions& server) {
  auto at = static_cast<std::size_t>(std::ranges::find_if(places_, [](const auto& place) { return place.pool == nullptr; }) - places_.begin());
  if (at == places_.size()) {
    if (places_.size() == Upstream::servers_max) return false;
    places_.emplace_back();
  }
  places_[at] = {std::make_unique<net::ClientPool>(loop_, server, scratch_, tally_), {}};
  live_ |= std::uint64_t{1} << at;
  return true;
}

std::size_t UpstreamPools::choose(std::uint64_t tried) noexcept {
  const auto now = loop_.ticks();
  const auto count = places_.size();
  auto from = live_;
  for (auto passed = turn_++ % size(); passed > 0; --passed) from &= from - 1;
  const auto start = static_cast<std::size_t>(std::countr_zero(from));
  const bool least = upstream_->options().balance == net::Balance::least_connections;
  if ((live_ & ~tried) == 0) tried = 0;  // all have been: one of them once more
  std::size_t best = count;
  for (const bool healthy_only : {true, false}) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = (start + i) % count;
      if (!live(at) || (tried >> at & 1U) != 0 || (healthy_only && places_[at].failed_until > now)) continue;
      if (best == count || (least && places_[at].pool->busy_connections() < places_[best].pool->busy_connections())) best = at;
      if (!least) return best;
    }
    if (best != count) return best;
  }
  return best;
}

Result<UpstreamPools::Taken> UpstreamPools::take(bool fresh, std::uint64_t tried, std::uint64_t holder) {
  catch_up();
  if (live_ == 0) return fail(Fault::exhausted, "connections to servers that are gone take all places of the upstream " + upstream_->name());
  for (;;) {
    const auto server = choose(tried);
    auto connection = places_[server].pool->take(fresh, holder);
    out_of_descriptors_ = places_[server].pool->out_of_descriptors();
    if (connection) return Taken{*connection, server};
    // Full, taken up by this client as far as it may, or refused within the call: another server may do.
    if (connection.error().fault == Fault::unavailable) failed(server);
    tried |= std::uint64_t{1} << server;
    if ((live_ & ~tried) == 0) return std::move(connection).error();
  }
}

void UpstreamPools::failed(std::size_t server) noexcept { places_[server].failed_until = loop_.ticks() + passed_over; }

}  // namespace gatehouse::gateway
