// `npm run pictures`: the pictures in the examples' READMEs, of the examples as they run.
/// <reference lib="dom" />
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import { type DevServer, startPartyKit, startWrangler } from "../support/dev-server.ts";
import { connect, next } from "../support/stock-client.ts";

const VIEW = { width: 720, height: 300 };
/** The examples have no style of their own; so much is for a picture's sake. */
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

async function take(browser: Browser, name: string, act: Take): Promise<void> {
  const folder = fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url));
  const start = name.startsWith("partykit") ? startPartyKit : startWrangler;
  const server: DevServer = await start(folder, false);
  try {
    const context = await browser.newContext({ viewport: VIEW });
    const page = await context.newPage();
    await act(page, server.url);
    await page.addStyleTag({ content: STYLE });
    writeFileSync(`${folder}picture.png`, await page.screenshot({ animations: "disabled" }));
    console.log(`examples/${name}/picture.png`);
    await context.close();
  } finally {
    await server.stop();
  }
}

const browser = await startChromium();
try {
  for (const [name, act] of Object.entries(TAKES)) await take(browser, name, act);
} finally {
  await browser.close();
}
