"""Datasette shows the file as contrib/ configures it."""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
ROLLCALL = os.environ.get("ROLLCALL", ROOT / "target/debug/rollcall")
DATASETTE = pathlib.Path(sys.executable).parent / "datasette"
# tests/suite/docs/sql.rs compares these words with docs/sql.md, and that page with the schema.
SECRET = ["internal_join_key", "tokens", "webhook_endpoints"]


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
        command = {"command_type": "CreateNode", "data": {"blueprint_type_id": "item"}, "client_id": "ada"}
        cls.node = call(f"/sessions/{cls.session}/commands", command)["result"]["node_id"]
        removed = call("/sessions", {})["session_id"]
        urllib.request.urlopen(urllib.request.Request(f"{url}/sessions/{removed}", method="DELETE"))

    def run_datasette(self, path):
        metadata = ROOT / "contrib/datasette/datasette.yaml"
        command = [DATASETTE, self.database, "--metadata", metadata, "--get", path]
        return subprocess.run(command, capture_output=True, text=True)

    def get(self, path):
        """What Datasette answers, while the server runs."""
        output = self.run_datasette(path)
        self.assertEqual(output.returncode, 0, output.stdout + output.stderr)
        return json.loads(output.stdout)

    def test_all_is_shown_but_what_is_internal_or_secret(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            names = {name for name, in database.execute("select name from sqlite_schema where type in ('table', 'view')")}
        public = {name for name in names if not name.startswith(("internal_", "_sqlx_", "sqlite_"))}
        shown = self.get("/rollcall.json")
        tables = {table["name"] for table in shown["tables"] if not table["hidden"]}
        views = {view["name"] for view in shown["views"]}
        self.assertEqual(tables | views, public - set(SECRET))

    def test_secrets_are_refused(self):
        paths = [f"/rollcall/{name}.json" for name in SECRET]
        paths += ["/rollcall.json?sql=select+1", "/rollcall/sessions.json?_where=1", "/rollcall.db"]
        for path in paths:
            output = self.run_datasette(path)
            self.assertNotEqual(output.returncode, 0, path + output.stdout)

    def test_every_query_runs(self):
        queries = self.get("/rollcall.json")["queries"]
        self.assertGreaterEqual(len(queries), 12)
        found = {}
        for query in queries:
            values = {"session_id": self.session, "node_id": self.node, "client_id": "ada", "since": "2026"}
            parameters = urllib.parse.urlencode(values | {"_shape": "array"})
            found[query["name"]] = self.get(f"/rollcall/{query['name']}.json?{parameters}")
        self.assertEqual(found["who_changed_a_node"][0]["change"], "created")
        self.assertEqual(found["changes_of_a_client"][0]["node_id"], self.node)
        self.assertEqual(found["subtree"][0]["node_id"], self.node)
        self.assertEqual(found["removed_sessions"][0]["reason"], "deleted")
        self.assertEqual(found["longest_visits"], [])


if __name__ == "__main__":
    unittest.main()
