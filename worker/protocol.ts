/**
 * What the chat's page and its server code say to each other: events, answers, limits.
 * Types and constants only, so that both sides can import it.
 */

/** The rooms there are, with the line shown under each one's name. */
export const ROOMS = {
  lobby: "Say hello. Everybody starts here.",
  music: "What are you listening to?",
  pictures: "Paste one, drop one, or choose one.",
  random: "Everything else.",
} as const;

export type RoomName = keyof typeof ROOMS;

/** Upper bounds that the server enforces and the page keeps to. */
export const LIMITS = {
  /** UTF-16 units of a name. */
  name: 24,
  /** UTF-16 units of a text message. */
  text: 2000,
  /** UTF-16 units of a message's id. */
  id: 40,
  /** Bytes of a picture; well under `maxHttpBufferSize`, beyond which the connection is closed. */
  picture: 512 * 1024,
} as const;

/** Formats that every browser shows and that cannot carry a script (unlike SVG). */
export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"] as const;

export type PictureType = (typeof PICTURE_TYPES)[number];

/** Somebody who is connected; `id` is the id of the socket. */
export interface Person {
  id: string;
  name: string;
}

export interface Text {
  text: string;
}

export interface Picture {
  type: PictureType;
  /** The file's bytes: a `Uint8Array` when sent, an `ArrayBuffer` when a browser receives it. */
  bytes: Uint8Array<ArrayBuffer> | ArrayBuffer;
}

export type Content = Text | Picture;

/** A message as the members of its room receive it. */
export interface Message {
  /** Chosen by the sender; the same when it is sent again after a lost connection. */
  id: string;
  from: Person;
  /** Milliseconds since 1970, by the server's clock. */
  at: number;
  content: Content;
}

/** An answer to an event: what was asked for, or why not. */
export type Answer<T> = T | { error: string };

/** Who is in a room. */
export interface RoomState {
  room: RoomName;
  people: Person[];
}

/** The object's sleep, as it tells of it when it is awake anyway. */
export interface Slumber {
  /** How often it has slept. */
  naps: number;
  /** How long it slept last, in milliseconds; 0 if it has not. */
  lastNap: number;
  /** What has just ended a nap; `null` if nothing has. */
  wokenBy: string | null;
  /** How often what woke it per hour, lately. */
  perHour: Readonly<Record<string, number>>;
  connections: number;
  rowsWritten: number;
}

type Ack<T> = (answer: Answer<T>) => void;

export interface ClientToServerEvents {
  /** Every room and who is in it. */
  rooms(ack: Ack<RoomState[]>): void;
  /** Enters a room; entering it twice is no error. */
  join(room: RoomName, ack: Ack<RoomState>): void;
  leave(room: RoomName, ack: Ack<object>): void;
  /** Sends to the other members of a room; the answer tells the time the server gave it. */
  message(room: RoomName, id: string, content: Content, ack: Ack<{ at: number }>): void;
  /** Began or ceased to type. */
  typing(room: RoomName, on: boolean): void;
}

export interface ServerToClientEvents {
  /** Goes to everybody, so that the page can count the people of rooms it is not in. */
  joined(room: RoomName, person: Person): void;
  left(room: RoomName, person: Person): void;
  message(room: RoomName, message: Message): void;
  typing(room: RoomName, person: Person, on: boolean): void;
  /** It has woken, or somebody has come or gone. */
  slumber(state: Slumber): void;
  /** Something happened in a room that this client is not in: the object is awake. */
  stirred(): void;
}

/** What `socket.data` holds. It survives the object's sleep. */
export interface SocketData {
  name: string;
}
