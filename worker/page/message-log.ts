/** The conversation of one room, as it is shown. */
import type { Content, Message } from "../protocol.ts";
import { element, icon } from "./dom.ts";
import { avatar, dayOf, timeOf, tint, withLinks } from "./words.ts";

/** Messages of one person within this many milliseconds stand together under one name. */
const GROUP_SPAN = 5 * 60_000;
/** More entries than this and the oldest go, with their pictures. */
const MOST_ENTRIES = 500;
/** So close to the end, in pixels, the log follows new messages. */
const NEAR_END = 80;

const EMPTY = "Messages are not stored. You see what is said from now on.";

/** How a message of our own fares. */
export type Delivery = "sending" | "sent" | "failed";

export interface MessageLogListener {
  /** A picture was clicked. */
  openPicture(source: string, description: string): void;
  /** A failed message shall be sent again. */
  retry(id: string): void;
  /** The end of the log came into or went out of view. */
  scrolled(): void;
}

export class MessageLog {
  readonly element: HTMLOListElement;
  readonly #listener: MessageLogListener;
  readonly #entries = new Map<string, HTMLLIElement>();
  readonly #pictures = new Map<HTMLLIElement, string>();
  #last: { name: string; own: boolean; at: number } | undefined;
  #day = "";
  #unreadLine: HTMLLIElement | undefined;
  #followsEnd = true;
  #scrollTop = 0;

  constructor(label: string, topic: string, listener: MessageLogListener) {
    this.#listener = listener;
    const attributes = { class: "log", role: "log", "aria-label": label, tabindex: "0" };
    const greeting = element("h2", {}, `Welcome to #${label}`);
    const empty = element(
      "li",
      { class: "empty" },
      greeting,
      element("p", {}, topic),
      element("p", {}, EMPTY),
    );
    this.element = element("ol", attributes, empty);
    this.element.hidden = true;
    this.element.addEventListener("scroll", () => this.#onScroll());
    new ResizeObserver(() => this.#follow()).observe(this.element);
  }

  get followsEnd(): boolean {
    return this.#followsEnd;
  }

  show(): void {
    this.element.hidden = false;
    this.element.scrollTop = this.#followsEnd ? this.element.scrollHeight : this.#scrollTop;
  }

  hide(): void {
    this.element.hidden = true;
    this.#clearUnread();
  }

  scrollToEnd(): void {
    this.#followsEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
    this.#listener.scrolled();
  }

  /** Whether a message is there already: one sent again after a lost connection. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Draws a line above the next message. */
  markUnread(): void {
    this.#clearUnread();
    this.#unreadLine = element("li", { class: "divider unread" }, element("span", {}, "New"));
    this.#last = undefined;
    this.#append(this.#unreadLine);
  }

  addNotice(text: string): void {
    this.#last = undefined;
    this.#append(element("li", { class: "notice" }, text));
  }

  addMessage(message: Message, own: boolean): void {
    if (own) this.#clearUnread();
    this.#addDay(message.at);
    const { name } = message.from;
    const last = this.#last;
    const follows = last?.name === name && last.own === own && message.at - last.at < GROUP_SPAN;
    this.#last = { name, own, at: message.at };

    const entry = element("li", {
      class: `message${own ? " own" : ""}${follows ? " follows" : ""}`,
    });
    if (!own && !follows) {
      const author = element("strong", { class: "author", dir: "auto" }, name);
      author.dataset.tint = tint(name);
      entry.append(avatar(name), author);
    } else if (!follows) {
      entry.append(element("span", { class: "unseen" }, "You"));
    }
    const meta = element("span", { class: "meta" }, timeOf(message.at));
    entry.append(this.#bubble(entry, message.content, name, meta));
    this.#entries.set(message.id, entry);
    this.#append(entry);
  }

  /** Shows how a message of ours fares; `at` is the server's time of it, `reason` why it failed. */
  setDelivery(id: string, delivery: Delivery, detail: { at?: number; reason?: string } = {}): void {
    const entry = this.#entries.get(id);
    const meta = entry?.querySelector(".meta");
    if (entry === undefined || meta == null) return;
    entry.dataset.delivery = delivery;
    const time = detail.at === undefined ? meta.querySelector("time") : timeOf(detail.at);
    const state = icon(delivery === "sent" ? "check" : delivery === "failed" ? "close" : "clock");
    const label = delivery === "sent" ? "Sent" : delivery === "failed" ? "Not sent" : "Sending";
    meta.replaceChildren(
      ...(time ? [time] : []),
      state,
      element("span", { class: "unseen" }, label),
    );
    entry.querySelector(".failure")?.remove();
    if (delivery === "failed") entry.append(this.#failure(id, detail.reason ?? "No answer."));
  }

  #clearUnread(): void {
    this.#unreadLine?.remove();
    this.#unreadLine = undefined;
  }

  #failure(id: string, reason: string): HTMLElement {
    const again = element("button", { type: "button" }, "Send again");
    again.addEventListener("click", () => this.#listener.retry(id));
    return element("p", { class: "failure" }, `Not sent. ${reason} `, again);
  }

  #bubble(entry: HTMLLIElement, content: Content, name: string, meta: HTMLElement): HTMLElement {
    if ("text" in content) {
      const text = element("p", { dir: "auto" }, ...withLinks(content.text));
      return element("div", { class: "bubble" }, text, meta);
    }
    const source = URL.createObjectURL(new Blob([content.bytes], { type: content.type }));
    this.#pictures.set(entry, source);
    const description = `Picture from ${name}`;
    const image = element("img", { src: source, alt: description });
    image.addEventListener("load", () => this.#follow());
    const opener = element("button", { type: "button", class: "picture" }, image);
    opener.addEventListener("click", () => this.#listener.openPicture(source, description));
    return element("div", { class: "bubble pictured" }, opener, meta);
  }

  #addDay(at: number): void {
    const day = dayOf(at);
    if (day === this.#day) return;
    this.#day = day;
    this.#last = undefined;
    this.#append(element("li", { class: "divider" }, element("span", {}, day)));
  }

  #append(entry: HTMLLIElement): void {
    this.element.append(entry);
    while (this.element.childElementCount > MOST_ENTRIES) this.#removeOldest();
    this.#follow();
    if (!this.#followsEnd) this.#listener.scrolled();
  }

  #removeOldest(): void {
    const oldest = this.element.firstElementChild;
    if (!(oldest instanceof HTMLLIElement)) return;
    const source = this.#pictures.get(oldest);
    if (source !== undefined) URL.revokeObjectURL(source);
    this.#pictures.delete(oldest);
    for (const [id, entry] of this.#entries) {
      if (entry !== oldest) continue;
      this.#entries.delete(id);
      break;
    }
    oldest.remove();
  }

  #follow(): void {
    if (this.#followsEnd && !this.element.hidden) {
      this.element.scrollTop = this.element.scrollHeight;
    }
  }

  #onScroll(): void {
    if (this.element.hidden) return;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.#scrollTop = scrollTop;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd === this.#followsEnd) return;
    this.#followsEnd = atEnd;
    this.#listener.scrolled();
  }
}
