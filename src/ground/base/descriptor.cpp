#include "ground/base/descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace gatehouse {

void Descriptor::close() noexcept {
  if (value_ < 0) return;
  const int before = errno;
  ::close(std::exchange(value_, -1));
  errno = before;
}

}  // namespace gatehouse
