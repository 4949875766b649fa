#include "app/main/admin/anteroom.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ground/base/assert.hpp"

namespace gatehouse::main {

void Anteroom::admit(Descriptor connection, bool known, Ticks now) {
  make_room(known, known ? limits_.known_max : limits_.strangers_max);
  guests_.push_back({std::move(connection), known, now, {}});
}

void Anteroom::make_room(bool known, std::size_t places) {
  const auto of_its_kind = [known](const Guest& guest) { return guest.known == known; };
  if (static_cast<std::size_t>(std::ranges::count_if(guests_, of_its_kind)) >= places) guests_.erase(std::ranges::find_if(guests_, of_its_kind));
}

void Anteroom::bound_strangers() {
  const auto stranger = [](const Guest& guest) { return !guest.known; };
  std::size_t bytes = 0;
  for (const auto& guest : guests_)
    if (!guest.known) bytes += guest.text.size();
  while (bytes > limits_.strangers_bytes_max) {
    const auto longest = std::ranges::find_if(guests_, stranger);
    bytes -= longest->text.size();
    guests_.erase(longest);
  }
}

void Anteroom::append_to(std::vector<pollfd>& polled) const {
  for (const auto& guest : guests_) polled.push_back({guest.connection.get(), POLLIN, 0});
}

std::optional<Result<std::string>> Anteroom::hear(Guest& guest) const {
  constexpr int blocks_a_turn = 16;  // then the others are heard
  std::array<char, 16384> block;
  for (int i = 0; i < blocks_a_turn; ++i) {
    const auto got = ::recv(guest.connection.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return std::nullopt;
    if (got < 0) return system_error("admin socket");
    if (got == 0) return refuse(Fault::unavailable, "the other side of the admin socket went away");
    const std::string_view part(block.data(), static_cast<std::size_t>(got));
    const auto end = part.find('\n');
    guest.text.append(part.substr(0, end));
    if (guest.text.size() > (guest.known ? limits_.known_line_bytes_max : limits_.line_bytes_max))
      return refuse(Fault::exhausted, "the line on the admin socket is too long");
    if (end != std::string_view::npos) return std::move(guest.text);
  }
  return std::nullopt;
}

std::vector<Anteroom::Heard> Anteroom::listen(std::span<const pollfd> polled, Ticks now) {
  GH_ASSERT(polled.size() == guests_.size());
  std::vector<Heard> heard;
  std::vector<Guest> staying;
  for (std::size_t i = 0; i < guests_.size(); ++i) {
    auto& guest = guests_[i];
    auto outcome = polled[i].revents == 0 ? std::nullopt : hear(guest);
    if (!outcome && now - guest.since >= limits_.patience)
      outcome.emplace(refuse(Fault::unavailable, "the other side of the admin socket is too slow"));
    if (outcome) heard.push_back({std::move(guest.connection), guest.known, std::move(*outcome)});
    else staying.push_back(std::move(guest));
  }
  guests_ = std::move(staying);
  bound_strangers();
  return heard;
}

int Anteroom::wait(Ticks now) const noexcept {
  if (guests_.empty()) return -1;
  const auto ends = guests_.front().since + limits_.patience;  // who came in first
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(ends - now).count()));
}

}  // namespace gatehouse::main
