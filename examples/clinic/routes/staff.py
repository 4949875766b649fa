"""GET /wards and GET /doctors: who works where and who is on call."""
from routes.route import Route, as_json


def list_wards(clinic, _request):
    return as_json({"items": clinic.database.rows("SELECT id, name, beds FROM wards ORDER BY id")})


def list_doctors(clinic, _request):
    doctors = clinic.database.rows("SELECT id, name, ward, on_call FROM doctors ORDER BY id")
    return as_json({"items": [{**doctor, "on_call": bool(doctor["on_call"])} for doctor in doctors]})


ROUTES = [Route("GET", "/wards", "listWards", list_wards), Route("GET", "/doctors", "listDoctors", list_doctors)]
