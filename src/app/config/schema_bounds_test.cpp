// The schema for editors beside the reader: what one value can be wrong in by itself is wrong for both, and what the reader takes the schema takes.
#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "app/config/documents.hpp"
#include "app/config/trial_document.hpp"
#include "app/config/yaml.hpp"
#include "engines/schema/schema.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "ground/settings/describe.hpp"
#include "ground/settings/number_pattern.hpp"
#include "ground/settings/value.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

namespace {

void each_field(const settings::Shape& shape, const std::string& path, const std::function<void(const std::string&, const settings::Field&)>& visit) {
  if (shape.items) each_field(shape.items->shape(), path + "[]", visit);
  for (const auto& field : shape.fields) {
    visit(path + "." + field.name, field);
    each_field(field.type->shape(), path + "." + field.name, visit);
  }
}

schema::Schema compiled(const std::string& text) {
  const auto document = json::parse(text);
  REQUIRE(document);
  auto made = schema::compile(document->root());
  REQUIRE_MESSAGE(made, (made ? std::string() : to_text(made.error()) + " in " + text));
  return *std::move(made);
}

bool takes(const schema::Schema& schema, const std::string& json) {
  const auto document = json::parse(json);
  REQUIRE_MESSAGE(document, json);
  return schema.valid(document->root());
}

/// The JSON text is YAML, too.
bool takes(const settings::Field& field, const std::string& folder, const std::string& json) {
  settings::Reader reader({.file = {}, .folder = folder, .environment = [](const std::string&) { return std::optional<std::string>("value"); }});
  const auto node = parse_yaml(json, reader);
  return node && reader.problems().empty() && field.accepts(reader, *node);
}

std::string json_text(std::string_view text) {
  std::string out;
  json::Writer(out).value(text);
  return out;
}

/// What a setting holds by itself or in a list: what bounds are of.
const settings::Shape& inner(const settings::Field& field) {
  const auto& shape = field.type->shape();
  return shape.kind == settings::Shape::Kind::list ? shape.items->shape() : shape;
}

/// At both ends of what the type says it takes ("1s to 1h"), and one step beyond.
std::vector<std::string> ends_of(const settings::Shape& shape) {
  std::vector<std::string> out;
  const auto to = shape.range.find(" to ");
  for (const auto& end : to == shape.range.npos ? std::vector<std::string>{} : std::vector{shape.range.substr(0, to), shape.range.substr(to + 4)}) {
    std::uint64_t number = 0;
    const auto size = settings::parse_byte_size(end);
    const auto time = settings::parse_duration(end);
    if (shape.name == "byte size" && size) number = *size;
    else if (shape.name == "duration" && time) number = static_cast<std::uint64_t>(*time / 1ms);
    else continue;
    for (const auto& one : {number, number + 1, number == 0 ? 0 : number - 1})
      out.push_back(std::to_string(one) + (shape.name == "byte size" ? "B" : "ms"));
    out.push_back(end);
    out.push_back("00" + end);
  }
  return out;
}

}  // namespace

TEST_CASE("a range of numbers as a pattern takes those numbers and no other") {
  const std::pair<std::uint64_t, std::uint64_t> ranges[] = {{0, 0},     {0, 9},    {1, 9},    {1, 10},     {0, 10},    {5, 120},
                                                            {17, 345},  {1, 1000}, {99, 101}, {9, 999},    {100, 100}, {199, 200},
                                                            {209, 731}, {10, 999}, {88, 888}, {1, 65'535}, {512, 1024}};
  for (const auto& [low, high] : ranges) {
    CAPTURE(low);
    CAPTURE(high);
    const auto schema = compiled("{\"pattern\":" + json_text("^(?:" + settings::number_pattern(low, high) + ")$") + "}");
    std::size_t wrong = 0;
    for (std::uint64_t number = 0; number <= 1100; ++number)
      if (takes(schema, json_text(std::to_string(number))) != (number >= low && number <= high)) ++wrong;
    CHECK(wrong == 0);
    CHECK_FALSE(takes(schema, "\"\""));
    CHECK_FALSE(takes(schema, json_text(std::to_string(high) + "x")));
  }
  const auto large = compiled("{\"pattern\":" + json_text("^(?:" + settings::number_pattern(1, 9'223'372'036'854'775'807) + ")$") + "}");
  CHECK(takes(large, "\"9223372036854775807\""));
  CHECK_FALSE(takes(large, "\"9223372036854775808\""));
  CHECK_FALSE(takes(large, "\"0\""));
}

TEST_CASE("the schema takes what the reader takes, and refuses what a value by itself is wrong in") {
  const std::vector<std::string> texts{"",
                                       "x",
                                       "a b",
                                       "A",
                                       "x_y",
                                       "_",
                                       "x-y",
                                       "a:b",
                                       "none",
                                       "auto",
                                       "0s",
                                       "1ms",
                                       "10s",
                                       "90d",
                                       "1h",
                                       "1.5h",
                                       "24h",
                                       "5m",
                                       "1w",
                                       "0ms",
                                       "4000d",
                                       "0B",
                                       "1B",
                                       "1KiB",
                                       "64KiB",
                                       "1MiB",
                                       "1GiB",
                                       "65GiB",
                                       "10MB",
                                       "1 MiB",
                                       "0/s",
                                       "1/s",
                                       "600/m",
                                       "1000/h",
                                       "5/10s",
                                       "10/d",
                                       "1/500ms",
                                       "1/0s",
                                       "1/367d",
                                       "1000000001/s",
                                       "00/s",
                                       "01/s",
                                       "1/",
                                       "/s",
                                       "10.0.0.0/8",
                                       "10.0.0.0",
                                       "10.0.0.0/33",
                                       "0.0.0.0/0",
                                       "::1",
                                       "2001:db8::/32",
                                       "::/129",
                                       "1.2",
                                       "10",
                                       "127.0.0.1:1",
                                       "[::1]:80",
                                       "1.2.3.4:65536",
                                       "localhost:80",
                                       "http://x",
                                       "https://h/p",
                                       "/x",
                                       "/x/{a}",
                                       "x-checksum",
                                       "x_device_id",
                                       "a\nb",
                                       "a\u007fb",
                                       "~",
                                       "~/x",
                                       "~x",
                                       "ES256",
                                       "www-data",
                                       "api.example.org",
                                       "*.example.org",
                                       "*.",
                                       "1.2.3.4.5",
                                       "a.5",
                                       "at+jwt"};
  // Of these a text alone is right or wrong, whatever else there is.
  const std::set<std::string, std::less<>> judged_alone{"duration", "byte size", "rate", "address block", "text", "whole number"};
  Folder folder;
  folder.write("issuer.secret", "0123456789abcdef0123456789abcdef\n");
  std::size_t bounded = 0, refused_by_both = 0;
  each_field(configuration_settings().shape(), "", [&](const std::string& path, const settings::Field& field) {
    CAPTURE(path);
    const auto& shape = inner(field);
    const auto schema = compiled(settings::json_schema(*field.type));
    std::vector<std::string> values{"0", "-1", "1", "5", "1.5", "10000000000000000", "true", "[]", "{}", "[[]]", "{\"x\":1}"};
    auto all = texts;
    for (auto& end : ends_of(shape)) all.push_back(std::move(end));
    for (const auto& text : all) {
      values.push_back(json_text(text));
      values.push_back("[" + json_text(text) + "]");
    }
    if (shape.kind == settings::Shape::Kind::integer)
      for (const auto number : {shape.minimum, shape.maximum})
        for (const auto one : {number - 1, number, number + 1})
          if (number != std::numeric_limits<std::int64_t>::max()) values.push_back(std::to_string(one));
    const bool alone = judged_alone.contains(shape.name);
    bounded += alone ? 1 : 0;
    for (const auto& value : values) {
      CAPTURE(value);
      const bool read = takes(field, folder.path(), value), valid = takes(schema, value);
      if (read) CHECK_MESSAGE(valid, "the schema refuses what the reader takes");
      const bool everybody = shape.name == "address block" && value.contains("/0\"");  // which lists may not hold it only their blocks know
      if (!read && alone && !everybody) CHECK_MESSAGE(!valid, "the schema takes what the reader refuses");
      if (!read && !valid) ++refused_by_both;
    }
  });
  CHECK(bounded > 60);
  CHECK(refused_by_both > 10'000);
}

TEST_CASE("what is no name of a trailer or of a header with an underscore is seen by the schema, and so are empty texts and paths of a shell") {
  const auto whole = compiled(schema_document());
  const auto route = [&](std::string_view member) {
    return takes(
        whole,
        R"({"listeners":[{"address":"127.0.0.1:1","tls":"off"}],"upstreams":{"a":{"servers":["http://127.0.0.1:3000"]}},"routes":[{"name":"r",)"
        R"("path":"/","methods":["GET"],"upstream":"a","authenticate":"none",)" +
            std::string(member) + "}]}");
  };
  CHECK(route(R"("trailers":["x-checksum"])"));
  for (const auto* wrong : {"a b", "a:b", "X-Checksum", "", "x_checksum"}) CHECK_FALSE(route("\"trailers\":[\"" + std::string(wrong) + "\"]"));
  CHECK(route(R"("allow_underscore_headers":["x_device_id"])"));
  for (const auto* wrong : {"x-device-id", "x_device id", "X_Device", ""})
    CHECK_FALSE(route("\"allow_underscore_headers\":[\"" + std::string(wrong) + "\"]"));
  CHECK(route(R"("limits":{"rate":"1/s"})"));
  CHECK_FALSE(route(R"("limits":{"rate":"0/s"})"));
  CHECK(route(R"("body_max":"1B")"));
  CHECK(route(R"("body_max":"none")"));
  CHECK_FALSE(route(R"("body_max":"0B")"));
  const auto issuer = [&](std::string_view name, std::string_view audience) {
    return takes(
        compiled(settings::json_schema(*configuration_settings().erased())),
        R"({"listeners":[{"address":"127.0.0.1:1","tls":"off"}],"upstreams":{"a":{"servers":["http://127.0.0.1:3000"]}},"routes":[],"issuers":{"i":{"issuer":")" +
            std::string(name) + R"(","audience":)" + std::string(audience) + R"(,"jwks":{"file":"a.jwks"}}}})");
  };
  CHECK(issuer("https://i.example", R"(["a"])"));
  CHECK_FALSE(issuer("", R"(["a"])"));
  CHECK_FALSE(issuer("https://i.example", "[]"));
  CHECK_FALSE(issuer("https://i.example", R"([""])"));
}
