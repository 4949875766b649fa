#include "engines/outbound/curl.hpp"

#include <dlfcn.h>

#include <utility>

namespace gatehouse::outbound {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) noexcept {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<const Curl*> load() {
  static Curl curl;
  void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(Fault::unavailable, "libcurl (Debian: libcurl4) is needed to fetch URLs and is not installed");
  const bool whole = find(library, "curl_global_init", curl.global_init) && find(library, "curl_easy_init", curl.init) &&
                     find(library, "curl_easy_cleanup", curl.cleanup) && find(library, "curl_easy_setopt", curl.set) &&
                     find(library, "curl_easy_getinfo", curl.info) && find(library, "curl_easy_perform", curl.perform) &&
                     find(library, "curl_easy_send", curl.send) && find(library, "curl_easy_recv", curl.receive) &&
                     find(library, "curl_easy_strerror", curl.error_text) && find(library, "curl_slist_append", curl.append) &&
                     find(library, "curl_slist_free_all", curl.free_list);
  if (!whole) return fail(Fault::unavailable, "libcurl lacks a function that is needed");
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(Fault::unavailable, "libcurl cannot be started");
  return &curl;
}

}  // namespace

Result<const Curl*> load_curl() {
  static const auto loaded = load();  // once, whichever thread is first
  return loaded;
}

Result<Transfer> Transfer::create() {
  const auto* const curl = TRY(load_curl());
  CURL* const handle = curl->init();
  if (handle == nullptr) return fail(Fault::unavailable, "libcurl: out of memory");
  Transfer transfer(*curl, handle);
  CHECK_OK(transfer.set(CURLOPT_NOSIGNAL, 1L));
  CHECK_OK(transfer.set(CURLOPT_NOPROXY, "*"));
  CHECK_OK(transfer.set(CURLOPT_FOLLOWLOCATION, 0L));
  CHECK_OK(transfer.set(CURLOPT_PROTOCOLS_STR, "http,https"));
  CHECK_OK(transfer.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)));
  return transfer;
}

Transfer::Transfer(Transfer&& other) noexcept
    : curl_(other.curl_), handle_(std::exchange(other.handle_, nullptr)), lists_(std::exchange(other.lists_, {})) {}

Transfer::~Transfer() {
  if (handle_ != nullptr) curl_->cleanup(handle_);
  for (auto* const list : lists_) curl_->free_list(list);
}

Result<> Transfer::set_list(CURLoption option, const std::string& text) {
  auto* const list = curl_->append(nullptr, text.c_str());
  if (list == nullptr) return fail(Fault::unavailable, "libcurl: out of memory");
  lists_.push_back(list);
  return set(option, list);
}

Result<> Transfer::perform() { return check(curl_->perform(handle_)); }

Result<> Transfer::check(CURLcode code) const {
  if (code == CURLE_OK) return {};
  return fail(Fault::unavailable, curl_->error_text(code));
}

}  // namespace gatehouse::outbound
