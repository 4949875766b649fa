#include "engines/outbound/fetcher.hpp"

#include "engines/outbound/curl.hpp"

namespace gatehouse::outbound {
namespace {

struct Body {
  std::string text;
  std::size_t bytes_max = 0;
  bool too_long = false;
};

std::size_t take(const char* data, std::size_t, std::size_t size, void* body_pointer) noexcept {
  auto& body = *static_cast<Body*>(body_pointer);
  if (size > body.bytes_max - body.text.size()) {
    body.too_long = true;
    return 0;  // ends the transfer
  }
  body.text.append(data, size);
  return size;
}

/// libcurl asks at least once a second whether to go on; anything but zero ends the transfer.
int ask_whether_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return static_cast<const std::atomic<bool>*>(stop)->load(std::memory_order_relaxed) ? 1 : 0;
}

/// "host:port:address,address" for CURLOPT_RESOLVE; IPv6 in brackets.
std::string pinned(const settings::Url& url, const std::vector<http::Address>& addresses) {
  std::string out = url.host + ":" + std::to_string(url.port) + ":";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto text = addresses[i].to_text();
    out += (i == 0 ? "" : ",") + (addresses[i].is_v4() ? text : "[" + text + "]");
  }
  return out;
}

}  // namespace

Result<std::string> fetch(const settings::Url& url, const FetchOptions& options) {
  const auto stopped = [&] { return options.stop != nullptr && options.stop->load(std::memory_order_relaxed); };
  const auto give_up = [&] { return fail(Fault::unavailable, url.to_text() + ": given up, because the gate stops"); };
  if (stopped()) return give_up();
  const auto addresses = TRY(resolve(url, options.reach));
  auto transfer = TRY(Transfer::create());
  Body body{.text = {}, .bytes_max = options.bytes_max};
  const auto text = url.to_text();
  CHECK_OK(transfer.set(CURLOPT_URL, text.c_str()));
  CHECK_OK(transfer.set_list(CURLOPT_RESOLVE, pinned(url, addresses)));
  CHECK_OK(transfer.set_list(CURLOPT_HTTPHEADER, "Accept: " + options.accept));
  CHECK_OK(transfer.set(CURLOPT_USERAGENT, "gatehouse/" GATEHOUSE_VERSION));
  CHECK_OK(transfer.set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.time_max.count())));
  CHECK_OK(transfer.set(CURLOPT_WRITEFUNCTION, take));
  CHECK_OK(transfer.set(CURLOPT_WRITEDATA, &body));
  if (!options.ca_file.empty()) {
    CHECK_OK(transfer.set(CURLOPT_CAINFO, options.ca_file.c_str()));
    CHECK_OK(transfer.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr)));  // instead of the system's, not beside them
  }
  if (options.stop != nullptr) {
    CHECK_OK(transfer.set(CURLOPT_XFERINFOFUNCTION, ask_whether_stopped));
    CHECK_OK(transfer.set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(options.stop)));  // a void*: it is only read
    CHECK_OK(transfer.set(CURLOPT_NOPROGRESS, 0L));
  }
  const auto done = transfer.perform();
  if (body.too_long) return fail(Fault::exhausted, text + ": the answer is longer than " + std::to_string(options.bytes_max) + " bytes");
  if (!done && stopped()) return give_up();
  if (!done) return fail(Fault::unavailable, text + ": " + done.error().detail);
  long status = 0;
  CHECK_OK(transfer.check(transfer.curl().info(transfer.handle(), CURLINFO_RESPONSE_CODE, &status)));
  if (status != 200) return fail(Fault::unavailable, text + ": status " + std::to_string(status) + " instead of 200");
  return std::move(body.text);
}

}  // namespace gatehouse::outbound
