/** What the page knows of one room. */
import { type Message, type Person, ROOMS, type RoomName } from "../protocol.ts";
import { MessageLog, type MessageLogListener } from "./message-log.ts";

/** Somebody whose typing was announced this many milliseconds ago has stopped. */
const TYPING_SPAN = 6000;

export class Room {
  readonly name: RoomName;
  readonly topic: string;
  readonly log: MessageLog;
  /** Everybody in the room, by id; known for rooms we are not in, too. */
  readonly people = new Map<string, Person>();
  /** Our own messages without an answer, oldest first, by id. */
  readonly outbox = new Map<string, Message>();
  /** We are in the room, or shall be as soon as there is a connection. */
  entered = false;
  /** The server has confirmed that we are in the room. */
  joined = false;
  unread = 0;
  readonly #typing = new Map<string, { name: string; until: number }>();

  constructor(
    name: RoomName,
    listener: Omit<MessageLogListener, "retry">,
    retry: (room: Room, id: string) => void,
  ) {
    this.name = name;
    this.topic = ROOMS[name];
    this.log = new MessageLog(name, this.topic, { ...listener, retry: (id) => retry(this, id) });
  }

  setPeople(people: Person[]): void {
    this.people.clear();
    for (const person of people) this.people.set(person.id, person);
  }

  setTyping(person: Person, on: boolean): void {
    if (on) this.#typing.set(person.id, { name: person.name, until: Date.now() + TYPING_SPAN });
    else this.#typing.delete(person.id);
  }

  /** The names of those who type at this moment. */
  typists(): string[] {
    const now = Date.now();
    return [...this.#typing.values()].filter(({ until }) => until > now).map(({ name }) => name);
  }
}
