"""GET /prices: the public price list, the one thing that everybody may read."""
from routes.route import Route, as_json


def list_prices(clinic, _request):
    prices = clinic.database.rows("SELECT code, service, cents, currency FROM prices ORDER BY code")
    return as_json({"items": prices}, headers=[("Cache-Control", "public, max-age=60")])


ROUTES = [Route("GET", "/prices", "listPrices", list_prices)]
