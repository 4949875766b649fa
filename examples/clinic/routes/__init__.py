"""Which function answers which method and path: one file an endpoint family, gathered here.

Careless on purpose: an error is shown to the caller with its stack and its SQL (`_confess`).
"""
import json
import traceback

from http1 import Request, Response
from routes import appointments, chat, events, export, health, lab_results, patients, prices, staff
from routes.route import as_json

ROUTES = [route for family in (health, prices, patients, appointments, lab_results, staff, export, events, chat) for route in family.ROUTES]


def answer(clinic, request: Request) -> Response:
    """Finds the route and runs it. HEAD is GET whose body is not sent; a path of other methods only is 405 with Allow."""
    if request.method == "OPTIONS" and request.path == "*":
        return Response(204)
    allowed = set()
    for route in ROUTES:
        values = route.match(request.path)
        if values is None:
            continue
        allowed.add(route.method)
        if route.method == request.method or (route.method == "GET" and request.method == "HEAD"):
            request.path_values = values
            return _run(route, clinic, request)
    if not allowed:
        return as_json({"error": "nothing is at " + request.path}, 404)
    allowed |= {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    allow = ("Allow", ", ".join(sorted(allowed)))
    if request.method == "OPTIONS":
        return Response(204, [allow])
    return as_json({"error": request.method + " is not possible at " + request.path}, 405, [allow])


def _run(route, clinic, request) -> Response:
    try:
        return route.handler(clinic, request)
    except Exception as error:  # whatever it is, the caller is told all of it
        return _confess(error)


def _confess(error) -> Response:
    status = 400 if isinstance(error, (ValueError, KeyError, SyntaxError, UnicodeError)) else 500
    told = {"error": str(error), "exception": type(error).__name__, "stack": traceback.format_exception(error)}
    if hasattr(error, "sql"):
        told["sql"] = error.sql
    return Response(status, [("Content-Type", "application/json")], json.dumps(told, indent=1).encode() + b"\n")
