/** What the page and the server say to each other. */

export interface FromClient {
  say(text: string): void;
  /** How many are here. */
  count(answer: (people: number) => void): void;
}

export interface ToClient {
  said(name: string, text: string): void;
}

/** What `socket.data` holds. It survives the object's sleep. */
export interface Person {
  name: string;
}
