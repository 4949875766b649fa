// What is wrong with a contract, said to the person who can mend it: file, line, place, and what was expected there. All faults of a document are
// collected, not the first; but only so many, since a hostile document has as many as it likes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::contract {

/// An error refuses the contract. A warning names what its author should know and what does no harm.
enum class Gravity : std::uint8_t { error, warning };

struct Complaint {
  Gravity gravity = Gravity::error;
  std::string file;        ///< as it was named, relative to the folder of the contract
  std::uint32_t line = 1;  ///< from 1
  std::string pointer;     ///< JSON Pointer within the file; "" is the whole
  std::string what;        ///< a sentence without its full stop
};

/// "error: api.yaml:12: #/paths/~1pets/get: needs a name". One line; what a stranger's file put in is cut and cleaned of controls.
[[nodiscard]] std::string to_text(const Complaint& complaint);

class Complaints {
 public:
  static constexpr std::size_t kept_max = 200;  // of each gravity

  void add(Complaint complaint);
  [[nodiscard]] bool has_errors() const noexcept { return errors_ > 0; }
  [[nodiscard]] std::size_t errors() const noexcept { return errors_; }
  [[nodiscard]] std::size_t warnings() const noexcept { return warnings_; }
  /// Those kept, in the order of their coming.
  [[nodiscard]] const std::vector<Complaint>& all() const noexcept { return kept_; }
  /// No more of it is of use: reading may end.
  [[nodiscard]] bool full() const noexcept { return errors_ >= kept_max; }

 private:
  std::vector<Complaint> kept_;
  std::size_t errors_ = 0, warnings_ = 0;
};

}  // namespace gatehouse::contract
