#!/usr/bin/env python3
"""What the comparison with ajv stands on, without ajv: the bundle that it is given of a document, where examples belong, the generator of instances, and the counting of the driver."""
import contextlib, importlib.util, io, json, os, sys, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/ajv"), os.path.join(ROOT, "tools")]
import summed  # noqa: E402
from instances import Instances  # noqa: E402
from openapi import Document  # noqa: E402

spec = importlib.util.spec_from_file_location("differential", os.path.join(ROOT, "tests/conformance/ajv-differential.py"))
differential = importlib.util.module_from_spec(spec)
spec.loader.exec_module(differential)

PET = {"type": "object", "required": ["name"], "nullable": True, "xml": {"name": "p"}, "example": {"$ref": "no reference"}, "additionalProperties": False,
       "properties": {"name": {"type": "string", "minLength": 2}, "mother": {"$ref": "#/components/schemas/Pet", "minLength": 99}, "$ref": {"nullable": True}, "a/b~c": {"type": "integer", "maximum": 3}}}


def document(version):
    return Document("pets", {"openapi": version, "components": {
        "schemas": {"Pet": PET}, "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
        "requestBodies": {"New": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}}, "paths": {"/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "post": {"parameters": [{"$ref": "#/components/parameters/Limit"}, {"name": "Accept", "in": "header", "schema": {"type": "string"}}],
                     "requestBody": {"$ref": "#/components/requestBodies/New"}, "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}}}}}})


class Bundles(unittest.TestCase):
    def test_a_bundle_has_all_that_is_referred_to_and_only_words_of_json_schema(self):
        pets = document("3.0.4")
        key = pets.key("/components/schemas/Pet")
        bundle = pets.bundle()["definitions"]
        self.assertEqual(list(bundle), [key])
        self.assertEqual(set(bundle[key]), {"type", "required", "nullable", "additionalProperties", "properties"})
        self.assertEqual(bundle[key]["properties"]["mother"], {"$ref": "#/definitions/" + key})  # 3.0: nothing stands beside a reference
        self.assertEqual(bundle[key]["properties"]["$ref"], {})  # a member of that name; `nullable` without a type says nothing

    def test_in_3_1_words_beside_a_reference_count_and_nullable_is_none(self):
        pets = document("3.1.0")
        key = pets.key("/components/schemas/Pet")
        bundle = pets.bundle()["definitions"]
        self.assertEqual(bundle[key]["properties"]["mother"], {"$ref": "#/definitions/" + key, "minLength": 99})
        self.assertNotIn("nullable", bundle[key])

    def test_an_example_is_found_where_its_publisher_put_it(self):
        pets = document("3.0.4")
        at = lambda where, media="application/json": pets.example_schema({"path": "/pets/{id}", "method": "POST", "where": where, "media": media})
        self.assertEqual(at("requestBody#one"), "/components/requestBodies/New/content/application~1json/schema")
        self.assertEqual(at("response:200"), "/paths/~1pets~1{id}/post/responses/200/content/application~1json/schema")
        self.assertEqual(at("parameter:query:limit"), "/components/parameters/Limit/schema")
        self.assertEqual(at("parameter:path:id"), "/paths/~1pets~1{id}/parameters/0/schema")
        for nothing in ("parameter:header:Accept", "parameter:query:id", "response:404"):
            self.assertIsNone(at(nothing), nothing)
        self.assertIsNone(at("requestBody", "text/plain"))
        self.assertEqual(pets.fragment("/paths/~1pets~1{id}"), "#/paths/~1pets~1%7Bid%7D")


class Generated(unittest.TestCase):
    def setUp(self):
        self.pets = document("3.1.0")
        self.resolve = lambda reference: self.pets.at(self.pets.pointer_of(reference))

    def made(self, seed, schema, count=40):
        return differential.made(schema, self.resolve, seed, count)

    def keeps(self, pet, depth=0):
        """PET, by hand."""
        return (isinstance(pet, dict) and set(pet) <= set(PET["properties"]) and isinstance(pet.get("name"), str) and len(pet["name"]) >= 2 and
                ("mother" not in pet or self.keeps(pet["mother"])) and
                ("a/b~c" not in pet or (not isinstance(pet["a/b~c"], bool) and isinstance(pet["a/b~c"], (int, float)) and pet["a/b~c"] == int(pet["a/b~c"]) and pet["a/b~c"] <= 3)))

    def test_the_same_seed_makes_the_same_instances_and_another_makes_others(self):
        self.assertEqual(json.dumps(self.made(1, PET)), json.dumps(self.made(1, PET)))
        self.assertNotEqual(json.dumps(self.made(1, PET)), json.dumps(self.made(2, PET)))

    def test_there_are_plenty_of_both_kinds(self):
        plain = {k: v for k, v in PET.items() if k != "nullable"}
        verdicts = [self.keeps(one) for one in self.made(7, plain, 400)]
        self.assertGreater(sum(verdicts), 80)
        self.assertGreater(len(verdicts) - sum(verdicts), 80)

    def test_each_word_is_broken_by_something(self):
        words = {"minLength": ({"type": "string", "minLength": 3}, lambda v: isinstance(v, str) and len(v) < 3), "maximum": ({"type": "integer", "maximum": 5}, lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and v > 5),
                 "required": ({"type": "object", "required": ["a"]}, lambda v: isinstance(v, dict) and "a" not in v), "enum": ({"enum": ["a"]}, lambda v: v != "a"),
                 "additionalProperties": ({"properties": {"a": True}, "additionalProperties": False}, lambda v: isinstance(v, dict) and set(v) - {"a"}),
                 "uniqueItems": ({"type": "array", "uniqueItems": True, "minItems": 2}, lambda v: isinstance(v, list) and len({json.dumps(x) for x in v}) < len(v))}
        for word, (schema, is_broken) in words.items():
            self.assertTrue(any(is_broken(one) for one in self.made(3, schema, 200)), word)

    def test_a_number_that_no_double_holds_stays_as_it_is_written(self):
        text = '[1.0, 0.1, 3.141592653589793238462643383279, 18446744073709551616, 1e400]'
        self.assertEqual(differential.dumps(differential.loads(text)), text)


class Counting(unittest.TestCase):
    def tally(self, known, *cases):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            tally = differential.Tally(known, False)
            for case, agree in cases:
                tally.judge(case, agree, "because")
            good = tally.finish()
        return good, printed.getvalue().splitlines()[-1]

    def test_a_listed_disagreement_is_known_an_unlisted_one_fails(self):
        self.assertEqual(self.tally({"a": "why"}, ("a", False), ("a", True), ("b", True)), (True, "ajv-differential: 2 passed, 0 failed, 1 known"))
        self.assertEqual(self.tally({}, ("a", False)), (False, "ajv-differential: 0 passed, 1 failed, 0 known"))

    def test_a_listed_one_that_agrees_fails(self):
        self.assertEqual(self.tally({"a": "why"}, ("a", True)), (False, "ajv-differential: 1 passed, 1 failed, 0 known"))

    def test_an_example_is_held_to_the_word_and_the_place_that_its_list_names(self):
        def judged(violations, reason="type at '/a' (openapi.json#/x/type): must be a string"):
            task = differential.Task({}, [{"id": "example e"}])
            answer = {"verdicts": ["0" if violations else "1"], "violations": [violations]}
            with contextlib.redirect_stdout(io.StringIO()):
                tally = differential.Tally({}, False)
                differential.compare_examples(tally, task, answer, {"e": reason} if reason else {})
            return tally.failed == 0
        self.assertTrue(judged([["", "required", ""], ["/a", "type", ""]]))
        self.assertFalse(judged([["/b", "type", ""]]))
        self.assertFalse(judged([["/a", "enum", ""]]))
        self.assertFalse(judged([]))
        self.assertTrue(judged([], None))
        self.assertFalse(judged([["/a", "type", ""]], None))


if __name__ == "__main__":
    summed.main()
