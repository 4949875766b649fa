#include "app/main/running/signals.hpp"

#include <pthread.h>

#include <csignal>
#include <initializer_list>

namespace gatehouse::main {
namespace {

sigset_t signal_set(std::initializer_list<int> signals) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() noexcept {
  const auto set = signal_set({SIGHUP, SIGTERM, SIGINT});
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signal wait_for_signal() noexcept {
  const auto set = signal_set({SIGHUP, SIGTERM, SIGINT});
  siginfo_t info{};
  while (::sigwaitinfo(&set, &info) < 0) {
  }
  Signal signal{.asked = info.si_signo == SIGHUP ? Asked::reload : Asked::stop, .user = {}, .process = {}};
  if (info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_TKILL) signal.user = info.si_uid, signal.process = info.si_pid;
  return signal;
}

void stop_at_once_on_next_signal() noexcept {
  const auto set = signal_set({SIGTERM, SIGINT});
  // Who starts us may have had them ignored, as a shell does for `gatehouse protect ... &` in a script: blocked they come all the same, unblocked they would not.
  for (const int signal : {SIGTERM, SIGINT}) static_cast<void>(std::signal(signal, SIG_DFL));
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace gatehouse::main
