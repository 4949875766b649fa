// Where connections of the admin socket wait until their line is there, read by one thread that waits for nobody. Who is silent keeps nobody out: of
// those who must show the credential yet only so many are let in that the longest waiting makes room for the next, and the server's own user and root
// have room of their own.
#pragma once
#include <poll.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/main/place/file.hpp"
#include "ground/base/result.hpp"
#include "ground/base/time.hpp"

namespace gatehouse::main {

struct AnteroomLimits {
  std::size_t strangers_max = 16;
  std::size_t strangers_bytes_max = 32U << 20U;  ///< of all their lines together
  std::size_t known_max = 64;
  std::size_t known_line_bytes_max = 64U << 20U;
  std::size_t line_bytes_max = 16U << 20U;  ///< of a stranger's
  std::chrono::seconds patience{30};        ///< for a whole line
};

class Anteroom {
 public:
  /// A line that is there whole, or why there will be none.
  struct Heard {
    Descriptor connection;
    bool known;
    Result<std::string> line;
  };

  explicit Anteroom(AnteroomLimits limits) : limits_(limits) {}

  /// `known`: the peer's user needs no credential. Who is over the bound of its kind takes the place of the one that has waited longest.
  void admit(Descriptor connection, bool known, Ticks now);
  /// What is to be asked of poll(), behind what is there already.
  void append_to(std::vector<pollfd>& polled) const;
  /// Reads what is there. `polled`: as append_to() added them, answered. In the order in which they came in.
  [[nodiscard]] std::vector<Heard> listen(std::span<const pollfd> polled, Ticks now);
  /// Milliseconds until the first patience ends; -1: nobody waits.
  [[nodiscard]] int wait(Ticks now) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return guests_.size(); }

 private:
  struct Guest {
    Descriptor connection;
    bool known;
    Ticks since;
    std::string text;
  };
  /// The line, an error, or nothing yet.
  [[nodiscard]] std::optional<Result<std::string>> hear(Guest& guest) const;
  void make_room(bool known, std::size_t places);
  void bound_strangers();

  AnteroomLimits limits_;
  std::vector<Guest> guests_;  // in the order in which they came in
};

}  // namespace gatehouse::main
