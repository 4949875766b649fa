#include "doors/gateway/upstream.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <bit>
#include <cstdio>
#include <cstring>

#include "ground/base/assert.hpp"

namespace gatehouse::gateway {

namespace {
constexpr std::size_t servers_max = 64;  // bits of `tried`
constexpr Duration passed_over = 5s;     // after a failure, while another server is there
constexpr std::size_t authorities_bytes_max = 4 * 1024 * 1024;

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Result<std::vector<http::Address>> resolve(const std::string& host) {
  if (const auto address = http::Address::parse(host)) return std::vector{*address};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return fail(Fault::unavailable, "the upstream server '" + host + "' cannot be resolved: " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  std::vector<http::Address> addresses;
  for (const auto* entry = found; entry != nullptr; entry = entry->ai_next) {
    http::Address address;
    if (entry->ai_family == AF_INET) {
      address.bytes[10] = address.bytes[11] = 0xFF;
      std::memcpy(address.bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(entry->ai_addr)->sin_addr, 4);
    } else if (entry->ai_family == AF_INET6) {
      std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(entry->ai_addr)->sin6_addr, 16);
    } else {
      continue;
    }
    addresses.push_back(address);
  }
  if (addresses.empty()) return fail(Fault::unavailable, "the upstream server '" + host + "' has no address");
  return addresses;
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return fail(Fault::invalid, path + ": " + system_text(errno));
  std::string text(bytes_max + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (text.size() > bytes_max) return fail(Fault::invalid, path + ": larger than " + std::to_string(bytes_max) + " bytes");
  return text;
}
}  // namespace

Result<std::shared_ptr<const Upstream>> Upstream::create(std::string name, const net::UpstreamOptions& options) {
  auto made = std::make_shared<Upstream>();
  made->name_ = std::move(name);
  made->options_ = options;
  made->times_ = {options.connect_timeout, options.response_head_timeout, options.idle_timeout, options.keep_idle};
  std::shared_ptr<const net::ClientTls> tls;
  if (!options.servers.empty() && options.servers.front().secure) {
    const auto authorities = options.ca_file.empty() ? std::string() : TRY(read_file(options.ca_file, authorities_bytes_max));
    tls = TRY(net::ClientTls::create({authorities, options.verify}));
  }
  for (const auto& url : options.servers) {
    // A name with several addresses is as many servers.
    for (const auto& address : TRY(resolve(url.host))) {
      net::ClientPoolOptions server;
      server.endpoint = {address, url.port};
      server.tls = tls;
      server.name = options.server_name.empty() ? url.host : options.server_name;
      server.connections_max = options.connections_max;
      server.idle_max = options.pool_size;
      server.times = made->times_;
      made->servers_.push_back(std::move(server));
    }
  }
  if (made->servers_.empty()) return fail(Fault::invalid, "the upstream '" + made->name_ + "' has no server");
  if (made->servers_.size() > servers_max) return fail(Fault::invalid, "the upstream '" + made->name_ + "' has more than 64 servers");
  return std::shared_ptr<const Upstream>(std::move(made));
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it loses the shared pointer in the vector of servers, which gives it back

UpstreamPools::UpstreamPools(async::Loop& loop, std::shared_ptr<const Upstream> upstream, std::span<char> scratch, net::BufferTally& tally)
    : loop_(loop), upstream_(std::move(upstream)) {
  for (const auto& server : upstream_->servers()) servers_.push_back({std::make_unique<net::ClientPool>(loop, server, scratch, tally), {}});
}

std::size_t UpstreamPools::choose(std::uint64_t tried) noexcept {
  const auto now = loop_.ticks();
  const auto count = servers_.size();
  const auto start = turn_++ % count;
  const bool least = upstream_->options().balance == net::Balance::least_connections;
  std::size_t best = count;
  for (const bool healthy_only : {true, false}) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = (start + i) % count;
      if ((tried >> at & 1U) != 0 || (healthy_only && servers_[at].failed_until > now)) continue;
      if (best == count || (least && servers_[at].pool->busy_connections() < servers_[best].pool->busy_connections())) best = at;
      if (!least) return best;
    }
    if (best != count) return best;
  }
  return start;
}

Result<UpstreamPools::Taken> UpstreamPools::take(bool fresh, std::uint64_t tried) {
  for (;;) {
    const auto server = servers_.size() == 1 ? 0 : choose(tried);
    auto connection = servers_[server].pool->take(fresh);
    if (connection) return Taken{*connection, server};
    // Full, or refused within the call: another server may do.
    if (connection.error().fault == Fault::unavailable) failed(server);
    tried |= std::uint64_t{1} << server;
    if (static_cast<std::size_t>(std::popcount(tried)) >= servers_.size()) return std::move(connection).error();
  }
}

void UpstreamPools::failed(std::size_t server) noexcept { servers_[server].failed_until = loop_.ticks() + passed_over; }

}  // namespace gatehouse::gateway
