"""Keeps the tree of a session, through lost connections: python follower.py http://localhost:5000 SESSION_ID"""
import json, sys, time, urllib.request
from websockets.exceptions import ConnectionClosed  # pip install websockets
from websockets.sync.client import connect

server, session_id = sys.argv[1:3]
nodes, children = {}, {}  # nodes by id, and the ids below each in order; the roots are below None
seq = epoch = None  # the number of the last event that is in the tree, and the file that it belongs to

def load():
    global seq
    graph = json.load(urllib.request.urlopen(f"{server}/api/v1/sessions/{session_id}/graph"))
    nodes.update({node["id"]: node for node in graph["nodes"]})
    children.update({id: [] for id in [None, *nodes]})
    for node in graph["nodes"]:  # siblings come in order
        children[node["parent_id"]].append(node["id"])
    seq = graph["seq"]

def put(id, parent_id=None, index=sys.maxsize):
    nodes[id]["parent_id"] = parent_id
    children[parent_id].insert(index, id)
def take(id):
    children[nodes[id]["parent_id"]].remove(id)

def apply(event):
    id = event.get("node_id") or event.get("child_id")
    match event["type"]:
        case "node-created":
            nodes[id], children[id] = event, []
            put(id, event["parent_id"], event["index"])
        case "node-linked": take(id), put(id, event["parent_id"], event["index"])
        case "node-unlinked": take(id), put(id)
        case "node-deleted": take(id)  # nothing leads to what is below it any more
        case "node-renamed": nodes[id]["name"] = event["name"]
        case "property-changed": nodes[id]["properties"][event["property_id"]] = event["new_value"]
        case "property-deleted": del nodes[id]["properties"][event["property_id"]]

def show(parent_id=None, depth=0):
    for id in children[parent_id]:
        print("  " * depth + "- " + nodes[id]["name"], flush=True)
        show(id, depth + 1)

def follow(live):
    global seq, epoch
    live.send(json.dumps({"type": "join_session", "session_id": session_id, "since": seq, "epoch": epoch}))
    for frame in map(json.loads, live):
        print(frame["type"], frame.get("seq"), flush=True)
        if frame["type"] == "error": sys.exit(f"{frame['code']}: {frame['message']}")
        if frame["type"] == "gap": return load()  # the missed events are no longer kept
        epoch = frame.get("epoch", epoch)
        if "timestamp" in frame and frame["seq"] > seq:
            seq = frame["seq"]
            apply(frame), show()

load()
while True:
    try:
        with connect(server.replace("http", "ws", 1) + "/api/v1/ws", max_size=None) as live: follow(live)
    except (OSError, ConnectionClosed):
        time.sleep(1)
