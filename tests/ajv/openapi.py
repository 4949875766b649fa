"""OpenAPI documents for a validator that knows JSON Schema only: every schema that is asked for, and what it refers to, becomes a definition of one bundle; words that are
none of JSON Schema are left out. The gate is given the documents themselves."""
import gzip, json, os, urllib.parse

ONE = {"items", "additionalProperties", "not", "additionalItems", "contains", "propertyNames", "if", "then", "else", "unevaluatedItems", "unevaluatedProperties"}
LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
MAPS = {"properties", "patternProperties", "dependentSchemas"}
PLAIN = {"type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
         "maxContains", "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format"}
# OpenAPI 3.0.4 section 4.7.24: no others.
WORDS_3_0 = {"items", "additionalProperties", "not", "allOf", "anyOf", "oneOf", "properties", "type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
             "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "format", "nullable"}
WORDS_3_1 = ONE | LISTS | MAPS | PLAIN


def token(name):
    return str(name).replace("~", "~0").replace("/", "~1")


class Document:
    def __init__(self, name, root):
        self.name, self.root = name, root
        self.dialect = "openapi3.0" if root["openapi"].startswith("3.0") else "openapi3.1"
        self.definitions, self.keys, self.waiting = {}, {}, []

    @classmethod
    def staged(cls, suites, name):
        with gzip.open(os.path.join(suites, "openapi-docs", name + ".json.gz")) as file:
            return cls(name, json.load(file))

    def at(self, pointer):
        """What stands there; KeyError, IndexError or TypeError if nothing does."""
        value = self.root
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            value = value[int(part)] if isinstance(value, list) else value[part]
        return value

    @staticmethod
    def pointer_of(reference):
        if not reference.startswith("#"):
            raise KeyError(reference)
        return urllib.parse.unquote(reference[1:])

    def followed(self, pointer):
        """`pointer`, or what the references there lead to."""
        for _ in range(16):
            value = self.at(pointer)
            if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
                return pointer
            pointer = self.pointer_of(value["$ref"])
        raise KeyError(pointer)

    def fragment(self, pointer):
        return "#" + urllib.parse.quote(pointer, safe="/~!$&'()*+,;=:@-._")

    # --- the bundle

    def key(self, pointer):
        """The name of the definition that the schema there becomes."""
        if pointer not in self.keys:
            self.keys[pointer] = f"s{len(self.keys)}"
            self.waiting.append(pointer)
        return self.keys[pointer]

    def bundle(self):
        while self.waiting:
            pointer = self.waiting.pop()
            self.definitions[self.keys[pointer]] = self.converted(self.at(pointer))
        return {"definitions": self.definitions}

    def converted(self, schema):
        if not isinstance(schema, dict):
            return schema
        out = {}
        if isinstance(schema.get("$ref"), str):
            out["$ref"] = "#/definitions/" + self.key(self.pointer_of(schema["$ref"]))
            if self.dialect == "openapi3.0":
                return out
        words = WORDS_3_0 if self.dialect == "openapi3.0" else WORDS_3_1
        for word, value in schema.items():
            if word not in words:
                continue
            if word == "nullable":
                if "type" in schema:  # without it the word says nothing (3.0.4 section 4.7.24.2)
                    out[word] = value
            elif word in LISTS:
                out[word] = [self.converted(one) for one in value]
            elif word in MAPS:
                out[word] = {name: self.converted(one) for name, one in value.items()}
            else:
                out[word] = self.converted(value) if word in ONE else value
        return out

    # --- where schemas stand

    def example_schema(self, example):
        """The pointer of the schema that an example of benign-api-examples belongs to; nothing if there is none, or OpenAPI ignores it."""
        try:
            path = self.followed("/paths/" + token(example["path"]))
            operation = f"{path}/{example['method'].lower()}"
            kind, *rest = example["where"].split("#")[0].split(":")
            if kind == "parameter":
                return self._parameter_schema(path, operation, *rest)
            if kind == "requestBody":
                holder = self.followed(operation + "/requestBody")
            else:
                holder = self.followed(f"{operation}/responses/{token(rest[0])}")
            return self._content_schema(holder, example["media"])
        except (KeyError, IndexError, TypeError):
            return None

    def _content_schema(self, holder, media):
        pointer = f"{self.followed(f'{holder}/content/{token(media)}')}/schema"
        self.at(pointer)
        return pointer

    def _parameter_schema(self, path, operation, place, name):
        if place == "header" and name.lower() in ("accept", "content-type", "authorization"):
            return None  # 3.0.4 section 4.7.12.2.1
        for holder in (operation, path):
            for i, _ in enumerate(self.at(holder).get("parameters", [])):
                pointer = self.followed(f"{holder}/parameters/{i}")
                found = self.at(pointer)
                if found["in"] == place and (found["name"] == name or (place == "header" and found["name"].lower() == name.lower())):
                    if "content" in found:
                        return self._content_schema(pointer, next(iter(found["content"])))
                    return pointer + "/schema" if "schema" in found else None
        return None

    def schemas(self):
        """Pointers of schemas that messages are held to: JSON bodies and parameters."""
        for path in self.root.get("paths", {}):
            base = self.followed("/paths/" + token(path))
            for method in ("get", "put", "post", "delete", "patch"):
                operation = self.at(base).get(method)
                if not isinstance(operation, dict):
                    continue
                holders = [f"{base}/{method}/requestBody"] if "requestBody" in operation else []
                holders += [f"{base}/{method}/responses/{token(status)}" for status in operation.get("responses", {})]
                for holder in holders:
                    content = self.at(self.followed(holder)).get("content", {})
                    for media in content:
                        if "json" in media and "schema" in content[media]:
                            yield f"{self.followed(holder)}/content/{token(media)}/schema"
                for i, _ in enumerate(operation.get("parameters", [])):
                    parameter = self.followed(f"{base}/{method}/parameters/{i}")
                    if "schema" in self.at(parameter):
                        yield parameter + "/schema"
