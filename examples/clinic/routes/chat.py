"""GET /chat: a WebSocket (RFC 6455); what one says, all in the room hear."""
import base64
import binascii

import websocket
from http1 import Response
from routes.route import Route, as_json


def join_chat(clinic, request):
    headers = request.headers
    options = [option.strip().lower() for option in headers.get("connection", "").split(",")]
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in options:
        return as_json({"error": "this is a WebSocket"}, 426, [("Upgrade", "websocket"), ("Connection", "Upgrade")])
    if headers.get("sec-websocket-version") != "13":
        return as_json({"error": "speaks version 13 only"}, 426, [("Sec-WebSocket-Version", "13")])
    key = headers.get("sec-websocket-key", "")
    if not _sixteen_bytes(key):
        return as_json({"error": "Sec-WebSocket-Key is not 16 bytes in base64"}, 400)
    upgraded = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", websocket.accept_value(key))]
    return Response(101, upgraded, takeover=lambda connection, reader: clinic.chat_room.talk(connection, reader, clinic.stopping))


def _sixteen_bytes(key):
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


ROUTES = [Route("GET", "/chat", "joinChat", join_chat)]
