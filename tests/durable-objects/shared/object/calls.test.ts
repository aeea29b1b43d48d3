// Calls by RPC: what an emitter and a peer ask of an object, which is asleep before every call.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import type { Call } from "../../../../glue/adapter/calls/calls.ts";
import { FreshObjects } from "../../../support/fresh-objects.ts";
import { type RunningWorker, startWorker } from "../../../support/miniflare.ts";
import { next } from "../../../support/stock-client.ts";

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("calls.worker.ts", import.meta.url),
    classes: { CHAT: "Chat" },
  });
});

after(() => worker.stop());

const objects = new FreshObjects(() => worker.url);
/** That of the newest object. */
let name = "";

/** Clients of a new object, each in the rooms given. */
async function join(...rooms: string[][]): Promise<ClientSocket[]> {
  const clients = await objects.join(...rooms);
  name = objects.name;
  return clients;
}

/** The answers of the object, which was asleep. */
async function perform(...calls: (Call | object)[]): Promise<unknown[]> {
  await worker.evict(name);
  const { answers } = await post({ version: 1, calls });
  return answers as unknown[];
}

async function post(message: object): Promise<{ answers?: unknown; refused?: string }> {
  const url = `${worker.url}/calls?name=${encodeURIComponent(name)}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(message) });
  return (await response.json()) as { answers?: unknown; refused?: string };
}

async function constructed(): Promise<unknown> {
  const url = `${worker.url}/constructed?name=${encodeURIComponent(name)}`;
  return (await fetch(url)).json();
}

const everybody = { namespace: "/", rooms: [], except: [] };
const value = (given: unknown) => ({ value: given });
const DONE = {};
const listed = (item: unknown) => (item instanceof Uint8Array ? [...item] : item);

describe("calls", () => {
  test("broadcasts wake the object, reach those who are meant, and keep their order", async () => {
    const [a, b, c] = (await join(["lobby"], ["lobby", "muted"], [])) as [
      ClientSocket,
      ClientSocket,
      ClientSocket,
    ];
    const got: string[] = [];
    for (const [who, client] of Object.entries({ a, b, c })) {
      client.onAny((...event) => got.push(`${who}: ${JSON.stringify(event.map(listed))}`));
    }
    const end = Promise.all([a, b, c].map((client) => next(client, "end")));
    const answers = await perform(
      { kind: "broadcast", ...everybody, rooms: ["lobby"], flags: {}, data: ["news", 1] },
      { kind: "broadcast", ...everybody, except: ["muted"], flags: {}, data: ["news", 2] },
      { kind: "broadcast", ...everybody, flags: { volatile: true }, data: ["dropped"] },
      { kind: "broadcast", ...everybody, namespace: "/none", flags: {}, data: ["nobody"] },
      {
        kind: "broadcast",
        ...everybody,
        flags: {},
        data: ["end", { bytes: [1, 2] }, null],
      },
    );
    await end;
    assert.deepEqual(answers, [DONE, DONE, DONE, DONE, DONE]);
    assert.equal(await constructed(), 2);
    // The volatile one came behind others of its turn.
    assert.deepEqual(got.sort(), [
      'a: ["end",[1,2],null]',
      'a: ["news",1]',
      'a: ["news",2]',
      'b: ["end",[1,2],null]',
      'b: ["news",1]',
      'c: ["end",[1,2],null]',
      'c: ["news",2]',
    ]);
  });

  test("acknowledgements: all, those in time, of nobody", async () => {
    const [quick, slow] = (await join(["quick"], [])) as [ClientSocket, ClientSocket];
    quick.on("ready?", (word, answer) => answer({ word }));
    slow.on("ready?", () => {});
    const call = { kind: "broadcastWithAck", flags: {}, data: ["ready?", "x"], timeout: 60_000 };
    assert.deepEqual(
      await perform(
        { ...call, ...everybody, rooms: ["quick"] },
        { ...call, ...everybody, timeout: 2_500 },
        { ...call, ...everybody, rooms: ["nobody"] },
        { ...call, ...everybody, namespace: "/none" },
      ),
      [
        value({ clients: 1, responses: [{ word: "x" }], failures: [] }),
        value({ clients: 2, responses: [{ word: "x" }], failures: [] }),
        value({ clients: 0, responses: [], failures: [] }),
        value({ clients: 0, responses: [], failures: [] }),
      ],
    );
  });

  test("rooms, sockets and ends", async () => {
    const [a, b] = (await join(["lobby"], [])) as [ClientSocket, ClientSocket];
    const gone = next(a, "disconnect");
    const { id } = a;
    const answers = await perform(
      { kind: "socketsJoin", ...everybody, rooms: ["lobby"], change: ["new", 5] },
      { kind: "socketsLeave", ...everybody, rooms: [b.id], change: [b.id] },
      { kind: "fetchSockets", ...everybody, rooms: ["new"] },
    );
    const rest = await perform(
      { kind: "disconnectSockets", ...everybody, rooms: ["new"], close: false },
      { kind: "fetchSockets", ...everybody },
      { kind: "serverCount", namespace: "/" },
    );
    const details = (answers[2] as { value: { sockets: Record<string, unknown>[] } }).value.sockets;
    const left = (rest[1] as { value: { sockets: Record<string, unknown>[] } }).value.sockets;
    assert.equal((await gone)[0], "io server disconnect");
    assert.deepEqual(
      details.map((socket) => [socket.id, socket.rooms]),
      [[id, [id, "lobby", "new", 5]]],
    );
    assert.deepEqual(Object(details[0]?.handshake).query.name, name);
    assert.deepEqual(
      left.map((socket) => [socket.id, socket.rooms]),
      [[b.id, []]],
    );
    assert.deepEqual(rest[2], value(1));
  });

  test("events for the server's own listeners, with answers and without", async () => {
    await join([], []);
    const ask = { kind: "serverSideEmitWithAck", namespace: "/", timeout: 300 };
    const answers = await perform(
      { kind: "serverSideEmit", namespace: "/", data: ["reload", "settings"] },
      { ...ask, data: ["how many?", "clients"] },
      { ...ask, data: ["silent"] },
      { ...ask, namespace: "/none", data: ["silent"] },
    );
    assert.deepEqual(answers, [
      DONE,
      value({ responses: [{ word: "clients", clients: 2, heard: [["settings"]] }], failures: [] }),
      value({ responses: [], failures: ['"silent" was not answered in time'] }),
      value({ responses: [], failures: [] }),
    ]);
  });

  test("a call that fails disturbs no other", async () => {
    const [a] = (await join([])) as [ClientSocket];
    const got = next(a, "after");
    const answers = await perform(
      { kind: "serverSideEmit", namespace: "/", data: ["broken"] },
      { kind: "serverSideEmitWithAck", namespace: "/", data: ["broken"], timeout: 100 },
      { kind: "broadcast", ...everybody, flags: {}, data: ["after"] },
    );
    await got;
    assert.deepEqual(answers[0], { error: "on purpose" });
    assert.match(JSON.stringify(answers[1]), /threw on purpose/);
    assert.deepEqual(answers[2], DONE);
  });

  test("what is no such message is refused as a whole, and says why", async () => {
    const [a] = (await join([])) as [ClientSocket];
    const got: unknown[] = [];
    a.onAny((...event) => got.push(event));
    const good = { kind: "broadcast", ...everybody, flags: {}, data: ["good"] };
    const wrong: [object, RegExp][] = [
      [{}, /version/],
      [{ version: 2, calls: [] }, /version/],
      [{ version: 1, calls: {} }, /a list/],
      [{ version: 1, calls: Array(10_001).fill(good) }, /at most 10000/],
      [{ version: 1, calls: [good, null] }, /unknown kind/],
      [{ version: 1, calls: [good, { kind: "toString" }] }, /unknown kind/],
      ...[
        { namespace: "lobby" },
        { namespace: `/${"x".repeat(10_000)}` },
        { rooms: "lobby" },
        { rooms: [{}] },
        { rooms: Array(10_001).fill("a") },
        { except: [["a"]] },
        { flags: null },
        { flags: { volatile: 1 } },
        { data: [] },
        { data: ["connect"] },
        { data: [null] },
        { data: ["many", ...Array(10_000).fill(0)] },
      ].map((field): [object, RegExp] => [
        { version: 1, calls: [good, { ...good, ...field }] },
        new RegExp(`wrong "${Object.keys(field)[0]}"`),
      ]),
      [
        { version: 1, calls: [{ kind: "serverSideEmit", namespace: "/", data: ["connection"] }] },
        /wrong "data"/,
      ],
      [
        {
          version: 1,
          calls: [{ ...good, kind: "broadcastWithAck", timeout: 2 ** 31 }],
        },
        /wrong "timeout"/,
      ],
    ];
    for (const [message, why] of wrong) assert.match(`${(await post(message)).refused}`, why);
    const isOver = next(a, "end");
    assert.deepEqual(await perform(good, { ...good, data: ["end"] }), [DONE, DONE]);
    await isOver;
    assert.deepEqual(got, [["good"], ["end"]]);
  });

  test("requests from the internet cannot call: there is no path to it", async () => {
    await join([]);
    const url = `${worker.url}/direct?name=${encodeURIComponent(name)}`;
    const body = JSON.stringify({ version: 1, calls: [] });
    const response = await fetch(url, { method: "POST", body });
    assert.equal(response.status, 404);
  });
});
