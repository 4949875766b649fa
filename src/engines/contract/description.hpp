// What an OpenAPI document (3.0, 3.1, 3.2) says, read into a model: every reference followed, every inherited parameter in its place, every fault complained of.
// Schemas are not judged here: the model holds where they stand.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/media_type.hpp"
#include "engines/contract/path_template.hpp"
#include "engines/contract/sources.hpp"
#include "ground/http/method.hpp"

namespace gatehouse::contract {

enum class Version : std::uint8_t { v3_0, v3_1, v3_2 };

/// Where a parameter is; `querystring` is the whole query (3.2).
enum class In : std::uint8_t { path, query, header, cookie, querystring };
[[nodiscard]] std::string_view to_text(In in) noexcept;

/// How a value becomes text (RFC 6570, and the forms that OpenAPI adds).
enum class Style : std::uint8_t { simple, label, matrix, form, space_delimited, pipe_delimited, deep_object, cookie };

struct Encoding {
  std::string property;
  std::optional<Style> style;  ///< nothing: by content type
  bool explode = false;
  std::string content_type;  ///< as written; empty: by the property's type
};

struct Media {
  MediaType range;
  Node at;
  std::optional<Node> schema;
  std::optional<Node> item_schema;  ///< of each part of a sequential media type (3.2)
  std::vector<Encoding> encodings;
};

struct Parameter {
  std::string name;  ///< of a header in lower case
  In in = In::query;
  bool required = false;
  Style style = Style::form;
  bool explode = false;
  bool allow_empty = false;
  std::optional<Node> schema;  ///< this or `content`
  std::optional<Media> content;
  Node at;
};

struct RequestBody {
  bool required = false;
  std::vector<Media> content;
  Node at;
};

struct Response {
  std::string status;  ///< "200", "2XX" or "default"
  std::vector<Parameter> headers;
  std::vector<Media> content;
  Node at;
};

struct SecurityScheme {
  enum class Type : std::uint8_t { api_key, http, mutual_tls, oauth2, open_id_connect };
  std::string name;  ///< that requirements use
  Type type = Type::http;
  In in = In::header;          ///< of an API key
  std::string parameter_name;  ///< of an API key; of a header in lower case
  std::string http_scheme;     ///< lower case: "bearer"
  std::string open_id_url;
  std::string pointer;
};

/// All of the schemes together; none: nobody need say who they are.
struct SecurityRequirement {
  struct Use {
    std::string scheme;
    std::vector<std::string> scopes;
  };
  std::vector<Use> uses;
};

struct Operation {
  http::Method method = http::Method::other;
  std::string method_token;  ///< upper case
  std::string path;          ///< as written
  PathTemplate path_template;
  std::string id;  ///< operationId; may be empty
  std::vector<Parameter> parameters;
  std::optional<RequestBody> body;
  std::vector<Response> responses;
  std::vector<SecurityRequirement> security;  ///< alternatives; none: nothing is asked
  std::vector<std::string> base_paths;        ///< of its own servers; none: those of the document
  Node at;
};

struct Description {
  Version version = Version::v3_0;
  std::string dialect;                  ///< `jsonSchemaDialect`; empty: the version's own
  std::vector<std::string> base_paths;  ///< of the servers: "" or "/v1", without a slash at the end; at least one
  std::vector<Operation> operations;    ///< in the order of the document
  std::vector<SecurityScheme> schemes;
  std::vector<Node> schema_resources;  ///< schemas of `components`, which may have names of their own (`$id`, `$anchor`)
  std::size_t webhooks = 0;            ///< described, and nothing that a gateway sees
};

struct DescriptionLimits {
  std::size_t operations = 20'000;
  std::size_t parameters = 500;  ///< of one operation
  std::size_t parts = 300'000;   ///< parameters, responses, headers and media types of all operations: shared ones count wherever they are used
};

/// Reads the document in that source. What is wrong is complained of; with an error among it the result is only good for finding more of them.
[[nodiscard]] Description describe(const Source& root, Sources& sources, Complaints& complaints, const DescriptionLimits& limits = {});

}  // namespace gatehouse::contract
