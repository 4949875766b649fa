#include "services/keys/usage_export.hpp"

#include <chrono>

#include "ground/base/text.hpp"
#include "ground/json/writer.hpp"

namespace gatehouse::keys {

namespace {
void append_cell(std::string& line, std::string_view text) {
  line += ',';
  // Spreadsheets run a cell that begins so; the name of a key is chosen by whoever asked for it.
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front()) && text != "-";
  if (!formula && text.find_first_of("\",\r\n") == text.npos) {
    line += text;
    return;
  }
  line += formula ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

std::string csv_line(const UsageRow& row) {
  std::string line = day_text(row.day);
  for (const auto cell : {row.key, row.name, row.subject, row.route, row.feature}) append_cell(line, cell);
  return line += "," + std::to_string(row.requests) + "\r\n";
}

std::string json_object(const UsageRow& row) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("day", std::string_view(day_text(row.day)))
      .member("key", row.key)
      .member("name", row.name)
      .member("subject", row.subject)
      .member("route", row.route)
      .member("feature", row.feature)
      .member("requests", row.requests)
      .end();
  return text;
}

std::string digits(unsigned number, std::size_t width) {
  const auto text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}
}  // namespace

Result<> export_usage(store::Store& store, const UsageQuestion& question, UsageFormat format,
                      const std::function<Result<>(std::string_view)>& write) {
  if (format == UsageFormat::csv) {
    CHECK_OK(write("day,key,name,subject,route,feature,requests\r\n"));
    return for_each_usage(store, question.first_day, question.last_day, question.key, [&](const UsageRow& row) { return write(csv_line(row)); });
  }
  bool first = true;
  CHECK_OK(write("["));
  CHECK_OK(for_each_usage(store, question.first_day, question.last_day, question.key, [&](const UsageRow& row) {
    const std::string before = first ? "\n" : ",\n";
    first = false;
    return write(before + json_object(row));
  }));
  return write("\n]\n");
}

std::string day_text(std::uint32_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return digits(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" + digits(static_cast<unsigned>(date.month()), 2) + "-" +
         digits(static_cast<unsigned>(date.day()), 2);
}

std::optional<std::uint32_t> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = text::parse_number<std::uint16_t>(text.substr(0, 4));
  const auto month = text::parse_number<std::uint8_t>(text.substr(5, 2)), day = text::parse_number<std::uint8_t>(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970 || *year > 2200) return std::nullopt;
  const auto date = std::chrono::year(*year) / std::chrono::month(*month) / std::chrono::day(*day);
  if (!date.ok()) return std::nullopt;
  return static_cast<std::uint32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace gatehouse::keys
