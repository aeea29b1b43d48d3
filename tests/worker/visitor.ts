/** Somebody who uses the chat's page in a browser of their own. */
import assert from "node:assert/strict";
import type { Browser, Locator, Page } from "playwright-core";

/** How long the page may take to show something, in milliseconds. */
const PATIENCE = 60_000;

/** What is special about a visitor's browser. */
interface Screen {
  /** Its time can be made to pass (`page.clock`). */
  hasClock?: boolean;
  /** Dots for each of the page's pixels. */
  scale?: number;
}

export class Visitor {
  readonly page: Page;
  /** What the page reported as wrong: uncaught errors and violations of its own policy. */
  readonly faults: string[] = [];
  /** The binary messages that arrived over the page's WebSockets. */
  readonly attachments: Buffer[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => {
        if (typeof payload !== "string") this.attachments.push(payload);
      });
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      // While the server restarts, the browser logs each attempt to reach it.
      if (message.type() === "error" && !text.includes("WebSocket connection")) {
        this.faults.push(text);
      }
    });
  }

  /** Opens the page for the first time and enters the lobby under a name. */
  static async enter(browser: Browser, url: string, name: string): Promise<Visitor> {
    const visitor = await Visitor.#open(browser, url);
    await visitor.page.getByLabel("Name", { exact: true }).fill(name);
    await visitor.page.getByRole("button", { name: "Enter" }).click();
    await visitor.online();
    return visitor;
  }

  /** Opens the page as somebody whose name it remembers. */
  static async comeBack(
    browser: Browser,
    url: string,
    name: string,
    screen: Screen = {},
  ): Promise<Visitor> {
    const visitor = await Visitor.#open(browser, url, name, screen);
    await visitor.online();
    return visitor;
  }

  static async #open(
    browser: Browser,
    url: string,
    name?: string,
    { hasClock = false, scale = 1 }: Screen = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 800 },
      deviceScaleFactor: scale,
      reducedMotion: "reduce",
    });
    // Not as the context's `storageState`, which opens a page to write it.
    if (name !== undefined) await context.addInitScript(remember, name);
    const visitor = new Visitor(await context.newPage());
    if (hasClock) await visitor.page.clock.install();
    await visitor.page.goto(url);
    return visitor;
  }

  /** Waits until the page says that it is connected and counts its user among the people. */
  async online(): Promise<void> {
    await this.page.locator('#link[data-state="online"]').waitFor();
    await this.page.locator("#people-list small").waitFor();
  }

  async say(text: string): Promise<void> {
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.getByLabel("Message", { exact: true }).press("Enter");
  }

  async openRoom(name: string): Promise<void> {
    await this.page.locator("#rooms").getByText(name, { exact: true }).click();
    await this.page.locator("#room-name").getByText(name, { exact: true }).waitFor();
  }

  /** The conversation on the screen. */
  get log(): Locator {
    return this.page.locator(".log:not([hidden])");
  }

  /** Waits for a text message and returns its entry. */
  async message(text: string): Promise<Locator> {
    const bubble = this.page.locator(".bubble p").getByText(text, { exact: true });
    const entry = this.log.locator(".message").filter({ has: bubble });
    await entry.waitFor();
    return entry;
  }

  /** Waits for a notice such as "Ada joined". */
  async notice(text: string): Promise<void> {
    await this.log.locator(".notice").getByText(text, { exact: true }).last().waitFor();
  }

  /** Waits until exactly these people are listed in the room on the screen. */
  async people(...names: string[]): Promise<void> {
    const list = this.page.locator("#people-list");
    const expected = names.toSorted();
    await this.#eventually(async () => {
      const seen = await list.locator("li > span:not(.avatar)").allTextContents();
      assert.deepEqual(seen.toSorted(), expected);
    });
  }

  /** Waits until a check passes; fails as the check does. */
  async #eventually(check: () => Promise<void>): Promise<void> {
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await this.page.waitForTimeout(50);
      }
    }
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

/** Runs in the page before its own scripts, with every document. */
function remember(name: string): void {
  localStorage.setItem("dormouse:name", localStorage.getItem("dormouse:name") ?? name);
}
