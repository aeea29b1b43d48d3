/** The chat's page in Chromium against the real Worker. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { type ChatServer, startChat } from "../support/chat-server.ts";
import { startChromium } from "../support/chromium.ts";
import { findPort } from "../support/ports.ts";
import { drawPng, handOver, naturalSize } from "./pictures.ts";
import { Visitor } from "./visitor.ts";

let server: ChatServer;
let browser: Browser;
const visitors: Visitor[] = [];

before(async () => {
  // One after the other: a browser of a server that did not start would be left alone.
  // At a port that is still free when it starts there again.
  server = await startChat(await findPort());
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async () => {
  const present = visitors.splice(0);
  await Promise.all(present.map((visitor) => visitor.leave()));
  for (const visitor of present) assert.deepEqual(visitor.faults, []);
});

/** Two people in the lobby. */
async function adaAndBen(): Promise<[Visitor, Visitor]> {
  const [ada, ben] = await Promise.all([
    Visitor.comeBack(browser, server.url, "Ada"),
    Visitor.comeBack(browser, server.url, "Ben"),
  ]);
  visitors.push(ada, ben);
  return [ada, ben];
}

/** Somebody who enters a name. */
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

test("an idle room with visitors is woken by nobody but the heartbeat", async () => {
  const names = ["Ada", "Ben", "Cleo"];
  const present = await Promise.all(
    names.map((name) => Visitor.comeBack(browser, server.url, name, { hasClock: true })),
  );
  visitors.push(...present);
  await Promise.all(present.map((visitor) => visitor.people(...names)));
  await server.sleep();
  const before = server.output.length;
  // Not so long that clients miss the heartbeat, which goes by the server's clock.
  await Promise.all(present.map((visitor) => visitor.page.clock.runFor(30_000)));
  const [ada, ben] = present as [Visitor, Visitor, Visitor];
  await ada.say("Still here?");
  await ben.message("Still here?");
  const after = server.output.slice(before);
  // What their pages had sent would have come before it.
  const senders = new Set([...after.matchAll(/(\S+): received 4/g)].map(([, id]) => id));
  assert.equal(senders.size, 1, after);
  // Woken by the message, which is one visitor's; by a heartbeat before it at most, which is everybody's.
  assert.ok((after.match(/wake: [13] connections/g)?.length ?? 0) <= 2, after);
  await Promise.all(present.map((visitor) => visitor.people(...names)));
});

test("rooms are apart, and what is said elsewhere is marked unread", async () => {
  const [ada, ben] = await adaAndBen();
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
  const [ada, ben] = await adaAndBen();
  const buffer = await drawPng(ada, 320, 200);
  await ada.page.setInputFiles("#file", { name: "drawing.png", mimeType: "image/png", buffer });
  await ada.page.locator("#tray img").waitFor();
  await ada.page.getByRole("button", { name: "Send", exact: true }).click();

  const image = ben.log.getByAltText("Picture from Ada");
  assert.deepEqual(await naturalSize(image), { width: 320, height: 200 });
  assert.equal(ben.attachments.length, 1);
  assert.ok(ben.attachments[0]?.equals(buffer));

  await image.click();
  await ben.page.locator("#lightbox[open]").waitFor();
  await ben.page.keyboard.press("Escape");
  await ben.page.locator("#lightbox[open]").waitFor({ state: "detached" });
});

test("pictures can be pasted and dropped", async () => {
  const [ada, ben] = await adaAndBen();
  const buffer = await drawPng(ada, 64, 48);
  for (const [target, kind] of [
    ["#text", "paste"],
    ["#main", "drop"],
  ] as const) {
    await handOver(ada, target, kind, buffer);
  }
  await ada.page.locator("#tray li").nth(1).waitFor();
  await ada.page.locator("#tray li").first().getByLabel("Remove").click();
  await ada.say("Only one is left");
  await ben.message("Only one is left");
  const image = ben.log.getByAltText("Picture from Ada");
  assert.deepEqual(await naturalSize(image), { width: 64, height: 48 });
});

test("a large picture is made smaller before it is sent", async () => {
  const [ada, ben] = await adaAndBen();
  const buffer = await drawPng(ada, 2400, 1800);
  await ada.page.setInputFiles("#file", { name: "photo.png", mimeType: "image/png", buffer });
  await ada.page.locator("#tray img").waitFor();
  await ada.say("From the hedge");
  await ben.message("From the hedge");
  const image = ben.log.getByAltText("Picture from Ada");
  assert.deepEqual(await naturalSize(image), { width: 1600, height: 1200 });
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

test("the server sleeps between messages, and nobody notices", async () => {
  const [ada, ben] = await adaAndBen();
  await ben.openRoom("music");
  await ben.openRoom("lobby");
  await server.sleep();
  await ada.say("Is it asleep?");
  await ben.message("Is it asleep?");

  await server.sleep();
  await ada.openRoom("music");
  await ada.people("Ada", "Ben");
  await server.sleep();
  await ada.page.getByLabel("Message", { exact: true }).pressSequentially("Sh");
  await ben.openRoom("music");
  await ben.page.locator("#typing").getByText("Ada is typing").waitFor();

  await server.sleep();
  await ben.leave();
  await ada.notice("Ben left");
  await ada.people("Ada");
});

test("the page comes back by itself after the server's restart", async () => {
  const [ada, ben] = await adaAndBen();
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

test("a phone's screen holds it all", async () => {
  const [ada, ben] = await adaAndBen();
  await ada.page.setViewportSize({ width: 360, height: 640 });
  await ben.say("x".repeat(300));
  await ada.message("x".repeat(300));
  const width = await ada.page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 360);

  await ada.page.getByRole("button", { name: "Rooms" }).click();
  await ada.page.getByLabel("Close the list of rooms").waitFor();
  await ada.openRoom("pictures");
  await ada.page.getByLabel("Close the list of rooms").waitFor({ state: "hidden" });
  await ada.page.getByRole("button", { name: "show the people" }).click();
  await ada.people("Ada");
  await ada.page.keyboard.press("Escape");
  await ada.say("Written on a phone");
  await ada.message("Written on a phone");
});

test("the name is remembered, and can be changed", async () => {
  const ada = await enter("Ada");
  await ada.page.reload();
  await ada.online();
  assert.equal(await ada.page.locator("#welcome[open]").count(), 0);
  await ada.people("Ada");

  const ben = await enter("Ben");
  await ada.page.getByLabel("Change your name").click();
  await ada.page.getByLabel("Name", { exact: true }).fill("Ada L");
  await ada.page.keyboard.press("Enter");
  await ben.notice("Ada left");
  await ben.notice("Ada L joined");
  await ada.online();
  await ada.say("Still me");
  const received = await ben.message("Still me");
  assert.equal(await received.locator(".author").textContent(), "Ada L");
});
