/** Names, times and links: what text looks like on the page. */
import { element } from "./dom.ts";

/** How many tints `style.css` defines for avatars and names. */
const TINTS = 10;

/** A round avatar with the initials of a name. The same name always has the same colour. */
export function avatar(name: string): HTMLElement {
  const made = element("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  made.dataset.tint = tint(name);
  return made;
}

/** Which of the tints of `style.css` belongs to a name. */
export function tint(name: string): string {
  let hash = 7;
  for (const character of name.toLowerCase()) {
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  return String(hash % TINTS);
}

function initials(name: string): string {
  const [first = "", ...others] = name.split(" ");
  const letters = [first, others.at(-1) ?? ""].map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});

/** A `<time>` that shows hour and minute. */
export function timeOf(at: number): HTMLTimeElement {
  const date = new Date(at);
  return element("time", { datetime: date.toISOString() }, clock.format(date));
}

/** The day in words, to divide a conversation by. */
export function dayOf(at: number): string {
  return calendar.format(new Date(at));
}

/** "Ada", "Ada and Ben", "Ada, Ben and 3 others". */
export function listOf(names: string[]): string {
  const [first = "", second = ""] = names;
  if (names.length <= 1) return first;
  if (names.length === 2) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${names[2]}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}

/** A text as nodes, with web addresses as links. */
export function withLinks(text: string): (Node | string)[] {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,:;!?)\]}'])/gu).map((part, index) => {
    if (index % 2 === 0) return part;
    if (!URL.canParse(part)) return part;
    return element(
      "a",
      { href: part, target: "_blank", rel: "noopener noreferrer nofollow" },
      part,
    );
  });
}
