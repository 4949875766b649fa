// The main of every test program: its tests, or one of its ChildPrograms.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "ground/base/testing.hpp"

int main(int count, char** arguments) {
  if (gatehouse::testing::ChildProgram::run_if_asked(count, arguments)) return 0;
  return doctest::Context(count, arguments).run();
}
