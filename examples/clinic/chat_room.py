"""The room behind GET /chat: numbers its guests and says to all of them what one says."""
import contextlib
import itertools
import json
import threading

import websocket


class ChatRoom:
    def __init__(self):
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._guests = {}  # number -> its socket

    def talk(self, connection, reader, stopping):
        """Serves one guest until he leaves or the clinic stops."""
        with self._lock:
            number = next(self._numbers)
            self._guests[number] = connection
        code = 1001
        try:
            while not stopping.is_set():
                kind, message = websocket.read_message(reader, lambda frame: self._send(connection, frame))
                self._say(number, message.decode() if kind == websocket.TEXT else message.hex())
        except websocket.Closed as closed:
            code = 1001 if stopping.is_set() else closed.code
        finally:
            with self._lock:
                del self._guests[number]
            if code is not None:
                self._send(connection, websocket.close_frame(code))

    def _say(self, number, text):
        spoken = websocket.frame(websocket.TEXT, json.dumps({"from": number, "text": text}).encode())
        with self._lock:
            guests = list(self._guests.values())
        for guest in guests:
            self._send(guest, spoken)

    def _send(self, connection, frame):
        # One writer at a time, so that two guests' frames do not mix on a third one's connection.
        with self._lock, contextlib.suppress(OSError):
            connection.sendall(frame)
