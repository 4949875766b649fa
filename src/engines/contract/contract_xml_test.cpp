#include <doctest/doctest.h>

#include "engines/contract/contract.hpp"
#include "engines/contract/testing.hpp"
#include "ground/base/text.hpp"

using namespace gatehouse;
using namespace gatehouse::contract;

namespace {
/// A contract of one POST that takes and answers `application/xml` of that schema, which may refer to `components` (both in YAML's flow style).
class XmlContract {
 public:
  XmlContract(std::string_view schema, std::string_view components = "{}", std::string_view version = "3.1.0",
              std::string_view media = "application/xml") {
    const std::string content = "{'" + std::string(media) + "': {schema: " + std::string(schema) + "}}";
    TextFiles files("openapi: " + std::string(version) + "\ninfo: {title: t, version: '1'}\ncomponents: {schemas: " + std::string(components) +
                    "}\npaths:\n  /a:\n    post:\n      requestBody: {content: " + content +
                    "}\n      responses: {'200': {description: d, content: " + content + "}}\n");
    auto compiled = compile("api.yaml", files);
    if (!compiled)
      for (const auto& complaint : compiled.error().all()) MESSAGE(to_text(complaint));
    REQUIRE(compiled.has_value());
    contract_ = std::make_unique<Contract>(std::move(*compiled));
  }

  /// What is wrong with that body, a line each; empty: nothing.
  std::string posted(std::string_view body, std::string_view type = "application/xml", const CheckOptions& options = {}) const {
    Arena arena;
    http::Headers headers(arena);
    headers.add({"content-type", type, http::HeaderId::content_type});
    const std::vector<std::string_view> segments{"a"};
    return told(contract_->operations().front().check_request({.segments = segments, .query = {}, .headers = headers, .cookies = {}, .body = body},
                                                              arena, options));
  }
  std::string answered(std::string_view body, std::string_view type = "application/xml") const {
    Arena arena;
    http::Headers headers(arena);
    headers.add({"content-type", type, http::HeaderId::content_type});
    return told(contract_->operations().front().check_response({.status = 200, .headers = headers, .body = body}, arena));
  }
  std::string warnings() const {
    std::string out;
    for (const auto& complaint : contract_->warnings().all()) out += complaint.what + '\n';
    return out;
  }

 private:
  static std::string told(const Violations& violations) {
    std::string out;
    for (const auto& violation : violations.all()) out += std::to_string(violation.status) + ' ' + violation.where + ' ' + violation.expected + '\n';
    return out;
  }
  std::unique_ptr<Contract> contract_;
};

constexpr std::string_view lab_result =
    "{type: object, required: [patient, test], additionalProperties: false, xml: {name: labResult}, properties: {"
    "id: {type: integer, readOnly: true, xml: {attribute: true}}, urgent: {type: boolean, xml: {attribute: true}}, "
    "patient: {type: integer, minimum: 1}, test: {type: string, minLength: 1, maxLength: 10}, value: {type: number}}}";
}  // namespace

TEST_CASE("a body of XML is judged as the value that the contract's mapping makes of it") {
  const XmlContract contract(lab_result);
  CHECK(contract.posted("<labResult urgent='false'><patient>17</patient><test>Ferritin</test><value>88.5</value></labResult>").empty());
  CHECK(contract.posted("<?xml version='1.0' encoding='UTF-8'?>\n<labResult>\n  <test>1</test>\n  <patient>17</patient>\n</labResult>\n").empty());
  CHECK(contract.posted("<labResult><patient>x</patient><test>F</test></labResult>") == "422 body#/patient must be an integer\n");
  CHECK(contract.posted("<labResult><patient>0</patient><test>F</test></labResult>") == "422 body#/patient must be at least 1\n");
  CHECK(contract.posted("<labResult><patient> 7</patient><test>F</test></labResult>") == "422 body#/patient must be an integer\n");
  CHECK(contract.posted("<labResult><patient>7</patient><test/></labResult>").starts_with("422 body#/test must"));
  CHECK(contract.posted("<labResult urgent='yes'><patient>7</patient><test>F</test></labResult>").starts_with("422 body#/urgent must be"));
  CHECK(contract.posted("<labResult><test>F</test></labResult>").starts_with("422 body must"));
  CHECK_FALSE(contract.posted("<labResult id='7'><patient>7</patient><test>F</test></labResult>").empty());  // readOnly
  CHECK(contract.posted("<result><patient>7</patient><test>F</test></result>") == "422 body must be the element 'labResult'\n");
}

TEST_CASE("what the mapping does not describe is refused where the schema takes nothing more") {
  const XmlContract contract(lab_result);
  constexpr std::string_view good = "<patient>7</patient><test>F</test>";
  const auto posted = [&](std::string_view within, std::string_view attributes = {}) {
    return contract.posted("<labResult" + std::string(attributes) + '>' + std::string(good) + std::string(within) + "</labResult>");
  };
  CHECK(posted("").empty());
  CHECK(posted("<admin>true</admin>").starts_with("422 body#/admin "));
  CHECK(posted("", " admin='true'").starts_with("422 body#/@admin "));
  CHECK(posted("<id>7</id>") == "422 body#/id must be written as the contract describes it\n");
  CHECK(posted("<patient>8</patient>") == "422 body#/patient must come only once\n");
  CHECK(posted("text") == "422 body must hold no text beside its elements\n");
  CHECK(posted("<![CDATA[]]>") == "422 body must hold no text beside its elements\n");
  CHECK(posted("<!-- a note -->\n").empty());
  CHECK(posted("<value unit='ug'>1</value>") == "422 body#/value must be a plain value without attributes and elements\n");
  CHECK(posted("<value><v>1</v></value>") == "422 body#/value must be a plain value without attributes and elements\n");
  CHECK(posted("<value>1<!-- 0 -->2</value>") == "422 body#/value must hold no comment beside its text\n");
  CHECK(posted("<value><![CDATA[12]]></value>").empty());
  CHECK(posted("", " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='evil'") == "422 body must have no attribute xsi:type\n");
  CHECK(posted("", " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x http://attacker.example/x.xsd'") ==
        "422 body must have no attribute xsi:schemaLocation\n");
  CHECK(posted("", " xmlns:p='urn:p'").empty());
}

TEST_CASE("hostile XML is refused before anything of it is looked at, also where no schema is") {
  for (const auto* schema : {"{type: object}", "{type: string}", "{}"}) {
    CAPTURE(schema);
    const XmlContract contract(schema);
    CHECK(contract.posted("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>")
              .starts_with("400 body must have no document type declaration"));
    CHECK(contract.posted("<a><?pi x?></a>").starts_with("400 body must have no processing instructions"));
    CHECK(contract.posted("<a>&x;</a>").starts_with("400 body must be well-formed XML: undefined entity (line 1"));
    CHECK(contract.posted("<?xml version='1.0' encoding='UTF-16'?><a/>").starts_with("400 body must be XML in UTF-8"));
    CHECK(contract.posted("<a></b>").starts_with("400 body must be well-formed XML"));
    CHECK(contract.posted("<a/>", "application/xml; charset=iso-8859-1") == "415 header.content-type must name no charset other than utf-8\n");
    CHECK(contract.posted("<a/>").empty());
    CHECK(contract.posted("<a/>", "application/xml; charset=utf-8").empty());
  }
  const XmlContract contract("{type: object}");
  CHECK(contract.posted("<a><b><c/></b></a>", "application/xml", {.xml = {.depth = 2}})
            .starts_with("400 body must have fewer elements within each other"));
}

TEST_CASE("each XML media type is read as XML, and types beside it are not") {
  constexpr auto* taken = "{type: object, additionalProperties: false, properties: {b: {type: integer}}}";
  CHECK(XmlContract(taken, "{}", "3.1.0", "text/xml").posted("<a><b>1</b></a>", "text/xml").empty());
  CHECK_FALSE(XmlContract(taken, "{}", "3.1.0", "text/xml").posted("<a><b>x</b></a>", "text/xml").empty());
  CHECK_FALSE(XmlContract(taken, "{}", "3.1.0", "application/hal+xml").posted("<a><b>x</b></a>", "application/hal+xml").empty());
  // A range with stars describes no XML; what is of XML there cannot be judged.
  CHECK(XmlContract(taken, "{}", "3.1.0", "*/*").posted("<a><b>1</b></a>").starts_with("415 "));
  CHECK(XmlContract(taken, "{}", "3.1.0", "*/*").posted("{\"b\":1}", "application/json").empty());
}

TEST_CASE("arrays stand beside the other members, or in an element of their own") {
  const XmlContract plain(
      "{type: object, additionalProperties: false, properties: {tag: {type: array, maxItems: 2, items: {type: integer}}, n: {type: string}}}");
  CHECK(plain.posted("<a/>").empty());
  CHECK(plain.posted("<a><tag>1</tag></a>").empty());
  CHECK(plain.posted("<a><tag>1</tag><n>x</n><tag>2</tag></a>").empty());
  CHECK(plain.posted("<a><tag>1</tag><tag>x</tag></a>") == "422 body#/tag/1 must be an integer\n");
  CHECK(plain.posted("<a><tag>1</tag><tag>2</tag><tag>3</tag></a>").starts_with("422 body#/tag must"));

  const XmlContract named(
      "{type: object, additionalProperties: false, properties: {tags: {type: array, xml: {name: ignored}, items: {type: integer, xml: {name: tag}}}}}");
  CHECK(named.posted("<a><tag>1</tag><tag>2</tag></a>").empty());
  CHECK(named.posted("<a><tag>x</tag></a>") == "422 body#/tags/0 must be an integer\n");
  CHECK(named.posted("<a><tags>1</tags></a>") == "422 body#/tags must be written as the contract describes it\n");
  CHECK(named.posted("<a><ignored>1</ignored></a>").starts_with("422 body#/ignored"));
  const XmlContract converted(
      "{type: object, additionalProperties: false, properties: {rules: {type: array, xml: {name: rule}, items: {type: integer}}}}");
  CHECK(converted.posted("<a><rules>1</rules></a>").empty());
  CHECK(converted.posted("<a><rule>1</rule><rule>x</rule></a>") == "422 body#/rules/1 must be an integer\n");

  const XmlContract wrapped(
      "{type: object, additionalProperties: false, properties: {tags: {type: array, minItems: 1, xml: {wrapped: true}, items: {type: integer, xml: {name: tag}}}}}");
  CHECK(wrapped.posted("<a><tags><tag>1</tag><tag>2</tag></tags></a>").empty());
  CHECK(wrapped.posted("<a><tags/></a>").starts_with("422 body#/tags must"));
  CHECK(wrapped.posted("<a><tags><tag>1</tag><tag>x</tag></tags></a>") == "422 body#/tags/1 must be an integer\n");
  CHECK(wrapped.posted("<a><tag>1</tag></a>").starts_with("422 body#/tag "));
  CHECK(wrapped.posted("<a><tags><tags>1</tags></tags></a>") == "422 body#/tags must hold only elements that are its items\n");
  CHECK(wrapped.posted("<a><tags>1</tags></a>") == "422 body#/tags must hold no text beside its elements\n");
  CHECK(wrapped.posted("<a><tags n='2'><tag>1</tag></tags></a>") == "422 body#/tags must have no attributes\n");
  CHECK(wrapped.posted("<a><tags><tag>1</tag></tags><tags><tag>2</tag></tags></a>") == "422 body#/tags must come only once\n");

  const XmlContract both(
      "{type: object, properties: {animals: {type: array, xml: {name: aliens, wrapped: true}, items: {type: string, maxLength: 3}}}}");
  CHECK(both.posted("<a><aliens><aliens>x</aliens></aliens></a>").empty());
  CHECK(both.posted("<a><aliens><animals>x</animals></aliens></a>").empty());
  CHECK(both.posted("<a><aliens><aliens>long</aliens></aliens></a>").starts_with("422 body#/animals/0 must"));
  CHECK(both.posted("<a><aliens><other>x</other></aliens></a>") == "422 body#/animals must hold only elements that are its items\n");
}

TEST_CASE("arrays of objects, of arrays, and alone") {
  const XmlContract orders(
      "{type: object, additionalProperties: false, properties: {line: {type: array, items: {type: object, required: [sku], additionalProperties: false, "
      "properties: {sku: {type: string, xml: {attribute: true}}, n: {type: integer}}}}}}");
  CHECK(orders.posted("<order><line sku='a'><n>1</n></line><line sku='b'/></order>").empty());
  CHECK(orders.posted("<order><line sku='a'><n>1</n></line><line><n>1</n></line></order>").starts_with("422 body#/line/1 must"));
  CHECK(orders.posted("<order><line sku='a'><n>x</n></line></order>") == "422 body#/line/0/n must be an integer\n");

  const XmlContract matrix(
      "{type: object, properties: {m: {type: array, items: {type: array, xml: {wrapped: true, name: row}, items: {type: integer, xml: {name: cell}}}}}}");
  CHECK(matrix.posted("<a><row><cell>1</cell></row><row/></a>").empty());
  CHECK(matrix.posted("<a><row><cell>1</cell><cell>x</cell></row></a>") == "422 body#/m/0/1 must be an integer\n");

  const XmlContract list("{type: array, items: {$ref: '#/components/schemas/Pet'}}",
                         "{Pet: {type: object, required: [id], properties: {id: {type: integer}}}}");
  CHECK(list.posted("<pets><Pet><id>1</id></Pet><Pet><id>2</id></Pet></pets>").empty());
  CHECK(list.posted("<pets><Pet><id>1</id></Pet><Pet/></pets>").starts_with("422 body#/1 must"));
  CHECK(list.posted("<pets><Dog><id>1</id></Dog></pets>") == "422 body must hold only elements that are its items\n");
}

TEST_CASE("the root element has the name that is given, or that of the shared schema; without one any will do") {
  constexpr auto* person = "{Person: {type: object, properties: {id: {type: integer}}}}";
  const XmlContract shared("{$ref: '#/components/schemas/Person'}", person);
  CHECK(shared.posted("<Person><id>1</id></Person>").empty());
  CHECK(shared.posted("<Human><id>1</id></Human>") == "422 body must be the element 'Person'\n");
  const XmlContract given("{$ref: '#/components/schemas/Person'}", "{Person: {type: object, xml: {name: human}}}");
  CHECK(given.posted("<human/>").empty());
  CHECK_FALSE(given.posted("<Person/>").empty());
  const XmlContract open("{type: object, properties: {id: {type: integer}}}");
  CHECK(open.posted("<anything><id>1</id></anything>").empty());
  CHECK_FALSE(open.posted("<anything><id>x</id></anything>").empty());
}

TEST_CASE("a property has its own name for XML, that of its schema, or that of the property") {
  const XmlContract contract(
      "{type: object, additionalProperties: false, properties: {a: {type: integer, xml: {name: A}}, b: {$ref: '#/components/schemas/B'}}}",
      "{B: {type: object, additionalProperties: false, xml: {name: Bee}, properties: {n: {type: integer}}}}");
  CHECK(contract.posted("<r><A>1</A><Bee><n>1</n></Bee></r>").empty());
  CHECK(contract.posted("<r><b><n>1</n></b></r>").empty());
  CHECK(contract.posted("<r><b><n>x</n></b></r>") == "422 body#/b/n must be an integer\n");
  CHECK(contract.posted("<r><Bee/><b/></r>") == "422 body#/b must come only once\n");
  CHECK(contract.posted("<r><a>1</a></r>") == "422 body#/a must be written as the contract describes it\n");
}

TEST_CASE("namespaces are checked, prefixes are the sender's choice") {
  const XmlContract contract(
      "{type: object, required: [id], additionalProperties: false, xml: {name: order, namespace: 'urn:x', prefix: x}, properties: "
      "{id: {type: integer}, name: {type: string, xml: {namespace: 'urn:y', prefix: y}}, k: {type: string, xml: {attribute: true, namespace: 'urn:y'}}}}");
  CHECK(contract.posted("<x:order xmlns:x='urn:x' xmlns:y='urn:y' y:k='1'><id>1</id><y:name>n</y:name></x:order>").empty());
  CHECK(contract.posted("<q:order xmlns:q='urn:x'><id>1</id><name xmlns='urn:y'>n</name></q:order>").empty());
  CHECK(contract.posted("<order><id>1</id></order>") == "422 body must be in the namespace that is described\n");
  CHECK(contract.posted("<order xmlns='urn:z'><id>1</id></order>") == "422 body must be in the namespace that is described\n");
  CHECK_FALSE(contract.posted("<x:order xmlns:x='urn:x'><x:id>1</x:id></x:order>").empty());
  CHECK(contract.posted("<x:order xmlns:x='urn:x'><id>1</id><name>n</name></x:order>") ==
        "422 body#/name must be written as the contract describes it\n");
  CHECK_FALSE(contract.posted("<x:order xmlns:x='urn:x' k='1'><id>1</id></x:order>").empty());
  const XmlContract by_default(
      "{type: object, required: [id], additionalProperties: false, xml: {name: order, namespace: 'urn:x'}, properties: {id: {type: integer}}}");
  CHECK(by_default.posted("<order xmlns='urn:x'><id>1</id></order>").empty());
  CHECK(by_default.posted("<x:order xmlns:x='urn:x'><id>1</id></x:order>").empty());
  CHECK_FALSE(by_default.posted("<order xmlns='urn:x'><id xmlns='urn:y'>1</id></order>").empty());
  CHECK(by_default.posted("<order xmlns='urn:x'><id>1</id><id xmlns=''>2</id></order>") == "422 body#/id must come only once\n");
}

TEST_CASE("node types of 3.2: text beside attributes, CDATA, attributes, elements around arrays") {
  const XmlContract contract(
      "{type: object, required: [value], additionalProperties: false, xml: {name: m}, properties: {unit: {type: string, xml: {nodeType: attribute}}, "
      "value: {type: number, xml: {nodeType: text}}}}",
      "{}", "3.2.0");
  CHECK(contract.posted("<m unit='ug'>88.5</m>").empty());
  CHECK(contract.posted("<m unit='ug'>x</m>") == "422 body#/value must be a number\n");
  CHECK(contract.posted("<m unit='ug'/>").starts_with("422 body must"));
  CHECK(contract.posted("<m>8<!-- -->8</m>") == "422 body must hold no comment beside its text\n");
  CHECK(contract.posted("<m><unit>ug</unit>1</m>") == "422 body#/unit must be written as the contract describes it\n");
  const XmlContract cdata("{type: object, properties: {html: {type: string, maxLength: 4, xml: {nodeType: cdata}}}}", "{}", "3.2.0");
  CHECK(cdata.posted("<d>\n  <![CDATA[<a/>]]>\n</d>").empty());
  CHECK_FALSE(cdata.posted("<d><![CDATA[<abc/>]]></d>").empty());
  const XmlContract wrapped(
      "{type: object, additionalProperties: false, properties: {t: {type: array, xml: {nodeType: element, name: ts}, items: {type: integer}}}}", "{}",
      "3.2.0");
  CHECK(wrapped.posted("<a><ts><t>1</t></ts></a>").empty());
  CHECK_FALSE(wrapped.posted("<a><ts><t>x</t></ts></a>").empty());
  const XmlContract mixed("{type: object, properties: {t: {type: string, maxLength: 5, xml: {nodeType: text}}, b: {type: string}}}", "{}", "3.2.0");
  CHECK(mixed.posted("<a>12345<b>x</b></a>").empty());
  CHECK_FALSE(mixed.posted("<a>123456<b>x</b></a>").empty());
  CHECK(mixed.posted("<a>123<b>x</b>45</a>") == "422 body must hold its text in one piece\n");
  CHECK(mixed.posted("<a>\n <b>x</b>\n</a>").empty());
}

TEST_CASE("null is an empty element with xsi:nil, or an attribute that is not there") {
  constexpr std::string_view xsi = " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";
  const XmlContract contract(
      "{type: object, required: [a, n], additionalProperties: false, properties: {a: {type: [integer, 'null'], xml: {attribute: true}}, "
      "n: {type: [integer, 'null']}, s: {type: string}}}");
  const auto posted = [&](std::string_view within, std::string_view attributes = {}) {
    return contract.posted("<r" + std::string(xsi) + std::string(attributes) + '>' + std::string(within) + "</r>");
  };
  CHECK(posted("<n xsi:nil='true'/>").empty());
  CHECK(posted("<n>1</n>", " a='1'").empty());
  CHECK(posted("<n xsi:nil='false'>1</n>").empty());
  CHECK(posted("<n xsi:nil='true'>1</n>") == "422 body#/n must be empty where xsi:nil is true\n");
  CHECK(posted("<n xsi:nil='true' x='1'/>") == "422 body#/n must be empty where xsi:nil is true\n");
  CHECK(posted("<n xsi:nil='maybe'/>") == "422 body#/n must have an xsi:nil of true or false\n");
  CHECK(posted("<n>1</n><s xsi:nil='true'/>").starts_with("422 body#/s must be a string"));
  CHECK(posted("<n>x</n>").starts_with("422 body#/n must be"));
}

TEST_CASE("a schema that names members without a type means an object: an empty element is none of a text") {
  const XmlContract contract("{required: [id], properties: {id: {type: integer}}}");
  CHECK(contract.posted("<a><id>1</id></a>").empty());
  CHECK_FALSE(contract.posted("<a/>").empty());
  CHECK_FALSE(contract.posted("<a>text</a>").empty());
  CHECK(contract.posted("<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/>") ==
        "422 body must be of a kind that its schema describes\n");
}

TEST_CASE("what is open in the schema is open in XML, and typed where the schema says how") {
  const XmlContract map("{type: object, additionalProperties: {type: integer}}");
  CHECK(map.posted("<a><x>1</x><y>2</y></a>").empty());
  CHECK(map.posted("<a><x>1</x><y>z</y></a>") == "422 body#/y must be an integer\n");
  CHECK(map.posted("<a><x>1</x><x>2</x></a>") == "422 body#/x must come only once\n");
  const XmlContract anything("{type: object}");
  CHECK(anything.posted("<a x='1'><b><c y='2'>t</c><c/></b>\n<b/></a>").empty());
  const XmlContract patterned("{type: object, additionalProperties: false, patternProperties: {'^x-': {type: string}}}");
  CHECK(patterned.posted("<a><x-1>y</x-1></a>").empty());
  CHECK_FALSE(patterned.posted("<a><y>y</y></a>").empty());
  const XmlContract either("{type: object, properties: {v: {oneOf: [{type: integer, maximum: 10}, {type: string, pattern: '^[0-9]{3}$'}]}}}");
  CHECK(either.posted("<a><v>7</v></a>").empty());
  CHECK(either.posted("<a><v>777</v></a>").empty());
  CHECK_FALSE(either.posted("<a><v>77</v></a>").empty());
  const XmlContract other_space("{type: object, additionalProperties: false}");
  CHECK(other_space.posted("<a><p:b xmlns:p='urn:p'/></a>").starts_with("422 body#/{urn:p}b "));
}

TEST_CASE("what is not described has no name that is: many readers bind elements and attributes alike, by their local names") {
  const XmlContract open(
      "{type: object, properties: {role: {enum: [user]}, id: {type: integer, xml: {attribute: true}}, mail: {type: string, maxLength: 5, xml: {name: e-mail}}}}");
  CHECK(open.posted("<a id='1'><role>user</role><e-mail>x</e-mail><other>admin</other></a>").empty());
  CHECK(open.posted("<a other='admin'><role>user</role></a>").empty());
  CHECK(open.posted("<a role='admin'/>") == "422 body#/@role must be written as the contract describes it\n");
  CHECK(open.posted("<a><id>x</id></a>") == "422 body#/id must be written as the contract describes it\n");
  CHECK(open.posted("<a><p:role xmlns:p='urn:p'>admin</p:role></a>").contains("must be written as the contract describes it"));
  CHECK(open.posted("<a p:role='admin' xmlns:p='urn:p'/>").contains("must be written as the contract describes it"));
  CHECK(open.posted("<a e-mail='longer than five'/>").contains("must be written as the contract describes it"));
  CHECK(open.posted("<a mail='longer than five'/>").contains("must be written as the contract describes it"));
  CHECK(open.posted("<a><p:other xmlns:p='urn:p'>x</p:other></a>").empty());
}

TEST_CASE("schemas that XML cannot be held to are told when the contract is read, and their bodies are refused") {
  const auto refused = [](std::string_view schema, std::string_view version = "3.2.0", std::string_view components = "{}") {
    const XmlContract contract(schema, components, version);
    CHECK(contract.posted("<a/>").starts_with("415 header.content-type"));
    return contract.warnings();
  };
  CHECK(refused("{type: object, properties: {a: {type: object, xml: {attribute: true}}}}").contains("'a' is an attribute and no plain value"));
  CHECK(refused("{type: object, properties: {a: {type: array, xml: {nodeType: text}}}}").contains("'a' is a text and no plain value"));
  CHECK(refused("{type: object, properties: {a: {type: string, xml: {nodeType: text}}, b: {type: string, xml: {nodeType: cdata}}}}")
            .contains("'b' is a second text"));
  CHECK(refused("{type: object, properties: {a: {type: string}, b: {type: string, xml: {name: a}}}}").contains("'b' has the name of 'a'"));
  CHECK(refused("{type: object, properties: {a: {type: array, items: {type: array, items: {}}}}}").contains("an array in an array"));
  CHECK(refused("{type: object, properties: {a: {type: object, xml: {nodeType: none}}}}").contains("'a' has no node of its own"));
  CHECK(refused("{type: object, properties: {a: {type: string, xml: {nodeType: comment}}}}").contains("'nodeType' that is not known"));
  CHECK(refused("{type: object, properties: {a: {type: array, prefixItems: [{type: string}], xml: {nodeType: element}}}}").contains("'prefixItems'"));
  CHECK(refused("{oneOf: [{type: object, xml: {name: a}}, {type: object, xml: {name: b}}]}").contains("its alternatives differ in their XML"));
  CHECK(refused("{type: object, properties: {a: {$ref: '#/components/schemas/B', xml: {nodeType: element}}}}", "3.2.0", "{B: {type: object}}")
            .contains("puts an element around"));
  CHECK(
      XmlContract("{type: object, properties: {a: {type: string, xml: {namespace: 'urn:a'}}, b: {type: string, xml: {name: a, namespace: 'urn:b'}}}}")
          .warnings()
          .empty());
  CHECK(XmlContract("{oneOf: [{type: object, xml: {name: a}}, {type: object, xml: {name: a}}]}").warnings().empty());
  CHECK(XmlContract(lab_result).warnings().empty());
}

TEST_CASE("schemas that refer to themselves are followed as deep as the document goes") {
  const XmlContract contract(
      "{$ref: '#/components/schemas/Tree'}",
      "{Tree: {type: object, additionalProperties: false, properties: {n: {type: integer}, child: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}}");
  CHECK(contract.posted("<Tree><child><child><n>1</n></child></child><child/></Tree>").empty());
  CHECK(contract.posted("<Tree><child><child><n>x</n></child></child></Tree>") == "422 body#/child/0/child/0/n must be an integer\n");
}

TEST_CASE("answers of XML are held to the same mapping, in their own direction") {
  const XmlContract contract(lab_result);
  CHECK(contract.answered("<labResult id='1'><patient>17</patient><test>F</test></labResult>").empty());
  CHECK(contract.answered("<labResult id='1'><patient>x</patient><test>F</test></labResult>") == "502 body#/patient must be an integer\n");
  CHECK(contract.answered("<labResult id='1'><secret>x</secret><patient>1</patient><test>F</test></labResult>").starts_with("502 body#/secret"));
  CHECK(contract.answered("<!DOCTYPE a><labResult/>").starts_with("502 body must have no document type"));
  const XmlContract secret("{type: object, properties: {pin: {type: string, writeOnly: true}}}");
  CHECK(secret.posted("<a><pin>1</pin></a>").empty());
  CHECK_FALSE(secret.answered("<a><pin>1</pin></a>").empty());
  const XmlContract page("{type: string}", "{}", "3.1.0", "application/xhtml+xml");
  CHECK(page.answered("<!DOCTYPE html><html/>", "application/xhtml+xml").empty());  // nobody here reads it
  CHECK_FALSE(page.posted("<!DOCTYPE html><html/>", "application/xhtml+xml").empty());
}

TEST_CASE("names that cost more than they are long are bounded") {
  const XmlContract open("{type: object}");
  std::string body = "<a xmlns:p='" + std::string(1000, 'u') + "'>";
  for (int i = 0; i < 5000; ++i) body += "<b p:x='1'/>";
  CHECK(open.posted(body + "</a>").starts_with("422 body#/b"));
  CHECK(open.posted(body + "</a>").ends_with(" must have fewer members that are not described\n"));
  std::string plain = "<a>";
  for (int i = 0; i < 5000; ++i) plain += "<b x='1'/>";
  CHECK(open.posted(plain + "</a>").empty());
}

TEST_CASE("the pet of everybody's example is read as clients write it") {
  const XmlContract contract(
      "{$ref: '#/components/schemas/Pet'}",
      "{Pet: {type: object, required: [name, photoUrls], xml: {name: pet}, properties: {id: {type: integer, format: int64}, name: {type: string}, "
      "category: {$ref: '#/components/schemas/Category'}, photoUrls: {type: array, xml: {wrapped: true}, items: {type: string, xml: {name: photoUrl}}}, "
      "tags: {type: array, xml: {wrapped: true}, items: {$ref: '#/components/schemas/Tag'}}, status: {enum: [available, sold]}}}, "
      "Category: {type: object, xml: {name: category}, properties: {id: {type: integer}}}, Tag: {type: object, xml: {name: tag}, properties: {id: {type: integer}}}}",
      "3.0.2");
  CHECK(
      contract
          .posted(
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?><pet><id>10</id><name>doggie</name><category><id>1</id></category><photoUrls><photoUrl>a</photoUrl>"
              "<photoUrl>b</photoUrl></photoUrls><tags><tag><id>0</id></tag></tags><status>available</status></pet>")
          .empty());
  CHECK(contract.posted("<pet><name>doggie</name><photoUrls/><tags><tag><id>x</id></tag></tags></pet>") ==
        "422 body#/tags/0/id must be an integer\n");
  CHECK(contract.posted("<pet><name>doggie</name><photoUrls/><status>lost</status></pet>").starts_with("422 body#/status must"));
  CHECK(contract.posted("<pet><name>doggie</name></pet>").starts_with("422 body must"));
}
