"""The clinic's SQLite file: its tables, and queries whose failure carries the SQL (which the clinic then shows to everybody)."""
import sqlite3
import threading

TABLES = """
CREATE TABLE IF NOT EXISTS wards (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, beds INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS doctors (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, ward TEXT NOT NULL REFERENCES wards(id), on_call INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS patients (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, born TEXT NOT NULL, ward TEXT NOT NULL REFERENCES wards(id),
  doctor TEXT NOT NULL REFERENCES doctors(id), owner TEXT, insurance_number TEXT NOT NULL, email TEXT, phone TEXT,
  blood_group TEXT, diagnosis TEXT, notes TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS appointments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, patient INTEGER NOT NULL REFERENCES patients(id), doctor TEXT NOT NULL REFERENCES doctors(id),
  starts TEXT NOT NULL, minutes INTEGER NOT NULL DEFAULT 30, reason TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'booked');
CREATE TABLE IF NOT EXISTS lab_results (
  id INTEGER PRIMARY KEY AUTOINCREMENT, patient INTEGER NOT NULL REFERENCES patients(id), test TEXT NOT NULL, value REAL NOT NULL,
  unit TEXT NOT NULL, taken TEXT NOT NULL, urgent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS prices (
  code TEXT PRIMARY KEY, service TEXT NOT NULL, cents INTEGER NOT NULL, currency TEXT NOT NULL);
"""


class QueryFailed(Exception):
    """A statement that SQLite refused, with its text."""

    def __init__(self, cause, sql):
        super().__init__(str(cause))
        self.sql = sql


class Database:
    """One connection behind one lock, shared by all threads: two hundred records need no more."""

    def __init__(self, file):
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(TABLES)

    def rows(self, sql, values=()) -> list[dict]:
        with self._lock:
            return [dict(row) for row in self._run(sql, values)]

    def row(self, sql, values=()) -> dict | None:
        found = self.rows(sql, values)
        return found[0] if found else None

    def change(self, sql, values=()) -> tuple[int, int]:
        """How many rows changed, and the id of the last one inserted."""
        with self._lock:
            cursor = self._run(sql, values)
            return cursor.rowcount, cursor.lastrowid

    def insert_all(self, sql, rows):
        """All rows or none, in one transaction."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany(sql, rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._connection.execute("ROLLBACK")
                raise QueryFailed(error, sql) from error

    def close(self):
        with self._lock:
            self._connection.close()

    def _run(self, sql, values):
        try:
            return self._connection.execute(sql, values)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise QueryFailed(error, sql) from error
