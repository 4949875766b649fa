"""Instances made from schemas, by chance that is seeded: some that are meant to keep the schema, and from these others that break one word of it at one place. Nobody trusts
the meaning: what counts is what two validators say of them."""
import copy, math, random, re

try:
    from re import _parser as sre
except ImportError:
    import sre_parse as sre

DEPTH_MAX = 7
NAMES = ["a", "b", "foo", "bar", "x-y", "longer name of it", "é", "", "0", "constructor"]
TEXTS = ["", "a", "ab", "foo", "bar", "1", "äöü", "😀", "a b", "x" * 12, "AbC-9", "\u2028", "null"]
FORMATS = {
    "date-time": ["2020-02-29T12:00:00Z", "1999-12-31t23:59:59.5+01:30", "2021-02-29T12:00:00Z", "2020-01-01 12:00"],
    "date": ["2020-02-29", "2021-02-29", "1/2/2020"], "time": ["12:00:00Z", "24:00:00Z"], "duration": ["P1D", "PT", "P1Y2M"],
    "email": ["a@b.example", "a.b"], "hostname": ["a.example", "-a"], "ipv4": ["127.0.0.1", "127.0.0.256"], "ipv6": ["::1", "1::2::3"],
    "uri": ["https://a.example/b?c#d", "/relative"], "uri-reference": ["/relative", "a b"], "uuid": ["01234567-89ab-cdef-0123-456789abcdef", "0123"],
    "json-pointer": ["/a~0b", "a"], "regex": ["^a+$", "("], "byte": ["YWI=", "Y"],
}


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Instances:
    def __init__(self, seed, resolve):
        """`resolve(reference)` is the schema that a `$ref` names, or None."""
        self.chance, self.resolve = random.Random(seed), resolve

    # --- meant to keep the schema

    def merged(self, schema, depth=0):
        """One object with the words of the schema, of what it refers to and of the alternatives chosen."""
        if not isinstance(schema, dict) or depth > 8:
            return {} if schema is not False else {"not": {}}
        out = {}
        parts = []
        if isinstance(schema.get("$ref"), str):
            parts.append(self.resolve(schema["$ref"]))
        parts += schema.get("allOf", []) if isinstance(schema.get("allOf"), list) else []
        for word in ("anyOf", "oneOf"):
            if isinstance(schema.get(word), list) and schema[word]:
                parts.append(self.chance.choice(schema[word]))
        if "if" in schema:
            parts += [schema["if"], schema.get("then", {})] if self.chance.random() < 0.5 else [schema.get("else", {})]
        for part in [*(self.merged(p, depth + 1) for p in parts), schema]:
            for word, value in part.items():
                have = out.get(word)
                if word in ("properties", "patternProperties", "dependentRequired", "dependentSchemas", "dependencies") and isinstance(have, dict) and isinstance(value, dict):
                    both = dict(have)
                    for name, one in value.items():
                        both[name] = {"allOf": [both[name], one]} if name in both and isinstance(one, dict) and isinstance(both[name], dict) else one
                    out[word] = both
                elif word == "required" and isinstance(have, list) and isinstance(value, list):
                    out[word] = have + value
                elif word.startswith("min") and number(have) and number(value):
                    out[word] = max(have, value)
                elif word.startswith("max") and number(have) and number(value):
                    out[word] = min(have, value)
                elif word == "enum" and isinstance(have, list) and isinstance(value, list):
                    out[word] = [v for v in value if v in have] or value
                else:
                    out[word] = value
        return out

    def instance(self, schema, depth=0):
        c = self.chance
        if schema is False or not isinstance(schema, dict):
            return self.anything(depth)
        words = self.merged(schema)
        if "const" in words:
            return copy.deepcopy(words["const"])
        if isinstance(words.get("enum"), list) and words["enum"]:
            return copy.deepcopy(c.choice(words["enum"]))
        wanted = words.get("type")
        wanted = c.choice(wanted) if isinstance(wanted, list) and wanted else wanted
        if words.get("nullable") is True and c.random() < 0.1:
            return None
        if not isinstance(wanted, str):
            wanted = self.guessed(words)
        if wanted == "object":
            return self.object(words, depth)
        if wanted == "array":
            return self.array(words, depth)
        if wanted == "string":
            return self.string(words)
        if wanted in ("integer", "number"):
            return self.a_number(words, wanted)
        if wanted == "boolean":
            return c.random() < 0.5
        return None if wanted == "null" else self.anything(depth)

    def guessed(self, words):
        of = {"object": {"properties", "required", "patternProperties", "additionalProperties", "minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas",
                         "dependencies", "unevaluatedProperties"},
              "array": {"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems", "additionalItems"},
              "string": {"minLength", "maxLength", "pattern", "format"}, "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}}
        fitting = [name for name, some in of.items() if some & words.keys()]
        return self.chance.choice(fitting) if fitting else None

    def anything(self, depth):
        c = self.chance
        kinds = [None, True, False, 0, 1, -1, 1.5, 1e3, 12, c.choice(TEXTS), c.choice(TEXTS), c.choice(TEXTS)]
        if depth < DEPTH_MAX and c.random() < 0.35:
            if c.random() < 0.5:
                return [self.anything(depth + 3) for _ in range(c.randrange(4))]
            return {name: self.anything(depth + 3) for name in c.sample(NAMES, c.randrange(4))}
        return c.choice(kinds)

    def object(self, words, depth):
        c, out = self.chance, {}
        properties = words.get("properties") if isinstance(words.get("properties"), dict) else {}
        required = [n for n in words.get("required", []) if isinstance(n, str)] if isinstance(words.get("required"), list) else []
        patterns = words.get("patternProperties") if isinstance(words.get("patternProperties"), dict) else {}
        chosen = list(dict.fromkeys(required))
        if depth < DEPTH_MAX:
            likely = 0.6 if len(properties) < 12 else 0.25
            chosen += [n for n in properties if n not in chosen and properties[n] is not False and c.random() < likely]
        for name in chosen:
            out[name] = self.instance(properties.get(name, self.by_pattern(patterns, name, words)), depth + 1)
        for name, more in (words.get("dependentRequired") or words.get("dependencies") or {}).items():
            if name in out and isinstance(more, list):
                for other in more:
                    out.setdefault(other, self.instance(properties.get(other, {}), depth + 1))
        for pattern, inner in patterns.items():
            if depth < DEPTH_MAX and c.random() < 0.5:
                out[self.like(pattern)] = self.instance(inner, depth + 1)
        additional = words.get("additionalProperties", words.get("unevaluatedProperties"))
        least = words.get("minProperties", 0)
        more = (c.random() < 0.4 and additional is not False and depth < DEPTH_MAX) or (number(least) and len(out) < least)
        for name in c.sample(NAMES, len(NAMES)):
            if not more or name in out or name in properties:
                continue
            if number(words.get("maxProperties")) and len(out) >= words["maxProperties"]:
                break
            out[name] = self.instance(additional if isinstance(additional, dict) else {}, depth + 1)
            more = number(least) and len(out) < least
        items = list(out.items())
        if c.random() < 0.3:
            c.shuffle(items)
        return dict(items)

    @staticmethod
    def by_pattern(patterns, name, words):
        for pattern, inner in patterns.items():
            try:
                if re.search(pattern, name):
                    return inner
            except re.error:
                pass
        additional = words.get("additionalProperties")
        return additional if isinstance(additional, dict) else {}

    def array(self, words, depth):
        c = self.chance
        items, prefix = words.get("items", {}), words.get("prefixItems", [])
        if isinstance(items, list):
            items, prefix = words.get("additionalItems", {}), items
        least = words.get("minItems", 0) if number(words.get("minItems", 0)) else 0
        least = max(least, words.get("minContains", 1) if "contains" in words and number(words.get("minContains", 1)) else 0)
        most = words.get("maxItems") if number(words.get("maxItems")) else max(least, 3)
        count = int(min(max(least, len(prefix) if c.random() < 0.5 else c.randrange(4)), most, 40)) if depth < DEPTH_MAX else int(min(least, 40))
        out = []
        for i in range(count):
            inner = prefix[i] if i < len(prefix) else items
            if "contains" in words and i < least and c.random() < 0.7:
                inner = {"allOf": [x for x in (inner, words["contains"]) if isinstance(x, dict)]}
            out.append(self.instance(inner, depth + 1))
        return out

    def string(self, words):
        c = self.chance
        if isinstance(words.get("pattern"), str) and c.random() < 0.9:
            text = self.like(words["pattern"])
        elif words.get("format") in FORMATS and c.random() < 0.95:
            return FORMATS[words["format"]][0] if c.random() < 0.7 else c.choice(FORMATS[words["format"]])
        else:
            text = c.choice(TEXTS)
        least, most = words.get("minLength", 0), words.get("maxLength")
        if number(least) and len(text) < least <= 10_000:
            text += c.choice("aä😀") * int(math.ceil(least) - len(text))
        return text[:int(most)] if number(most) else text

    def a_number(self, words, wanted):
        c = self.chance
        low, high = words.get("minimum"), words.get("maximum")
        for word, which in (("exclusiveMinimum", "low"), ("exclusiveMaximum", "high")):
            if number(words.get(word)):
                low, high = (words[word] + 1, high) if which == "low" else (low, words[word] - 1)
        low = low if number(low) else (high - 10 if number(high) else -3)
        high = high if number(high) else low + 20
        value = c.choice([low, high, low + (high - low) * c.random()])
        step = words.get("multipleOf")
        if number(step) and step > 0 and math.isfinite(value / step):
            value = math.floor(value / step) * step
        if wanted == "integer" or c.random() < 0.5:
            value = round(value) if math.isfinite(value) else 0
            if wanted == "integer" and c.random() < 0.05 and abs(value) < 1e15:
                value = float(value)
        return value

    def like(self, pattern):
        """A text that the pattern may well be found in."""
        try:
            parsed = sre.parse(re.sub(r"\\p\{[^}]*\}", "[a-z]", pattern))
            return self.of_parsed(parsed)[:2000]
        except (re.error, ValueError, OverflowError, RecursionError, KeyError):
            return self.chance.choice(TEXTS)

    def of_parsed(self, parsed):
        c, out = self.chance, ""
        for op, argument in parsed:
            name = str(op)
            if name == "LITERAL":
                out += chr(argument)
            elif name == "NOT_LITERAL":
                out += "a" if argument != ord("a") else "b"
            elif name == "ANY":
                out += c.choice("ab1é")
            elif name == "IN":
                out += self.of_class(argument)
            elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                least, most, inner = argument
                for _ in range(int(least) + c.randrange(min(int(most) - int(least), 3) + 1)):
                    out += self.of_parsed(inner)
                    if len(out) > 2000:
                        break
            elif name == "SUBPATTERN":
                out += self.of_parsed(argument[-1])
            elif name == "BRANCH":
                out += self.of_parsed(c.choice(argument[1]))
        return out

    def of_class(self, parts):
        if str(parts[0][0]) == "NEGATE":
            return self.chance.choice("aZ0 -_")
        op, argument = self.chance.choice(parts)
        name = str(op)
        if name == "LITERAL":
            return chr(argument)
        if name == "RANGE":
            return chr(self.chance.randint(*argument))
        return {"CATEGORY_DIGIT": "7", "CATEGORY_WORD": "w", "CATEGORY_SPACE": " "}.get(str(argument), "!")

    # --- broken in one place

    def sites(self, value, schema, path=(), depth=0):
        """(path, word, schema) of all words that speak of a value or of what is in it."""
        if not isinstance(schema, dict) or depth > 14:
            return
        if isinstance(schema.get("$ref"), str):
            yield from self.sites(value, self.resolve(schema["$ref"]), path, depth + 1)
        for word in ("allOf", "anyOf", "oneOf"):
            if isinstance(schema.get(word), list):
                for part in schema[word]:
                    yield from self.sites(value, part, path, depth + 1)
        for word in ("if", "then", "else", "not"):
            if word in schema:
                yield from self.sites(value, schema[word], path, depth + 1)
        for word in schema:
            if word in BREAKERS:
                yield path, word, schema
        if isinstance(value, dict):
            properties = schema.get("properties") if isinstance(schema.get("properties"), dict) else {}
            for name, member in value.items():
                if name in properties:
                    yield from self.sites(member, properties[name], path + (name,), depth + 1)
                elif isinstance(schema.get("additionalProperties"), dict):
                    yield from self.sites(member, schema["additionalProperties"], path + (name,), depth + 1)
        if isinstance(value, list):
            prefix = schema.get("prefixItems", schema["items"] if isinstance(schema.get("items"), list) else [])
            for i, element in enumerate(value[:4]):
                inner = prefix[i] if i < len(prefix) else schema.get("items")
                if isinstance(inner, dict):
                    yield from self.sites(element, inner, path + (i,), depth + 1)

    def broken(self, value, schema, most):
        """Up to so many copies of the value, each with one word broken: of each word of the schema one, and by chance which of its places."""
        by_word = {}
        for site in self.sites(value, schema):
            by_word.setdefault(site[1], []).append(site)
        words = list(by_word)
        self.chance.shuffle(words)
        out = []
        for word in words[:most]:
            path, _, where = self.chance.choice(by_word[word])
            old = value
            for part in path:
                old = old[part]
            try:
                new = BREAKERS[word](self, copy.deepcopy(old), where)
            except (TypeError, ValueError, OverflowError, KeyError, IndexError):
                continue
            if new is not UNBROKEN:
                out.append(self.replaced(value, path, new))
        return out

    def replaced(self, value, path, new):
        if not path:
            return new
        out = copy.copy(value)
        out[path[0]] = self.replaced(value[path[0]], path[1:], new)
        return out


UNBROKEN = object()
OTHERS = [None, True, "text", 7, 2.5, [], {}]


def other_type(g, old, schema):
    return g.chance.choice([v for v in OTHERS if kind(v) != kind(old)])


def only(of, change):
    return lambda g, old, schema: change(g, old, schema) if kind(old) == of else UNBROKEN


def without(g, old, schema):
    names = [n for n in schema["required"] if n in old]
    return {k: v for k, v in old.items() if k != g.chance.choice(names)} if names else UNBROKEN


def longer(g, old, schema):
    return old + "é" * (int(schema["maxLength"]) + 1 - len(old)) if schema["maxLength"] < 20_000 else UNBROKEN


def more_items(g, old, schema):
    return old + [g.anything(9) for _ in range(int(schema["maxItems"]) + 1 - len(old))] if schema["maxItems"] < 2_000 else UNBROKEN


def added(g, old, schema):
    return {**old, g.chance.choice(["other", "x-", "zé", "__proto"]): g.anything(9)}


def garbled(g, old, schema):
    at = g.chance.randrange(len(old) + 1)
    return g.chance.choice([old[:at] + g.chance.choice("! é\n0a") + old[at:], old[:at] + old[at + 1:], "", old + old])


def beyond(word, step):
    return lambda g, old, schema: schema[word] + g.chance.choice([step, step * 0.5, 0]) if number(schema[word]) else (old + step * 1000)


BREAKERS = {
    "type": other_type,
    "nullable": lambda g, old, schema: None,
    "enum": lambda g, old, schema: g.chance.choice([old + "x" if isinstance(old, str) else "no such", 1, True, None, [old], {"a": old}]),
    "const": lambda g, old, schema: g.chance.choice([[old], None, 0, False, "", {"a": old}]),
    "multipleOf": only("number", lambda g, old, schema: old + schema["multipleOf"] * g.chance.choice([0.5, 0.1, 1])),
    "maximum": only("number", beyond("maximum", 1)),
    "exclusiveMaximum": only("number", beyond("exclusiveMaximum", 1)),
    "minimum": only("number", beyond("minimum", -1)),
    "exclusiveMinimum": only("number", beyond("exclusiveMinimum", -1)),
    "maxLength": only("string", longer),
    "minLength": only("string", lambda g, old, schema: "😀" * max(int(schema["minLength"]) - 1, 0)),
    "pattern": only("string", garbled),
    "format": only("string", lambda g, old, schema: g.chance.choice(FORMATS.get(schema["format"], TEXTS) + ["no such thing"])),
    "maxItems": only("array", more_items),
    "minItems": only("array", lambda g, old, schema: old[:max(int(schema["minItems"]) - 1, 0)]),
    "uniqueItems": only("array", lambda g, old, schema: old + old[:1] if g.chance.random() < 0.7 else old + [True, 1]),
    "contains": only("array", lambda g, old, schema: [g.anything(9) for _ in old]),
    "items": only("array", lambda g, old, schema: old[:-1] + [other_type(g, old[-1], {})] if old else [g.anything(9)]),
    "prefixItems": only("array", lambda g, old, schema: [other_type(g, old[0], {})] + old[1:] if old else UNBROKEN),
    "maxProperties": only("object", lambda g, old, schema: {**old, **{n: 1 for n in NAMES}}),
    "minProperties": only("object", lambda g, old, schema: dict(list(old.items())[:max(int(schema["minProperties"]) - 1, 0)])),
    "required": only("object", without),
    "additionalProperties": only("object", added),
    "unevaluatedProperties": only("object", added),
    "unevaluatedItems": only("array", lambda g, old, schema: old + [g.anything(9)]),
    "propertyNames": only("object", lambda g, old, schema: {**old, g.chance.choice(TEXTS): 1}),
    "patternProperties": only("object", lambda g, old, schema: {**old, g.like(g.chance.choice(list(schema["patternProperties"]))): g.anything(9)}),
    "dependentRequired": only("object", lambda g, old, schema: {**old, g.chance.choice(list(schema["dependentRequired"])): 1}),
    "dependentSchemas": only("object", lambda g, old, schema: {**old, g.chance.choice(list(schema["dependentSchemas"])): 1}),
    "dependencies": only("object", lambda g, old, schema: {**old, g.chance.choice(list(schema["dependencies"])): 1}),
    "not": lambda g, old, schema: g.instance(schema["not"], 3),
    "oneOf": lambda g, old, schema: g.instance(g.chance.choice(schema["oneOf"]), 3),
    "anyOf": lambda g, old, schema: other_type(g, old, {}),
    "allOf": lambda g, old, schema: g.instance(g.chance.choice(schema["allOf"]), 3),
}
