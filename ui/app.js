import { html, render, useEffect, useRef } from "./preact.js";
import { needsToken } from "./api.js";
import { live } from "./live.js";
import { href, useRoute } from "./route.js";
import { followSessions } from "./sessions.js";
import { useStore } from "./store.js";
import { takeSamples } from "./samples.js";
import { AccessPage, NewToken } from "./pages/access.js";
import { CleanupPage } from "./pages/cleanup.js";
import { OverviewPage } from "./pages/overview.js";
import { SessionsPage } from "./pages/sessions.js";
import { SignInPage } from "./pages/sign-in.js";
import { SystemPage } from "./pages/system.js";
import { TryPage } from "./pages/try.js";
import { WebhooksPage } from "./pages/webhooks.js";

/** @type {{name: string, title: string, page: any}[]} */
const PAGES = [
  { name: "sessions", title: "Sessions", page: SessionsPage },
  { name: "overview", title: "Overview", page: OverviewPage },
  { name: "cleanup", title: "Cleanup", page: CleanupPage },
  { name: "webhooks", title: "Webhooks", page: WebhooksPage },
  { name: "access", title: "Access", page: AccessPage },
  { name: "system", title: "System", page: SystemPage },
  { name: "try", title: "Try it", page: TryPage },
];

function App() {
  const [name = "sessions", ...rest] = useRoute();
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const isFirst = useRef(true);
  const isStranger = useStore(needsToken);
  const page = PAGES.find((page) => page.name === name);
  const place = [name, rest[0]].join("/");
  // Who follows a link by keyboard or screen reader goes on at the new page.
  useEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [place]);
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${href("sessions")}>rollcall</a>
      <nav aria-label="Pages">
        ${PAGES.map((page) => html`<a href=${href(page.name)} aria-current=${page.name === name ? "page" : undefined}>${page.title}</a>`)}
        <a href="docs">API</a>
      </nav>
      <${Connection} />
    </header>
    <main id="main" tabindex="-1" ref=${main}>
      ${isStranger ? html`<${SignInPage} />` : page ? html`<${page.page} key=${place} route=${rest} />` : html`<h1>There is no such page</h1><p><a href=${href("sessions")}>All sessions</a></p>`}
    </main>
    <${NewToken} />`;
}

/** Whether what is shown is live at the moment. */
function Connection() {
  const isStranger = useStore(needsToken);
  const state = useStore(live.state);
  const texts = { connecting: "Connecting…", open: "Live", lost: "Connection lost. Trying again…" };
  const text = isStranger ? "Signed out" : texts[state];
  return html`<p class=${`connection ${isStranger ? "" : state}`} role="status"><span class="dot" aria-hidden="true"></span>${text}</p>`;
}

followSessions();
takeSamples();
live.start();
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
