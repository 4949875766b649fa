#include "engines/schema/report.hpp"

#include "ground/json/writer.hpp"

namespace gatehouse::schema {

namespace {
void write_locations(json::Writer& out, const std::string& keyword, const std::string& absolute, const std::string& instance) {
  out.member("keywordLocation", keyword);
  // The standard asks for a URI: of a schema without one the location tells no more than the one before.
  if (!absolute.starts_with('#')) out.member("absoluteKeywordLocation", absolute);
  out.member("instanceLocation", instance);
}

void write_basic(json::Writer& out, const Report& report) {
  if (!report.valid()) {
    out.key("errors").begin_array();
    for (const auto& violation : report.violations) {
      out.begin_object().member("valid", false);
      write_locations(out, violation.keyword_location, violation.absolute_location, violation.instance);
      out.member("error", violation.message).end();
    }
    out.end();
    return;
  }
  if (report.annotations.empty()) return;
  out.key("annotations").begin_array();
  for (const auto& annotation : report.annotations) {
    out.begin_object().member("valid", true);
    write_locations(out, annotation.keyword_location, annotation.absolute_location, annotation.instance);
    out.member("annotation", annotation.value).end();
  }
  out.end();
}

/// The reasons of a violation stand within it. As deep as alternatives within alternatives, which the writer's depth bounds.
void write_tree(json::Writer& out, const Report& report, std::uint32_t parent, int depth) {
  constexpr int depth_shown = 24;
  out.key("errors").begin_array();
  for (std::uint32_t i = 0; i < report.violations.size(); ++i) {
    const auto& violation = report.violations[i];
    if (violation.parent != parent) continue;
    out.begin_object().member("valid", false);
    write_locations(out, violation.keyword_location, violation.absolute_location, violation.instance);
    bool has_reasons = false;
    for (auto k = i + 1; k < report.violations.size() && !has_reasons; ++k) has_reasons = report.violations[k].parent == i;
    out.member("error", violation.message);
    if (has_reasons && depth < depth_shown) write_tree(out, report, i, depth + 1);
    out.end();
  }
  out.end();
}
}  // namespace

std::string to_json(const Report& report, Output format) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("valid", report.valid());
  if (format != Output::flag) out.member("keywordLocation", "").member("instanceLocation", "");
  if (format == Output::basic || (format == Output::detailed && report.valid())) write_basic(out, report);
  else if (format == Output::detailed) write_tree(out, report, Violation::none, 0);
  out.end();
  return text;
}

}  // namespace gatehouse::schema
