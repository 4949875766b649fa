"""What the endpoint files share: a route with its path template, and answers in JSON."""
import json
import re

from http1 import Request, Response


class Route:
    """`template` is a path such as /patients/{id}; a name in braces stands for one segment. `operation` is its operationId."""

    def __init__(self, method, template, operation, handler):
        self.method, self.template, self.operation, self.handler = method, template, operation, handler
        self._pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def match(self, path) -> dict[str, str] | None:
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


def as_json(value, status=200, headers=()) -> Response:
    return Response(status, [("Content-Type", "application/json"), *headers], json.dumps(value).encode() + b"\n")


def json_object(request: Request) -> dict:
    """The body as a JSON object. Raises ValueError, which the caller of the API gets to see."""
    value = json.loads(request.body)
    if not isinstance(value, dict):
        raise ValueError("the body is not a JSON object")
    return value


def not_found(what, key) -> Response:
    return as_json({"error": "no %s %s" % (what, key)}, 404)
