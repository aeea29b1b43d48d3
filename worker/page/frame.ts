/** Everything around the conversation: rooms, people, title, state of the connection, drawers. */
import type { Person } from "../protocol.ts";
import type { LinkState } from "./connection.ts";
import { byId, element, icon, showText } from "./dom.ts";
import type { Room } from "./room.ts";
import { avatar, listOf } from "./words.ts";

export interface FrameListener {
  open(room: Room): void;
  leave(): void;
  rename(): void;
  /** To the latest message. */
  jump(): void;
}

/** Avatars shown in the title bar. */
const MOST_FACES = 4;
/** A connection lost for less than this, in milliseconds, is not worth a line. */
const BANNER_DELAY = 700;

export class Frame {
  readonly #items = new Map<Room, RoomItem>();
  readonly #leave = byId("leave", HTMLButtonElement);
  readonly #jump = byId("jump", HTMLButtonElement);
  readonly #banner = byId("banner", HTMLParagraphElement);
  readonly #drawers = new Drawers();
  #link: LinkState = "connecting";
  #bannerTimer: ReturnType<typeof setTimeout> | undefined;
  #typing = "";

  constructor(rooms: Room[], listener: FrameListener) {
    const list = byId("rooms", HTMLUListElement);
    const logs = byId("logs", HTMLDivElement);
    for (const room of rooms) {
      const item = new RoomItem(room, () => listener.open(room));
      this.#items.set(room, item);
      list.append(item.element);
      logs.prepend(room.log.element);
    }
    this.#leave.addEventListener("click", listener.leave);
    this.#jump.addEventListener("click", listener.jump);
    byId("rename", HTMLButtonElement).addEventListener("click", listener.rename);
  }

  showMe(name: string): void {
    byId("my-avatar", HTMLSpanElement).replaceChildren(avatar(name));
    byId("my-name", HTMLElement).textContent = name;
  }

  showLink(state: LinkState, roundTrip: number | undefined): void {
    const words = { connecting: "Connecting", online: "Online", lost: "Reconnecting" };
    byId("link", HTMLParagraphElement).dataset.state = state;
    const text = byId("link-text", HTMLSpanElement);
    // Written only when it changes: a screen reader would read it again.
    if (text.textContent !== words[state]) text.textContent = words[state];
    const time = byId("round-trip", HTMLSpanElement);
    if (state !== "online") time.textContent = "";
    else if (roundTrip !== undefined) time.textContent = `${Math.max(1, roundTrip)} ms`;

    if (state === this.#link) return;
    this.#link = state;
    clearTimeout(this.#bannerTimer);
    showText(this.#banner, "");
    if (state !== "lost") return;
    this.#bannerTimer = setTimeout(() => {
      showText(this.#banner, "Connection lost. What you write is sent as soon as it is back.");
    }, BANNER_DELAY);
  }

  showRooms(rooms: Room[], current: Room, mayLeave: boolean): void {
    for (const room of rooms) this.#items.get(room)?.show(room === current);
    byId("room-name", HTMLHeadingElement).textContent = current.name;
    byId("room-topic", HTMLParagraphElement).textContent = current.topic;
    this.#leave.hidden = !mayLeave;

    const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
    document.title = unread > 0 ? `(${unread}) Dormouse chat` : "Dormouse chat";
    byId("elsewhere", HTMLElement).hidden = unread === current.unread;
    this.#jump.hidden = current.log.followsEnd;
    byId("jump-text", HTMLSpanElement).textContent =
      current.unread === 0 ? "Latest messages" : `${current.unread} new`;
  }

  showPeople(people: Person[], me: string): void {
    const sorted = [...people].sort(
      (a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name),
    );
    byId("people-list", HTMLUListElement).replaceChildren(
      ...sorted.map((person) => {
        const item = element("li", {}, avatar(person.name), element("span", {}, person.name));
        if (person.id === me) item.append(element("small", {}, "you"));
        return item;
      }),
    );
    const faces = sorted.slice(0, MOST_FACES).map((person) => avatar(person.name));
    byId("stack", HTMLSpanElement).replaceChildren(...faces);
    byId("crowd-text", HTMLSpanElement).replaceChildren(
      String(people.length),
      element("span", { class: "unseen" }, " here: show the people in this room"),
    );
  }

  showTyping(names: string[]): void {
    const text =
      names.length === 0 ? "" : `${listOf(names)} ${names.length === 1 ? "is" : "are"} typing`;
    if (text === this.#typing) return;
    this.#typing = text;
    const dots = element("span", { class: "dots", "aria-hidden": "true" });
    dots.append(element("i"), element("i"), element("i"));
    byId("typing", HTMLParagraphElement).replaceChildren(...(text === "" ? [] : [dots, text]));
  }

  showPicture(source: string, description: string): void {
    const image = byId("lightbox-picture", HTMLImageElement);
    image.src = source;
    image.alt = description;
    byId("lightbox", HTMLDialogElement).showModal();
  }

  closeDrawers(): void {
    this.#drawers.close();
  }
}

/** One line of the list of rooms. */
class RoomItem {
  readonly element: HTMLLIElement;
  readonly #room: Room;
  readonly #button: HTMLButtonElement;
  readonly #count = element("span", { class: "count" });
  readonly #badge = element("b", { class: "badge" });

  constructor(room: Room, open: () => void) {
    this.#room = room;
    this.#button = element("button", { type: "button" }, icon("hash"));
    this.#button.append(element("span", { class: "name" }, room.name), this.#badge, this.#count);
    this.#button.addEventListener("click", open);
    this.element = element("li", {}, this.#button);
  }

  show(current: boolean): void {
    const { entered, people, unread } = this.#room;
    this.element.dataset.state = current ? "current" : entered ? "entered" : "other";
    if (current) this.#button.setAttribute("aria-current", "true");
    else this.#button.removeAttribute("aria-current");
    this.#badge.hidden = unread === 0;
    this.#badge.replaceChildren(
      unread > 99 ? "99+" : String(unread),
      element("span", { class: "unseen" }, " new"),
    );
    this.#count.hidden = people.size === 0;
    this.#count.replaceChildren(String(people.size), element("span", { class: "unseen" }, " here"));
  }
}

/** On narrow screens the lists of rooms and people slide in over the conversation. */
class Drawers {
  readonly #app = byId("app", HTMLDivElement);
  readonly #shade = byId("shade", HTMLDivElement);
  readonly #main = byId("main", HTMLElement);
  readonly #openers = {
    side: byId("open-side", HTMLButtonElement),
    people: byId("toggle-people", HTMLButtonElement),
  };

  constructor() {
    this.#openers.side.addEventListener("click", () => this.#toggle("side"));
    this.#openers.people.addEventListener("click", () => this.#toggle("people"));
    for (const id of ["close-side", "close-people"]) {
      byId(id, HTMLButtonElement).addEventListener("click", () => this.close());
    }
    this.#shade.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close(): void {
    const open = this.#app.dataset.drawer;
    if (open === undefined) return;
    delete this.#app.dataset.drawer;
    this.#shade.hidden = true;
    this.#main.inert = false;
    for (const opener of Object.values(this.#openers)) opener.ariaExpanded = "false";
    this.#openers[open === "side" ? "side" : "people"].focus();
  }

  #toggle(drawer: "side" | "people"): void {
    const opens = this.#app.dataset.drawer !== drawer;
    this.close();
    if (!opens) return;
    this.#app.dataset.drawer = drawer;
    this.#shade.hidden = false;
    this.#main.inert = true;
    this.#openers[drawer].ariaExpanded = "true";
    byId(drawer === "side" ? "close-side" : "close-people", HTMLButtonElement).focus();
  }
}
