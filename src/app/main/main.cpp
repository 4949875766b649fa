// The program `gatehouse`: reads its command line and runs one word of it (words/table.cpp).
#include <sys/stat.h>

#include <csignal>
#include <string_view>
#include <vector>

#include "app/main/command/run.hpp"

int main(int count, char** arguments) {
  // What we make is for us alone; a reader that goes away is an error to look at, not a death.
  ::umask(077);
  std::signal(SIGPIPE, SIG_IGN);
  gatehouse::main::Terminal terminal(stdout, stderr);
  const std::vector<std::string_view> words(arguments + (count > 0 ? 1 : 0), arguments + count);
  return static_cast<int>(gatehouse::main::run(words, terminal));
}
