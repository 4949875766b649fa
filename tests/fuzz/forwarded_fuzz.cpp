// The field Forwarded, against three promises: what is read prints and reads as the same hops; a second reader, which looks for quotes only, finds as
// many elements; and whatever a stranger sent and has for a Host, a proxy that appends its own element to it is the one that names the last hop.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/assert.hpp"
#include "ground/http/forwarded.hpp"

namespace {
using gatehouse::http::ForwardedElement;
using gatehouse::http::ForwardedHops;

std::vector<ForwardedElement> elements_of(const ForwardedHops& hops) {
  std::vector<ForwardedElement> elements;
  for (std::size_t i = hops.size(); i > 0; --i) elements.push_back(hops.from_right(i - 1));
  return elements;
}

std::string print(const std::vector<ForwardedElement>& elements) {
  std::string text;
  for (const auto& [client, scheme] : elements) {
    text += "for=";
    if (!client) text += "unknown";
    else text += client->is_v4() ? client->to_text() : "\"[" + client->to_text() + "]\"";
    switch (scheme) {
      case ForwardedElement::Scheme::unsaid: break;
      case ForwardedElement::Scheme::http: text += ";proto=http"; break;
      case ForwardedElement::Scheme::https: text += ";proto=\"https\""; break;
      case ForwardedElement::Scheme::other: text += ";proto=x"; break;
    }
    text += ", ";
  }
  return text;
}

/// Parts between commas outside of quotes that hold more than blanks and `;`.
std::size_t count_naively(std::string_view line) {
  std::size_t count = 0;
  bool quoted = false, escaped = false, filled = false;
  for (const char c : line) {
    if (!quoted && c == ',') {
      count += filled ? 1 : 0;
      filled = false;
      continue;
    }
    filled |= c != ' ' && c != '\t' && c != ';';
    if (c == '"' && !escaped) quoted = !quoted;
    escaped = quoted && c == '\\' && !escaped;
  }
  return count + (filled ? 1 : 0);
}

/// As RFC 9110 section 5.6.4 has it.
std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void check_last_hop(std::string_view line, const std::string& appended) {
  ForwardedHops hops;
  if (hops.read(std::string(line) + ", " + appended)) GH_ASSERT(hops.from_right(0).client == gatehouse::http::Address::parse("192.0.2.7"));
  ForwardedHops apart;
  if (apart.read(line) && apart.read(appended)) GH_ASSERT(apart.from_right(0).client == gatehouse::http::Address::parse("192.0.2.7"));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');  // behind it the Host; a field line has none
  const auto line = text.substr(0, line_end);
  const auto host = line_end == text.npos ? std::string_view("a.example") : text.substr(line_end + 1);

  ForwardedHops hops;
  if (hops.read(line)) {
    const auto elements = elements_of(hops);
    if (elements.size() < gatehouse::http::hops_max) GH_ASSERT(elements.size() == count_naively(line));
    ForwardedHops again;
    GH_ASSERT(again.read(print(elements)));
    GH_ASSERT(elements_of(again) == elements);
    ForwardedHops twice;
    GH_ASSERT(twice.read(std::string(line) + "," + std::string(line)));
  }
  check_last_hop(line, "for=192.0.2.7;host=" + in_quotes(host) + ";proto=https");
  check_last_hop(line, "by=10.0.0.1;host=" + in_quotes(host) + ";for=\"192.0.2.7:80\"");
  if (host.find_first_of("\"\\") == host.npos) check_last_hop(line, "for=192.0.2.7;host=\"" + std::string(host) + '"');
  return 0;
}
