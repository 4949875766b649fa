#include "engines/contract/complaint.hpp"

#include <utility>

namespace gatehouse::contract {

namespace {
constexpr std::size_t shown_max = 600;  // bytes of one part of a line

void append_clean(std::string& out, std::string_view text) {
  if (text.size() > shown_max) {
    auto end = shown_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}
}  // namespace

std::string to_text(const Complaint& complaint) {
  std::string out = complaint.gravity == Gravity::error ? "error: " : "warning: ";
  append_clean(out, complaint.file);
  out += ':' + std::to_string(complaint.line) + ": #";
  append_clean(out, complaint.pointer);
  out += ": ";
  append_clean(out, complaint.what);
  return out;
}

void Complaints::add(Complaint complaint) {
  auto& count = complaint.gravity == Gravity::error ? errors_ : warnings_;
  if (++count <= kept_max) kept_.push_back(std::move(complaint));
}

}  // namespace gatehouse::contract
