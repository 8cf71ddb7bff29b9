#!/usr/bin/env python3
"""Follows a session from Python: keeps its tree, and comes back after a lost connection.

    pip install websockets
    ./follower.py http://localhost:5000 SESSION_ID
"""

import json
import sys
import urllib.request
from time import sleep

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

server, session_id = sys.argv[1:3]
children: dict = {None: []}  # the ids of each node's children, in order; those of None are the roots
nodes: dict = {}
seq = epoch = None


def load(graph):
    nodes.clear()
    children.clear()
    children[None] = []
    for node in graph["nodes"]:  # siblings come in order
        nodes[node["id"]] = node
        children.setdefault(node["parent_id"], []).append(node["id"])


def move(node_id, parent_id, index=None):
    if "parent_id" in nodes[node_id]:
        children[nodes[node_id]["parent_id"]].remove(node_id)
    nodes[node_id]["parent_id"] = parent_id
    siblings = children.setdefault(parent_id, [])
    siblings.insert(len(siblings) if index is None else index, node_id)


def remove(node_id):
    for child in children.pop(node_id, []):
        remove(child)
    del nodes[node_id]


def apply(event):
    match event["type"]:
        case "node-created":
            nodes[event["node_id"]] = {key: event[key] for key in ("name", "blueprint_type_id", "properties")}
            move(event["node_id"], event["parent_id"], event["index"])
        case "node-deleted":
            children[nodes[event["node_id"]]["parent_id"]].remove(event["node_id"])
            remove(event["node_id"])
        case "node-linked":
            move(event["child_id"], event["parent_id"], event["index"])
        case "node-unlinked":
            move(event["child_id"], None)
        case "node-renamed":
            nodes[event["node_id"]]["name"] = event["name"]
        case "property-changed":
            nodes[event["node_id"]]["properties"][event["property_id"]] = event["new_value"]
        case "property-deleted":
            del nodes[event["node_id"]]["properties"][event["property_id"]]


def show(parent=None, depth=0):
    for node_id in children.get(parent, []):
        print("  " * depth + "- " + nodes[node_id]["name"])
        show(node_id, depth + 1)


def follow(socket):
    """Applies what comes until the connection ends."""
    global seq, epoch

    def join():
        since = {"with": "graph"} if seq is None else {"since": seq, "epoch": epoch}
        socket.send(json.dumps({"type": "join_session", "session_id": session_id, **since}))

    join()
    for text in socket:
        frame = json.loads(text)
        if frame["type"] == "error":
            sys.exit(f"{frame['code']}: {frame['message']}")
        elif frame["type"] == "joined":
            epoch = frame.get("epoch")
            if seq is None:
                # A very large graph does not come along. What happens meanwhile waits in the socket.
                graph = frame.get("graph")
                if graph is None:
                    with urllib.request.urlopen(f"{server}/api/v1/sessions/{session_id}/graph") as answer:
                        graph = json.load(answer)
                load(graph)
                seq = graph.get("seq", frame["seq"])
                print("joined, with", len(nodes), "nodes", flush=True)
        elif frame["type"] == "gap":  # the missed events are no longer kept
            seq = None
            join()
        elif "timestamp" in frame and seq is not None and frame["seq"] > seq:
            apply(frame)
            seq = frame["seq"]
            if frame["type"] in ("command-executed", "undo", "redo"):
                print(frame["type"], seq)
                show()
                sys.stdout.flush()


while True:
    try:
        with connect(server.replace("http", "ws", 1) + "/api/v1/ws", max_size=None) as live:
            follow(live)
    except (OSError, ConnectionClosed) as lost:
        print("lost:", lost, file=sys.stderr)
    sleep(1)
