// libcurl, loaded on first use: it costs four megabytes that a gate without fetched key sets need not pay. The few functions that we
// call, by their own types. Included by the .cpp files of this room only.
#pragma once
#include <curl/curl.h>

#include <string>
#include <vector>

#include "ground/base/result.hpp"

// The macros check types at compile time and hide the functions that we load by name.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace gatehouse::outbound {

struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) init;
  decltype(&curl_easy_cleanup) cleanup;
  decltype(&curl_easy_setopt) set;
  decltype(&curl_easy_getinfo) info;
  decltype(&curl_easy_perform) perform;
  decltype(&curl_easy_send) send;
  decltype(&curl_easy_recv) receive;
  decltype(&curl_easy_strerror) error_text;
  decltype(&curl_slist_append) append;
  decltype(&curl_slist_free_all) free_list;
};

/// The same object for all threads. unavailable: the library is not on this machine.
[[nodiscard]] Result<const Curl*> load_curl();

/// One transfer handle with what all our transfers share: no proxy from the environment, no redirect, no signal, our protocols only.
class Transfer {
 public:
  [[nodiscard]] static Result<Transfer> create();
  Transfer(Transfer&& other) noexcept;
  Transfer& operator=(Transfer&&) = delete;
  ~Transfer();

  template <class Value>
  [[nodiscard]] Result<> set(CURLoption option, Value value) {
    return check(curl_->set(handle_, option, value));
  }
  /// An option that takes a list, here of one text; kept as long as the transfer.
  [[nodiscard]] Result<> set_list(CURLoption option, const std::string& text);
  [[nodiscard]] Result<> perform();
  [[nodiscard]] const Curl& curl() const noexcept { return *curl_; }
  [[nodiscard]] CURL* handle() const noexcept { return handle_; }
  /// An error that says what libcurl found; `unavailable`.
  [[nodiscard]] Result<> check(CURLcode code) const;

 private:
  Transfer(const Curl& curl, CURL* handle) noexcept : curl_(&curl), handle_(handle) {}
  const Curl* curl_;
  CURL* handle_;
  std::vector<curl_slist*> lists_;
};

}  // namespace gatehouse::outbound
