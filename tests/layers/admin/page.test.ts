// The stock page of `@socket.io/admin-ui`, as npm has it, in Chromium, looking into a Durable Object.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { Socket } from "socket.io-client";
import type { ServerStats } from "../../../glue/socket.io/index.ts";
import { openPage, startChromium } from "../../support/chromium.ts";
import { ask, next } from "../../support/stock-client.ts";
import { AdminServer, type Kind, NAME, PASSWORD } from "./worker.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

let server: AdminServer;
let browser: Browser;
let pages: Server;

before(async () => {
  server = await AdminServer.start();
  browser = await startChromium();
  pages = createServer(servePage);
  await once(pages.listen(0, "127.0.0.1"), "listening");
});

after(async () => {
  await browser?.close();
  pages?.close();
  await server?.stop();
});

function servePage(
  request: { url?: string | undefined },
  response: { writeHead(status: number, headers?: object): void; end(body?: Buffer): void },
): void {
  const { pathname } = new URL(request.url ?? "/", "http://page");
  const path = pathname === "/" ? "/index.html" : pathname;
  try {
    const module = import.meta.resolve("@socket.io/admin-ui");
    const file = readFileSync(fileURLToPath(new URL(`../ui/dist${path}`, module)));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(file);
  } catch {
    response.writeHead(404);
    response.end();
  }
}

function address(): string {
  return `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
}

/** The page, and what went wrong in it. */
async function open(): Promise<{ page: Page; faults: string[] }> {
  const page = await openPage(browser, {
    locale: "en-US",
    viewport: { width: 1500, height: 1000 },
  });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  // Its fonts are elsewhere.
  await page.route(/googleapis|jsdelivr/, (route) => route.abort());
  await page.goto(address(), { waitUntil: "domcontentloaded" });
  return { page, faults };
}

async function logIn(page: Page, password: string, kind: Kind = "watched"): Promise<void> {
  await page.getByLabel("Server URL").fill(server.worker.url);
  await page.getByLabel("Username").fill(NAME);
  await page.getByLabel("Password").fill(password);
  await page.getByText("Advanced options").click();
  await page.getByText("WebSocket only?").click();
  await page.getByLabel("Path", { exact: true }).fill(`/${kind}/socket.io`);
  await page.getByRole("button", { name: "Connect" }).click();
}

test("the page sees, joins and kicks the sockets of an object, also after sleeps", async () => {
  const [ada, ben] = [
    server.client("watched", { name: "Ada" }),
    server.client("watched", { name: "Ben" }),
  ];
  for (const client of [ada, ben]) await ask(client, "rooms");
  await server.sleep("watched");
  await ask(ada, "rooms");

  const { page, faults } = await open();
  await logIn(page, "wrong");
  await page.getByText("Invalid credentials").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText("Connection status").or(page.getByText("Servers")).first().waitFor();
  // Who looks is one of three.
  await page.getByRole("link", { name: "Sockets" }).click();
  for (const id of [ada.id, ben.id]) await page.getByText(id as string, { exact: true }).waitFor();

  // One whom it puts into a room, on the page of that socket, finds himself there.
  await page.getByText(ada.id as string, { exact: true }).click();
  await page.getByText("Initial HTTP request").waitFor();
  await page.getByLabel("Join a room").fill("by the page");
  // The buttons have icons for names, of a font that is not here.
  await page.getByRole("main").getByRole("button").last().click();
  for (let rounds = 0; ; rounds += 1) {
    const [rooms] = (await ask(ada, "rooms")) as [string[]];
    if (rooms.includes("by the page")) break;
    assert.ok(rounds < 200, String(rooms));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }

  await page.getByRole("link", { name: "Rooms" }).click();
  for (const room of ["lobby", "by the page"])
    await page.getByText(room, { exact: true }).first().waitFor();

  await ask(ben, "say", "to be seen");
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByText("say", { exact: true }).first().waitFor();

  await page.getByRole("link", { name: "Sockets" }).click();
  const gone = next(ben, "disconnect");
  const row = page.getByRole("row").filter({ hasText: ben.id as string });
  await row.getByRole("button").last().click();
  await gone;
  await page.getByText("Disconnected").first().waitFor();

  // Loaded again after a sleep it is let in by its session.
  const { naps } = await server.ask<ServerStats>("watched", "stats");
  await page.goto("about:blank");
  await server.sleep("watched");
  await page.goto(address(), { waitUntil: "domcontentloaded" });
  await page.getByRole("link", { name: "Sockets" }).click();
  await page
    .getByText(ada.id as string, { exact: true })
    .first()
    .waitFor();
  assert.ok((await server.ask<ServerStats>("watched", "stats")).naps > naps);
  assert.deepEqual(faults, []);
});

test("the page sees and kicks the sockets of all shards, and lists these", async () => {
  const clients = [0, 1, 2].map((shard) => server.client("spread", {}, "", shard));
  for (const client of clients) await ask(client, "rooms");
  const { page, faults } = await open();
  await logIn(page, PASSWORD, "spread");
  await page.getByRole("link", { name: "Servers" }).click();
  for (const name of ["spread", "spread/shard-1", "spread/shard-2"])
    await page.getByRole("cell", { name, exact: true }).first().waitFor();
  await page.getByRole("link", { name: "Sockets" }).click();
  for (const { id } of clients) await page.getByText(id as string, { exact: true }).waitFor();
  const gone = next(clients[2] as Socket, "disconnect");
  const row = page.getByRole("row").filter({ hasText: clients[2]?.id as string });
  await row.getByRole("button").last().click();
  await gone;
  assert.deepEqual(faults, []);
});
