// A problem as JSON, XML or plain text, and which of them the caller reads.
#include <algorithm>
#include <array>
#include <string>

#include "ground/base/assert.hpp"
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

/// What stands around the texts of a problem in one form:
///
///   opening  type  title_head  title  status_head  status  detail_head  DETAIL  detail_tail
///   [instance_head  ID  decision_head  ID  decision_tail]  [VIOLATIONS]  closing
struct Frame {
  std::string_view opening, title_head, status_head, detail_head, detail_tail, instance_head, decision_head, decision_tail, closing;
};
constexpr Frame json_frame{.opening = R"({"type":"urn:gatehouse:problem:)",
                           .title_head = R"(","title":")",
                           .status_head = R"(","status":)",
                           .detail_head = R"(,"detail":")",
                           .detail_tail = R"(")",
                           .instance_head = R"(,"instance":"urn:gatehouse:decision:)",
                           .decision_head = R"(","decision":")",
                           .decision_tail = R"(")",
                           .closing = "}\n"};
constexpr Frame text_frame{.opening = "type: urn:gatehouse:problem:",
                           .title_head = "\ntitle: ",
                           .status_head = "\nstatus: ",
                           .detail_head = "\ndetail: ",
                           .detail_tail = "\n",
                           .instance_head = "instance: urn:gatehouse:decision:",
                           .decision_head = "\ndecision: ",
                           .decision_tail = "\n",
                           .closing = ""};
constexpr Frame xml_frame{.opening = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<problem xmlns=\"urn:ietf:rfc:7807\"><type>urn:gatehouse:problem:",
                          .title_head = "</type><title>",
                          .status_head = "</title><status>",
                          .detail_head = "</status><detail>",
                          .detail_tail = "</detail>",
                          .instance_head = "<instance>urn:gatehouse:decision:",
                          .decision_head = "</instance><decision>",
                          .decision_tail = "</decision>",
                          .closing = "</problem>\n"};
constexpr std::array frames{json_frame, text_frame, xml_frame};  // by ProblemMedia

/// Stands for itself in every form: printable ASCII without the marks of JSON and XML.
constexpr std::array<bool, 256> plain_everywhere = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  return plain;
}();
bool is_plain_everywhere(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return plain_everywhere[static_cast<unsigned char>(c)]; });
}

/// `text` for that form; `room` holds it if it had to be changed.
std::string_view escaped(std::string_view text, ProblemMedia media, std::string& room) {
  if (is_plain_everywhere(text)) return text;
  switch (media) {
    case ProblemMedia::json: append_json(room, text); break;
    case ProblemMedia::text: append_text(room, text); break;
    case ProblemMedia::xml: append_xml(room, text); break;
  }
  return room;
}

/// The list of violations as a member of its own, for its form.
std::string violations_of(const Problem& problem, ProblemMedia media) {
  std::string out;
  const auto put = [&](std::string_view head, std::string_view text, std::string_view tail) {
    std::string room;
    out.append(head).append(escaped(text, media, room)).append(tail);
  };
  const char* before = media == ProblemMedia::json ? R"(,"violations":[)" : media == ProblemMedia::xml ? "<violations>" : "";
  for (const auto& violation : problem.violations) {
    out += before;
    const auto in = to_text(violation.in);
    switch (media) {
      case ProblemMedia::json:
        put(R"({"in":")", in, "\"");
        put(violation.in == Violation::In::body ? R"(,"pointer":")" : R"(,"name":")", violation.at, "\"");
        put(R"(,"detail":")", violation.detail, "\"");
        put(R"(,"contract":")", violation.contract, "\"}");
        before = ",";
        break;
      case ProblemMedia::text:
        put("violation: ", in, "");
        put(violation.at.empty() ? "" : " ", violation.at, ": ");
        put("", violation.detail, " (");
        put("", violation.contract, ")\n");
        break;
      case ProblemMedia::xml:
        put("<violation><in>", in, "</in>");
        put(violation.in == Violation::In::body ? "<pointer>" : "<name>", violation.at,
            violation.in == Violation::In::body ? "</pointer>" : "</name>");
        put("<detail>", violation.detail, "</detail>");
        put("<contract>", violation.contract, "</contract></violation>");
        before = "";
        break;
    }
  }
  if (media == ProblemMedia::json) out += "]";
  if (media == ProblemMedia::xml) out += "</violations>";
  return out;
}

/// What is the same for every problem of a kind in a form, up to what is told: made once.
class Templates {
 public:
  Templates() {
    for (const auto& kind : all_problems()) {
      GH_ASSERT(is_plain_everywhere(kind.slug) && is_plain_everywhere(kind.title));
      for (std::size_t media = 0; media < frames.size(); ++media) {
        const auto& frame = frames[media];
        auto& opening = all_[static_cast<std::size_t>(kind.kind)][media];
        for (const auto part : {frame.opening, kind.slug, frame.title_head, kind.title, frame.status_head}) opening += part;
        opening.append(std::to_string(kind.status)).append(frame.detail_head);
      }
    }
  }
  [[nodiscard]] const std::string& of(ProblemKind kind, ProblemMedia media) const noexcept {
    return all_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(media)];
  }

 private:
  std::array<std::array<std::string, frames.size()>, static_cast<std::size_t>(ProblemKind::count_)> all_;
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
  if (accept.empty() || accept == "*/*" || accept == "application/json") return ProblemMedia::json;  // what programs send
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

std::string_view render(const Problem& problem, std::string_view decision_id, ProblemMedia media, Arena& memory) {
  static const Templates templates;
  const auto& frame = frames[static_cast<std::size_t>(media)];
  const auto& opening = templates.of(info(problem.kind).kind, media);
  std::string told_room, id_room, remedy_room;
  const auto advice = escaped(remedy(problem.kind, problem.rule), media, remedy_room);
  const auto told = escaped(problem.told, media, told_room), between = told.empty() ? std::string_view() : " ";
  const auto violations = problem.violations.empty() ? std::string() : violations_of(problem, media);
  if (decision_id.empty()) return memory.concat({opening, told, between, advice, frame.detail_tail, violations, frame.closing});
  const auto id = escaped(decision_id, media, id_room);
  return memory.concat({opening, told, between, advice, frame.detail_tail, frame.instance_head, id, frame.decision_head, id, frame.decision_tail,
                        violations, frame.closing});
}

}  // namespace gatehouse::http
