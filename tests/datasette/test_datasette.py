"""Datasette shows the file as contrib/ configures it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
ROLLCALL = os.environ.get("ROLLCALL", ROOT / "target/debug/rollcall")
DATASETTE = pathlib.Path(sys.executable).parent / "datasette"
SHOWN = [
    "client_overview", "command_overview", "delivery_overview", "event_overview", "node_overview", "session_overview",
    "tombstones",
]


class Datasette(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.database = pathlib.Path(folder.name) / "rollcall.db"
        command = [ROLLCALL, "--listen", "127.0.0.1:0", "--database", cls.database]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(server.stdout.close)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.terminate)
        url = server.stdout.readline().split(" with ")[0].split()[-1] + "/api/v1"

        def call(path, body):
            return json.load(urllib.request.urlopen(url + path, json.dumps(body).encode()))

        cls.session = call("/sessions", {"name": "shown"})["session_id"]
        command = {"command_type": "CreateNode", "data": {"blueprint_type_id": "item"}}
        call(f"/sessions/{cls.session}/commands", command)
        removed = call("/sessions", {})["session_id"]
        urllib.request.urlopen(urllib.request.Request(f"{url}/sessions/{removed}", method="DELETE"))

    def get(self, path):
        """What Datasette answers, while the server runs."""
        metadata = ROOT / "contrib/datasette/datasette.yaml"
        command = [DATASETTE, self.database, "--metadata", metadata, "--get", path]
        output = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(output.returncode, 0, output.stdout + output.stderr)
        return json.loads(output.stdout)

    def test_only_what_a_reader_needs_is_shown(self):
        database = self.get("/rollcall.json")
        tables = [table["name"] for table in database["tables"] if not table["hidden"]]
        views = [view["name"] for view in database["views"]]
        self.assertEqual(sorted(tables + views), SHOWN, "contrib/datasette/datasette.yaml must hide the others")

    def test_every_query_runs(self):
        queries = self.get("/rollcall.json")["queries"]
        self.assertGreater(len(queries), 4)
        found = {}
        for query in queries:
            parameters = urllib.parse.urlencode({"session_id": self.session, "_shape": "array"})
            found[query["name"]] = self.get(f"/rollcall/{query['name']}.json?{parameters}")
        self.assertEqual(found["who_changed_what"][0]["change"], "created")
        self.assertEqual(found["large_sessions"][0]["name"], "shown")
        self.assertEqual(found["removed_sessions"][0]["reason"], "deleted")
        self.assertEqual(found["who_came_and_went"], [])


if __name__ == "__main__":
    unittest.main()
