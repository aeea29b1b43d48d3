// The client's helper in two tabs of a browser: tokens that expire, a tab that sleeps and comes back, a shutdown.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Server } from "../../../durable-objects/node/index.ts";
import { SocketIOServerHelper } from "../../../layers/auth/index.ts";
import { poll } from "../../scenarios/harness/wait.ts";
import { startChromium } from "../../support/chromium.ts";

/** What the page has: a token that it can renew, as pages with a login of their own do, and what it has seen. */
const PAGE = `
  import { SocketIOClientHelper } from "dormouse-io/client";
  window.token = "good 1";
  window.seen = [];
  const see = (what) => void window.seen.push(what);
  window.client = new SocketIOClientHelper({
    identifier: "tab",
    host: location.origin,
    options: {
      transports: ["websocket"],
      auth: (give) => give({ token: window.token }),
      reconnectionDelay: 10,
      reconnectionDelayMax: 10,
    },
    onConnected: () => {
      see("connected");
      window.client.authenticate();
    },
    onAuthenticated: () => see("authenticated"),
    onUnauthenticated: () => see("refused"),
    onDisconnected: (reason) => {
      see("disconnected: " + reason);
      if (reason === "io server disconnect" && window.renewed) {
        window.token = window.renewed;
        window.client.connect();
      }
    },
  });
  window.client.subscribe({ event: "news", handler: (text) => see("news " + text) });
`;

const httpServer = createServer((request, response) => {
  const isScript = request.url === "/page.js";
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : "<!doctype html><script type=module src=/page.js></script>");
});
/** A tab that stands still is lost soon; one that waits for a processor is not. */
const io = new Server(httpServer, { pingInterval: 300, pingTimeout: 4_000 });
const expired = new Set<string>();
const helper = new SocketIOServerHelper({
  io,
  identifier: "tabs",
  authenticateFn: ({ auth }, { socket }) => {
    socket.data.token = auth.token;
    return !expired.has(auth.token);
  },
});
let script: string;
let browser: Browser;
let context: BrowserContext;
let url: string;

before(async () => {
  await helper.configure();
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    alias: {
      "dormouse-io/client": fileURLToPath(
        new URL("../../../layers/client/index.ts", import.meta.url),
      ),
    },
    bundle: true,
    format: "esm",
    write: false,
  });
  script = outputFiles[0]?.text ?? "";
  await once(httpServer.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  browser = await startChromium();
  context = await browser.newContext();
});
after(async () => {
  await browser?.close();
  await io.close();
});

afterEach(() => Promise.all(context.pages().map((page) => page.close())));

interface Tab {
  page: Page;
  /** Resolves when the last that it has seen is this. */
  sees(...last: string[]): Promise<void>;
}

async function openTab(): Promise<Tab> {
  const page = await context.newPage();
  await page.goto(url);
  const seen = () => page.evaluate<string[]>("window.seen");
  const tab: Tab = {
    page,
    async sees(...last) {
      await poll(
        last.join(", "),
        async () => (await seen()).slice(-last.length).join() === last.join() || undefined,
        () => "other things",
      );
    },
  };
  await tab.sees("connected", "authenticated");
  return tab;
}

/** Ends the connections whose token has expired, as a server does that looks at the time. */
function expire(token: string): void {
  expired.add(token);
  for (const socket of io.sockets.sockets.values()) {
    if (socket.data.token === token) helper.disconnect({ socket });
  }
}

test("a token that expires: a tab that has renewed it is let in again, one that has not is refused", async () => {
  const [first, second] = [await openTab(), await openTab()];
  await first.page.evaluate("window.renewed = 'good 2'");
  expire("good 1");
  await first.sees("disconnected: io server disconnect", "connected", "authenticated");
  await second.sees("disconnected: io server disconnect");
  assert.equal(await second.page.evaluate("window.client.getState()"), "unauthorized");
  await second.page.evaluate("window.client.connect()");
  await second.sees("connected", "refused", "disconnected: io server disconnect");
  await second.page.evaluate("window.token = 'good 2', window.client.connect()");
  await second.sees("connected", "authenticated");
  expired.clear();
});

test("a tab that stands still is lost, and is let in again when it comes back; the other goes on", async () => {
  const [first, second] = [await openTab(), await openTab()];
  const session = await context.newCDPSession(first.page);
  // What it sees from now on is new: that it was connected before says nothing of its coming back.
  await first.page.evaluate("window.seen.length = 0");
  // Its code stands still from the next message on, as on a laptop that is shut.
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  await poll(
    "the end of the tab that stands still",
    async () => io.sockets.sockets.size === 1 || undefined,
    () => `${io.sockets.sockets.size} sockets`,
  );
  helper.send({ destination: "io-default", payload: { topic: "news", data: "1" } });
  await second.sees("news 1");
  await session.send("Debugger.resume");
  await first.sees("connected", "authenticated");
  helper.send({ destination: "io-default", payload: { topic: "news", data: "2" } });
  await Promise.all([first.sees("news 2"), second.sees("news 1", "news 2")]);
});

test("a shutdown in one tab is that tab's", async () => {
  const [first, second] = [await openTab(), await openTab()];
  await first.page.evaluate("window.client.shutdown()");
  await poll(
    "one socket",
    async () => io.sockets.sockets.size === 1 || undefined,
    () => `${io.sockets.sockets.size} sockets`,
  );
  helper.send({ destination: "io-default", payload: { topic: "news", data: "3" } });
  await second.sees("news 3");
  await first.sees("connected", "authenticated");
});
