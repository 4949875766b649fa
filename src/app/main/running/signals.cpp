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

Asked wait_for_signal() noexcept {
  const auto set = signal_set({SIGHUP, SIGTERM, SIGINT});
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal == SIGHUP ? Asked::reload : Asked::stop;
}

void stop_at_once_on_next_signal() noexcept {
  const auto set = signal_set({SIGTERM, SIGINT});
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace gatehouse::main
