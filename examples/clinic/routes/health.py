"""GET /healthz: says that the clinic is up and its database answers."""
from routes.route import Route, as_json


def health(clinic, _request):
    clinic.database.row("SELECT 1")
    return as_json({"status": "ok"})


ROUTES = [Route("GET", "/healthz", "health", health)]
