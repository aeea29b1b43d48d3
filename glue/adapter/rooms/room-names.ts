/**
 * Rooms of applications and their names in the core. The core knows text only; but JavaScript code also
 * uses numbers as rooms (`socket.join(user.id)`), and 1 is another room than "1". A number gets a name that
 * starts with a zero character; anything else is the room of its text.
 */
import type { Room } from "./identifiers.ts";

const MARK = "\0";
const TEXT = "s";
const NUMBER = "n";
const HEAD_LENGTH = 2;

/** The core's name of a room. */
export function nameOfRoom(room: unknown): string {
  if (typeof room === "number") return MARK + NUMBER + room;
  const text = String(room);
  return text.startsWith(MARK) ? MARK + TEXT + text : text;
}

/** What of it can be stored and sent, and is read back from its name: a number, or text. */
export function plainRoom(room: unknown): Room {
  return (typeof room === "number" ? room : String(room)) as Room;
}

/** The room that has this name in the core. */
export function roomOfName(name: string): Room {
  if (!name.startsWith(MARK)) return name;
  const text = name.slice(HEAD_LENGTH);
  return name[1] === NUMBER ? (Number(text) as unknown as Room) : text;
}
