/** The page's side of the protocol: one Socket.IO connection and its state. */
import { io, type Socket } from "socket.io-client";
import type {
  Answer,
  ClientToServerEvents,
  Content,
  Message,
  Person,
  RoomName,
  RoomState,
  ServerToClientEvents,
  Slumber,
} from "../protocol.ts";

export type LinkState = "connecting" | "online" | "lost";

/** What a connection reports. */
export interface ConnectionListener {
  /** The connection's state changed; `roundTrip` in milliseconds if it is known. */
  link(state: LinkState, roundTrip?: number): void;
  /** Connected, for the first time or again: rooms must be joined now. */
  connected(): void;
  /** The server does not let this name in. */
  refused(reason: string): void;
  joined(room: RoomName, person: Person): void;
  left(room: RoomName, person: Person): void;
  message(room: RoomName, message: Message): void;
  typing(room: RoomName, person: Person, on: boolean): void;
  /** The server's object does something: it has sent or been sent something. */
  heard(): void;
  /** What the object told of its sleep. */
  slumber(state: Slumber): void;
}

/** How long to wait for an answer, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Sends nothing by itself: what a page sends wakes the server's object, once for each visitor. Who is here
 * follows from who connects and who is gone, whether the connection holds from the server's heartbeat, and
 * how long an answer takes is seen when something is asked.
 */
export class Connection {
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #listener: ConnectionListener;
  #name = "";

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
    this.#socket = io({
      transports: ["websocket"],
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 4000,
      auth: (send) => send({ name: this.#name }),
    });
    this.#listen();
    window.addEventListener("online", () => this.#retryNow());
  }

  /** The id under which others see us; changes with each new connection. */
  get id(): string {
    return this.#socket.id ?? "";
  }

  get online(): boolean {
    return this.#socket.connected;
  }

  /** Connects under a name; connects anew if there is a connection under another one. */
  open(name: string): void {
    this.#name = name;
    this.#socket.disconnect();
    this.#listener.link("connecting");
    this.#socket.connect();
  }

  rooms(): Promise<RoomState[]> {
    return this.#timed(() => this.#waiting().emitWithAck("rooms"));
  }

  join(room: RoomName): Promise<RoomState> {
    return this.#timed(() => this.#waiting().emitWithAck("join", room));
  }

  async leave(room: RoomName): Promise<void> {
    await this.#timed(() => this.#waiting().emitWithAck("leave", room));
  }

  /** Sends a message and resolves to the server's time of it. */
  async send(room: RoomName, id: string, content: Content): Promise<number> {
    const request = () => this.#waiting().emitWithAck("message", room, id, content);
    // The upload of a picture would pass for a slow connection.
    const { at } = "text" in content ? await this.#timed(request) : granted(await request());
    return at;
  }

  typing(room: RoomName, on: boolean): void {
    if (this.online) this.#socket.volatile.emit("typing", room, on);
  }

  #listen(): void {
    const socket = this.#socket;
    const listener = this.#listener;
    socket.on("connect", () => {
      this.#listenToEngine();
      listener.link("online");
      listener.connected();
    });
    socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      listener.link("lost");
      if (!socket.active) socket.connect();
    });
    socket.on("connect_error", (error) => {
      // An inactive socket was refused by the server; an active one will try again by itself.
      if (socket.active) listener.link("lost");
      else listener.refused(error.message);
    });
    socket.on("joined", listener.joined.bind(listener));
    socket.on("left", listener.left.bind(listener));
    socket.on("message", listener.message.bind(listener));
    socket.on("typing", listener.typing.bind(listener));
    socket.on("slumber", listener.slumber.bind(listener));
  }

  /** Pongs, and what answers them, do not reach the object: the platform sees to them while it sleeps. */
  #listenToEngine(): void {
    const { engine } = this.#socket.io;
    const hear = ({ type }: { type: string }): void => {
      if (type === "message" || type === "ping") this.#listener.heard();
    };
    engine.on("packet", hear);
    engine.on("packetCreate", hear);
    this.#listener.heard();
  }

  #waiting() {
    return this.#socket.timeout(PATIENCE);
  }

  async #timed<T>(request: () => Promise<Answer<T>>): Promise<T> {
    const start = performance.now();
    const answer = await request();
    if (this.online) this.#listener.link("online", Math.round(performance.now() - start));
    return granted(answer);
  }

  #retryNow(): void {
    if (this.#name !== "" && !this.online) this.#socket.disconnect().connect();
  }
}

function granted<T>(answer: Answer<T>): T {
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    throw new Refused(String(answer.error));
  }
  return answer as T;
}

/** The server answered, and the answer is no. The message is meant for the user. */
export class Refused extends Error {}
