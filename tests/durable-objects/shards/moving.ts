/**
 * Clients that are lost again and again and come back to any shard, while all shards send to everybody, to rooms and
 * to ids. Each must get all numbers of each sender and room, once and in order.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket as ClientSocket } from "socket.io-client";
import { Random } from "../../soak/random.ts";
import { loseTo, type SpreadServer, type Step, until } from "./support.ts";

const SHARDS = 3;
const ROOMS = ["red", "green", "blue"];
/** In milliseconds: on the slowest machine something is said in that time. */
const SILENCE = 60_000;

export interface StormSettings {
  seed: number;
  movers: number;
  /** How many numbers each sender says to each room, and the pause between them in milliseconds. */
  numbers: number;
  pause: number;
}

interface Mover {
  client: ClientSocket;
  id: string;
  rooms: string[];
  /** By sender and room. */
  got: Map<string, number[]>;
  moves: number;
}

/** A session was waited for as long as a client waits: the machine is too slow for so many. */
class NotInTime extends Error {}

const NOT_IN_TIME = /a session that cannot be had: Error: it did not come within/;

/** Resolves with how often clients have moved. On a slow machine it is another storm, of fewer, on another server. */
export async function storm(
  makeAnother: () => Promise<SpreadServer>,
  settings: StormSettings,
): Promise<number> {
  const server = await makeAnother();
  const { length: since } = server.worker.output;
  try {
    return await stormOnce(server, settings);
  } catch (error) {
    // Nothing else is forgiven, and not to a single client. The line may come behind what it tells of.
    if (!(error instanceof NotInTime) || settings.movers === 1) throw error;
    await until(() => NOT_IN_TIME.test(server.worker.output.slice(since)));
    server.close();
    const { movers, pause } = settings;
    return storm(makeAnother, { ...settings, movers: movers >> 1, pause: 2 * pause });
  }
}

async function stormOnce(server: SpreadServer, settings: StormSettings): Promise<number> {
  const random = new Random(settings.seed);
  const senders = await Promise.all([0, 1, 2].map((shard) => server.join(shard)));
  const movers = await Promise.all(
    Array.from({ length: settings.movers }, () => join(server, random)),
  );
  const rooms = ["", ...ROOMS, ...movers.map(({ id }) => id)];
  let isOver = false;
  const moving = Promise.all(movers.map((mover) => move(mover, random, () => isOver)));
  const sending = senders.map((sender, shard) =>
    count(sender, shard, rooms, settings.numbers, settings.pause),
  );
  try {
    // The first that fails ends it for all.
    await Promise.race([moving, Promise.all(sending)]);
  } finally {
    isOver = true;
  }
  await moving;
  await delay(500);
  for (const mover of movers) check(mover, settings);
  return movers.reduce((sum, { moves }) => sum + moves, 0);
}

/** Resolves once the sender's shard has said all: in whatever time, as long as the sender hears of it now and then. */
function count(sender: ClientSocket, ...args: unknown[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error("a shard says nothing any more"));
    const timer = setTimeout(stop, SILENCE).unref();
    sender.on("number", () => timer.refresh());
    sender.emit("count", ...args, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function join(server: SpreadServer, random: Random): Promise<Mover> {
  const rooms = ROOMS.filter(() => random.below(2) === 0);
  const client = await server.join(random.below(SHARDS), ...rooms);
  const got = new Map<string, number[]>();
  forgetUnanswered(client);
  client.on("number", (sender, room, number) => {
    const key = `${sender} ${room}`;
    const numbers = got.get(key);
    if (numbers === undefined) got.set(key, [number]);
    else numbers.push(number);
  });
  const id = client.id as string;
  return { client, id, rooms: ["", ...rooms, id], got, moves: 0 };
}

/** What the stock client gets before CONNECT is answered, and then is lost, it would tell of, and of the same again. */
function forgetUnanswered(client: ClientSocket): void {
  client.io.on("close", () => {
    client.receiveBuffer = [];
  });
}

async function move(mover: Mover, random: Random, isOver: () => boolean): Promise<void> {
  const { client } = mover;
  while (!isOver()) {
    await delay(random.below(150));
    const back = loseTo(client, random.below(SHARDS), 1 + random.below(40));
    // Some are lost again at any moment of it, and some get through to that.
    while (random.below(3) === 0) {
      await delay(random.below(60));
      // One that is not open yet it would wait for.
      if (client.io.engine.readyState !== "open") continue;
      Object.assign(client.io.opts.query as object, { shard: random.below(SHARDS) });
      client.io.engine.close();
    }
    await back;
    while (!client.connected) {
      // Its storm is over for good.
      if (!client.io.reconnection()) return;
      await delay(10);
    }
    mover.moves += 1;
    if (!client.recovered) throw new NotInTime(`${mover.id} did not recover`);
    assert.equal(client.id, mover.id);
  }
}

function check({ got, rooms, id }: Mover, { numbers, seed }: StormSettings): void {
  const all = Array.from({ length: numbers }, (_, number) => number);
  const keys = [0, 1, 2].flatMap((shard) => rooms.map((room) => `${shard} ${room}`));
  assert.deepEqual([...got.keys()].toSorted(), keys.toSorted(), `what ${id} got, seed ${seed}`);
  for (const [key, list] of got) assert.deepEqual(list, all, `${id} of ${key}, seed ${seed}`);
}

/**
 * A shard ends at any moment while a client moves, round by round: the client has all that it missed, once, or a new
 * session and nothing of it. Resolves with how often it had all.
 */
export async function moveWhileShardsEnd(
  server: SpreadServer,
  { seed, rounds }: { seed: number; rounds: number },
): Promise<number> {
  const random = new Random(seed);
  let recoveries = 0;
  for (let round = 0; round < rounds; round++) {
    const [giver, taker, third] = pickThree(random);
    const [client, speaker] = [await server.join(giver, "x"), await server.join(third)];
    const got: unknown[] = [];
    forgetUnanswered(client);
    client.on("said", (text) => got.push(text));
    const id = client.id ?? "";
    const back = loseTo(client, taker, 250);
    const due = Array.from({ length: 3 }, (_, number) => `${round}: ${number}`);
    for (const [number, text] of due.entries()) {
      const to: Step = ["to", [number === 1 ? id : "x"]];
      await server.act(speaker, [to, ["emit", ["said", text]]]);
    }
    await delay(250 + random.below(200));
    await server.abort(random.below(SHARDS));
    await back;
    while (!client.connected) await delay(10);
    await delay(100);
    const about = `round ${round}, seed ${seed}`;
    // It may have had all, and have begun anew when its shard ended.
    if (client.id === id || got.length > 0) assert.deepEqual(got.toSorted(), due, about);
    if (client.id === id) recoveries += 1;
    speaker.disconnect();
    client.disconnect();
  }
  return recoveries;
}

function pickThree(random: Random): [number, number, number] {
  const first = random.below(SHARDS);
  const second = (first + 1 + random.below(SHARDS - 1)) % SHARDS;
  return [first, second, SHARDS - first - second];
}
