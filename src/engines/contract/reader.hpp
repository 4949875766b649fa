// Reading a document member by member, each by the type that it must have: what is not of it is complained of and then taken for absent. Wherever an object may stand, a
// reference to one may, too: publishers who spread a document over files write it so in more places than OpenAPI names.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/description.hpp"

namespace gatehouse::contract {

class Reader {
 public:
  Reader(Sources& sources, Complaints& complaints, const DescriptionLimits& limits) : sources_(sources), complaints_(complaints), limits_(limits) {}

  /// The whole document.
  [[nodiscard]] Description document(const Source& root);

 private:
  // Typed access.
  void error(const Node& at, std::string what) { sources_.complain(at, std::move(what)); }
  void warning(const Node& at, std::string what) { sources_.complain(at, std::move(what), Gravity::warning); }
  [[nodiscard]] std::optional<Node> member(const Node& object, std::string_view name) const;
  [[nodiscard]] std::optional<Node> object(const Node& object, std::string_view name);
  [[nodiscard]] std::vector<Node> list(const Node& object, std::string_view name);
  [[nodiscard]] std::optional<std::string_view> text(const Node& object, std::string_view name);
  [[nodiscard]] std::optional<bool> truth(const Node& object, std::string_view name);
  /// An object in the end, or complained of.
  [[nodiscard]] std::optional<Node> as_object(Node at);
  /// The members whose names are no extension ("x-...").
  [[nodiscard]] std::vector<std::pair<std::string_view, Node>> members(const Node& object) const;

  // Parts of the document, one file each.
  void read_version(const Node& root);
  [[nodiscard]] std::vector<std::string> read_servers(const Node& holder);
  void read_components(const Node& components);
  void read_security_scheme(std::string_view name, const Node& at);
  [[nodiscard]] std::optional<std::vector<SecurityRequirement>> read_security(const Node& holder);
  void read_paths(const Node& root);
  void read_path_item(std::string_view path, const PathTemplate& path_template, const Node& item);
  void read_operation(http::Method method, std::string token, std::string_view path, const PathTemplate& path_template, const Node& item,
                      const Node& at, const std::vector<Parameter>& inherited, const std::vector<std::string>& base_paths);
  void check_path_parameters(const Operation& operation);
  void check_conflicts();
  [[nodiscard]] bool has_room_for(const Operation& operation);
  [[nodiscard]] std::vector<Parameter> read_parameters(const Node& holder, const PathTemplate& path_template);
  [[nodiscard]] std::optional<Parameter> read_parameter(const Node& at);
  [[nodiscard]] bool read_parameter_value(const Node& at, Parameter& parameter);
  void read_style(const Node& at, Parameter& parameter);
  [[nodiscard]] std::vector<Parameter> read_headers(const Node& holder);
  [[nodiscard]] std::optional<RequestBody> read_body(const Node& operation);
  [[nodiscard]] std::vector<Response> read_responses(const Node& operation);
  [[nodiscard]] std::vector<Media> read_content(const Node& holder);
  [[nodiscard]] std::vector<Encoding> read_encodings(const Node& media);
  [[nodiscard]] std::optional<Node> read_schema(const Node& holder, std::string_view name);

  Sources& sources_;
  Complaints& complaints_;
  DescriptionLimits limits_;
  Description out_;
  std::size_t parts_ = 0;                                          // of all operations
  std::vector<SecurityRequirement> security_;                      // of the document, for operations that name none
  std::map<std::string, std::string, std::less<>> operation_ids_;  // with the pointer of the first
  std::map<std::string, Parameter, std::less<>> parameters_;       // read already, by file and pointer: many operations share them
};

}  // namespace gatehouse::contract
