/** Clients who are told what a server with strict durability has changed, until it is killed; and who finds it again. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { ask, connect, next } from "./stock-client.ts";
import type { State } from "./winners.worker.ts";

/** So many are told to a client before its server is killed, and so many are on their way at a time. */
const TOLD = 300;
const AT_A_TIME = 4;

/** Where the server is: a stock client's arguments. */
export interface Place {
  readonly url: string;
  readonly prefix?: string;
  readonly query?: Record<string, string>;
}

/** What a client has been told of. */
export interface Known {
  told: number;
}

async function visit({ url, prefix = "", query = {} }: Place): Promise<Socket> {
  const client = connect(url, prefix, { query, auth: { name: "Ada" }, reconnection: false });
  await next(client, "connect");
  return client;
}

/** Plays until enough was told. The number of the last win that the client knows of changes as it hears of it. */
export async function play(place: Place): Promise<Known> {
  const client = await visit(place);
  await ask(client, "call", 1, "soon");
  const known: Known = { told: 0 };
  let number = 0;
  await new Promise<void>((resolve) => {
    const win = (): void => {
      number += 1;
      client.emit("win", number, (won: number) => {
        known.told = won;
        if (won === TOLD) resolve();
        win();
      });
    };
    for (let i = 0; i < AT_A_TIME; i++) win();
  });
  await ask(client, "call", 2_000, "later");
  return known;
}

/** After a kill: whoever was told of something strictly finds it. The test's time is the patience for what is called. */
export async function assertIsThere(place: Place, { told }: Known): Promise<void> {
  const client = await visit(place);
  const state = async () => (await ask(client, "state"))[0] as State;
  try {
    const { players, called } = await state();
    assert.ok(told >= TOLD);
    assert.ok(players > told, `${players} of ${told}`);
    assert.ok(called.includes("soon"), `${called}`);
    while (!(await state()).called.includes("later")) await pause(100);
  } finally {
    client.close();
  }
}
