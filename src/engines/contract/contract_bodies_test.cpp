// Bodies by their media type: JSON, forms, parts; what may be read in two ways, and what takes too long.
#include "engines/contract/trial_contract.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;
using namespace gatehouse::contract::trial;

TEST_CASE("a body is chosen by its media type and judged by its schema") {
  constexpr auto* json = "application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}";
  CHECK(posted(json, "application/json", R"({"name":"x"})").empty());
  CHECK(posted(json, "Application/JSON; charset=UTF-8", R"({"name":"x"})").empty());
  CHECK(posted(json, "application/json", R"({"name":5})") == "422 body#/name must be a string\n");
  CHECK(posted(json, "application/json", "{}") == "422 body must have the member \"name\"\n");
  CHECK(posted(json, "application/json", R"({"name":"x","name":"y"})").contains("400 body must be JSON"));
  CHECK(posted(json, "application/json", R"({"name":)").contains("400 body must be JSON"));
  CHECK(posted(json, "application/json; charset=utf-16", "{}").starts_with("415 header.content-type"));
  CHECK(posted(json, "text/plain", "x") == "415 header.content-type must be one of application/json\n");
  CHECK(posted(json, "*/*", "{}").starts_with("415"));
  CHECK(posted(json, "nonsense", "{}").starts_with("415"));
  CHECK(posted("application/*: {schema: false}\n'*/*': {}\n", "text/csv", "a,b").empty());
  CHECK(posted("application/*: {schema: false}\n'*/*': {}\n", "application/x", "a").starts_with("415"));
  CHECK_FALSE(posted("application/*: {schema: false}\n'*/*': {}\n", "application/hal+json", "{}").empty());
  CHECK(posted("text/plain: {schema: {type: string, maxLength: 3}}", "text/plain", "four").contains("422 body must have at most 3"));
}

TEST_CASE("a body that is required, missing, not described or coded") {
  const auto contract = compiled(
      "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post: {requestBody: {required: true, content: {application/json: {}}}, responses: {}}\n    put: {requestBody: {content: "
      "{application/json: {}}}, responses: {}}\n    get: {responses: {}}\n");
  const auto& post = *contract.find("POST", "/a");
  CHECK(checked(post, {}) == "400 body is required\n");
  CHECK(checked(post, {.body = ""}) == "400 body is required\n");
  CHECK(checked(*contract.find("PUT", "/a"), {}).empty());
  CHECK(checked(*contract.find("PUT", "/a"), {.headers = {{"content-type", "application/json"}}, .body = ""}).empty());
  CHECK(checked(post, {.headers = {{"content-type", "application/json"}}, .body = ""}) == "400 body is required\n");
  CHECK(checked(*contract.find("GET", "/a"), {}).empty());
  CHECK(checked(*contract.find("GET", "/a"), {.body = "x"}) == "400 body must not be there: none is described\n");
  CHECK(checked(post, {.body = "{}"}).starts_with("415 header.content-type"));
  CHECK(checked(post, {.headers = {{"content-type", "application/json"}, {"content-encoding", "br"}}, .body = "x"})
            .starts_with("415 header.content-encoding"));
  CHECK(contract.find("PATCH", "/a") == nullptr);
  CHECK(contract.find("GET", "/b") == nullptr);
}

TEST_CASE("a form is judged as the object that it means") {
  constexpr auto* form = R"(application/x-www-form-urlencoded:
  schema: {type: object, required: [n], additionalProperties: false, properties: {n: {type: integer}, tags: {type: array, items: {type: string}}, o: {type: object, properties: {a: {type: integer}}}, j: {type: object, required: [k]}}}
  encoding: {o: {style: deepObject, explode: true}, tags: {style: form, explode: true}}
)";
  constexpr auto* type = "application/x-www-form-urlencoded";
  CHECK(posted(form, type, "n=5&tags=a&tags=b&o[a]=1&j=%7B%22k%22:1%7D").empty());
  CHECK(posted(form, type, "n=x") == "422 body#/n must be an integer\n");
  CHECK(posted(form, type, "tags=a") == "422 body must have the member \"n\"\n");
  CHECK(posted(form, type, "n=5&o[a]=x") == "422 body#/o/a must be an integer\n");
  CHECK(posted(form, type, "n=5&j=%7B%7D") == "422 body#/j must have the member \"k\"\n");
  CHECK(posted(form, type, "n=5&m=6").starts_with("422 body"));
  CHECK(posted(form, type, "n=5&n=6") == "422 body n must come only once\n");
  CHECK(posted(form, type, "n=%zz") == "422 body n must be percent-encoded UTF-8\n");
}

TEST_CASE("a body of parts is judged as the object that it means") {
  constexpr auto* parts = R"(multipart/form-data:
  schema: {type: object, required: [n], additionalProperties: false, properties: {n: {type: integer}, meta: {type: object, required: [k]}, file: {type: string, format: binary, maxLength: 5}, files: {type: array, maxItems: 2, items: {type: string}}}}
  encoding: {file: {contentType: 'image/png, image/*'}}
)";
  constexpr auto* type = "multipart/form-data; boundary=b";
  const auto body = [](std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string out;
    for (const auto& [head, content] : fields)
      out += "--b\r\nContent-Disposition: form-data; name=" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n";
    return out + "--b--\r\n";
  };
  constexpr std::string_view png = "file; filename=a.png\r\nContent-Type: image/png";
  CHECK(posted(parts, type,
               body({{"n", "5"}, {"meta\r\nContent-Type: application/json", R"({"k":1})"}, {png, "\x89\xff"}, {"files", "1"}, {"files", "2"}}))
            .empty());
  CHECK(posted(parts, type, body({{"n", "x"}})) == "422 body#/n must be an integer\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"n", "6"}})) == "422 body n must come only once\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"meta", "{}"}})) == "422 body#/meta must have the member \"k\"\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"meta", "{"}})).contains("meta must be JSON"));
  CHECK(posted(parts, type, body({{"n", "5"}, {png, "\x89\xff\xff\xff\xff\xff"}})).contains("422 body#/file must have at most 5"));
  CHECK(posted(parts, type, body({{"n", "5"}, {"file; filename=a.exe\r\nContent-Type: application/x-msdownload", "MZ"}})) ==
        "422 body file must be of the media type that is described for it\n");
  CHECK(posted(parts, type, body({{"n", "5"}, {"files", "1"}, {"files", "2"}, {"files", "3"}})).contains("422 body#/files must"));
  CHECK(posted(parts, type, body({{"n", "5"}, {"other", "1"}})).starts_with("422 body"));
  CHECK(posted(parts, type, "--b\r\n").starts_with("400 body must"));
  CHECK(posted(parts, "multipart/form-data", "--b--").starts_with("400 header.content-type must name a boundary"));
}

TEST_CASE("a Content-Type that servers take different boundaries or charsets from is refused") {
  constexpr auto* parts = "multipart/form-data:\n  schema: {type: object, properties: {a: {type: string, pattern: '^[^<>]*$'}}}\n";
  constexpr std::string_view body = "--A\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--A--\r\n";
  for (const auto* type :
       {"multipart/form-data; boundary=A; boundary*=UTF-8''B", "multipart/form-data; boundary=A; boundary*0=B",
        "multipart/form-data; boundary*=UTF-8''A", "multipart/form-data; boundary=\"\\A\"", "multipart/form-data; boundary=A; charset=utf-7",
        "multipart/form-data; boundary=A; charset*=utf-7", "multipart/form-data; xboundary=B; boundary=A",
        "multipart/form-data; note=\"boundary=B\"; boundary=A", "multipart/form-data; boundary=A; boundary=A"}) {
    CAPTURE(type);
    CHECK(posted(parts, type, body).starts_with("415 header.content-type must"));
  }
  for (const auto* type : {"multipart/form-data; boundary=A", "Multipart/Form-Data; Boundary=\"A\"; charset=UTF-8",
                           "multipart/form-data; charset=us-ascii; boundary=A"}) {
    CAPTURE(type);
    CHECK(posted(parts, type, body).empty());
  }
  constexpr auto* form = "application/x-www-form-urlencoded: {schema: {type: object, properties: {role: {enum: [user]}}}}\n";
  constexpr auto* plain = "application/x-www-form-urlencoded";
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=utf-7", "%2BAHIAbwBsAGU-=admin")
            .starts_with("415 header.content-type must name no charset"));
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=iso-8859-1", "a=%C3%BC").starts_with("415"));
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=iso-8859-1", "role=user").empty());
  CHECK(posted(form, "application/x-www-form-urlencoded; charset=utf-8", "a=%C3%BC").empty());
  CHECK(posted(form, plain, "a=1;role=admin").starts_with("400 body must have every semicolon"));
  CHECK(posted(form, plain, "a=1%3Brole=admin").empty());
  CHECK(posted(form, plain, "role%00=admin").starts_with("400 body must have names without controls"));
  CHECK(posted(form, plain, "role%0a=admin").starts_with("400"));
  CHECK(posted(form, plain, "_charset_=utf-7&a=1").starts_with("400 body must be UTF-8"));
  CHECK(posted(form, plain, "_charset_=UTF-8&a=%0a").empty());
  constexpr auto* text = "text/plain: {schema: {type: string, pattern: '^[^<>]*$'}}\n";
  CHECK(posted(text, "text/plain; charset=utf-7", "+ADw-script+AD4-").starts_with("415"));
  CHECK(posted(text, "text/plain; charset=us-ascii", "fine").empty());
}

TEST_CASE("a part that is text is UTF-8, and one that is bytes is that by its schema") {
  constexpr auto* parts = R"(multipart/form-data:
  schema: {type: object, properties: {comment: {type: string, pattern: '^[^<>]*$'}, file: {type: string, format: binary}, files: {type: array, items: {type: string, format: binary}}, sheet: {type: string, contentMediaType: application/pdf}, photo: {type: string}, tags: {type: array, items: {type: string}}, any: {}}}
  encoding: {photo: {contentType: 'image/png, image/*'}}
)";
  const auto sent = [&](std::string_view head, std::string_view content) {
    return posted(parts, "multipart/form-data; boundary=b",
                  "--b\r\nContent-Disposition: form-data; name=" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n--b--\r\n");
  };
  constexpr std::string_view hidden = "\xff<script>alert(1)</script>";
  CHECK(sent("comment", "<script>").starts_with("422 body#/comment"));
  CHECK(sent("comment", hidden) == "400 body comment must be UTF-8\n");
  CHECK(sent("comment; filename=c.txt", hidden) == "400 body comment must be UTF-8\n");
  CHECK(sent("tags", hidden) == "400 body tags must be UTF-8\n");
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=utf-7", "+ADw-script+AD4-") == "415 body comment must name no charset other than utf-8\n");
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=iso-8859-1", "\xc3\xbc").starts_with("415"));
  CHECK(sent("_charset_", "utf-7").starts_with("400 body must be UTF-8"));
  CHECK(sent("_charset_", "UTF-8").empty());
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=ISO-8859-1", "plain").empty());
  CHECK(sent("comment\r\nContent-Type: text/plain; charset=utf-8", "\xc3\xbc").empty());
  for (const std::string name : {"file", "files", "sheet", "any", "photo; filename=a.png\r\nContent-Type: image/png"}) {
    CAPTURE(name);
    CHECK(sent(name, "\x89\xff").empty());
  }
}

TEST_CASE("a small body whose alternatives branch without end is refused once, without words for what was not decided") {
  // Nothing tells the alternatives apart before all that is in them was looked at.
  const auto content = [](std::string_view told_by) {
    std::string alternatives;
    for (const std::string_view op : {"a", "b", "c"})
      alternatives += "{type: object, additionalProperties: false, properties: {args: {type: array, items: {$ref: '#'}}, op: {" +
                      std::string(told_by) + ": ['" + std::string(op) + "', x]}}}, ";
    return "application/json: {schema: {$id: 'https://api.example/tree', oneOf: [" + alternatives +
           "{type: object, additionalProperties: false, properties: {field: {type: string}}, required: [field]}]}}";
  };
  const auto nested = [](int depth, std::string out) {
    for (int i = 0; i < depth; ++i) out = R"({"args":[)" + out + R"(],"op":"b"})";
    return out;
  };
  const std::string leaf = R"({"field":"x"})", wrong = R"({"field":1})";
  CHECK(posted(content("enum"), "application/json", nested(3, leaf)).empty());
  CHECK(posted(content("enum"), "application/json", nested(3, wrong)).contains("must fit one of 4 alternatives"));
  CHECK(posted(content("enum"), "application/json", nested(14, leaf)).empty());
  CHECK(posted(content("examples"), "application/json", nested(14, wrong)) == "422 body takes too long to judge\n");
}

TEST_CASE("what cannot be judged in the steps that are given is told apart from what is wrong") {
  const auto contract = compiled(
      "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      requestBody: {content: {application/json: {schema: {type: array, items: "
      "{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}}}}}\n");
  std::string body = "[";
  for (int i = 0; i < 100; ++i) body += R"({"b":1},)";
  body += R"({"b":1}])";
  const auto judged = [&](std::string_view sent, const StepBudget& steps) {
    Arena arena;
    http::Headers headers(arena);
    headers.add(http::HeaderId::content_type, "application/json");
    const std::vector<std::string_view> segments{"a"};
    const auto violations = contract.operations()[0].check_request(
        {.segments = segments, .query = {}, .headers = headers, .cookies = {}, .body = sent}, arena, {.steps = steps});
    return violations.undecided() ? "undecided" : violations.none() ? "right" : "wrong";
  };
  CHECK(judged(body, {}) == "right");
  CHECK(judged(body, {.least = 50, .a_byte = 0}) == "undecided");
  CHECK(judged(body, {.least = 50, .a_byte = 1}) == "right");
  CHECK(judged(R"([{"b":1}])", {.least = 50, .a_byte = 0}) == "right");
  CHECK(judged(R"([{"c":1}])", {.least = 50, .a_byte = 0}) == "wrong");
}

TEST_CASE("what only answers show must not be sent, and need not be") {
  constexpr auto* json =
      "application/json: {schema: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}}";
  CHECK(posted(json, "application/json", R"({"name":"x"})").empty());
  CHECK_FALSE(posted(json, "application/json", R"({"name":"x","id":5})").empty());
}

TEST_CASE("a body that nobody can hold to its schema is refused, unless that is wished") {
  constexpr auto* xml = "application/zip: {schema: {type: object}}\napplication/pdf: {schema: {type: string, format: binary}}\nimage/*: {}\n";
  CHECK(posted(xml, "application/zip", "PK").starts_with("415 header.content-type must be a media type whose content can be judged"));
  CHECK(posted(xml, "application/pdf", "\xff").empty());
  CHECK(posted(xml, "image/png", "\xff").empty());
}
