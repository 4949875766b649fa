"""Patients: list, add, read, replace, change, delete, photo, report.

Careless on purpose: nobody is asked who he is, ids are sequential, the whole record is shown, and `list_patients` puts the
caller's text into its SQL.
"""
import hashlib

import picture
from http1 import Response
from routes.route import Route, as_json, json_object, not_found

COLUMNS = ["name", "born", "ward", "doctor", "owner", "insurance_number", "email", "phone", "blood_group", "diagnosis", "notes"]
PAGE = 20


def _find(clinic, request):
    return clinic.database.row("SELECT * FROM patients WHERE id = ?", [request.path_values["id"]])


def list_patients(clinic, request):
    # THE injection: `name` goes into the statement as it is. GET /patients?name=' OR '1'='1 shows everybody, and a UNION
    # shows any column of any table.
    sql = "SELECT id, name, born, ward, doctor FROM patients WHERE name LIKE '%" + request.first("name", "") + "%' ORDER BY id"
    found = clinic.database.rows(sql)
    if ward := request.first("ward"):
        found = [patient for patient in found if patient["ward"] == ward]
    limit, offset = int(request.first("limit", PAGE)), int(request.first("offset", 0))
    return as_json({"items": found[offset:offset + limit], "total": len(found)})


def add_patient(clinic, request):
    given = json_object(request)
    columns = [column for column in COLUMNS if column in given]
    _, number = clinic.database.change(
        "INSERT INTO patients (%s) VALUES (%s)" % (", ".join(columns), ", ".join("?" * len(columns))), [given[column] for column in columns])
    added = clinic.database.row("SELECT * FROM patients WHERE id = ?", [number])
    return as_json(added, 201, [("Location", "/patients/%d" % number)])


def get_patient(clinic, request):
    found = _find(clinic, request)
    return as_json(found) if found else not_found("patient", request.path_values["id"])


def replace_patient(clinic, request):
    given = json_object(request)
    return _store(clinic, request, {column: given.get(column, "" if column == "notes" else None) for column in COLUMNS})


def change_patient(clinic, request):
    """A merge patch (RFC 7396) of a flat record: what is named changes, null empties."""
    return _store(clinic, request, {column: value for column, value in json_object(request).items() if column in COLUMNS})


def _store(clinic, request, values):
    if not _find(clinic, request):
        return not_found("patient", request.path_values["id"])
    if values:
        clinic.database.change("UPDATE patients SET %s WHERE id = ?" % ", ".join(column + " = ?" for column in values),
                               [*values.values(), request.path_values["id"]])
    return as_json(_find(clinic, request))


def delete_patient(clinic, request):
    number = request.path_values["id"]
    clinic.database.change("DELETE FROM appointments WHERE patient = ?", [number])
    clinic.database.change("DELETE FROM lab_results WHERE patient = ?", [number])
    changed, _ = clinic.database.change("DELETE FROM patients WHERE id = ?", [number])
    return Response(204) if changed else not_found("patient", number)


def get_photo(clinic, request):
    found = _find(clinic, request)
    if not found:
        return not_found("patient", request.path_values["id"])
    digest = hashlib.sha256(found["name"].encode()).digest()
    tag = '"%s"' % digest[:8].hex()
    headers = [("ETag", tag), ("Cache-Control", "private, max-age=300")]
    if request.headers.get("if-none-match") == tag:
        return Response(304, headers)
    return Response(200, [("Content-Type", "image/png"), *headers], picture.portrait(digest))


def get_report(clinic, request):
    found = _find(clinic, request)
    if not found:
        return not_found("patient", request.path_values["id"])
    results = clinic.database.rows("SELECT * FROM lab_results WHERE patient = ? ORDER BY taken", [found["id"]])
    lines = ["Report on patient %d" % found["id"], "", *("%-17s %s" % (column + ":", found[column]) for column in COLUMNS), "", "Laboratory:"]
    lines += ["  %s  %s %s %s" % (result["taken"], result["test"], result["value"], result["unit"]) for result in results] or ["  none"]
    return Response(200, [("Content-Type", "text/plain; charset=utf-8"),
                          ("Content-Disposition", 'attachment; filename="patient-%d.txt"' % found["id"])], ("\n".join(lines) + "\n").encode())


ROUTES = [
    Route("GET", "/patients", "listPatients", list_patients),
    Route("POST", "/patients", "addPatient", add_patient),
    Route("GET", "/patients/{id}", "getPatient", get_patient),
    Route("PUT", "/patients/{id}", "replacePatient", replace_patient),
    Route("PATCH", "/patients/{id}", "changePatient", change_patient),
    Route("DELETE", "/patients/{id}", "deletePatient", delete_patient),
    Route("GET", "/patients/{id}/photo", "getPatientPhoto", get_photo),
    Route("GET", "/patients/{id}/report", "getPatientReport", get_report),
]
