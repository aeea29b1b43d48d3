/** What the rules about sleep look at: rooms of a host that have all had time to fall asleep, the same time. */
import { once } from "node:events";
import type { Socket as ClientSocket } from "socket.io-client";
import { ask } from "../support/stock-client.ts";
import type { Host } from "./hosts.ts";
import type { ServerName } from "./servers.ts";
import { visit } from "./visit.ts";

/** What a client has asked a server to keep. */
export const KEPT = { list: [1, { two: 2 }] };

/** Several heartbeats. */
const PATIENCE = 120_000;

/** A room with some clients, which have had a heartbeat behind a time in which it could sleep. */
export interface Room {
  readonly sockets: readonly ClientSocket[];
  /** What the first of them is told. */
  asked(event: string): Promise<unknown>;
}

async function rest(host: Host, server: ServerName, ...before: [string, ...unknown[]][]) {
  const place = host.newRoom(server);
  const sockets = [visit(place), visit(place), visit(place)];
  const [first] = sockets as [ClientSocket];
  await Promise.all(sockets.map((socket) => ask(socket, "starts")));
  for (const question of before) await ask(first, ...question);
  await heartbeat(sockets);
  return { sockets, asked: async (event: string) => (await ask(first, event))[0] };
}

async function heartbeat(sockets: readonly ClientSocket[]): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE);
  await Promise.all(sockets.map((socket) => once(socket.io as never, "ping", { signal })));
}

/** The same for rooms that can sleep. On a busy machine their clients may still come while they could. */
async function sleep(host: Host, server: ServerName, ...before: [string, ...unknown[]][]) {
  const room = await rest(host, server, ...before);
  for (let nights = 1; nights < 4 && host.name !== "Node"; nights++) {
    if ((await room.asked("starts")) !== 1) break;
    await heartbeat(room.sockets);
  }
  return room;
}

const rooms = {
  plain: (host) => sleep(host, "dozing", ["keep", KEPT]),
  held: (host) => rest(host, "dozing", ["listen later"]),
  lazy: (host) => sleep(host, "dozing"),
  eager: (host) => sleep(host, "eager"),
  always: (host) => sleep(host, "always", ["listen later"]),
  wakeful: (host) => rest(host, "wakeful", ["listen later"]),
  keeping: (host) => sleep(host, "keeping", ["keep", KEPT]),
} satisfies Record<string, (host: Host) => Promise<Room>>;

export type Night = Record<keyof typeof rooms, Room>;

const nights = new WeakMap<Host, Promise<Night>>();

/** The rooms of a host, in the morning. They go to bed when this is first called. */
export function nightOf(host: Host): Promise<Night> {
  const night = nights.get(host) ?? spend(host);
  nights.set(host, night);
  return night;
}

async function spend(host: Host): Promise<Night> {
  const pending = Object.entries(rooms).map(async ([name, make]) => [name, await make(host)]);
  return Object.fromEntries(await Promise.all(pending)) as Night;
}

/** Everybody leaves. */
export async function endNight(host: Host): Promise<void> {
  for (const { sockets } of Object.values(await nightOf(host))) {
    for (const socket of sockets) socket.close();
  }
}
