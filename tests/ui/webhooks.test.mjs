import assert from "node:assert/strict";
import { after, test } from "node:test";
import { LOOKS, assertAccessible, closeBrowser, row, withPage } from "./browser.mjs";
import { Receiver } from "./receiver.mjs";

after(closeBrowser);

const settings = ["--cleanup-interval", "off", "--webhook-allow-private"];

/** A page with a receiver of webhooks. */
function withReceiver(test, more) {
  return withPage(async (all) => {
    const receiver = await Receiver.start();
    try {
      await test({ ...all, receiver });
    } finally {
      receiver.stop();
    }
  }, { settings, ...more });
}

test("a webhook is created, tested, fails and is mended from the page", withReceiver(async ({ server, page, receiver }) => {
  await page.goto(`${server.url}/#/webhooks`);
  await page.getByText("There is no webhook yet.").waitFor();
  await page.getByText(`curl -X POST ${server.url}/api/v1/webhooks`).waitFor();
  await page.getByRole("button", { name: "Create a webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("URL").fill(receiver.url);
  const { MessageType } = (await server.call("GET", "/openapi.json")).body.components.schemas;
  const types = await dialog.getByRole("checkbox").evaluateAll((boxes) => boxes.map((box) => box.value));
  assert.deepEqual([...types, "webhook.test"].sort(), MessageType.enum.toSorted());
  await dialog.getByLabel("session.created").check();
  await assertAccessible(page);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.getByText(/^whsec_/).waitFor();
  await dialog.getByRole("button", { name: "I have it" }).click();
  const [webhook] = (await server.call("GET", "/webhooks")).body.webhooks;
  assert.deepEqual(webhook.types, ["session.created"]);
  await row(page, receiver.url).getByText("on", { exact: true }).waitFor();

  await page.getByRole("link", { name: receiver.url }).click();
  await page.getByText("No message was made yet.").waitFor();
  const tested = page.getByRole("status").filter({ hasText: "The test message:" });
  await page.getByRole("button", { name: "Send a test message" }).click();
  await tested.getByText(/204 in \d+ ms/).waitFor();
  await row(page, "webhook.test").getByText("delivered").waitFor();
  await server.call("POST", "/sessions", { name: "Board" });
  await row(page, "session.created").getByText("delivered").waitFor();

  receiver.status = 500;
  await page.getByRole("button", { name: "Send a test message" }).click();
  await tested.getByText(/500 Internal Server Error in \d+ ms/).waitFor();
  await page.getByText("Each attempt fails").waitFor();
  await page.getByRole("radio", { name: "waiting" }).check();
  await row(page, "webhook.test").getByText(/^in \d+ s$/).waitFor();
  assert.equal(await row(page, "webhook.test").count(), 1);

  receiver.status = 204;
  // The page reads the one message, and not the list, until the receiver has answered.
  const read = page.waitForRequest((request) => /\/deliveries\/msg_\w+$/.test(request.url()));
  await page.getByRole("button", { name: "Retry now" }).click();
  await read;
  await page.getByText("No message is like that.").waitFor();
  await page.getByText("Messages are sent as things happen.").waitFor();
  await page.getByRole("link", { name: "All webhooks" }).click();
  await row(page, receiver.url).getByRole("listitem").filter({ hasText: "204" }).nth(1).waitFor();
}));

test("a webhook is edited, switched off and on, given a new secret, replayed and removed", withReceiver(async ({ server, page, receiver }) => {
  const { endpoint_id: id, secret } = (await server.call("POST", "/webhooks", { url: receiver.url, types: ["session.created"] })).body;
  await server.call("POST", "/sessions", { name: "Board" });
  await page.goto(`${server.url}/#/webhooks/${id}`);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Edit" }).click();
  assert.ok(await dialog.getByLabel("session.created").isChecked());
  await dialog.getByLabel("session.created").uncheck();
  await dialog.getByRole("textbox", { name: "project" }).fill("atelier");
  // What is read meanwhile does not change what was typed.
  await server.call("POST", "/sessions", { name: "Second" });
  await page.locator("tr", { hasText: "session.created" }).nth(1).waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("all messages, of the project atelier").waitFor();
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByText("Somebody switched it off").waitFor();
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByText("Messages are sent as things happen.").waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await dialog.getByRole("button", { name: "Make it" }).click();
  assert.notEqual(await dialog.getByText(/^whsec_/).textContent(), secret);
  await dialog.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "Read again" }).click();
  await row(page, "session.created").getByText("delivered").nth(1).waitFor();
  await page.getByRole("button", { name: "Replay" }).click();
  await dialog.getByRole("button", { name: "Send again" }).click();
  await page.getByText("2 messages will be sent again.").waitFor();
  await receiver.sent(...Array(4).fill("session.created"));
  await page.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("There is no webhook yet.").waitFor();
  // What the page was reading at that moment is gone.
}, { expected: /status of 404/ }));

for (const look of LOOKS) {
  test(`the pages of webhooks are accessible: ${look.colorScheme}, ${look.viewport.width} pixels`, withReceiver(async ({ server, page, receiver }) => {
    receiver.status = 500;
    const { endpoint_id: id } = (await server.call("POST", "/webhooks", { url: receiver.url })).body;
    const off = (await server.call("POST", "/webhooks", { url: `${receiver.url}/off` })).body.endpoint_id;
    await server.call("PATCH", `/webhooks/${off}`, { enabled: false });
    await server.call("POST", "/sessions", { name: "Board" });
    await page.goto(`${server.url}/#/webhooks/${id}`);
    await page.getByRole("button", { name: "Send a test message" }).click();
    await page.getByText("Each attempt fails").waitFor();
    await page.getByText("What is sent").first().click();
    await assertAccessible(page);
    await page.goto(`${server.url}/#/webhooks`);
    await row(page, "failing").getByText("500").first().waitFor();
    await row(page, "by request").waitFor();
    await assertAccessible(page);
  }, { look }));
}

test("a page says so to people who may not see webhooks", withPage(async ({ server, page }) => {
  const { token } = (await server.call("POST", "/tokens", { name: "operator", scope: "admin" })).body;
  const made = await fetch(`${server.url}/api/v1/tokens`, {
    method: "POST", headers: { authorization: `Bearer ${token}` }, body: '{"name": "reader", "scope": "read"}',
  });
  await page.goto(`${server.url}/#/webhooks`);
  await page.getByLabel("Token", { exact: true }).fill((await made.json()).token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "admin" }).waitFor();
}, { expected: /status of 40[13]/ }));
