// GH_ASSERT states what our own code guarantees. It stays on in release builds: a crash is better than a wrong yes.
// What a client, an upstream, an operator, a file or the database can cause is a Result, never an assertion.
#pragma once

namespace gatehouse {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

#define GH_ASSERT(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) : ::gatehouse::assertion_failed(#condition, __FILE__, __LINE__))
