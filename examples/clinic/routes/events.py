"""GET /events: appointments as server-sent events, over and over, one each `interval` milliseconds, `count` of them (0: without end)."""
import json

from http1 import Response
from routes.route import Route


def follow_events(clinic, request):
    count, interval = int(request.first("count", 0)), int(request.first("interval", 1000))
    if count < 0 or interval < 0:
        raise ValueError("count and interval are not negative")
    last = int(request.headers.get("last-event-id", 0))
    appointments = clinic.database.rows("SELECT * FROM appointments ORDER BY id")
    return Response(200, [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")],
                    _events(appointments, last, count, interval / 1000, clinic.stopping))


def _events(appointments, last, count, pause, stopping):
    yield b"retry: 1000\n\n"
    sent = 0
    while (count == 0 or sent < count) and not stopping.is_set():
        if sent and pause and stopping.wait(pause):
            return
        number = last + sent + 1
        appointment = json.dumps(appointments[(number - 1) % len(appointments)]) if appointments else "null"
        yield ("event: appointment\nid: %d\ndata: %s\n\n" % (number, appointment)).encode()
        sent += 1


ROUTES = [Route("GET", "/events", "followEvents", follow_events)]
