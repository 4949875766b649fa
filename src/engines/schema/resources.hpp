// The schema resources of all documents, and what a reference in one of them means (2020-12 core, sections 8.2 and 9). A document is read
// for identifiers when it is first referred to, and only where its words say that there are schemas: an `$id` in an `enum` is none.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engines/schema/compiler.hpp"
#include "engines/schema/places.hpp"

namespace gatehouse::schema {

using ResourceId = std::uint32_t;

/// A schema somewhere in a resource.
struct Target {
  json::Value value;
  PlaceId place;
  ResourceId resource;
};

struct Resource {
  std::string url;  // without fragment
  json::Value root;
  PlaceId place;
  Rules rules;
  std::map<std::string, Target, std::less<>> anchors = {};
  std::map<std::string, Target, std::less<>> dynamic_anchors = {};
  bool recursive_anchor = false;
  bool within_other = false;  ///< in a document that holds other things too, where schemas are found one by one
  bool identified = false;    ///< its own `$id` is taken up
};

class Resources {
 public:
  Resources(const Documents& documents, const Options& options, Places& places) : documents_(documents), options_(options), places_(places) {}

  /// What a reference within a resource means, or one that is absolute.
  [[nodiscard]] Result<Target> resolve(std::string_view base, std::string_view reference);

  /// Looks for identifiers in a schema that stands in a document of other things.
  [[nodiscard]] Result<> declare(const Target& schema);

  [[nodiscard]] const Resource& operator[](ResourceId id) const noexcept { return resources_[id]; }
  [[nodiscard]] std::size_t size() const noexcept { return resources_.size(); }
  /// The resource whose root is that value; nothing: it is no root.
  [[nodiscard]] std::optional<ResourceId> rooted_at(json::Value value) const noexcept {
    const auto found = roots_.find(value.identity());
    return found == roots_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  [[nodiscard]] Result<ResourceId> find(std::string_view url);
  [[nodiscard]] Result<ResourceId> load(std::string_view url, const Documents::Document& document);
  [[nodiscard]] Result<Target> at_pointer(ResourceId resource, std::string_view pointer);
  [[nodiscard]] Result<Rules> rules_of(json::Value root, const Rules& surrounding);
  [[nodiscard]] Result<Rules> rules_of_metaschema(std::string_view url, int depth);
  [[nodiscard]] Result<> scan(const Target& at, std::size_t depth);
  [[nodiscard]] Result<ResourceId> scan_identifier(const Target& at);
  [[nodiscard]] Result<> scan_anchors(const Target& at);
  [[nodiscard]] Result<> add_anchor(const Target& at, std::string_view name, bool dynamic);
  [[nodiscard]] Result<ResourceId> add_resource(std::string url, json::Value root, PlaceId place, const Rules& rules);

  const Documents& documents_;
  const Options& options_;
  Places& places_;
  std::deque<Resource> resources_;  // references to them stay good
  std::map<std::string, ResourceId, std::less<>> by_url_;
  std::unordered_map<const void*, ResourceId> roots_;
  std::unordered_set<const void*> declared_;
  std::map<std::string, Rules, std::less<>> metaschemas_;
};

}  // namespace gatehouse::schema
