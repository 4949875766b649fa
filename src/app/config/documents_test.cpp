#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "app/config/documents.hpp"
#include "app/config/trial_document.hpp"
#include "app/config/yaml.hpp"
#include "ground/base/text.hpp"
#include "ground/http/cure.hpp"
#include "ground/json/document.hpp"
#include "ground/settings/describe.hpp"

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::trial;

namespace {

/// Calls `visit(path, field)` for every setting there is.
void each_setting(const settings::Shape& shape, const std::string& path,
                  const std::function<void(const std::string&, const settings::Field&)>& visit) {
  if (shape.items) each_setting(shape.items->shape(), path + "[]", visit);
  for (const auto& field : shape.fields) {
    visit(path + "." + field.name, field);
    each_setting(field.type->shape(), path + "." + field.name, visit);
  }
}

}  // namespace

TEST_CASE("what a configuration prints loads to the same configuration") {
  const std::string text = document(
      "data: /var/lib/gate\nworkers: 3\ntrusted_proxies: [10.0.0.0/8]\nmetrics: { address: \"[::1]:9464\" }\n"
      "connections: { body_rate_min: none, head_time: 1500ms }\n"
      "issuers: { i: { issuer: \"https://i.example\", audience: [\"a: b\", \"true\"], jwks: { url: \"https://i.example/k\" }, skew: none } }\n"
      "plans: { free: { rate: 5/10s, burst: 3, quota: { day: 10 } } }\nlimits: { per_address: none, failures: { ban: 36h } }\n");
  const auto first = load_text(text);
  REQUIRE(first);
  const auto second = load_text(to_text(*first));
  CAPTURE(to_text(*first));
  REQUIRE_MESSAGE(second.has_value(), render_errors(second ? Problems{} : second.error()));
  CHECK(to_text(*second) == to_text(*first));
  CHECK(second->issuers.at("i").audience == std::vector<std::string>{"a: b", "true"});
  CHECK(second->limits == first->limits);
  CHECK(second->connections == first->connections);
}

TEST_CASE("every example in the reference is taken by the setting that it is an example of, and so is every default") {
  Folder folder;
  folder.write("issuer.secret", "0123456789abcdef0123456789abcdef\n");
  std::size_t count = 0;
  each_setting(configuration_settings().shape(), "", [&](const std::string& path, const settings::Field& field) {
    ++count;
    for (const auto& value : {field.example, field.preset}) {
      if (value.empty() || (value == "{}" && field.type->shape().kind == settings::Shape::Kind::block)) continue;
      CAPTURE(path);
      CAPTURE(value);
      settings::Reader reader({.file = {}, .folder = folder.path(), .environment = {}});
      const auto node = parse_yaml(value, reader);
      REQUIRE(node);
      const bool right = field.accepts(reader, *node);
      CHECK_MESSAGE(right, render_errors(reader.take_problems()));
      if (field.required) break;  // a default that is never used
    }
  });
  CHECK(count > 100);
}

TEST_CASE("the example of the whole document loads as it stands, and so do its settings at their defaults") {
  const auto text = settings::yaml_example(*configuration_settings().erased());
  CHECK_MESSAGE(load_text(text).has_value(), render_errors(problems_of(text)));
}

TEST_CASE("the schema is JSON, closed, and knows the settings with their defaults") {
  const auto schema = json::parse(schema_document());
  REQUIRE(schema);
  const auto root = schema->root();
  CHECK(root.get("additionalProperties")->boolean() == false);
  const auto properties = root.get("properties");
  CHECK(properties->size() == configuration_settings().shape().fields.size());
  const auto route = properties->get("routes")->get("items");
  CHECK(route->get("required")->size() == 5);
  CHECK(route->get("properties")->get("body_max")->string("default") == "1MiB");
  CHECK(route->get("properties")->get("path")->string("type") == "string");
  CHECK(properties->get("workers")->get("anyOf")->size() == 2);
}

TEST_CASE("the reference describes every block once") {
  const auto text = reference_document();
  for (const auto* heading : {"## `listeners[]`", "## `listeners[].tls`", "## `upstreams.NAME`", "## `issuers.NAME.jwks`", "## `limits.per_address`",
                              "## `contracts.NAME.timeouts`"}) {
    CAPTURE(heading);
    const auto at = text.find(std::string(heading) + "\n");
    CHECK(at != text.npos);
    CHECK(text.find(std::string(heading) + "\n", at + 1) == text.npos);
  }
  CHECK(text.contains("| `body_max` | `none` or byte size, 1B to 64GiB | `1MiB` |"));
}

TEST_CASE("each setting that the cures of refusals name is one of the configuration, and a name beside it is not taken for one") {
  std::set<std::string> names;
  each_setting(configuration_settings().shape(), "", [&](const std::string& path, const settings::Field&) { names.insert(path.substr(1)); });
  const auto known = [&](std::string_view setting) {
    return std::ranges::any_of(names, [&](const std::string& name) {
      return name == setting || (name.ends_with(setting) && name[name.size() - setting.size() - 1] == '.');
    });
  };
  CHECK(known("ca_file"));
  CHECK_FALSE(known("a_file"));
  for (const auto& cure : http::all_cures()) {
    const auto parts = text::split(cure.words, '`');
    for (std::size_t i = 1; i < parts.size(); i += 2) {
      if (parts[i].starts_with("gatehouse ") || parts[i].starts_with("--") || parts[i] == "rule" || parts[i] == "facts" || parts[i] == "never")
        continue;
      CAPTURE(cure.words);
      CAPTURE(parts[i]);
      CHECK(known(parts[i].substr(0, parts[i].find(':'))));
    }
  }
}
