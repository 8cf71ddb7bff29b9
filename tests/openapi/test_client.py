"""The Python client that openapi-python-client makes of the document, against the built service."""

import os
import sys
import unittest

sys.path.insert(0, "target/openapi-client")

from rollcall_client import AuthenticatedClient  # noqa: E402
from rollcall_client.api.content import execute_session_command, get_tree, undo  # noqa: E402
from rollcall_client.api.live import list_events  # noqa: E402
from rollcall_client.api.sessions import create_session, get_session, list_sessions, update_session  # noqa: E402
from rollcall_client.api.webhooks import create_webhook, list_deliveries, test_webhook  # noqa: E402
from rollcall_client.models import (  # noqa: E402
    Batch,
    BatchCommand,
    BatchCommandCommandType,
    CreateNode,
    CreateNodeCommand,
    CreateNodeCommandCommandType,
    CreateNodeProperties,
    ErrorBody,
    MessageType,
    NewEndpoint,
    NewSession,
    NewSessionAttributes,
    NodeCreatedEvent,
    Scope,
    SessionPatch,
    UndoBody,
)

FREE = {"tags": ["a", 1, None], "deep": {"x": {"y": [True]}}}


def create(name: str) -> CreateNodeCommand:
    data = CreateNode(blueprint_type_id="task", name=name, properties=CreateNodeProperties.from_dict(FREE))
    return CreateNodeCommand(command_type=CreateNodeCommandCommandType.CREATENODE, data=data)


class GeneratedClient(unittest.TestCase):
    def setUp(self) -> None:
        self.client = AuthenticatedClient(os.environ["ROLLCALL_URL"], os.environ["ROLLCALL_ADMIN_TOKEN"])
        self.addCleanup(self.client.get_httpx_client().close)

    def test_free_json_is_free_and_optional_bodies_are_optional(self) -> None:
        self.assertEqual(create_session.sync(client=self.client).attributes.to_dict(), {})
        new = NewSession(name="board", attributes=NewSessionAttributes.from_dict(FREE))
        session = create_session.sync(client=self.client, body=new)
        read = get_session.sync(session.session_id, client=self.client)
        self.assertEqual((read.name, read.attributes.to_dict()), ("board", FREE))
        patched = update_session.sync(session.session_id, client=self.client, body=SessionPatch(name=None))
        self.assertIsNone(patched.name)
        self.assertGreaterEqual(list_sessions.sync(client=self.client, limit=1).total, 2)

    def test_commands_and_events_are_unions(self) -> None:
        session_id = create_session.sync(client=self.client).session_id
        batch = BatchCommand(
            command_type=BatchCommandCommandType.BATCH, data=Batch(commands=[create("Milk"), create("Bread")])
        )
        executed = execute_session_command.sync(session_id, client=self.client, body=batch)
        self.assertEqual(executed.revision, 1)
        single = execute_session_command.sync(session_id, client=self.client, body=create("Salt"))
        tree = get_tree.sync(session_id, client=self.client)
        self.assertEqual([node.name for node in tree.roots], ["Milk", "Bread", "Salt"])
        self.assertEqual(str(tree.roots[2].id), single.result.to_dict()["node_id"])
        self.assertEqual(tree.roots[2].properties.to_dict(), FREE)
        undo.sync(session_id, client=self.client)
        scope = UndoBody(scope=Scope.CLIENT, client_id="nobody")
        self.assertEqual(undo.sync(session_id, client=self.client, body=scope).error.code, "NOTHING_TO_UNDO")
        events = list_events.sync(session_id, client=self.client, limit=100).events
        created = [event for event in events if isinstance(event, NodeCreatedEvent)]
        self.assertEqual([event.name for event in created], ["Milk", "Bread", "Salt"])

    def test_webhooks_and_errors(self) -> None:
        refused = create_webhook.sync(client=self.client, body=NewEndpoint(url="http://127.0.0.1/"))
        self.assertIsInstance(refused, ErrorBody)
        wanted = NewEndpoint(url="https://rollcall.invalid/", types=[MessageType.SESSION_CREATED])
        webhook = create_webhook.sync(client=self.client, body=wanted)
        self.assertTrue(webhook.secret.startswith("whsec_"))
        queued = test_webhook.sync(webhook.endpoint_id, client=self.client)
        page = list_deliveries.sync(webhook.endpoint_id, client=self.client)
        self.assertEqual([delivery.message_id for delivery in page.deliveries], [queued.message_id])


if __name__ == "__main__":
    unittest.main()
