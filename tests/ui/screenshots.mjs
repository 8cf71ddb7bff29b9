// Makes the pictures of docs/page.md; needs sqlite3:  node tests/ui/screenshots.mjs
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LOOKS, closeBrowser, row, withPage } from "./browser.mjs";
import { Receiver } from "./receiver.mjs";

const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const PROJECTS = ["atelier", "kiosk", undefined];
const NAMES = [
  "Floor plan", "Release notes", "Onboarding", "Shop window", "Site map", "Interview guide", "Budget", "Kitchen sketch",
  "Travel wiki", "Menu card", "Bug triage", "Garden", "Lecture 4", "Quiz night",
];
const BOARD = {
  "To do": ["Write the guide", "Check the contrast"],
  Doing: ["Draw the icons", "Measure the joins"],
  Done: ["Name the next release"],
};

/** Pretends that nobody has used a session for so many hours. */
function lastActive(server, id, hours) {
  const at = new Date(Date.now() - hours * 3_600_000).toISOString().replace("Z", "000+00:00");
  execFileSync("sqlite3", ["-cmd", ".timeout 5000", `${server.folder}/clients.db`, `update sessions set last_activity = '${at}' where session_id = '${id}'`]);
}

/** Sessions, people and content to show. */
async function furnish(server, join) {
  for (const [place, name] of NAMES.entries()) {
    const { body } = await server.call("POST", "/sessions", { name, project_id: PROJECTS[place % 3], pinned: place % 7 === 3 });
    if (place % 4 === 1) await join(body.session_id, { name: "Linus" });
    else lastActive(server, body.session_id, (place + 1) * 7.3);
  }
  const { session_id: id } = (await server.call("POST", "/sessions", { name: "Sprint board", project_id: "atelier" })).body;
  const ada = await join(id, { name: "Ada" });
  const grace = await join(id, { name: "Grace" });
  const execute = async (client, command_type, data) => {
    client.send(JSON.stringify({ type: "execute", session_id: id, command_type, data, ref: 1 }));
    for (;;) {
      const answer = client.frames.find((frame) => frame.ref === 1);
      if (answer) {
        client.frames = [];
        return answer.result.node_id;
      }
      await new Promise((resolve) => client.once("message", resolve));
    }
  };
  for (const [column, cards] of Object.entries(BOARD)) {
    const parent_id = await execute(ada, "CreateNode", { blueprint_type_id: "column", name: column });
    for (const name of cards) {
      const properties = { owner: "Grace", points: 3, labels: ["page", "docs"] };
      await execute(grace, "CreateNode", { blueprint_type_id: "card", name, parent_id, properties });
    }
  }
  ada.send(JSON.stringify({ type: "presence", session_id: id, data: { cursor: [12, 40] } }));
  await server.call("POST", `/sessions/${id}/undo`);
  return id;
}

/** Two webhooks, one of which fails. */
async function showWebhooks(page, server) {
  const [working, broken] = [await Receiver.start(), await Receiver.start()];
  broken.status = 503;
  const create = async (body) => (await server.call("POST", "/webhooks", body)).body.endpoint_id;
  await create({ url: working.url });
  for (const name of ["Guest book", "Seating plan"]) await server.call("POST", "/sessions", { name, project_id: "atelier" });
  const failing = await create({ url: broken.url, types: ["session.created", "session.removed"], project_id: "atelier" });
  await server.call("POST", "/sessions", { name: "Recipe box", project_id: "atelier" });
  await page.goto(`${server.url}/#/webhooks/${failing}`);
  await page.getByRole("button", { name: "Send a test message" }).click();
  await page.getByText("Each attempt fails").waitFor();
  await shot(page, "webhook");
  await page.goto(`${server.url}/#/webhooks`);
  await row(page, "failing").getByText("503").first().waitFor();
  await shot(page, "webhooks");
  for (const receiver of [working, broken]) receiver.stop();
}

const [light, dark] = ["light", "dark"].map((colorScheme) => ({ ...LOOKS[0], colorScheme }));
const phone = LOOKS[1];
const shot = (page, name) => page.screenshot({ path: `${folder}${name}.png` });

for (const [look, take] of /** @type {const} */ ([
  [light, async ({ page, server, id, join }) => {
    await page.goto(server.url);
    await row(page, "Sprint board").waitFor();
    await shot(page, "sessions");
    await page.goto(`${server.url}/#/sessions/${id}/tree`);
    await page.getByRole("treeitem", { name: "Draw the icons" }).click();
    await shot(page, "tree");
    await page.goto(`${server.url}/#/sessions/${id}/history`);
    await page.getByText("undone").first().waitFor();
    await shot(page, "history");
    await page.goto(`${server.url}/#/cleanup`);
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("would go now").waitFor();
    await shot(page, "cleanup");
    await showWebhooks(page, server);
    await page.goto(`${server.url}/#/try/${id}`);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByText("You are in").waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("listitem").filter({ hasText: "command-executed" }).waitFor();
    await shot(page, "try");
    await page.goto(`${server.url}/docs`);
    await page.getByText("/api/v1/sessions/{session_id}/undo").waitFor();
    await shot(page, "reference");
    // The last one, since from here on the server wants a token.
    const { token } = (await server.call("POST", "/tokens", { name: "operator", scope: "admin" })).body;
    const headers = { authorization: `Bearer ${token}` };
    for (const body of [{ name: "backend", scope: "write", expires_in: "90d" }, { name: "prometheus", scope: "read" }]) {
      await fetch(`${server.url}/api/v1/tokens`, { method: "POST", headers, body: JSON.stringify(body) });
    }
    await page.goto(`${server.url}/#/access`);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await row(page, "prometheus").waitFor();
    await shot(page, "access");
  }],
  [dark, async ({ page, server, id, join }) => {
    await page.goto(`${server.url}/#/overview`);
    // Something to draw: half a minute of people who come and change something.
    for (let step = 0; step < 12; step += 1) {
      await join(id, { name: `Guest ${step}` });
      for (let change = 0; change < (step * 7) % 11; change += 1) {
        await server.call("POST", `/sessions/${id}/commands`, { command_type: "CreateNode", data: { blueprint_type_id: "card" } });
      }
      await page.waitForTimeout(2000);
    }
    await shot(page, "overview");
    await page.goto(`${server.url}/#/sessions/${id}/events`);
    await row(page, "node-created").first().waitFor();
    await shot(page, "events");
    await page.goto(`${server.url}/#/system`);
    await row(page, "listen").first().waitFor();
    await page.getByText("Commit", { exact: true }).waitFor();
    await shot(page, "system");
    await page.getByRole("heading", { name: "Settings in force" }).evaluate((heading) => heading.scrollIntoView());
    await shot(page, "settings");
  }],
  [phone, async ({ page, server, id }) => {
    await page.goto(`${server.url}/#/sessions/${id}`);
    await row(page, "Grace").waitFor();
    await shot(page, "people");
    await page.goto(`${server.url}/#/sessions/${id}/cleanup`);
    await page.getByText("Own timeout").waitFor();
    await shot(page, "why");
  }],
])) {
  await withPage(async (all) => take({ ...all, id: await furnish(all.server, all.join) }), { look, settings: ["--cleanup-interval", "off", "--webhook-allow-private"], expected: /status of 401/ })();
}
await closeBrowser();
