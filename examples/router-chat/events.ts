/** What clients and the server say to each other, and what is kept of a visitor. */
import type { Context, Define } from "dormouse-io/router";

export interface ClientEvents {
  chat(message: string, answer: (length: number) => void): void;
  "room:enter"(room: string, answer: (people: number) => void): void;
  "room:say"(room: string, message: string): void;
}

export interface ServerEvents {
  res(message: string): void;
  said(room: string, user: string, message: string): void;
}

export interface Visitor {
  user: string;
}

export type Chat = Define<{ listen: ClientEvents; emit: ServerEvents; session: Visitor }>;
export type ChatContext = Context<Chat>;
