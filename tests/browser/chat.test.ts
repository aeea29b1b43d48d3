/** The chat's page in Chromium against the real Worker. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { type ChatServer, startChat } from "../support/chat-server.ts";
import { startChromium } from "../support/chromium.ts";
import { Visitor } from "./visitor.ts";

let server: ChatServer;
let browser: Browser;
const visitors: Visitor[] = [];

before(async () => {
  [server, browser] = await Promise.all([startChat(), startChromium()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async () => {
  for (const visitor of visitors.splice(0)) {
    assert.deepEqual(visitor.faults, []);
    await visitor.leave();
  }
});

async function enter(name: string): Promise<Visitor> {
  const visitor = await Visitor.enter(browser, server.url, name);
  visitors.push(visitor);
  return visitor;
}

test("two people chat", async () => {
  const ada = await enter("Ada");
  const ben = await enter("Ben");
  await ada.notice("Ben joined");
  await Promise.all([ada.people("Ada", "Ben"), ben.people("Ada", "Ben")]);

  await ada.say("Good morning");
  const received = await ben.message("Good morning");
  assert.equal(await received.locator(".author").textContent(), "Ada");
  const sent = await ada.message("Good morning");
  await sent.and(ada.page.locator('.own[data-delivery="sent"]')).waitFor();

  await ben.page.getByLabel("Message", { exact: true }).pressSequentially("Mor");
  await ada.page.locator("#typing").getByText("Ben is typing").waitFor();
  await ben.say("Morning!");
  await ada.message("Morning!");
  assert.equal(await ada.page.locator("#typing").textContent(), "");

  assert.match((await ada.page.locator("#round-trip").textContent()) ?? "", /^\d+ ms$/);
  await ben.leave();
  await ada.notice("Ben left");
  await ada.people("Ada");
});

test("rooms are apart, and what is said elsewhere is marked unread", async () => {
  const ada = await enter("Ada");
  const ben = await enter("Ben");
  await ben.openRoom("music");
  await ben.people("Ben");
  await ben.say("Anybody here?");
  await ben.message("Anybody here?");
  await ada.say("I am in the lobby");

  const unread = ben.page.locator("#rooms li").filter({ hasText: "lobby" }).locator(".badge");
  await unread.getByText("1").waitFor();
  assert.equal(await ada.page.getByText("Anybody here?").count(), 0);
  assert.match(await ben.page.title(), /^\(1\)/);

  await ada.openRoom("music");
  await ben.notice("Ada joined");
  await ada.people("Ada", "Ben");
  await ben.openRoom("lobby");
  await ben.message("I am in the lobby");
  await unread.waitFor({ state: "hidden" });

  await ada.page.getByLabel("Leave this room").click();
  await ada.message("I am in the lobby");
  await ben.openRoom("music");
  await ben.notice("Ada left");
  await ben.people("Ben");
});

test("a picture arrives byte for byte", async () => {
  const ada = await enter("Ada");
  const ben = await enter("Ben");
  const file = await drawPng(ada, 320, 200);
  const buffer = Buffer.from(file);
  await ada.page.setInputFiles("#file", { name: "drawing.png", mimeType: "image/png", buffer });
  await ada.page.locator("#tray img").waitFor();
  await ada.page.getByRole("button", { name: "Send", exact: true }).click();

  const image = ben.log.getByAltText("Picture from Ada");
  await image.waitFor();
  const seen = await image.evaluate(async (element: HTMLImageElement) => {
    await element.decode();
    return { width: element.naturalWidth, height: element.naturalHeight };
  });
  assert.deepEqual(seen, { width: 320, height: 200 });
  // The page's policy forbids it to fetch blobs; pixels tell that the bytes are the same.
  assert.deepEqual(await pixels(ben), await pixels(ada));

  await image.click();
  await ben.page.locator("#lightbox[open]").waitFor();
  await ben.page.keyboard.press("Escape");
});

test("a large photograph is made smaller before it is sent", async () => {
  const ada = await enter("Ada");
  const ben = await enter("Ben");
  const buffer = Buffer.from(await drawPng(ada, 4000, 3000));
  await ada.page.setInputFiles("#file", { name: "photo.png", mimeType: "image/png", buffer });
  await ada.page.locator("#tray img").waitFor();
  await ada.say("From the hedge");
  await ben.message("From the hedge");
  const image = ben.log.getByAltText("Picture from Ada");
  await image.evaluate((element: HTMLImageElement) => element.decode());
  const width = await image.evaluate((element: HTMLImageElement) => element.naturalWidth);
  assert.ok(width > 0 && width <= 1600, `${width} pixels wide`);
});

test("hostile names and messages are shown as text", async () => {
  const name = "<img src=x onerror=a()>";
  const text = `<script>document.title="hacked"</script><b>bold</b> javascript:alert(1)`;
  const mallory = await enter(name);
  const ada = await enter("Ada");
  await mallory.say(text);
  const received = await ada.message(text);
  assert.equal(await received.locator(".author").textContent(), name);
  assert.equal(await received.locator("script, b, a, .bubble img").count(), 0);
  await ada.people(name, "Ada");
  assert.equal(await ada.page.locator("#people-list img").count(), 0);
  assert.equal(await ada.page.title(), "Dormouse chat");
});

test("the page comes back by itself after the server's restart", async () => {
  const ada = await enter("Ada");
  const ben = await enter("Ben");
  await ada.openRoom("music");
  await ben.openRoom("music");
  await ada.say("Before");
  await ben.message("Before");

  await server.stop();
  await ada.page.locator("#banner:not([hidden])").waitFor();
  await ada.say("Written meanwhile");
  const waiting = await ada.message("Written meanwhile");
  assert.equal(await waiting.getAttribute("data-delivery"), "sending");
  server = await startChat(server.port);

  await Promise.all([ada.online(), ben.online()]);
  const meanwhile = await ada.message("Written meanwhile");
  await meanwhile.and(ada.page.locator('[data-delivery="sent"]')).waitFor();
  await Promise.all([ada.people("Ada", "Ben"), ben.people("Ada", "Ben")]);
  await ben.say("After");
  await ada.message("After");
  await ada.message("Before");
  assert.equal(await ada.page.locator("#room-name").textContent(), "music");
});

test("the name is remembered", async () => {
  const ada = await enter("Ada");
  await ada.page.reload();
  await ada.online();
  assert.equal(await ada.page.locator("#welcome[open]").count(), 0);
  await ada.people("Ada");
});

/** The bytes of a PNG file, drawn in the visitor's browser: noise, so that it does not shrink. */
async function drawPng(visitor: Visitor, width: number, height: number): Promise<number[]> {
  return visitor.page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      const step = width / 40;
      for (let x = 0; x < width; x += step) {
        for (let y = 0; y < height; y += step) {
          context.fillStyle = `hsl(${(x * 7 + y * 13) % 360} 70% ${30 + ((x + y) % 50)}%)`;
          context.fillRect(x, y, step, step);
        }
      }
      const blob = await canvas.convertToBlob();
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [width, height] as const,
  );
}

/** Every pixel of the picture in the conversation. */
async function pixels(visitor: Visitor): Promise<number[]> {
  const image = visitor.log.getByAltText(/^Picture from/);
  return image.evaluate((element: HTMLImageElement) => {
    const { naturalWidth, naturalHeight } = element;
    const context = new OffscreenCanvas(naturalWidth, naturalHeight).getContext(
      "2d",
    ) as OffscreenCanvasRenderingContext2D;
    context.drawImage(element, 0, 0);
    return [...context.getImageData(0, 0, naturalWidth, naturalHeight).data];
  });
}
