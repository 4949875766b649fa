#!/usr/bin/env python3
"""What the process gives up: rights, capabilities, descriptors, core files. As root it becomes another user; as anybody else it says that it cannot."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

from harness import case
from harness.certificates import Authority
from harness.fault import PATIENCE_SECONDS

NOBODY = pwd.getpwnam("nobody")
ROOT = os.geteuid() == 0
CAP_DAC_OVERRIDE = 1 << 1
OPEN_ROUTE = {"name": "all", "path": "/{path...}", "methods": ["GET"], "upstream": "clinic", "authenticate": "none"}


def statuses(process):
    """/proc/PID/task/*/status: of each thread the fields by name."""
    for task in pathlib.Path("/proc/%d/task" % process.pid).iterdir():
        yield dict(line.split(":", 1) for line in (task / "status").read_text(encoding="ascii").splitlines())


def free_port(among):
    for port in among:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no port is free")


class PrivilegesCase(case.GateCase):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)

    def prepared(self, config):
        """Readable for everybody, with the data directory still to be made by the gate."""
        gate = self.prepare(config)
        gate.folder.chmod(0o755)
        gate.file.chmod(0o644)
        return gate

    def running(self, config, **more):
        gate = self.prepared(config)
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        gate.start(**more)
        return gate

    def serve_as_nobody(self, gate):
        """For a root that wants to see what others see: a copy of the program that nobody can run, and its folder."""
        if not ROOT:
            return subprocess.run([case.BINARY, "serve", "-c", str(gate.file)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        copy = self.folder / "gatehouse"
        shutil.copy(case.BINARY, copy)
        copy.chmod(0o755)
        return subprocess.run([copy, "serve", "-c", str(gate.file)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, cwd="/",
                              user=NOBODY.pw_uid, group=NOBODY.pw_gid, extra_groups=[])

    def reload(self, gate):
        gate.signal("HUP")
        return gate.wait_for_line("reloaded")

    def check(self, gate):
        status, out, error = gate.word("check")
        return status, out + error

    def end_of(self, gate):
        """What a server says that does not come to serve."""
        done = subprocess.run([case.BINARY, "serve", "-c", str(gate.file)], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("ready", done.stdout)
        return done.stdout + done.stderr


class Privileges(PrivilegesCase):
    def test_everybody_gives_up_new_rights_core_files_and_capabilities(self):
        gate = self.running({})
        for status in statuses(gate.process):
            self.assertEqual(status["NoNewPrivs"].strip(), "1")
            for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                allowed = CAP_DAC_OVERRIDE if ROOT and which in ("CapPrm", "CapEff") else 0
                self.assertEqual(int(status[which], 16) & ~allowed, 0, which)
        limits = pathlib.Path("/proc/%d/limits" % gate.process.pid).read_text(encoding="ascii")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertEqual(self.ask(gate, "/a").status, 200)

    def test_descriptors_of_the_starter_are_closed(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.running({}, pass_fds=[writer])
        os.close(writer)
        os.set_blocking(reader, False)
        self.assertEqual(os.read(reader, 1), b"")  # the end: nobody else holds the other one

    def test_nobody_else_can_become_another_user(self):
        gate = self.prepared({"process": {"user": "daemon"}})
        done = self.serve_as_nobody(gate)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("process.user: only root can become daemon", done.stderr)
        self.assertNotIn("ready", done.stdout)

    def test_root_and_strangers_are_no_users_to_become(self):
        for user, why in (("root", "rights are to be given up"), ("gatehouse-nobody-has-this-name", "there is no user")):
            said = self.end_of(self.prepared({"process": {"user": user}}))
            self.assertIn(why if ROOT or user != "root" else "root", said)
        status, said = self.check(self.prepared({"process": {"user": "not a name"}}))
        self.assertEqual(status, 3)
        self.assertIn("is no name of an account", said)


class BecomingNobody(PrivilegesCase):
    """What only root can show; for others the test above shows that they cannot."""

    def setUp(self):
        super().setUp()
        self.config = {"process": {"user": "nobody"}, "listeners": [{"address": "127.0.0.1:0", "tls": "local"}]}

    def owned(self, path):
        os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
        return path

    def test_the_process_is_nobody_for_good_and_serves_reloads_and_answers_the_command_line(self):
        port = free_port(range(600, 1024))
        gate = self.running({**self.config, "listeners": [{"address": "127.0.0.1:%d" % port, "tls": "local"}]})
        for status in statuses(gate.process):
            self.assertEqual(status["Uid"].split(), [str(NOBODY.pw_uid)] * 4)
            self.assertEqual(status["Gid"].split(), [str(NOBODY.pw_gid)] * 4)
            self.assertNotIn("0", status["Groups"].split())
            for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(status[which], 16), 0, which)
        for path in [gate.folder / "data", *(gate.folder / "data").rglob("*")]:
            self.assertEqual(path.lstat().st_uid, NOBODY.pw_uid, path)
            self.assertEqual(path.lstat().st_mode & 0o077 & (0o777 if path.is_dir() else 0o033), 0, path)
        self.assertEqual(gate.addresses[0][1], port)
        self.assertEqual(self.ask(gate, "/a").status, 200)
        self.assertEqual(gate.json_word("status")["process"], gate.process.pid)  # root may ask without the credential
        gate.configure({**self.config, "listeners": [{"address": "127.0.0.1:%d" % port, "tls": "local"}], "routes": [{**OPEN_ROUTE, "path": "/moved"}]})
        self.assertTrue(self.reload(gate).startswith("reloaded: "))
        self.assertEqual(self.ask(gate, "/a").status, 404)
        self.assertEqual(self.ask(gate, "/moved").status, 200)
        gate.file.chmod(0o600)
        self.assertTrue(self.reload(gate).startswith("not reloaded: "))
        self.assertEqual(self.ask(gate, "/moved").status, 200)

    def test_keys_made_by_root_while_nothing_runs_belong_to_the_user_that_serves(self):
        gate = self.prepared(self.config)
        gate.json_word("keys", "create", "shop")
        self.assertEqual({path.lstat().st_uid for path in [gate.folder / "data", *(gate.folder / "data").rglob("*")]}, {NOBODY.pw_uid})
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        gate.start()
        self.assertEqual(len(gate.json_word("keys", "list")["keys"]), 1)

    def test_a_certificate_that_nobody_cannot_read_is_found_by_check_and_before_anything_is_served(self):
        authority = Authority(self.folder / "authority")
        authority.folder.chmod(0o755)
        authority.issue("one", {"names": ["localhost"]})
        certificate, key = authority.file_of("one"), authority.key_of("one")
        certificate.chmod(0o644)
        gate = self.prepared({"process": {"user": "nobody"}, "listeners": [{"address": "127.0.0.1:0", "tls": {"certificates": [{"certificate": str(certificate), "key": str(key)}]}}]})
        status, said = self.check(gate)
        self.assertEqual(status, 3)
        for part in (str(key), "Permission denied", "as nobody", "listeners[0].tls.certificates[0].key"):
            self.assertIn(part, said)
        self.assertIn("Permission denied", self.end_of(gate))
        self.assertFalse((gate.folder / "data").exists())
        self.owned(key)
        self.assertEqual(self.check(gate)[0], 0)

    def test_a_data_directory_of_root_is_refused_with_the_remedy_and_taken_after_it(self):
        gate = self.prepared({})
        gate.start()  # as root, which leaves files of root
        self.assertEqual(gate.stop(), [])
        gate.configure(self.config)
        status, said = self.check(gate)
        self.assertEqual(status, 3)
        remedy = "chown -R nobody %s" % (gate.folder / "data")
        self.assertIn(remedy, said)
        self.assertIn(remedy, self.end_of(gate))
        self.owned(gate.folder / "data")
        self.assertIn(remedy, self.check(gate)[1])  # the files in it are still root's
        subprocess.run(remedy.split(), check=True)
        self.addCleanup(lambda: self.assertEqual(gate.stop(), []))
        gate.start()
        self.assertEqual(self.ask(gate, "/a").status, 200)


if not ROOT:
    del BecomingNobody

if __name__ == "__main__":
    case.main()
