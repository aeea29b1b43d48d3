// The chat's panel shows a real nap: nothing is forced, and looking does not wake the object.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type ChatServer, startChat } from "../support/chat-server.ts";
import { startChromium } from "../support/chromium.ts";
import { Visitor } from "./visitor.ts";

let server: ChatServer;
let browser: Browser;

before(async () => {
  server = await startChat();
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** How often the object woke with clients connected. */
const wakes = (): number => server.output.match(/wake: [1-9]\d* connections/g)?.length ?? 0;

/** What somebody hears who cannot see the panel. */
async function heardName(page: Page): Promise<unknown> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  return nodes.find(({ role }) => role?.value === "DisclosureTriangle")?.name?.value;
}

/** Sets the clock of the page's computer. */
async function setClock(page: Page, milliseconds: number): Promise<void> {
  await page.evaluate((shift) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + shift;
  }, milliseconds);
}

test("asleep ten seconds after the last event, without being asked; woken by a message", async () => {
  const ada = await Visitor.comeBack(browser, server.url, "Ada");
  const { page } = ada;
  const panel = page.locator("#nap");
  await panel.and(page.locator('[data-state="awake"]')).waitFor();
  assert.equal(await heardName(page), "The server: Awake");
  assert.equal(
    await panel.locator("[role=status], [aria-live]").count(),
    0,
    "it says so on demand",
  );
  await panel.locator("summary").click();
  await panel.getByText("Last nap").waitFor();
  await panel.getByText("Ended by").waitFor({ state: "hidden" });
  assert.equal(await page.locator("#nap-last").textContent(), "none yet");
  // In a low window it takes no room from what is above and below it.
  await page.setViewportSize({ width: 1200, height: 430 });
  for (const place of ["#rooms li:last-child", "#rename"]) {
    const box = await page.locator(place).boundingBox();
    assert.ok(box && box.y + box.height <= 430, `${place} is on the screen`);
  }
  await page.setViewportSize({ width: 1200, height: 800 });
  // By the time of day it would be awake for an hour from now.
  await setClock(page, -3_600_000);
  await panel.and(page.locator('[data-state="asleep"]')).waitFor();
  await page
    .locator("#nap-since")
    .getByText(/^for ([2-9]|\d\d) s$/)
    .waitFor();
  // It is looked at all the while, and has not woken: the platform took it out of memory.
  assert.equal(wakes(), 0);
  assert.equal(await heardName(page), "The server: Asleep");
  await ada.say("Good morning");
  await page.locator("#nap-wakes").getByText("1", { exact: true }).waitFor();
  assert.equal(wakes(), 1);
  const figure = async (name: string): Promise<string> => {
    return (await page.locator(`#nap-${name}`).textContent()) ?? "";
  };
  assert.match(await figure("last"), /^\d+ s$/);
  assert.deepEqual([await figure("cause"), await figure("hourly")], ["a message", "1 message"]);
  await panel.and(page.locator('[data-state="awake"]')).waitFor();
  assert.equal(await figure("connections"), "1");
  assert.deepEqual(ada.faults, []);
  await ada.leave();
});
