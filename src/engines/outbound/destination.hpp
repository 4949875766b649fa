// Which addresses a fetch may go to. A name is resolved once and the transfer is pinned to what was found, so that a second answer of the
// DNS (rebinding) cannot lead it elsewhere.
#pragma once
#include <string>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/http/address.hpp"
#include "ground/settings/value.hpp"

namespace gatehouse::outbound {

enum class Reach : bool {
  public_only,  ///< addresses of the public internet
  anywhere,     ///< also this machine and private networks: only for a URL that the operator wrote down himself
};

/// Neither loopback nor private nor link-local nor in any other special-purpose block (the registries of RFC 6890).
[[nodiscard]] bool is_public(const http::Address& address) noexcept;

/// All addresses of the host that may be reached, at most 8. Blocking (DNS). forbidden: it has addresses, none of which is allowed; a host
/// with one that is allowed and one that is not is refused too, because nothing honest has both.
[[nodiscard]] Result<std::vector<http::Address>> resolve(const settings::Url& url, Reach reach);

/// The same on addresses that were found already.
[[nodiscard]] Result<std::vector<http::Address>> allowed(std::vector<http::Address> found, Reach reach);

}  // namespace gatehouse::outbound
