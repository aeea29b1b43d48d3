/**
 * What the library takes for granted of workerd, on plain objects, without anything of ours. If a test fails, the
 * runtime has changed, and the code that its comment names has to change with it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";

const CLASSES = [
  "Reading",
  "Placed",
  "Alarms",
  "Timers",
  "Neighbours",
  "Sockets",
  "Accepting",
  "Failing",
];
/** What is to happen does so within this, in milliseconds. */
const PATIENCE = 60_000;
/** An object that nobody asks anything for so long has left memory, in milliseconds. */
const NAP = 15_000;
/** An alarm is handled within the millisecond that it is set for in one case of twenty, or of hundreds on a busy machine. */
const AT_A_TIME = 10;
const TRIES = 200;

function start(options: { compatibilityDate?: string; useSQLite?: boolean } = {}) {
  return startWorker({
    entry: new URL("./workerd.worker.ts", import.meta.url),
    classes: Object.fromEntries(CLASSES.map((name) => [name, name])),
    ...options,
  });
}

/** Asks until the answer is as it has to be, and gives that. */
async function until<Answer>(
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
): Promise<Answer> {
  for (const end = Date.now() + PATIENCE; ; await delay(5)) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > end) assert.fail(`still ${JSON.stringify(answer)}`);
  }
}

/** An object, and what it is asked. */
class Plain {
  readonly #worker: RunningWorker;
  readonly #kind: string;
  readonly #name: string;

  constructor(worker: RunningWorker, kind: string, name = "a") {
    this.#worker = worker;
    this.#kind = kind;
    this.#name = name;
  }

  get #path(): string {
    return `${this.#worker.url}/${this.#kind}/${this.#name}`;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer may be anything
  async ask(what: string, query: Record<string, unknown> = {}): Promise<any> {
    const search = new URLSearchParams(query as Record<string, string>);
    const response = await fetch(`${this.#path}/${what}?${search}`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return JSON.parse(text);
  }

  /** What it has told, once that is so much. */
  // biome-ignore lint/suspicious/noExplicitAny: an object may tell anything
  told(count: number): Promise<any[]> {
    return until(
      () => this.ask("told"),
      (all) => all.length >= count,
    );
  }

  async open(): Promise<WebSocket> {
    const webSocket = new WebSocket(`${this.#path.replace("http", "ws")}/open`);
    await once(webSocket, "open");
    return webSocket;
  }

  /** It leaves memory, its WebSockets stay. */
  sleep(): Promise<void> {
    return this.#worker.evict(this.#name, "hibernate", this.#kind);
  }
}

async function talk(webSocket: WebSocket, message: string | Uint8Array): Promise<string> {
  webSocket.send(message);
  return String((await once(webSocket, "message"))[0]);
}

let worker: RunningWorker;

before(async () => {
  worker = await start();
});

after(() => worker.stop());

describe("workerd", { concurrency: 8 }, () => {
  // durable-objects/shared/object/installed-handlers.ts
  describe("handlers", () => {
    test("are read once, on the object, between the constructor and its first microtask; fetch and tail before others", async () => {
      const object = new Plain(worker, "Reading");
      await object.ask("isThere");
      const webSocket = await object.open();
      for (let i = 0; i < 2; i++) assert.equal(await talk(webSocket, "x"), "heard");
      await object.ask("setAlarm");
      await object.told(9);
      webSocket.close();
      const [made, ...rest] = await object.told(10);
      assert.equal(made, "the constructor's end");
      const read = rest.slice(0, 6);
      assert.deepEqual(read.slice(0, 2), ["fetch", "tail"]);
      const others = ["alarm", "webSocketClose", "webSocketError", "webSocketMessage"];
      assert.deepEqual(read.slice(2).toSorted(), others);
      assert.deepEqual(rest.slice(6), ["a microtask", "rang", "closed"]);
    });

    test("of the object go before those of the class; what comes in a microtask is too late", async () => {
      const webSocket = await new Plain(worker, "Placed").open();
      assert.equal(await talk(webSocket, "x"), "of the constructor");
    });
  });

  // durable-objects/shared/alarm/shared-alarm.ts
  describe("the alarm", () => {
    /** Rings alarms of new objects at a time, and gives those that do this in their handler, and what they told first. */
    async function ring(deed: string, round: number) {
      const names = Array.from({ length: AT_A_TIME }, (_, index) => `${deed} ${round} ${index}`);
      const objects = names.map((name) => new Plain(worker, "Alarms", name));
      for (const object of objects) await object.ask("ring", { deed });
      return Promise.all(
        objects.map(async (object) => ({ object, first: (await object.told(1))[0] })),
      );
    }

    test("that is set for the very time that is being handled is dropped; a millisecond later it goes off", async () => {
      for (let round = 0; round < TRIES; round++) {
        for (const { object } of await ring("set a millisecond later", round)) await object.told(2);
        const all = await ring("set for the same time", round);
        // Others are set for now, as for any time that is past.
        const inTime = all.filter(({ first }) => first.late === 0);
        await delay(500);
        for (const { object, first } of inTime) {
          if ((await object.told(1)).length > 1) continue;
          // The storage goes on saying that it is set.
          assert.equal((await object.ask("getAlarm")).alarm, first.scheduledTime);
          return;
        }
      }
      assert.fail("all went off: none is dropped any more");
    });

    test("is not there while it is handled; after a failure it is, with its time, which is past, until it is tried again", async () => {
      const object = new Plain(worker, "Alarms", "failing");
      await object.ask("ring", { deed: "throw" });
      const [first] = await object.told(1);
      const between = await until(
        () => object.ask("getAlarm"),
        ({ alarm }) => alarm !== null,
      );
      assert.equal(between.alarm, first.scheduledTime);
      assert.ok(between.past > 0);
      await object.ask("calm");
      const { length } = await object.told(1);
      const later = (await object.told(length + 1))[length];
      assert.equal(later.scheduledTime, first.scheduledTime);
      assert.equal(first.retryCount, 0);
      assert.ok(later.retryCount > 0);
      assert.deepEqual([first.alarm, later.alarm], [null, null]);
    });

    test("that is set for a time that is past is set for now; its time is in whole milliseconds, and positive", async () => {
      const object = new Plain(worker, "Alarms", "times");
      const before = Date.now();
      assert.ok((await object.ask("setAlarm", { time: 1_000 })) >= before);
      const time = before + 3_600_000;
      assert.equal(await object.ask("setAlarm", { time: time + 0.9 }), time);
      for (const none of [0, -1])
        assert.match(await object.ask("setAlarm", { time: none }), /<= 0/);
    });
  });

  // glue/engine/host/batched-storage.ts, durable-objects/shared/{alarm,snapshots}: COMMIT_TIME
  describe("what a timer writes", () => {
    /** Has it write so often, and sleep behind each time. Gives how many writes are there. */
    async function count(object: Plain, rounds: number, query: object): Promise<number> {
      for (let round = 0; round < rounds; round++) {
        await object.ask("write", { ...query });
        await object.sleep();
      }
      return object.ask("writes");
    }

    test("is there after a sleep, if a second timer keeps the object awake a little longer", async () => {
      const object = new Plain(worker, "Timers", "stays");
      assert.equal(await count(object, 10, { stay: 10 }), 10);
    });

    test("may be lost in a sleep otherwise", async () => {
      const object = new Plain(worker, "Timers", "leaves");
      for (let round = 1; round <= TRIES; round++) {
        if ((await count(object, 1, {})) < round) return;
      }
      assert.fail("the second timer is needed no more");
    });
  });

  // durable-objects/shared/host/object-host.ts (isHere), durable-objects/shared/storage/own-storage.ts
  test("an object's state lists the WebSockets of the object whose event is running; its storage throws meanwhile", async () => {
    const [one, two] = [
      new Plain(worker, "Neighbours", "one"),
      new Plain(worker, "Neighbours", "two"),
    ];
    await one.open();
    for (let i = 0; i < 2; i++) await two.open();
    assert.deepEqual(await one.ask("ask", { of: "one" }), { name: "one", webSockets: 1 });
    const { failure, ...ofTwo } = await one.ask("ask", { of: "two" });
    assert.deepEqual(ofTwo, { name: "two", webSockets: 1 });
    assert.match(failure, /different Durable Object/);
  });

  // durable-objects/shared/{host,sockets,snapshots}
  describe("a WebSocket", () => {
    test("is one object as long as its object is in memory, in lists and in handlers; binary messages are ArrayBuffers", async () => {
      const object = new Plain(worker, "Sockets", "same");
      const webSocket = await object.open();
      await talk(webSocket, new Uint8Array(3));
      const { known, listed, tagged } = await object.ask("look");
      assert.deepEqual({ known, listed, tagged }, { known: 1, listed: 1, tagged: 1 });
      assert.deepEqual(await object.told(1), ["ArrayBuffer"]);
      await object.sleep();
      assert.equal((await object.ask("look")).known, 0);
    });

    test("takes attachments of 16 KiB; for larger ones the error says so, and what was there stays", async () => {
      const object = new Plain(worker, "Sockets", "attached");
      await object.open();
      assert.equal(await object.ask("attach", { length: 16_000 }), "kept");
      assert.match(await object.ask("attach", { length: 17_000 }), /cannot be larger than 16384/);
      assert.equal((await object.ask("look")).attached[0].length, 16_000);
    });

    test("is answered by the runtime, with a time for each, also after a sleep, and no handler hears of it", async () => {
      const object = new Plain(worker, "Sockets", "answered");
      const webSocket = await object.open();
      await object.ask("answer");
      await object.sleep();
      assert.equal(await talk(webSocket, "3"), "6");
      const { answersBy, answered } = await object.ask("look");
      assert.deepEqual({ answersBy, answered }, { answersBy: "3", answered: 1 });
      assert.equal(await talk(webSocket, "33"), "heard");
      assert.deepEqual(await object.told(1), ["33"]);
    });

    test("that the object has closed is listed until its client has answered, also after a sleep, with what is attached", async () => {
      const object = new Plain(worker, "Sockets", "closed");
      const webSocket = await object.open();
      webSocket.pause();
      await object.ask("close");
      await object.sleep();
      const { listed, open, attached } = await object.ask("look");
      assert.deepEqual({ listed, open, attached }, { listed: 1, open: 0, attached: ["closed"] });
      webSocket.resume();
      await once(webSocket, "close");
      await until(
        () => object.ask("look"),
        (look) => look.listed === 0,
      );
    });

    test("keeps its object awake as long as the promise of its handler is not settled", async () => {
      const object = new Plain(worker, "Sockets", "staying");
      const webSocket = await object.open();
      assert.equal(await talk(webSocket, "stay"), "staying");
      await delay(NAP);
      assert.equal((await object.ask("look")).known, 1);
      await object.ask("release");
      await delay(NAP);
      assert.equal((await object.ask("look")).known, 0);
    });
  });

  // durable-objects/shared/object/object-server.ts: #start; glue/sleep/replay/replay.ts: EAGER_PATIENCE
  describe("a constructor that blocks the object's events", () => {
    test("and fails: the event fails, and the next one starts another object", async () => {
      const object = new Plain(worker, "Failing", "at once");
      await assert.rejects(object.ask("isThere"), /the constructor's/);
      assert.equal(await object.ask("isThere"), true);
      assert.equal((await object.told(2)).length, 2);
    });

    test("for half a minute: the same", { timeout: 2 * PATIENCE }, async () => {
      const object = new Plain(worker, "Failing", "late");
      const start = performance.now();
      await assert.rejects(object.ask("isThere"), /waited for too long/);
      const seconds = (performance.now() - start) / 1_000;
      assert.ok(seconds > 25, `${seconds}`);
      assert.equal(await object.ask("isThere"), true);
    });
  });

  describe("compatibility dates", () => {
    // durable-objects/shared/host/object-host.ts: binaryType; durable-objects/shared/object/current-servers.ts;
    // durable-objects/shared/alarm/shared-alarm.ts: #recover
    for (const { compatibilityDate, binary, globals, isWiped } of [
      { compatibilityDate: "2024-07-18", binary: "ArrayBuffer", globals: [], isWiped: false },
      {
        compatibilityDate: "2026-07-30",
        binary: "Blob",
        globals: ["WeakRef", "FinalizationRegistry"],
        isWiped: true,
      },
    ]) {
      test(`${compatibilityDate}: what listeners get for bytes, what deleteAll() deletes, what there is`, async () => {
        const dated = await start({ compatibilityDate });
        try {
          const accepting = new Plain(dated, "Accepting");
          const webSocket = await accepting.open();
          assert.equal(await talk(webSocket, new Uint8Array(3)), binary);
          webSocket.terminate();
          assert.deepEqual(await accepting.ask("globals"), globals);
          assert.equal(await new Plain(dated, "Alarms").ask("wipe"), isWiped);
        } finally {
          await dated.stop();
        }
      });
    }
  });

  // durable-objects/shared/storage/own-storage.ts: syncOf
  test("without SQLite the storage has synchronous methods all the same, which say what they need", async () => {
    const other = await start({ useSQLite: false });
    try {
      await assert.rejects(new Plain(other, "Timers").ask("writes"), /SQLite-backed/);
    } finally {
      await other.stop();
    }
  });
});
