// A problem as JSON, XML or plain text, and which of them the caller reads.
#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "ground/base/text.hpp"
#include "ground/http/problem.hpp"

namespace gatehouse::http {

namespace {
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// Calls `write` with one character after the other: the bytes of one UTF-8 sequence, or U+FFFD for a byte that belongs to none.
template <class Write>
void each_character(std::string_view text, const Write& write) {
  while (!text.empty()) {
    std::size_t size = 1;
    if (static_cast<unsigned char>(text[0]) < 0x80) {  // nearly every one
      write(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    while (size <= std::min<std::size_t>(4, text.size()) && !text::is_utf8(text.substr(0, size))) ++size;
    if (size > std::min<std::size_t>(4, text.size())) {
      write(replacement);
      text.remove_prefix(1);
    } else {
      write(text.substr(0, size));
      text.remove_prefix(size);
    }
  }
}

bool is_control(std::string_view character) { return static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7F; }

/// Stands for itself in a JSON string. Not the angle bracket, so that the body stays harmless where somebody takes it for HTML.
constexpr std::array<bool, 256> plain_in_json = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\' && c != '<';
  return plain;
}();

void append_json(std::string& out, std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return plain_in_json[static_cast<unsigned char>(c)]; });
  out.append(text.begin(), end);
  each_character({end, text.end()}, [&](std::string_view c) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (is_control(c) || c == "<") (out += "\\u00") += {digits[static_cast<unsigned char>(c[0]) >> 4], digits[c[0] & 15]};
    else if (c == "\"" || c == "\\") (out += '\\') += c;
    else out += c;
  });
}

void append_xml(std::string& out, std::string_view text) {
  each_character(text, [&](std::string_view c) {
    if (c == "<") out += "&lt;";
    else if (c == ">") out += "&gt;";
    else if (c == "&") out += "&amp;";
    else if (is_control(c) || c == "\xEF\xBF\xBE" || c == "\xEF\xBF\xBF") out += replacement;  // not characters of XML 1.0, section 2.2
    else out += c;
  });
}

void append_text(std::string& out, std::string_view text) {
  each_character(text, [&](std::string_view c) { out += is_control(c) ? replacement : c; });
}

/// A member of the problem; its value is the parts one after the other.
struct ProblemMember {
  std::string_view name;
  std::array<std::string_view, 3> parts;
};

struct ProblemMembers {
  std::array<ProblemMember, 6> all;
  std::size_t count = 0;
  char status[5];

  ProblemMembers(const Problem& problem, std::string_view decision_id) noexcept {
    const auto& kind = info(problem.kind);
    const auto status_end = std::to_chars(status, status + sizeof status, kind.status).ptr;
    add("type", {"urn:gatehouse:problem:", kind.slug});
    add("title", {kind.title});
    add("status", {std::string_view(status, static_cast<std::size_t>(status_end - status))});
    if (problem.told.empty()) add("detail", {kind.remedy});
    else add("detail", {problem.told, " ", kind.remedy});
    if (decision_id.empty()) return;
    add("instance", {"urn:gatehouse:decision:", decision_id});
    add("decision", {decision_id});
  }
  ProblemMembers(const ProblemMembers&) = delete;  // the status is a part of one of them
  ProblemMembers& operator=(const ProblemMembers&) = delete;
  [[nodiscard]] std::span<const ProblemMember> members() const noexcept { return {all.data(), count}; }

 private:
  void add(std::string_view name, std::array<std::string_view, 3> parts) noexcept { all[count++] = {name, parts}; }
};

/// A weight of RFC 9110 section 12.4.2 in thousandths; a malformed one counts as 0, so that it never wins.
unsigned weight_of(std::string_view range) {
  for (auto at = range.find(';'); at != range.npos; at = range.find(';', at + 1)) {
    auto parameter = text::trim(range.substr(at + 1, range.find(';', at + 1) - at - 1));
    if (parameter.size() < 2 || text::lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    parameter.remove_prefix(2);
    if (parameter.empty() || parameter.size() > 5 || (parameter[0] != '0' && parameter[0] != '1') || (parameter.size() > 1 && parameter[1] != '.'))
      return 0;
    unsigned weight = static_cast<unsigned>(parameter[0] - '0') * 1000, place = 100;
    for (const char c : parameter.substr(std::min<std::size_t>(2, parameter.size()))) {
      if (!text::is_digit(c)) return 0;
      weight += static_cast<unsigned>(c - '0') * place;
      place /= 10;
    }
    return weight <= 1000 ? weight : 0;
  }
  return 1000;
}

/// How closely a media range names a form: 0 not at all, 3 exactly. A browser, which asks for HTML, gets plain text.
int closeness(std::string_view range, ProblemMedia media) {
  static constexpr std::array<std::array<std::string_view, 3>, 3> media_names{{{"application/problem+json", "application/json", "text/json"},
                                                                               {"text/plain", "text/html", "application/xhtml+xml"},
                                                                               {"application/problem+xml", "application/xml", "text/xml"}}};
  for (const auto name : media_names[static_cast<std::size_t>(media)])
    if (text::equal_ignoring_case(range, name)) return 3;
  if (text::equal_ignoring_case(range, media == ProblemMedia::text ? "text/*" : "application/*")) return 2;
  return range == "*/*" ? 1 : 0;
}
}  // namespace

ProblemMedia problem_media(std::string_view accept) noexcept {
  constexpr std::array order{ProblemMedia::json, ProblemMedia::text, ProblemMedia::xml};
  struct Found {
    int closeness = 0;
    unsigned weight = 0;
  };
  std::array<Found, 3> found;
  for (int ranges = 0; !accept.empty() && ranges < 32; ++ranges) {
    const auto comma = accept.find(',');
    const auto range = accept.substr(0, comma);
    accept = comma == accept.npos ? std::string_view() : accept.substr(comma + 1);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const int close = closeness(text::trim(range.substr(0, range.find(';'))), order[i]);
      if (close == 0 || close < found[i].closeness) continue;
      const unsigned weight = weight_of(range);
      if (close > found[i].closeness || weight > found[i].weight) found[i] = {close, weight};
    }
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < order.size(); ++i)
    if (found[i].weight > found[best].weight) best = i;
  return order[best];
}

std::string_view content_type(ProblemMedia media) noexcept {
  switch (media) {
    case ProblemMedia::json: return "application/problem+json";
    case ProblemMedia::text: return "text/plain; charset=utf-8";
    case ProblemMedia::xml: return "application/problem+xml";
  }
  return "application/problem+json";
}

std::string render(const Problem& problem, std::string_view decision_id, ProblemMedia media) {
  const ProblemMembers members(problem, decision_id);
  std::string out;
  out.reserve(512);
  switch (media) {
    case ProblemMedia::json:
      for (const auto& [name, parts] : members.members()) {
        ((out += out.empty() ? "{\"" : ",\"") += name) += "\":";
        const bool quoted = name != "status";
        if (quoted) out += '"';
        for (const auto part : parts) append_json(out, part);
        if (quoted) out += '"';
      }
      out += "}\n";
      break;
    case ProblemMedia::xml:
      out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<problem xmlns=\"urn:ietf:rfc:7807\">";
      for (const auto& [name, parts] : members.members()) {
        ((out += '<') += name) += '>';
        for (const auto part : parts) append_xml(out, part);
        ((out += "</") += name) += '>';
      }
      out += "</problem>\n";
      break;
    case ProblemMedia::text:
      for (const auto& [name, parts] : members.members()) {
        (out += name) += ": ";
        for (const auto part : parts) append_text(out, part);
        out += '\n';
      }
      break;
  }
  return out;
}

}  // namespace gatehouse::http
