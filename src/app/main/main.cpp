// The program `gatehouse`: reads its command line and runs one word of it (words/table.cpp).
#include <csignal>
#include <string_view>
#include <vector>

#include "app/main/command/run.hpp"
#include "app/main/privileges/hardening.hpp"

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error to look at, not a death
  const auto hardened = gatehouse::main::harden_process();
  gatehouse::main::Terminal terminal(stdout, stderr);
  if (!hardened) return static_cast<int>(terminal.fail(hardened.error()));
  const std::vector<std::string_view> words(arguments + (count > 0 ? 1 : 0), arguments + count);
  return static_cast<int>(gatehouse::main::run(words, terminal));
}
