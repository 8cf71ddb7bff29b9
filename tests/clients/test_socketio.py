"""The Socket.IO client for Python against the built service."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import socketio

HERE = pathlib.Path(__file__).parent
BINARY = os.environ.get("ROLLCALL", str(HERE / "../../target/debug/rollcall"))
PATIENCE = 20


def eventually(what, holds):
    """Asks until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.01)


class Rollcall:
    """The built binary with a fresh file, and a port that it keeps."""

    def __init__(self, heartbeat="1s"):
        self.heartbeat = heartbeat
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.start()

    def start(self):
        database = os.path.join(self.folder.name, "clients.db")
        command = [BINARY, "--listen", self.address, "--database", database]
        command += ["--ping-interval", self.heartbeat, "--ping-timeout", self.heartbeat]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.child.stdout.readline()

    def end(self, how):
        self.child.send_signal(how)
        self.child.wait(PATIENCE)
        self.child.stdout.close()

    def stop(self):
        self.end(signal.SIGTERM)
        self.folder.cleanup()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as failure:
            with failure:
                return failure.code, None

    def create_session(self):
        return self.call("POST", "/sessions", {})[1]["session_id"]

    def active_clients(self, session_id):
        return self.call("GET", f"/sessions/{session_id}")[1]["active_clients"]


class Relay:
    """Passes connections on to the server unless the cable is cut."""

    def __init__(self, server):
        self.target = server.address.split(":")
        self.open = []
        self.is_cut = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(self.target)
            self.open += [near, far]
            for source, sink in [(near, far), (far, near)]:
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    def copy(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        self.is_cut = True
        cut, self.open = self.open, []
        for end in cut:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def mend(self):
        self.is_cut = False

    def close(self):
        self.listener.close()
        self.cut()


class BrokenProxy(Relay):
    """Lets the 101 of a WebSocket through, then closes it or swallows everything."""

    def __init__(self, server, how):
        self.how = how
        self.upgrades = 0
        self.noops = 0
        super().__init__(server)

    def copy(self, source, sink):
        spoilt = False
        try:
            while data := source.recv(65536):
                if spoilt:
                    continue
                sink.sendall(data)
                if data.startswith(b"HTTP/1.1 101"):
                    self.upgrades += 1
                    if self.how == "closes":
                        break
                    spoilt = True
                self.noops += data.startswith(b"HTTP/1.1 200") and data.endswith(b"\r\n\r\n6")
                # What the client says over its WebSocket is swallowed, too.
                spoilt = spoilt or b"\r\nUpgrade: websocket\r\n" in data
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Client:
    """A client with a memory for what it was sent."""

    def __init__(self, url, transports, namespace):
        self.received = []
        self.namespace = namespace
        self.sio = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
        self.connections = 0
        self.sio.on("connect", self.connected, namespace=namespace)
        self.sio.on("*", self.keep, namespace=namespace)
        self.sio.connect(url, transports=transports, namespaces=[namespace])

    def connected(self):
        self.connections += 1

    def keep(self, name, data):
        self.received.append((name, data))

    @property
    def id(self):
        return self.sio.get_sid(self.namespace)

    @property
    def events(self):
        return [(name, data) for name, data in self.received if "timestamp" in data]

    @property
    def seqs(self):
        return [data["seq"] for _, data in self.events]

    def has_seq(self, seq):
        eventually(f"event {seq}", lambda: seq in self.seqs)

    def ask(self, name, payload):
        return self.sio.call(name, payload, namespace=self.namespace, timeout=PATIENCE)


class SocketIo:
    """What holds whatever carries it."""

    transports = None
    namespace = "/graph"

    def setUp(self):
        self.server = Rollcall()
        self.addCleanup(self.server.stop)

    def connect(self, url=None):
        client = Client(url or self.server.url, self.transports, self.namespace)
        self.addCleanup(client.sio.shutdown)
        return client

    def change(self, session_id, name):
        self.server.call("PATCH", f"/sessions/{session_id}", {"name": name})

    def test_three_join_count_and_see_the_same_events_in_order(self):
        session_id = self.server.create_session()
        three = [self.connect() for _ in range(3)]
        for place, client in enumerate(three):
            joined = client.ask("join_session", {"session_id": session_id, "ref": place})
            self.assertEqual(joined["client_id"], client.id)
            self.assertEqual(joined["active_clients"], place + 1)
            self.assertEqual(joined["ref"], place)
            eventually("the event says the same", lambda: ("joined", joined) in client.received)
        for number in range(20):
            self.change(session_id, f"n{number}")
        _, created = self.server.call(
            "POST",
            f"/sessions/{session_id}/commands",
            {"command_type": "CreateNode", "data": {"blueprint_type_id": "task"}},
        )
        node_id = created["result"]["node_id"]
        update = {"node_id": node_id, "property_id": "status", "value": "open"}
        payload = {"session_id": session_id, "command_type": "UpdateProperty", "data": update}
        last = three[1].ask("execute", payload)["seq"]
        for client in three:
            client.has_seq(last)
        self.assertEqual(three[0].seqs, list(range(2, last + 1)))
        self.assertEqual(three[1].events, three[0].events[1:])
        self.assertEqual(three[2].events, three[0].events[2:])
        names = [name for name, _ in three[2].events[-4:]]
        executed = "command-executed"
        self.assertEqual(names, ["node-created", executed, "property-changed", executed])

        left = three[2].ask("leave_session", {"session_id": session_id})
        self.assertEqual(left["active_clients"], 2)
        three[1].sio.disconnect()
        three[0].has_seq(last + 2)
        reasons = [data["reason"] for _, data in three[0].events[-2:]]
        self.assertEqual(reasons, ["left", "disconnected"])
        self.assertEqual(self.server.active_clients(session_id), 1)

    def test_what_cannot_be_done_is_said_by_event_and_acknowledgement(self):
        client = self.connect()
        session_id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
        answer = client.ask("join_session", {"session_id": session_id})
        self.assertEqual(answer["error"]["code"], "SESSION_NOT_FOUND")
        eventually("the event", lambda: ("error", answer["error"]) in client.received)
        for payload in [None, 1, "x", [1], {"session_id": 1}, b"x"]:
            answer = client.ask("join_session", payload)
            self.assertEqual(answer["error"]["code"], "INVALID_REQUEST", payload)
        self.assertEqual(client.ask("ping", {}), {})

    def test_a_client_that_lost_its_connection_gets_what_it_missed(self):
        session_id = self.server.create_session()
        relay = Relay(self.server)
        self.addCleanup(relay.close)
        client = self.connect(relay.url)
        client.ask("join_session", {"session_id": session_id})
        relay.cut()
        # A polling client that is cut off has just stopped: it misses a ping.
        eventually("disconnected", lambda: self.server.active_clients(session_id) == 0)
        self.change(session_id, "missed")
        relay.mend()
        eventually("it comes back", lambda: client.connections == 2 and client.sio.connected)
        joined = client.ask("join_session", {"session_id": session_id, "since": 1})
        client.has_seq(joined["seq"])
        self.assertEqual(client.seqs, list(range(2, joined["seq"] + 1)))
        names = [name for name, _ in client.events]
        self.assertEqual(names, ["session-disconnected", "session-updated", "session-connected"])

    def test_the_server_dies_and_comes_back(self):
        session_id = self.server.create_session()
        client = self.connect()
        client.ask("join_session", {"session_id": session_id})
        self.server.end(signal.SIGKILL)
        self.server.start()
        eventually("it comes back", lambda: client.connections == 2 and client.sio.connected)
        joined = client.ask("join_session", {"session_id": session_id, "since": 1})
        self.assertEqual(joined["active_clients"], 1)
        client.has_seq(joined["seq"])
        self.assertEqual(client.seqs, list(range(2, joined["seq"] + 1)))
        self.assertEqual(client.events[0][1]["reason"], "server_restart")


    def test_a_packet_that_cannot_be_read_is_answered_or_it_comes_back(self):
        session_id = self.server.create_session()
        client = self.connect()
        answer = client.ask("presence", {"session_id": session_id, "data": float("nan")})
        self.assertEqual(answer["error"]["code"], "INVALID_REQUEST")
        self.assertEqual(client.connections, 1)
        client.sio.eio.send("2/graph,not json")
        eventually("it comes back", lambda: client.connections == 2 and client.sio.connected)
        joined = client.ask("join_session", {"session_id": session_id})
        self.assertEqual(joined["active_clients"], 1)


class BehindABrokenProxy(unittest.TestCase):
    def stays(self, how):
        # python-socketio waits 5 s for its probe and does not poll meanwhile.
        server = Rollcall(heartbeat="8s")
        self.addCleanup(server.stop)
        proxy = BrokenProxy(server, how)
        self.addCleanup(proxy.close)
        client = Client(proxy.url, None, "/graph")
        self.addCleanup(client.sio.shutdown)
        session_id = server.create_session()
        client.ask("join_session", {"session_id": session_id})
        seq = 1
        # Longer than a probe and a heartbeat may take.
        end = time.monotonic() + 13
        while time.monotonic() < end:
            server.call("PATCH", f"/sessions/{session_id}", {"name": f"n{seq}"})
            seq += 1
            client.has_seq(seq)
            time.sleep(0.05)
        self.assertEqual(client.seqs, list(range(2, seq + 1)))
        self.assertEqual(client.connections, 1)
        self.assertEqual(client.sio.transport(), "polling")
        self.assertEqual(proxy.upgrades, 1)
        self.assertLessEqual(proxy.noops, 10)

    def test_one_that_closes_websockets(self):
        self.stays("closes")

    def test_one_that_swallows_what_websockets_say(self):
        self.stays("swallows")


class PollingOnly(SocketIo, unittest.TestCase):
    transports = ["polling"]


class WebSocketOnly(SocketIo, unittest.TestCase):
    transports = ["websocket"]


class UpgradeInRoot(SocketIo, unittest.TestCase):
    namespace = "/"


class Documentation(unittest.TestCase):
    def test_the_example_works(self):
        server = Rollcall()
        self.addCleanup(server.stop)
        text = (HERE / "../../docs/socketio.md").read_text()
        example = text.split("```python\n")[1].split("```")[0]
        example = example.replace("http://localhost:5000", server.url)
        child = subprocess.Popen([sys.executable, "-c", example], stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "joined, active clients: 1\n")
        session_id = server.call("GET", "/sessions")[1]["sessions"][0]["session_id"]
        server.call("PATCH", f"/sessions/{session_id}", {"name": "changed"})
        self.assertTrue(child.stdout.readline().startswith("2 session-updated"))


if __name__ == "__main__":
    unittest.main()
