/** What clients and the server say to each other, beside what the helper does. */
export interface ClientEvents {
  say(message: { room: string; text: string }): void;
  /** Answers with the rooms that the client is in. */
  rooms(answer: (rooms: string[]) => void): void;
}

export interface ServerEvents {
  said(message: { room: string; user: string; text: string }): void;
}

export interface SocketData {
  user?: string;
}
