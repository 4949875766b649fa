#include "app/main/privileges/hardening.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "app/main/place/file.hpp"

namespace gatehouse::main {
namespace {

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

// LeakSanitizer stops the process with ptrace(2), which a process that cannot be dumped does not allow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool dumpable = true;
#else
constexpr bool dumpable = false;
#endif

}  // namespace

Result<> harden_process() {
  ::umask(077);
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF && ::open("/dev/null", O_RDWR) != descriptor) return system_error("/dev/null");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("PR_SET_NO_NEW_PRIVS");
  return forbid_dumps();
}

Result<> forbid_dumps() {
  const ::rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return system_error("RLIMIT_CORE");
  if (!dumpable && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("PR_SET_DUMPABLE");
  return {};
}

void close_inherited_descriptors() noexcept {
  constexpr unsigned first_of_ours = 3;
  // Linux 5.9. Before it they stay open, as they would have everywhere else.
  ::syscall(SYS_close_range, first_of_ours, ~0U, 0U);
}

Result<> drop_capabilities() {
  ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return system_error("capget");
  constexpr std::uint32_t kept = 1U << CAP_DAC_OVERRIDE;
  const bool root = ::geteuid() == 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const std::uint32_t mask = root && i == 0 ? kept : 0;
    sets[i] = {.effective = sets[i].effective & mask, .permitted = sets[i].permitted & mask, .inheritable = 0};
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return system_error("PR_CAP_AMBIENT");
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return system_error("capset");
  const auto left = TRY(capabilities());
  if ((left & ~std::uint64_t{root ? kept : 0U}) != 0) return refuse(Fault::forbidden, "the kernel did not take all capabilities away");
  return {};
}

Result<std::uint64_t> capabilities() {
  ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return system_error("capget");
  return std::uint64_t{sets[1].permitted} << 32U | sets[0].permitted;
}

}  // namespace gatehouse::main
