"""GET /export: every patient with everything, as JSON or CSV, streamed in chunks. Careless on purpose: anybody may have it."""
import csv
import io
import json

from http1 import Response
from routes.route import Route, as_json


def export(clinic, request):
    wanted = request.first("format") or ("csv" if "text/csv" in request.headers.get("accept", "") else "json")
    patients = clinic.database.rows("SELECT * FROM patients ORDER BY id")
    if wanted == "json":
        return Response(200, [("Content-Type", "application/json")], _json(patients))
    if wanted == "csv":
        return Response(200, [("Content-Type", "text/csv; charset=utf-8"), ("Content-Disposition", 'attachment; filename="patients.csv"')], _csv(patients))
    return as_json({"error": "the format is json or csv"}, 400)


def _json(patients):
    yield b'{"patients": ['
    for number, patient in enumerate(patients):
        yield (b",\n" if number else b"\n") + json.dumps(patient).encode()
    yield b"\n]}\n"


def _csv(patients):
    for number, patient in enumerate(patients):
        text = io.StringIO()
        writer = csv.writer(text)
        if number == 0:
            writer.writerow(patient.keys())
        writer.writerow(patient.values())
        yield text.getvalue().encode()


ROUTES = [Route("GET", "/export", "exportPatients", export)]
