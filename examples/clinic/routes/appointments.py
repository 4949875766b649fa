"""Appointments: list, book, read."""
from routes.route import Route, as_json, json_object, not_found

COLUMNS = ["patient", "doctor", "starts", "minutes", "reason", "status"]


def list_appointments(clinic, request):
    found = clinic.database.rows("SELECT * FROM appointments WHERE patient = coalesce(?, patient) AND doctor = coalesce(?, doctor) ORDER BY starts, id",
                                 [request.first("patient"), request.first("doctor")])
    return as_json({"items": found, "total": len(found)})


def book_appointment(clinic, request):
    given = json_object(request)
    columns = [column for column in COLUMNS if column in given]
    _, number = clinic.database.change(
        "INSERT INTO appointments (%s) VALUES (%s)" % (", ".join(columns), ", ".join("?" * len(columns))), [given[column] for column in columns])
    return as_json(clinic.database.row("SELECT * FROM appointments WHERE id = ?", [number]), 201, [("Location", "/appointments/%d" % number)])


def get_appointment(clinic, request):
    number = request.path_values["id"]
    found = clinic.database.row("SELECT * FROM appointments WHERE id = ?", [number])
    return as_json(found) if found else not_found("appointment", number)


ROUTES = [
    Route("GET", "/appointments", "listAppointments", list_appointments),
    Route("POST", "/appointments", "bookAppointment", book_appointment),
    Route("GET", "/appointments/{id}", "getAppointment", get_appointment),
]
