// `npm run pictures`: the pictures in the examples' READMEs, of the examples as they run; with names, of those alone.
/// <reference lib="dom" />
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import {
  type DevServer,
  startPartyKit,
  startScript,
  startWrangler,
} from "../support/dev-server.ts";
import { connect, next } from "../support/stock-client.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const VIEW = { width: 720, height: 300 };
/** Where that is too low. */
const TALL: Record<string, number> = { sharded: 760, "create-dormouse": 420 };
/** Most examples have no style of their own; so much is for a picture's sake. */
const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 16px 24px; }
  form { display: inline-block; margin: 0 12px 8px 0; }
  pre { font: 14px/1.6 ui-monospace, monospace; margin: 0; white-space: pre-wrap; }
`;

type Take = (page: Page, url: string) => Promise<void>;

/** Fills a form's fields by their names, or labels, and sends it. */
async function submit(page: Page, form: string, values: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await page.fill(`${form} [name=${name}]`, value);
  }
  await page.click(`${form} button`);
}

const chat: Take = async (page, url) => {
  const other = await page.context().newPage();
  await Promise.all([page.goto(`${url}/?topic=music`), other.goto(`${url}/?topic=music`)]);
  await Promise.all([page.getByText("Welcome").waitFor(), other.getByText("Welcome").waitFor()]);
  const lines: [Page, string][] = [
    [page, "Is anybody here?"],
    [other, "You and I. The server will sleep as soon as we are quiet."],
    [page, "And when I write again?"],
  ];
  for (const [who, text] of lines) {
    await submit(who, "form", { text });
    await page.getByText(text).waitFor();
  }
};

const TAKES: Record<string, Take> = {
  "partykit-chat": chat,
  "partyserver-chat": chat,
  async hono(page, url) {
    const client = connect(url);
    await next(client, "connect");
    const heard = next(client, "message");
    const room = `${url}/rooms/lobby`;
    const body = '{"text":"hi"}';
    const headers = { "content-type": "application/json" };
    const seen = await (await fetch(room)).text();
    const sent = await (await fetch(`${room}/messages`, { method: "POST", headers, body })).text();
    const lines = [
      `$ curl ${room}`,
      seen,
      `$ curl -H 'content-type: application/json' -d '${body}' ${room}/messages`,
      sent,
      "",
      "// the stock client, meanwhile",
      'socket.on("message", (...args) => console.log(args));',
      JSON.stringify(await heard),
    ];
    client.disconnect();
    await page.setContent("<pre></pre>");
    await page.evaluate(
      (text) => {
        const pre = document.querySelector("pre");
        if (pre !== null) pre.textContent = text;
      },
      lines.join("\n").replaceAll(url, "http://127.0.0.1:8787"),
    );
  },
  async news(page, url) {
    await page.goto(url);
    await submit(page, "#follow", {});
    await page.getByText("following weather").waitFor();
    await submit(page, "#item", { text: "rain before noon" });
    await page.getByText("weather: rain").waitFor();
    await fetch(`${url}/cdn-cgi/handler/scheduled`);
    await page.getByText("it is ").waitFor();
  },
  async sharded(page, url) {
    const lines = page.locator("ul li").filter({ hasText: "in lobby" });
    // Chance decides who is where: a picture of all four.
    for (let shards = 0; shards < 4; ) {
      await page.goto(url);
      await lines.nth(11).waitFor();
      const texts = await lines.allTextContents();
      shards = new Set(texts.map((text) => text.split(":")[0])).size;
    }
    await submit(page, "form", { text: "hello" });
    await page.locator("ol li").nth(11).waitFor();
  },
  async "create-dormouse"(page, url) {
    const client = connect(url, "", { auth: { name: "Ada" } });
    await next(client, "connect");
    await page.goto(`${url}/?name=Bob`);
    await page.getByText("connected as Bob, 2 here").waitFor();
    for (const [text, answer] of [
      ["Is anybody here?", "I am. The server sleeps as soon as we are quiet."],
      ["And when I write again?", "It wakes, and we are still connected."],
    ]) {
      await page.fill("input", text as string);
      await page.click("button");
      await page.getByText(`Bob: ${text}`).waitFor();
      client.emit("say", answer);
      await page.getByText(`Ada: ${answer}`).waitFor();
    }
    client.disconnect();
  },
  async "router-chat"(page, url) {
    await page.goto(url);
    await page.getByText("connected, stranger!").waitFor();
    await submit(page, "#login", { user: "Ada" });
    await page.getByText("connected, Ada!").waitFor();
    await submit(page, "#chat", { message: "hello" });
    await page.getByText("I've got your message").waitFor();
    await submit(page, "#enter", { room: "music" });
    await page.getByText("1 in music").waitFor();
  },
  async "auth-chat"(page, url) {
    await page.goto(url);
    await submit(page, "#login", { user: "Ada" });
    await page.getByText("let in").waitFor();
    await submit(page, "#join", { room: "music" });
    await page.getByText("in music").waitFor();
    await submit(page, "#say", { room: "music", text: "hello" });
    await page.getByText("Ada: hello").waitFor();
    await submit(page, "#forge", {});
    await page.getByText("Invalid token").waitFor();
  },
};

/** Starts an example; of `create-dormouse`, a chat that it has made, with the checkout's packages. */
async function startExample(name: string, folder: string): Promise<DevServer> {
  if (name !== "create-dormouse") {
    return (name.startsWith("partykit") ? startPartyKit : startWrangler)(folder, false);
  }
  const project = `${ROOT}build/test/my-chat`;
  rmSync(project, { recursive: true, force: true });
  execFileSync(process.execPath, [`${folder}create.js`, project]);
  mkdirSync(`${project}/node_modules`);
  symlinkSync(ROOT, `${project}/node_modules/dormouse-io`);
  return startScript(project);
}

async function take(browser: Browser, name: string, act: Take): Promise<void> {
  const folder = fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url));
  const server = await startExample(name, folder);
  try {
    const viewport = { ...VIEW, height: TALL[name] ?? VIEW.height };
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    await act(page, server.url);
    // Projects that are made have a style.
    if (name !== "create-dormouse") await page.addStyleTag({ content: STYLE });
    writeFileSync(`${folder}picture.png`, await page.screenshot({ animations: "disabled" }));
    console.log(`examples/${name}/picture.png`);
    await context.close();
  } finally {
    await server.stop();
  }
}

const browser = await startChromium();
try {
  const wanted = process.argv.slice(2);
  for (const [name, act] of Object.entries(TAKES)) {
    if (wanted.length === 0 || wanted.includes(name)) await take(browser, name, act);
  }
} finally {
  await browser.close();
}
