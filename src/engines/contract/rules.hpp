// What is left of a description when it is compiled: what a message is judged by, and nothing that needs a file or a document.
#pragma once
#include <string>
#include <vector>

#include "engines/contract/description.hpp"
#include "engines/contract/value_rule.hpp"
#include "engines/contract/xml_layout.hpp"
#include "engines/redaction/field_rules.hpp"
#include "engines/schema/harmless.hpp"

namespace gatehouse::contract {

struct ParameterRule {
  std::string name;
  In in = In::query;
  bool required = false;
  Style style = Style::form;
  bool explode = false;
  bool allow_empty = false;
  std::optional<MediaType> content;  ///< the value is a text of this type instead of a style's
  ValueRule value;
  std::string place;                        ///< "api.yaml#/paths/~1a/get/parameters/0"
  schema::HarmlessPlaces::Id harmless = 0;  ///< of the value, in the places of the contract
};

struct MediaRule {
  MediaType range;
  ValueRule value;
  std::vector<Encoding> encodings;
  std::string place;
  bool sequence = false;                            ///< of values one after the other, which are judged one by one and together
  ValueRule item = {};                              ///< what each of them must be
  std::optional<XmlMapping> xml = {};               ///< of a range of XML whose schema can be followed there
  bool judged = true;                               ///< false: nobody here can hold such a body to its schema
  schema::HarmlessPlaces::Id harmless = 0;          ///< of the value that the body means
  redaction::PlaceId marked = redaction::unmarked;  ///< of an answer: the root of what is not for everybody
  bool marked_described = false;                    ///< what the document describes of it reaches a mark
};

struct BodyRule {
  bool required = false;
  std::vector<MediaType> ranges;
  std::vector<MediaRule> media;  ///< one a range
  std::string place;
};

struct ResponseRule {
  std::string status;
  std::vector<ParameterRule> headers;
  std::vector<MediaType> ranges;
  std::vector<MediaRule> media;
  std::string place;
};

}  // namespace gatehouse::contract
