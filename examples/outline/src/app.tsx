// The page: which session it shows, and who looks at it.
import { createRoot } from "react-dom/client";
import { createClient } from "rollcall-client";
import { SessionProvider } from "rollcall-client/react";
import { Header } from "./header.js";
import { Outline } from "./outline.js";
import { Toasts } from "./toasts.js";
import { newUser } from "./user.js";

const server = new URLSearchParams(location.search).get("server") ?? "http://localhost:5000";
const client = createClient({ url: server, throttle: 50 });

/** The session in the page's address, or a new one: who is sent the address sees the same outline. */
async function sessionId(): Promise<string> {
  if (location.hash.length < 2) {
    const body = JSON.stringify({ name: "Outline" });
    const created = await fetch(`${server}/api/v1/sessions`, { method: "POST", body });
    history.replaceState(null, "", `#${(await created.json()).session_id}`);
  }
  return location.hash.slice(1);
}

const root = createRoot(document.getElementById("app")!);

async function show(): Promise<void> {
  root.render(<p className="empty">Connecting to {server} …</p>);
  const id = await sessionId();
  root.render(
    <SessionProvider client={client} id={id} user={newUser()}>
      <Header />
      <Outline />
      <Toasts />
    </SessionProvider>,
  );
}

window.addEventListener("hashchange", () => void show());
show().catch(() => root.render(<p className="empty">No server answers at {server}. Start rollcall and reload.</p>));
