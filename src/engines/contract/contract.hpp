// A contract: an OpenAPI document compiled into what requests and responses are judged by. Compiling reads, resolves and checks everything; judging only
// decodes and runs instructions. Pure: no I/O, no clock.
//
//     auto contract = contract::compile("openapi.yaml", files);
//     if (!contract) return told(contract.error());
//     const auto* operation = contract->find("GET", "/pets/{id}");
//     const auto violations = operation->check_request(call);
//
// Invariant: immutable, and shared by any number of threads.
#pragma once
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/contract/complaint.hpp"
#include "engines/contract/description.hpp"
#include "engines/contract/files.hpp"
#include "engines/contract/harmless_values.hpp"
#include "engines/contract/reading.hpp"
#include "engines/contract/rules.hpp"
#include "engines/contract/violation.hpp"
#include "ground/base/siphash.hpp"
#include "ground/http/headers.hpp"
#include "ground/http/query.hpp"
#include "ground/json/document.hpp"

namespace gatehouse::contract {

/// A request as one operation sees it: the parts of the canonical request, each as it came.
struct Call {
  std::span<const std::string_view> segments;  ///< of the http::NormalPath, behind the base path
  std::string_view query;                      ///< http::Query::text()
  const http::Headers& headers;
  std::string_view cookies;              ///< http::Cookies::text()
  std::optional<std::string_view> body;  ///< whole; nothing: there is none
};

/// A response as one operation sees it.
struct Answer {
  http::Status status = 0;
  const http::Headers& headers;
  std::optional<std::string_view> body;  ///< whole; nothing: there is none, or it is not to be judged
  bool typed = false;                    ///< without `body`: its coding and its media type are judged all the same, if the fields name them
  bool unread = false;                   ///< without `body`: there is one that is not to be judged; it has to say its type
};

/// A body without the members that no schema declares.
struct Stripped {
  std::string body;
  std::size_t members = 0;  ///< taken out
  std::string first;        ///< where the first of them was, a JSON Pointer
};

/// What judging all values of a message may take; with more the message is undecided, which is no yes. A step is some 10 to 40 ns.
struct StepBudget {
  std::uint64_t least = 1'000'000,
                a_byte = 4;  ///< a byte of a list of small numbers needs 1.5 where each may be of two kinds, one of a short text with look-around 3
};

/// What of an answer is not for everybody.
struct MarkedAnswer {
  enum class Form : std::uint8_t {
    value,       ///< one value of JSON
    sequence,    ///< several, one after the other
    unreadable,  ///< nobody here can take anything out of it
  };
  Form form;
  redaction::PlaceId root;  ///< in marked_rules()
};

struct CheckOptions {
  bool refuse_unknown_query = true;                   ///< query parameters that are not described
  std::span<const std::string> refused_headers = {};  ///< in lower case: must not come unless they are described
  json::Limits json = {};                             ///< of a body, and of parameters that are JSON
  xml::Limits xml = {};                               ///< of a body of XML; its length is that of `json`
  std::size_t violations = 32;                        ///< told
  StepBudget steps = {};
};

/// One operation, compiled.
class OperationRules {
 public:
  [[nodiscard]] http::Method method() const noexcept { return method_; }
  [[nodiscard]] const std::string& method_token() const noexcept { return method_token_; }
  /// As the document writes it.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const PathTemplate& path_template() const noexcept { return template_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// "api.yaml#/paths/~1pets/get"
  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  /// Alternatives; none: nothing is asked for.
  [[nodiscard]] const std::vector<SecurityRequirement>& security() const noexcept { return security_; }
  /// Under which its path stands; none: those of the contract.
  [[nodiscard]] const std::vector<std::string>& base_paths() const noexcept { return base_paths_; }
  [[nodiscard]] const std::vector<ParameterRule>& parameters() const noexcept { return parameters_; }
  [[nodiscard]] const std::optional<BodyRule>& body() const noexcept { return body_; }
  [[nodiscard]] const std::vector<ResponseRule>& responses() const noexcept { return responses_; }

  /// All that is wrong with the request. `memory` is for the time of the call.
  [[nodiscard]] Violations check_request(const Call& call, Arena& memory, const CheckOptions& options = {}) const;

  /// All that is wrong with the response; each violation has the status 502.
  [[nodiscard]] Violations check_response(const Answer& answer, Arena& memory, const CheckOptions& options = {}) const;

  /// Whether the body of such a response has to be there, whole, for check_response() to say all that there is to say. Of an event stream, which has no end, and of
  /// bytes of any kind there is nothing to say beyond the head, nor where the head is wrong already.
  [[nodiscard]] bool reads_response(http::Status status, const http::Headers& headers) const;

  /// A JSON body without the members that the contract does not declare: those that no schema for their object has among its `properties`, alternatives and
  /// references included, where all of these say by `properties` alone what there is. Nothing: there is nothing to take out, or nothing can be said of the body.
  [[nodiscard]] std::optional<Stripped> stripped(const Answer& answer, const CheckOptions& options = {}) const;

  /// Values of requests that no injection fits into, each with its reason: a parameter, or a place within it or within a body.
  [[nodiscard]] std::vector<HarmlessValue> harmless_values() const;
  /// Why one of them is: of the text of the parameter as a whole, or of the value at a JSON Pointer within it. It holds where check_request() found nothing wrong, and nowhere else.
  [[nodiscard]] schema::Harmless harmless_parameter(In in, std::string_view name, std::string_view pointer = {}) const noexcept;
  /// The same for the body of a request with these fields, looked up once.
  [[nodiscard]] HarmlessBody harmless_body(const http::Headers& headers) const;

  /// By what values of responses are withheld, or masked: `x-gatehouse-scopes` and `x-gatehouse-redact` on their schemas. Null: nothing of this operation is marked.
  [[nodiscard]] const redaction::FieldRules* marked_rules() const noexcept { return marked_; }
  /// The body of such a response. Nothing: there is nothing marked in it. What is not described (its status, its type, its coding, members that no schema names) is taken
  /// for the worst: marked are then all members with the name of a marked one, and what is no JSON is unreadable.
  [[nodiscard]] std::optional<MarkedAnswer> marked(http::Status status, const http::Headers& headers) const;

  /// What a response of that status is judged by: its own, else that of its class ("2XX"), else the default; nothing: it is not described.
  [[nodiscard]] const ResponseRule* response(http::Status status) const noexcept;

 private:
  friend class ContractCompiler;
  friend class RequestCheck;
  http::Method method_ = http::Method::other;
  std::string method_token_, path_, id_, place_;
  PathTemplate template_;
  std::vector<SecurityRequirement> security_;
  std::vector<std::string> base_paths_;
  std::vector<ParameterRule> parameters_;
  std::vector<std::string> known_query_;  // names of credentials that go in the query
  std::optional<BodyRule> body_;
  std::vector<ResponseRule> responses_;
  const Shapes* shapes_ = nullptr;                    // of the contract
  const schema::HarmlessPlaces* harmless_ = nullptr;  // likewise
  const redaction::FieldRules* marked_ = nullptr;
};

class Contract {
 public:
  [[nodiscard]] const std::vector<OperationRules>& operations() const noexcept { return *operations_; }
  /// By the method as it is sent and the path as the document writes it.
  [[nodiscard]] const OperationRules* find(std::string_view method, std::string_view path) const noexcept;
  /// All operations of that method whose paths are the same but for names and what follows `#` or `?`: a request keeps the contract if it keeps one of them.
  [[nodiscard]] std::vector<const OperationRules*> alternatives(const OperationRules& of) const;

  /// "" or "/v1"; at least one.
  [[nodiscard]] const std::vector<std::string>& base_paths() const noexcept { return base_paths_; }
  [[nodiscard]] const std::vector<SecurityScheme>& security_schemes() const noexcept { return schemes_; }
  [[nodiscard]] const Complaints& warnings() const noexcept { return warnings_; }

 private:
  friend class ContractCompiler;
  std::unique_ptr<std::vector<OperationRules>> operations_;
  std::unique_ptr<Shapes> shapes_;
  std::unique_ptr<schema::HarmlessPlaces> harmless_;
  std::unique_ptr<const redaction::FieldRules> marked_;
  std::vector<std::string> base_paths_;
  std::vector<SecurityScheme> schemes_;
  Complaints warnings_;
};

struct CompileOptions {
  LoadLimits load = {};
  DescriptionLimits description = {};
  schema::CompileLimits schemas = {};
  bool strips_responses = false;  ///< OperationRules::stripped() will be asked; else it knows of nothing to take out
  siphash::Seed seed = {};        ///< of the tables of names; by chance, where requests come from strangers
};

/// The contract whose document `root` is, a path by which `files` knows it. Else all that is wrong, at least one error; with what is only worth a warning.
[[nodiscard]] std::expected<Contract, Complaints> compile(std::string_view root, Files& files, const CompileOptions& options = {});

/// The same, and what was read stays in `reading`, which is new. Of its limits those of `reading` hold, not those of `options`.
[[nodiscard]] std::expected<Contract, Complaints> compile(std::string_view root, Reading& reading, const CompileOptions& options = {});

}  // namespace gatehouse::contract
