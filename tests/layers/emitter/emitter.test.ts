// Emitters with a binding: from requests, cron, queue and another object, to objects that are asleep.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import type { Script } from "./script.ts";

let worker: RunningWorker;
let name = "";
let count = 0;
const clients: ClientSocket[] = [];

before(async () => {
  worker = await startWorker({
    entry: new URL("emitter.worker.ts", import.meta.url),
    classes: { CHAT: "Chat", PARTY: "Party", RECOVERING: "Recovering", OTHER: "Other" },
    queues: { NEWS: "news" },
    compatibilityFlags: ["nodejs_compat"],
  });
});

after(() => worker.stop());

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** Clients of one new object, each in the rooms given. */
async function join(...rooms: string[][]): Promise<ClientSocket[]> {
  return joinAt("", {}, ...rooms);
}

async function joinAt(nsp: string, query: object, ...rooms: string[][]): Promise<ClientSocket[]> {
  count += 1;
  name = `object ${count}`;
  for (const each of rooms) {
    const client = connect(worker.url + nsp, "", { query: { name, ...query } });
    clients.push(client);
    await next(client, "connect");
    for (const room of each) await ask(client, "join", room);
  }
  return [...clients];
}

type Chains = Script["chains"];

async function post(path: string, script: Script): Promise<Record<string, unknown>[]> {
  const response = await fetch(worker.url + path, { method: "POST", body: JSON.stringify(script) });
  return (await response.json()) as Record<string, unknown>[];
}

/** What the calls are answered by. The object was asleep. */
async function run(...chains: Chains): Promise<Record<string, unknown>[]> {
  await worker.evict(name);
  return call(...chains);
}

/** The same, whether it sleeps or not. */
function call(...chains: Chains): Promise<Record<string, unknown>[]> {
  return post("/", { name, chains, until: "awaited" });
}

async function messages(): Promise<number> {
  return (await (await fetch(`${worker.url}/messages`)).json()) as number;
}

/** What a client is sent, in its order, until the event `end`. */
function heardBy(client: ClientSocket): Promise<unknown[][]> {
  const heard: unknown[][] = [];
  return new Promise((resolve) => {
    client.onAny((...event: unknown[]) => {
      if (event[0] === "end") resolve(heard);
      else heard.push(event.map((item) => (item instanceof Uint8Array ? [...item] : item)));
    });
  });
}

/** Lists in lists. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

const DONE = {};
const END: Chains[number] = [["emit", "end"]];

describe("an emitter in a Worker", () => {
  test("emits to who is meant, in order, in one message for each turn", async () => {
    const [a, b, c] = await join(["lobby"], ["lobby", "muted"], []);
    const all = Promise.all([a, b, c].map((client) => heardBy(client as ClientSocket)));
    const before = await messages();
    const answers = await run(
      [
        ["to", "lobby"],
        ["emit", "news", 1],
      ],
      [
        ["to", ["lobby", "nowhere"]],
        ["except", "muted"],
        ["compress", true],
        ["emit", "news", 2, { bytes: [1, 2] }],
      ],
      [
        ["of", "none"],
        ["emit", "nobody"],
      ],
      [["emit", "all"]],
      [["volatile"], ["emit", "dropped"]],
      END,
    );
    assert.equal((await messages()) - before, 1);
    assert.deepEqual(answers, Array(6).fill(DONE));
    assert.deepEqual(await all, [
      [["news", 1], ["news", 2, [1, 2]], ["all"]],
      [["news", 1], ["all"]],
      [["all"]],
    ]);
  });

  test("other namespaces, by their names with a slash or without", async () => {
    const [a] = await joinAt("/admin", {}, []);
    const heard = heardBy(a as ClientSocket);
    await run(
      [["emit", "not here"]],
      [
        ["of", "admin"],
        ["emit", "one"],
      ],
      [
        ["of", "/admin"],
        ["emit", "end"],
      ],
    );
    assert.deepEqual(await heard, [["one"]]);
  });

  test("rooms, sockets and ends", async () => {
    const [a, b] = (await join(["lobby"], [])) as [ClientSocket, ClientSocket];
    const { id } = a;
    const [joined, left, fetched] = await run(
      [
        ["in", "lobby"],
        ["socketsJoin", ["new", "newer"]],
      ],
      [
        ["in", b.id as string],
        ["socketsLeave", b.id],
      ],
      [["in", "new"], ["fetchSockets"]],
    );
    assert.deepEqual([joined, left], [DONE, DONE]);
    const [details] = (fetched as { value: Record<string, unknown>[] }).value;
    assert.deepEqual(
      [details?.id, details?.rooms, details?.data],
      [id, [id, "lobby", "new", "newer"], { visits: { today: 1 } }],
    );
    assert.equal(Object(details?.handshake).query.name, name);
    const gone = next(a, "disconnect");
    await run([
      ["in", "new"],
      ["disconnectSockets", true],
    ]);
    assert.equal((await gone)[0], "io server disconnect");
    const [rest] = await run([["fetchSockets"]]);
    assert.deepEqual((rest as { value: unknown[] }).value.length, 1);
  });

  test("acknowledgements: all, those in time, of nobody; no timeout is no answer", async () => {
    const [quick, slow] = (await join(["quick"], [])) as [ClientSocket, ClientSocket];
    quick.on("ready?", (word, answer) => answer({ word }));
    slow.on("ready?", () => {});
    const asking = (timeout: number): Chains[number] => [
      ["timeout", timeout],
      ["emitWithAck", "ready?", "x"],
    ];
    assert.deepEqual(
      await run(
        [["to", "quick"], ...asking(60_000)],
        asking(2_500),
        [["to", "nobody"], ...asking(60_000)],
        [["emitWithAck", "ready?"]],
        [
          ["timeout", 300],
          ["emitWithAck", "disconnect"],
        ],
      ),
      [
        { value: [{ word: "x" }] },
        { error: "operation has timed out", responses: [{ word: "x" }] },
        { value: [] },
        { error: "emitWithAck needs a timeout(…) before it" },
        { error: '"disconnect" is a reserved event name' },
      ],
    );
  });

  test("the server's own listeners, with answers and without", async () => {
    await join([]);
    const [told, answered, inAdmin, broken, brokenToo] = await run(
      [["serverSideEmit", "reload", "settings"]],
      [["serverSideEmitWithAck", "heard?"]],
      [
        ["of", "/admin"],
        ["serverSideEmitWithAck", "heard?"],
      ],
      [["serverSideEmit", "broken"]],
      [["serverSideEmitWithAck", "broken"]],
    );
    assert.deepEqual(
      [told, answered, inAdmin, broken],
      [DONE, { value: [[["settings"]]] }, { value: [[["settings"]]] }, { error: "on purpose" }],
    );
    assert.match(String(brokenToo?.error), /not all could be asked: .*threw on purpose/);
  });

  test("bytes are Buffers to the server's listeners, and to those for all that goes out", async () => {
    await joinAt("", { watches: "1" }, []);
    const bytes = { bytes: [1] };
    const [told, asked] = await run(
      [["emit", "news", bytes, 1]],
      [["serverSideEmitWithAck", "kinds?", bytes, [bytes]]],
    );
    assert.deepEqual([told, asked], [DONE, { value: [["Buffer", "Array"]] }]);
    const [sent] = await call([["serverSideEmitWithAck", "sent?"]]);
    assert.deepEqual(sent, { value: [[["Buffer", "Number"]]] });
  });

  test("a client that sends depths keeps nobody from being found, and no answer from coming", async () => {
    const auth = { depths: nested(3_000) };
    const [a] = await joinAt("", {}, []);
    const b = connect(worker.url, "", { query: { name }, auth });
    clients.push(b);
    await next(b, "connect");
    const before = worker.output.length;
    const [found] = await run([["fetchSockets"]]);
    const sockets = found?.value as { id: string }[];
    assert.deepEqual(new Set(sockets.map(({ id }) => id)), new Set([a?.id, b.id]));
    await until(() => worker.output.slice(before).includes(`handshake.auth of socket ${b.id} is`));
    a?.on("ready?", (answer) => answer("yes"));
    b.on("ready?", (answer) => answer(nested(3_000)));
    const asked: Chains[number] = [
      ["timeout", 60_000],
      ["emitWithAck", "ready?"],
    ];
    const [answered, other] = await run(asked, [["serverSideEmitWithAck", "heard?"]]);
    assert.match(String(answered?.error), /an answer is nested too deep to travel/);
    assert.deepEqual([answered?.responses, other], [["yes"], { value: [[]] }]);
  });

  test("reserved names and functions throw, as upstream's, and disturb nothing", async () => {
    await join([]);
    const reserved = (event: string) => ({
      error: `"${event}" is a reserved event name`,
      isThrown: true,
    });
    const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener"];
    for (const event of names) {
      assert.deepEqual(await call([["emit", event]], [["emit", "fine"]]), [reserved(event), DONE]);
    }
    for (const event of ["connect", "connection", "new_namespace"]) {
      assert.deepEqual(await call([["serverSideEmit", event]]), [reserved(event)]);
    }
    const [first, second] = await run(
      [["emit", "news", { fn: 1 }]],
      [["serverSideEmit", "reload", { fn: 1 }]],
    );
    assert.match(String(first?.error), /Acknowledgements are not supported here: emitWithAck/);
    assert.match(String(second?.error), /not supported here: serverSideEmitWithAck/);
  });

  test("what nobody awaits leaves all the same, and its failure is logged", async () => {
    const [a] = await join([]);
    const heard = heardBy(a as ClientSocket);
    await worker.evict(name);
    const before = worker.output.length;
    const chains: Chains = [[["emit", "news"]], [["serverSideEmit", "broken"]], END];
    await post("/", { name, chains, until: "nothing" });
    assert.deepEqual(await heard, [["news"]]);
    await until(() => worker.output.slice(before).includes("call failed: on purpose"));
    assert.doesNotMatch(worker.output.slice(before), /Uncaught/);
  });

  test("flush tells the first failure of what nobody awaited", async () => {
    const [a] = await join([]);
    const heard = heardBy(a as ClientSocket);
    const before = worker.output.length;
    const broken: Chains[number] = [["serverSideEmit", "broken"]];
    const chains: Chains = [[["emit", "news"]], broken, broken, END];
    assert.deepEqual(await post("/", { name, chains, until: "flushed" }), [
      { error: "on purpose" },
    ]);
    assert.deepEqual(await heard, [["news"]]);
    assert.doesNotMatch(worker.output.slice(before), /call failed/);
    assert.deepEqual(await post("/", { name, chains: [END], until: "flushed" }), [DONE]);
  });

  test("an object that is reset is called once more, with all that was on its way, in order", async () => {
    await join([]);
    const before = await messages();
    const large = { large: 6_000_000 };
    const chains: Chains = [1, 2, 3].map((n) => [["serverSideEmit", "reload", n, large]]);
    const script: Script = { name, chains, until: "awaited", failure: "reset" };
    assert.deepEqual(await post("/", script), [DONE, DONE, DONE]);
    const [answer] = await call([["serverSideEmitWithAck", "heard?"]]);
    const [heard] = Object(answer).value as [[number, string][]];
    assert.deepEqual(
      heard.map(([n]) => n),
      [1, 2, 3],
    );
    // Of three messages the first failed, and may have taken the others with it.
    assert.ok((await messages()) - before >= 5);
  });

  test("what may be tried again is, once; what is overloaded is left alone", async () => {
    await join([]);
    const chains: Chains = [[["emit", "news"]]];
    for (const [failure, attempts, answer] of [
      [{ retryable: true }, 2, DONE],
      [{ retryable: true, overloaded: true }, 1, { error: "as asked" }],
      [{ durableObjectReset: false }, 1, { error: "as asked" }],
    ] as const) {
      const before = await messages();
      const script: Script = { name, chains, until: "awaited", failure };
      assert.deepEqual(await post("/", script), [answer]);
      assert.equal((await messages()) - before, attempts);
    }
  });

  test("what was performed before its answer was lost is not performed again", async () => {
    const [a] = await join(["lobby"]);
    const heard = heardBy(a as ClientSocket);
    a?.on("ready?", (answer) => answer("yes"));
    const chains: Chains = [
      [["emit", "news"]],
      [["serverSideEmit", "reload", 1]],
      [
        ["timeout", 5000],
        ["emitWithAck", "ready?"],
      ],
      [["in", "lobby"], ["fetchSockets"]],
      [["serverSideEmitWithAck", "heard?"]],
      END,
    ];
    const before = await messages();
    const failing = { failure: { retryable: true }, isPerformed: true };
    const answers = await post("/", { name, chains, until: "awaited", ...failing });
    assert.equal((await messages()) - before, 2);
    const [{ value: sockets }] = answers.splice(3, 1) as [{ value: unknown[] }];
    assert.equal(sockets.length, 1);
    assert.deepEqual(answers, [DONE, DONE, { value: ["yes"] }, { value: [[[1]]] }, DONE]);
    const names = (await heard).map(([event]) => event);
    assert.deepEqual(names, ["news", "ready?"]);
    // What comes next is another message.
    const again = next(a as ClientSocket, "news");
    await call([["emit", "news", 2]]);
    assert.deepEqual(await again, [2]);
  });

  test("an emitter that outlives its request goes on", async () => {
    const [a] = await join([]);
    const heard = heardBy(a as ClientSocket);
    await call([["emit", "first"]]);
    const again = (chains: Chains) => post("/", { name, chains, until: "awaited", kept: true });
    assert.deepEqual(await again([[["emit", "again"]]]), [DONE]);
    assert.deepEqual(await again([END]), [DONE]);
    assert.deepEqual(await heard, [["first"], ["again"]]);
  });

  test("what is too much for one message travels in several, in order", async () => {
    const [a] = await join([]);
    const heard = heardBy(a as ClientSocket);
    const before = await messages();
    const large: Chains = [0, 1, 2].map((n) => [["emit", "large", n, { large: 4_000_000 }]]);
    const many: Chains = Array.from({ length: 1001 }, (_, n) => [["emit", "n", n]]);
    assert.deepEqual(
      (await run(...large, ...many, END)).filter((answer) => "error" in answer),
      [],
    );
    const numbers = (await heard).map(([, n]) => n);
    assert.deepEqual(numbers, [0, 1, 2, ...many.keys()]);
    assert.equal((await messages()) - before, 3);
  });

  test("a missing binding is named", async () => {
    const response = await fetch(`${worker.url}/no-binding`);
    assert.match(String(Object(await response.json()).error), /such as env\.CHAT.*got undefined/);
  });
});

describe("an emitter elsewhere with the binding", () => {
  test("in a cron trigger, whose handler awaits nothing", async () => {
    const [a, b] = await join(["lobby"], []);
    await worker.evict(name);
    const all = [next(a as ClientSocket, "tick"), next(b as ClientSocket, "tock")];
    const instance = await worker.mf.getWorker();
    await instance.scheduled({ cron: name });
    assert.deepEqual(await Promise.all(all), [[new Date(0).toJSON()], []]);
  });

  test("in a queue's consumer", async () => {
    const [a] = await join(["lobby"]);
    await worker.evict(name);
    const heard = heardBy(a as ClientSocket);
    const chains: Chains = [
      [
        ["to", "lobby"],
        ["emit", "news", 1],
      ],
      END,
    ];
    await post("/queue", { name, chains, until: "flushed" });
    assert.deepEqual(await heard, [["news", 1]]);
  });

  test("in another object, with answers", async () => {
    const [a] = await join(["lobby"]);
    const heard = heardBy(a as ClientSocket);
    a?.on("ready?", (answer) => answer("yes"));
    await worker.evict(name);
    const chains: Chains = [
      [["emit", "news"]],
      [
        ["timeout", 5000],
        ["emitWithAck", "ready?"],
      ],
      END,
    ];
    const answers = await post("/object", { name, chains, until: "awaited" });
    assert.deepEqual(answers, [DONE, { value: ["yes"] }, DONE]);
    assert.deepEqual((await heard)[0], ["news"]);
  });

  test("to a server of PartyServer's", async () => {
    const [a] = await joinAt("", { binding: "PARTY" }, ["lobby"]);
    const heard = heardBy(a as ClientSocket);
    await worker.evict(name, "hibernate", "PARTY");
    const chains: Chains = [
      [
        ["to", "lobby"],
        ["emit", "news", 1],
      ],
      [["in", "lobby"], ["fetchSockets"]],
      END,
    ];
    const answers = await post("/", { name, binding: "PARTY", chains, until: "awaited" });
    assert.deepEqual(await heard, [["news", 1]]);
    assert.equal(Object(answers[1]).value.length, 1);
  });

  test("to a dynamic namespace whose clients are all lost, and come back to what they missed", async () => {
    const binding = "RECOVERING";
    const [client] = (await joinAt("/team-1", { binding }, [])) as [ClientSocket];
    const { id } = client;
    client.io.reconnection(false);
    client.io.engine.close();
    await worker.evict(name, "close", binding);
    const news: Chains[number] = [
      ["of", "/team-1"],
      ["emit", "news", 1],
    ];
    assert.deepEqual(await post("/", { name, binding, chains: [news], until: "awaited" }), [DONE]);
    const [heard] = [next(client, "news"), client.connect()];
    assert.deepEqual((await heard)[0], 1);
    assert.equal(client.id, id);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
