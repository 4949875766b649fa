#!/usr/bin/python3
"""The clinic's program: reads the command line, listens, gives each connection a thread, and stops cleanly.

It is the thing to be protected, so it is careless on purpose where the README says so; as an HTTP/1.1 server it is
meant to be correct, because a gateway in front of it is judged by what arrives here.
"""
import argparse
import contextlib
import os
import signal
import socket
import sys
import tempfile
import threading

import http1
import routes
import seed
from chat_room import ChatRoom
from database import Database

CONNECTIONS_MAX = 512
STOP_GRACE_SECONDS = 5.0


class Clinic:
    """A listening clinic. `with Clinic(port=0) as clinic:` serves until the block ends; `clinic.address` is its URL."""

    def __init__(self, host="127.0.0.1", port=3000, database=None, log=None):
        self.stopping = threading.Event()
        self.chat_room = ChatRoom()
        self._log = log
        self._own_file = None
        if database is None:
            handle, database = tempfile.mkstemp(prefix="clinic-", suffix=".db")
            os.close(handle)
            self._own_file = database
        self.database = Database(database)
        seed.fill_if_empty(self.database)
        self._slots = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._lock = threading.Lock()
        self._connections = {}  # socket -> its thread
        self._listener = socket.create_server((host, port), backlog=1024)
        self.address = "http://%s:%d" % (host, self._listener.getsockname()[1])
        self._acceptor = threading.Thread(target=self._accept, name="accept", daemon=True)

    def __enter__(self):
        self._acceptor.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        while not self.stopping.is_set():
            self._slots.acquire()  # beyond CONNECTIONS_MAX a client waits in the kernel's queue
            try:
                connection, _ = self._listener.accept()
            except OSError:
                self._slots.release()
                if self.stopping.is_set():
                    return
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _serve(self, connection):
        try:
            http1.serve(connection, lambda request: routes.answer(self, request), self.stopping, self._log)
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            connection.close()
            self._slots.release()

    def stop(self):
        """Takes no new connection, lets each running answer end (at most STOP_GRACE_SECONDS together), closes the rest."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        with self._lock:
            open_connections = dict(self._connections)
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)  # an idle connection reads its end; a running answer goes on
        for thread in open_connections.values():
            thread.join(STOP_GRACE_SECONDS / max(1, len(open_connections)))
        self.database.close()
        if self._own_file:
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._own_file + suffix)


def main():
    parser = argparse.ArgumentParser(description="The clinic: a deliberately careless sample API to be protected by Gatehouse.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s; keep it there, it is careless)")
    parser.add_argument("--port", type=int, default=3000, help="port to listen on, 0: any free one (default: %(default)s)")
    parser.add_argument("--database", metavar="FILE", help="SQLite file, made and seeded if absent (default: a temporary one)")
    parser.add_argument("--log", action="store_true", help="print each request with its headers to stderr")
    arguments = parser.parse_args()

    # Signals are waited for, not handled: no handler can then run in the middle of anything.
    stop_signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    try:
        clinic = Clinic(arguments.host, arguments.port, arguments.database, sys.stderr if arguments.log else None)
    except OSError as error:
        sys.exit("clinic: cannot listen on %s:%d: %s" % (arguments.host, arguments.port, error.strerror))
    with clinic:
        print("clinic listening on " + clinic.address, flush=True)
        signal.sigwait(stop_signals)
    print("clinic stopped", flush=True)


if __name__ == "__main__":
    main()
