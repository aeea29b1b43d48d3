/** The chat: what happens on the connection and what the user does, brought together. */
import {
  type Content,
  LIMITS,
  type Message,
  type Person,
  ROOMS,
  type RoomName,
} from "../protocol.ts";
import { Composer } from "./composer.ts";
import { Connection, type LinkState, Refused } from "./connection.ts";
import { Frame } from "./frame.ts";
import { recall, remember } from "./memory.ts";
import { askForName } from "./name-dialog.ts";
import { NapPanel } from "./nap-panel.ts";
import { Room } from "./room.ts";

const NAMES = Object.keys(ROOMS) as RoomName[];

/** After a lost connection everybody comes back at once; for so long that is no news, in ms. */
const REUNION = 15_000;

export class App {
  readonly #rooms: Map<RoomName, Room>;
  readonly #frame: Frame;
  readonly #composer: Composer;
  readonly #connection: Connection;
  readonly #nap = new NapPanel();
  #current: Room;
  #name = "";
  #reunionUntil = 0;

  constructor() {
    const listener = {
      openPicture: (source: string, description: string) =>
        this.#frame.showPicture(source, description),
      scrolled: () => this.#onScroll(),
    };
    const rooms = NAMES.map(
      (name) => new Room(name, listener, (room, id) => this.#retry(room, id)),
    );
    this.#rooms = new Map(rooms.map((room) => [room.name, room]));
    this.#current = this.#room(roomOfAddress());
    this.#frame = new Frame(rooms, {
      open: (room) => this.#open(room),
      leave: () => void this.#leave(this.#current),
      rename: () => void this.#rename(),
      jump: () => this.#current.log.scrollToEnd(),
    });
    this.#composer = new Composer({
      send: (content) => this.#send(content),
      typing: (on) => this.#connection.typing(this.#current.name, on),
    });
    this.#connection = new Connection({
      link: (state, roundTrip) => this.#onLink(state, roundTrip),
      connected: () => void this.#onConnected(),
      refused: (reason) => void this.#rename(reason),
      joined: (room, person) => this.#onJoined(this.#room(room), person),
      left: (room, person) => this.#onLeft(this.#room(room), person),
      message: (room, message) => this.#onMessage(this.#room(room), message),
      typing: (room, person, on) => {
        this.#room(room).setTyping(person, on);
        this.#frame.showTyping(this.#current.typists());
      },
      heard: () => this.#nap.heard(),
      slumber: (state) => this.#nap.tell(state),
    });
  }

  async start(): Promise<void> {
    window.addEventListener("hashchange", () => this.#open(this.#room(roomOfAddress())));
    document.addEventListener("visibilitychange", () => this.#read());
    // Somebody whose typing ends without notice has lost the connection.
    setInterval(() => this.#frame.showTyping(this.#current.typists()), 1000);
    this.#open(this.#current);
    this.#enterAs(recall("name") || (await askForName("", LIMITS.name)));
  }

  #enterAs(name: string): void {
    this.#name = name;
    remember("name", name);
    this.#frame.showMe(name);
    this.#connection.open(name);
    this.#composer.focus();
  }

  async #rename(problem = ""): Promise<void> {
    const name = await askForName(this.#name, LIMITS.name, problem);
    if (name !== "" && (name !== this.#name || problem !== "")) this.#enterAs(name);
  }

  #room(name: RoomName): Room {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`There is no room ${name}.`);
    return room;
  }

  // ---- what the user does

  #open(room: Room): void {
    this.#current.log.hide();
    this.#current = room;
    room.entered = true;
    room.log.show();
    if (roomOfAddress() !== room.name) history.replaceState(null, "", `#${room.name}`);
    this.#composer.setRoom(room.name);
    this.#frame.closeDrawers();
    this.#frame.showTyping(room.typists());
    this.#read();
    if (this.#connection.online && !room.joined) void this.#join(room);
  }

  async #leave(room: Room): Promise<void> {
    const next = [...this.#rooms.values()].find((other) => other.entered && other !== room);
    if (next === undefined) return;
    room.entered = false;
    room.joined = false;
    room.unread = 0;
    room.people.delete(this.#connection.id);
    room.log.addNotice("You left");
    this.#open(next);
    // Without a connection we have left already, and shall not join again.
    await this.#connection.leave(room.name).catch(() => undefined);
  }

  #send(content: Content): void {
    const room = this.#current;
    const message: Message = {
      id: crypto.randomUUID(),
      from: { id: this.#connection.id, name: this.#name },
      at: Date.now(),
      content,
    };
    room.outbox.set(message.id, message);
    room.log.addMessage(message, true);
    room.log.scrollToEnd();
    void this.#deliver(room, message);
  }

  #retry(room: Room, id: string): void {
    const message = room.outbox.get(id);
    if (message !== undefined) void this.#deliver(room, message);
  }

  async #deliver(room: Room, message: Message): Promise<void> {
    room.log.setDelivery(message.id, "sending");
    // What is written without a connection waits in the outbox until the room is joined again.
    if (!room.joined) return;
    try {
      const at = await this.#connection.send(room.name, message.id, message.content);
      room.outbox.delete(message.id);
      room.log.setDelivery(message.id, "sent", { at });
    } catch (error) {
      if (!(error instanceof Refused) && !this.#connection.online) return;
      const reason = error instanceof Refused ? error.message : "The server did not answer.";
      room.log.setDelivery(message.id, "failed", { reason });
    }
  }

  /** What is on the screen is read. */
  #read(): void {
    if (!document.hidden && this.#current.log.followsEnd) this.#current.unread = 0;
    this.#refresh();
  }

  // ---- what happens on the connection

  #onLink(state: LinkState, roundTrip: number | undefined): void {
    if (state !== "online") {
      for (const room of this.#rooms.values()) room.joined = false;
      if (state === "lost") this.#reunionUntil = Date.now() + REUNION;
    }
    if (state !== "online") this.#nap.lost();
    this.#frame.showLink(state, roundTrip);
  }

  async #onConnected(): Promise<void> {
    for (const room of this.#rooms.values()) {
      if (room.entered) void this.#join(room);
    }
    // Asked for last, so that the answer counts us in the rooms just joined.
    const states = await this.#connection.rooms().catch(() => []);
    for (const { room, people } of states) this.#room(room).setPeople(people);
    this.#refresh();
  }

  async #join(room: Room): Promise<void> {
    try {
      room.setPeople((await this.#connection.join(room.name)).people);
    } catch (error) {
      if (error instanceof Refused) room.log.addNotice(error.message);
      else if (this.#connection.online && room.entered) void this.#join(room);
      return;
    }
    room.joined = room.entered;
    this.#refresh();
    for (const message of room.outbox.values()) void this.#deliver(room, message);
  }

  #onJoined(room: Room, person: Person): void {
    const returns = Date.now() < this.#reunionUntil;
    room.people.set(person.id, person);
    if (room.entered && !returns) room.log.addNotice(`${person.name} joined`);
    this.#refresh();
  }

  #onLeft(room: Room, person: Person): void {
    room.people.delete(person.id);
    room.setTyping(person, false);
    if (room.entered) room.log.addNotice(`${person.name} left`);
    this.#frame.showTyping(this.#current.typists());
    this.#refresh();
  }

  #onMessage(room: Room, message: Message): void {
    if (room.log.has(message.id)) return;
    const seen = room === this.#current && !document.hidden && room.log.followsEnd;
    if (!seen) {
      if (room.unread === 0) room.log.markUnread();
      room.unread += 1;
    }
    room.setTyping(message.from, false);
    room.log.addMessage(message, false);
    this.#frame.showTyping(this.#current.typists());
    this.#refresh();
  }

  #onScroll(): void {
    this.#read();
  }

  #refresh(): void {
    const mayLeave = [...this.#rooms.values()].filter((room) => room.entered).length > 1;
    this.#frame.showRooms([...this.#rooms.values()], this.#current, mayLeave);
    this.#frame.showPeople([...this.#current.people.values()], this.#connection.id);
  }
}

function roomOfAddress(): RoomName {
  const name = location.hash.slice(1);
  return NAMES.find((known) => known === name) ?? "lobby";
}
