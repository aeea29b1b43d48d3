/** A headless Chromium that talks to nobody but the pages it is told to open. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** How long it may take to start, and a page to show something, in milliseconds. */
const PATIENCE = 60_000;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the system's Chromium, or the one that the variable `CHROMIUM` names. */
export function startChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE });
}

/** Opens an empty page, in which what is waited for may be late. */
export async function openPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE);
  return page;
}
