"""The verification of PyPI's `standardwebhooks` against the built service."""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import tempfile
import threading
import unittest
import urllib.request

from standardwebhooks import Webhook, WebhookVerificationError

HERE = pathlib.Path(__file__).parent
BINARY = os.environ.get("ROLLCALL", str(HERE / "../../target/debug/rollcall"))
PATIENCE = 20


class Receiver(http.server.ThreadingHTTPServer):
    """A server that keeps what it is sent."""

    def __init__(self):
        self.seen = queue.Queue()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.put((body.decode(), headers))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class ReceiverTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        database = os.path.join(folder.name, "test.db")
        command = [BINARY, "--listen", "127.0.0.1:0", "--database", database]
        self.server = subprocess.Popen(
            [*command, "--webhook-allow-private=true"], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(self.stop)
        line = self.server.stdout.readline()
        self.url = "http://" + line.split("http://")[1].split()[0].rstrip("/")
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)

    def stop(self):
        self.server.terminate()
        self.server.wait(PATIENCE)
        self.server.stdout.close()

    def post(self, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}", json.dumps(body or {}).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)

    def test_official_receiver_verifies_messages(self):
        port = self.receiver.server_address[1]
        created = self.post("/webhooks", {"url": f"http://127.0.0.1:{port}/hook"})
        session_id = self.post("/sessions")["session_id"]
        body, headers = self.receiver.seen.get(timeout=PATIENCE)
        receiver = Webhook(created["secret"])
        payload = receiver.verify(body, headers)
        if isinstance(payload, (str, bytes)) or payload is None:
            payload = json.loads(body)
        self.assertEqual(payload["data"]["session_id"], session_id)
        with self.assertRaises(WebhookVerificationError):
            receiver.verify(body.replace(session_id, "x"), headers)


if __name__ == "__main__":
    unittest.main()
