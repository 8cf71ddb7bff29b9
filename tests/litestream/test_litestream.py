"""The service and Litestream: what is copied is back after the machine is lost."""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
ROLLCALL = os.environ.get("ROLLCALL", ROOT / "target/debug/rollcall")
LITESTREAM = pathlib.Path(sys.executable).parent / "litestream"
PATIENCE = 60


class Rollcall:
    """The built program on this file, on a free port."""

    def __init__(self, database):
        command = [ROLLCALL, "--listen", "127.0.0.1:0", "--database", database]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.url = line.split(" with ")[0].split()[-1] + "/api/v1"

    def call(self, path, body=None, method=None):
        """The response; an error where there is none, or it is one."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)

    def end(self, kill=False):
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


class Writer(threading.Thread):
    """Creates nodes one after the other until the server is gone; `answered` is those that were answered."""

    def __init__(self, server, session):
        super().__init__()
        self.server, self.session, self.answered = server, session, []
        self.start()

    def run(self):
        data = {"blueprint_type_id": "item", "properties": {"text": "x" * 500}}
        command = {"command_type": "CreateNode", "data": data}
        with contextlib.suppress(OSError):
            while True:
                answer = self.server.call(f"/sessions/{self.session}/commands", command)
                self.answered.append(answer["result"]["node_id"])


class Replication(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.database = self.folder / "live/rollcall.db"
        self.database.parent.mkdir()
        self.socket = self.folder / "litestream.sock"
        # That of contrib/, with other paths.
        text = (ROOT / "contrib/litestream/litestream.yml").read_text()
        for path, other in [
            ("/var/lib/rollcall/rollcall.db", self.database),
            ("/var/backups/rollcall", self.folder / "replica"),
            ("/run/litestream.sock", self.socket),
        ]:
            self.assertIn(path, text)
            text = text.replace(path, str(other))
        self.config = self.folder / "litestream.yml"
        self.config.write_text(text)

    def replicate(self):
        log = open(self.folder / "litestream.log", "w")
        self.addCleanup(log.close)
        command = [LITESTREAM, "replicate", "-config", self.config]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(self.socket.exists, "litestream runs")
        return process

    def sync(self):
        command = [LITESTREAM, "sync", "-wait", "-socket", self.socket, self.database]
        self.wait_until(lambda: subprocess.run(command, capture_output=True).returncode == 0, "it has synced")

    def wait_until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), end, f"never: {what}")
            time.sleep(0.05)

    def test_all_that_was_copied_is_back_and_the_rest_is_cut_at_one_commit(self):
        server = Rollcall(self.database)
        litestream = self.replicate()
        session = server.call("/sessions", {"name": "copied"})["session_id"]
        writers = [Writer(server, session) for _ in range(4)]
        self.wait_until(lambda: sum(len(writer.answered) for writer in writers) >= 400, "400 commands")
        before_sync = {node for writer in writers for node in list(writer.answered)}
        self.sync()
        # The machine is lost while all four go on.
        litestream.kill()
        server.end(kill=True)
        for writer in writers:
            writer.join()
        answered = {node for writer in writers for node in writer.answered}

        restored = self.folder / "restored/rollcall.db"
        restored.parent.mkdir()
        command = [LITESTREAM, "restore", "-config", self.config, "-o", restored, self.database]
        subprocess.run(command, check=True, capture_output=True)
        with contextlib.closing(sqlite3.connect(restored)) as file:
            self.assertEqual(file.execute("pragma integrity_check").fetchall(), [("ok",)])
            self.assertEqual(file.execute("pragma foreign_key_check").fetchall(), [])

        server = Rollcall(restored)
        self.addCleanup(server.end)
        graph = server.call(f"/sessions/{session}/graph")
        nodes = {node["id"] for node in graph["nodes"]}
        print(f"\n{len(before_sync)} commands before the sync, {len(nodes)} back, {len(answered - nodes)} lost after it")
        self.assertLessEqual(before_sync, nodes, "what was answered before the sync is missing")
        # The state is that of one commit: as many nodes as the session's numbers say.
        self.assertEqual(graph["revision"], len(nodes))
        self.assertEqual(graph["seq"], 2 * len(nodes))
        undone = server.call(f"/sessions/{session}/undo", method="POST")
        self.assertEqual(undone["revision"], len(nodes) + 1)

    def test_a_restart_of_the_service_does_not_disturb_the_copy(self):
        self.replicate()
        sessions = []
        for _ in range(3):
            server = Rollcall(self.database)
            sessions.append(server.call("/sessions", {})["session_id"])
            server.end()
        self.sync()
        restored = self.folder / "restored.db"
        command = [LITESTREAM, "restore", "-config", self.config, "-o", restored, self.database]
        subprocess.run(command, check=True, capture_output=True)
        server = Rollcall(restored)
        self.addCleanup(server.end)
        for session in sessions:
            server.call(f"/sessions/{session}")


if __name__ == "__main__":
    unittest.main()
