// `npm run pictures`: the README's picture, of the chat in workerd, asleep behind a page that shows it.
/// <reference lib="dom" />
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startChat } from "../support/chat-server.ts";
import { startChromium } from "../support/chromium.ts";
import { handOver } from "./pictures.ts";
import { Visitor } from "./visitor.ts";

const FILE = fileURLToPath(new URL("../../docs/chat.png", import.meta.url));
/** Dots for each of the page's pixels. */
const SCALE = 1.5;
const SCENE = { width: 1240, height: 560 };

/** A dormouse on its branch, by night. */
const DRAWING = `
  <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1240 560" width="1240" height="560">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#26335c"/><stop offset=".75" stop-color="#a9627c"/>
        <stop offset="1" stop-color="#cb8a80"/>
      </linearGradient>
    </defs>
    <rect width="1240" height="560" fill="url(#sky)"/>
    <circle cx="980" cy="130" r="64" fill="#fdeecb"/>
    <g fill="#fff">
      <circle cx="120" cy="80" r="3"/><circle cx="260" cy="150" r="2.5"/><circle cx="420" cy="60" r="3"/>
      <circle cx="760" cy="50" r="3"/><circle cx="1140" cy="240" r="3"/><circle cx="640" cy="120" r="2.5"/>
      <circle cx="90" cy="270" r="2.5"/><circle cx="330" cy="250" r="2"/>
    </g>
    <path d="M0 390 C200 320 380 440 620 380 S1000 330 1240 400 V560 H0z" fill="#6a4868"/>
    <path d="M0 450 C260 400 420 500 700 450 S1080 420 1240 470 V560 H0z" fill="#4a364f"/>
    <path d="M0 478 C300 500 800 470 1240 494 V528 C800 506 300 534 0 512z" fill="#2f2328"/>
    <g transform="translate(400 110) scale(7.4)">
      <path d="M50 44c5-6 5-17-1-23-4-4-9.5-5.5-13-3" fill="none" stroke="#8b4319" stroke-width="5" stroke-linecap="round"/>
      <path d="M33 14c-12 0-21 8.6-21 19.6C12 44.5 20.6 52 32 52s20-6.6 20-15.4C52 24.5 44.5 14 33 14z" fill="#e0a468"/>
      <path d="M14 39c2.6 8 9.7 13 18 13 10.6 0 19-5.7 20-13.6-2.6 4.2-8.7 6.6-15.4 6.6-9.6 0-13.6-4.3-22.6-6z" fill="#fbe6cc"/>
      <circle cx="24" cy="20" r="7" fill="#c9814a"/><circle cx="24" cy="20.5" r="4" fill="#f6c9a4"/>
      <path d="M19 32.5c1.7 2 4.7 2 6.4 0" fill="none" stroke="#4a2511" stroke-width="2.4" stroke-linecap="round"/>
      <circle cx="13" cy="37" r="2.3" fill="#4a2511"/>
    </g>
    <g fill="#4f7d48">
      <ellipse cx="210" cy="456" rx="48" ry="20" transform="rotate(-32 210 456)"/>
      <ellipse cx="300" cy="528" rx="46" ry="19" transform="rotate(38 300 528)"/>
      <ellipse cx="960" cy="462" rx="48" ry="20" transform="rotate(-28 960 462)"/>
      <ellipse cx="1060" cy="524" rx="44" ry="18" transform="rotate(34 1060 524)"/>
    </g>
  </svg>`;

/** The drawing as a PNG file, by the visitor's browser. */
async function draw({ page }: Visitor): Promise<Buffer> {
  const sheet = await page.context().newPage();
  await sheet.setViewportSize(SCENE);
  await sheet.setContent(`<style>body { margin: 0 } svg { display: block }</style>${DRAWING}`);
  const png = await sheet.screenshot();
  await sheet.close();
  return png;
}

const server = await startChat();
const browser = await startChromium();
try {
  const enter = (name: string) => Visitor.comeBack(browser, server.url, name, { scale: SCALE });
  const hazel = await enter("Hazel");
  const rowan = await enter("Rowan");
  const [ivy, ash] = [await enter("Ivy"), await enter("Ash")];
  const { page } = hazel;
  // A heartbeat, every 25 s, may come between it and a nap.
  page.setDefaultTimeout(45_000);

  // One in another room, who is heard of from here.
  for (const visitor of [hazel, ivy]) await visitor.openRoom("music");
  await hazel.openRoom("lobby");
  await ash.openRoom("pictures");
  await rowan.say("Did you find it again?");
  await hazel.message("Did you find it again?");
  await handOver(hazel, "#text", "paste", await draw(hazel));
  await page.locator("#tray li").waitFor();
  await hazel.say("Same hedge, same branch. Fast asleep.");
  await rowan.log.getByAltText("Picture from Hazel").waitFor();
  await ivy.say("A lullaby, perhaps?");

  // A nap, and what ends it.
  const panel = page.locator("#nap");
  const asleep = panel.and(page.locator('[data-state="asleep"]'));
  await panel.locator("summary").click();
  await asleep.waitFor();
  await page.locator("#nap-since").getByText("for 5 s").waitFor();
  await rowan.say("It only wakes when somebody talks.");
  await hazel.message("It only wakes when somebody talks.");
  await rowan.say("Like the server behind this chat.");
  await hazel.message("Like the server behind this chat.");
  await page.locator("#nap-cause").getByText("a message").waitFor();
  await page.locator("#text").blur();
  await asleep.waitFor();
  await page.locator("#nap-since").getByText("for 3 s").waitFor();
  writeFileSync(FILE, await page.screenshot({ animations: "disabled" }));
  console.log("docs/chat.png");
} finally {
  await browser.close();
  await server.stop();
}
