// The emitter for who has no binding: a program on Node, over connections that break.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { shards } from "../../../durable-objects/shards/index.ts";
import { emitter } from "../../../layers/emitter/index.ts";
import { connect, next } from "../../support/stock-client.ts";
import { heardBy, join, NEW_SECRET, name, post, SECRET, worker } from "./running-route.ts";

/** An emitter to the object, which was asleep. */
async function open(secret = SECRET) {
  await worker.evict(name);
  return emitter(`${worker.url}/emit`, { secret, name });
}

describe("an emitter by signed requests", () => {
  test("emits in order, bytes and what JSON has no words for included", async () => {
    const [a, b] = await join(["lobby"], []);
    const all = Promise.all([heardBy(a), heardBy(b)]);
    const io = await open();
    io.to("lobby").emit("news", 1, new Uint8Array([1, 2, 255]));
    await io.emit("marks", { $base64: "AQI=" }, { $plain: { $date: 5 } }, { $date: 1, $set: 2 });
    // Turn by turn, while others are on their way: they must not overtake.
    for (let n = 0; n < 20; n++) {
      io.emit("turn", n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    io.to("lobby").volatile.compress(true).emit("ready?", new Date(0));
    // What a document database or an HTTP client may hand out.
    const told = Object.assign(new Map(), { toJSON: () => ({ a: 1 }) });
    const failed = Object.assign(new Error("x"), { code: "E" });
    io.except("lobby").emit("others", [new Date(Number.NaN), told, failed]);
    io.emit("end");
    await io.flush();
    const marks = ["marks", { $base64: "AQI=" }, { $plain: { $date: 5 } }, { $date: 1, $set: 2 }];
    const turns = Array.from({ length: 20 }, (_, n) => ["turn", n]);
    const [heardByA, heardByB] = await all;
    assert.deepEqual(heardByA.slice(0, 22), [["news", 1, [1, 2, 255]], marks, ...turns]);
    assert.deepEqual(heardByB, [marks, ...turns, ["others", [null, { a: 1 }, { code: "E" }]]]);
  });

  test("answers: sockets with their data, acknowledgements, the server's listeners", async () => {
    const [a, b] = await join(["lobby"], []);
    a?.on("ready?", (answer) => answer({ yes: new Uint8Array([7]) }));
    b?.on("ready?", () => {});
    const io = await open(NEW_SECRET);
    const [socket] = await io.in("lobby").fetchSockets();
    assert.deepEqual(socket?.data, { since: new Date(0), tags: new Map([["a", new Set([1])]]) });
    assert.deepEqual([...(socket?.rooms ?? [])], [a?.id, "lobby"]);
    await socket?.join("new");
    const [answer] = (await io.to("new").timeout(60_000).emitWithAck("ready?")) as {
      yes: Uint8Array;
    }[];
    assert.deepEqual([...(answer?.yes ?? [])], [7]);
    await assert.rejects(io.timeout(200).emitWithAck("ready?"), (error: Error) => {
      assert.equal(error.message, "operation has timed out");
      return (error as unknown as { responses: unknown[] }).responses.length === 1;
    });
    await io.serverSideEmit("reload", 1n.toString());
    assert.deepEqual(await io.serverSideEmitWithAck("heard?"), [[["1"]]]);
    const gone = next(a as ClientSocket, "disconnect");
    await io.in("new").disconnectSockets();
    assert.deepEqual((await gone)[0], "io server disconnect");
    await assert.rejects(io.serverSideEmit("broken"), /^Error: on purpose$/);
    assert.throws(() => io.emit("big", 1n), TypeError);
    assert.throws(() => io.emit("disconnect"), /reserved/);
  });

  test("one that waits for clients holds up nobody", async () => {
    const [a] = await join([]);
    const io = await open();
    let answer: ((text: string) => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      a?.once("ready?", (given) => {
        answer = given;
        resolve();
      });
    });
    const waiting = io.timeout(60_000).emitWithAck("ready?");
    await asked;
    await io.emit("meanwhile");
    answer?.("yes");
    assert.deepEqual(await waiting, ["yes"]);
  });

  test("failures are heard: by promise, by flush, or by onError", async () => {
    await join([]);
    const failures: string[] = [];
    const options = { name, onError: (error: Error) => failures.push(error.message) };
    const wrong = emitter(`${worker.url}/emit`, { ...options, secret: "another secret, as long" });
    await assert.rejects(wrong.emit("news"), /\/emit answered 401: webhook-signature is not that/);
    wrong.emit("news");
    await assert.rejects(wrong.flush(), { status: 401 });
    assert.deepEqual(failures, []);
    wrong.emit("news");
    while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(String(failures), /answered 401/);
    const elsewhere = emitter(`${worker.url}/elsewhere`, { ...options, secret: SECRET });
    await assert.rejects(elsewhere.emit("news"), /answered 404: not found/);
    const moved = emitter(`${worker.url}/moved`, { ...options, secret: SECRET });
    await assert.rejects(moved.emit("news"), /answered 307/);
    const large = emitter(`${worker.url}/small`, { ...options, secret: SECRET });
    await assert.rejects(large.emit("news", "x".repeat(400)), /answered 413: .*at most 400 bytes/);
    const nobody = emitter("http://127.0.0.1:9/emit", { ...options, secret: SECRET });
    await assert.rejects(nobody.emit("news"), TypeError);
  });

  /**
   * In front of the Worker: what becomes of one request after the other, then all is well. `before` and `after`: the
   * connection breaks, before the message was passed on or after, `within`: in the answer. A number: it is answered
   * with that status. `performed`: with 502, though it was passed on.
   */
  type Mishap = "before" | "after" | "within" | "performed" | number;

  async function withFront(
    run: (through: ReturnType<typeof emitter>, have: (...mishaps: Mishap[]) => void) => unknown,
    retryAfter = "0",
  ): Promise<number> {
    let mishaps: Mishap[] = [];
    let requests = 0;
    const front = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      requests += 1;
      const mishap = mishaps.shift();
      if (mishap === "before") return void request.socket.destroy();
      const refuse = (status: number): unknown =>
        response.writeHead(status, { "retry-after": retryAfter }).end("as asked");
      if (typeof mishap === "number") return refuse(mishap);
      const body = Buffer.concat(chunks).toString();
      const answer = await post(request.headers as Record<string, string>, body);
      if (mishap === "after") return void request.socket.destroy();
      if (mishap === "performed") return refuse(502);
      const { length } = answer.text;
      response.writeHead(answer.status, { "content-length": length });
      if (mishap !== "within") return response.end(answer.text);
      response.write(answer.text.slice(0, length / 2), () => request.socket.destroy());
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = front.address() as AddressInfo;
      const through = emitter(`http://127.0.0.1:${port}/emit`, { secret: SECRET, name });
      await run(through, (...given) => {
        mishaps = given;
      });
    } finally {
      front.close();
    }
    return requests;
  }

  test("connections that break, and refusals that pass: nothing is lost or performed twice", async () => {
    const [a] = await join([]);
    const heard = heardBy(a);
    const io = await open();
    const all: Mishap[][] = [
      ["before"],
      ["after"],
      ["within"],
      [503],
      [429],
      [502, 504],
      ["performed"],
      [503, "after"],
      ["before", "before", "after"],
      [],
    ];
    const requests = await withFront(async (through, have) => {
      for (const [n, mishaps] of all.entries()) {
        have(...mishaps);
        // What is sent meanwhile waits behind it.
        const sent = [through.emit("news", n), through.emit("then", n)];
        await new Promise((resolve) => setImmediate(resolve));
        await Promise.all([...sent, through.emit("later", n)]);
      }
      have("after");
      await assert.rejects(through.fetchSockets(), /lost before the answer came/);
    });
    assert.equal(requests, all.flat().length + 2 * all.length + 2);
    await io.emit("end");
    const expected = [...all.keys()].flatMap((n) => [
      ["news", n],
      ["then", n],
      ["later", n],
    ]);
    assert.deepEqual(await heard, expected);
  });

  test("what does not pass, or for long, is an error that says what was answered", async () => {
    await join([]);
    const failing = (...mishaps: Mishap[]) => {
      let failure: unknown;
      const run = async (through: ReturnType<typeof emitter>, have: (...all: Mishap[]) => void) => {
        have(...mishaps);
        failure = await through.emit("news").catch((error: unknown) => error);
      };
      return async (retryAfter?: string) => {
        const requests = await withFront(run, retryAfter);
        const { message, status, retryAfter: seconds } = failure as Record<string, unknown>;
        return { message, status, seconds, requests };
      };
    };
    const refused = async (mishap: number, count: number, retryAfter?: string) => {
      const { message, ...rest } = await failing(...Array(9).fill(mishap))(retryAfter);
      assert.match(String(message), new RegExp(`/emit answered ${mishap}: as asked`));
      const seconds = Number(retryAfter ?? 0);
      assert.deepEqual(rest, { status: mishap, seconds, requests: count });
    };
    const all = [
      refused(503, 4),
      refused(429, 1, "60"),
      refused(500, 1),
      refused(401, 1),
      refused(404, 1),
    ];
    await Promise.all(all);
    const { message, requests } = await failing(...Array(9).fill("before"))();
    assert.deepEqual([message, requests], ["fetch failed", 4]);
  });

  test("what it is told wrongly is refused at once", () => {
    const url = `${worker.url}/emit`;
    assert.throws(() => emitter("no address", { secret: SECRET }), TypeError);
    assert.throws(() => emitter(url, {} as never), /"secret" .* is the variable set\?/);
    assert.throws(() => emitter(url, { secret: "short" }), /at least 16 bytes/);
    assert.throws(() => emitter(url, { secret: "whsec_c2hvcnQ=" }), /at least 16 bytes/);
    assert.throws(
      () => emitter(url, { secret: SECRET, path: "/" } as never),
      /unknown option "path"/,
    );
    assert.throws(() => emitter(url, { secret: SECRET, name: 1 } as never), /"name" .* a string/);
    // Which object is called is the route's affair.
    const spread = shards({ count: 2 });
    const both = { secret: SECRET, shards: spread } as never;
    assert.throws(() => emitter(url, both), /unknown option "shards"/);
    const binding = { idFromName: () => "", get: () => ({}) };
    assert.throws(
      () => emitter(binding, { shards: 2 } as never),
      /"shards" must be what shards\(\) of "dormouse-io\/shards" gives, got 2/,
    );
    assert.throws(() => emitter(binding, { shards: {} } as never), /what shards\(\) .* gives/);
    emitter(binding, { shards: spread });
  });
});

describe("much at once", () => {
  test("more calls wait than the server takes in one message: they go in several", async () => {
    await join([]);
    const io = await open();
    // In so many turns, while the first is on its way.
    for (let n = 0; n < 11_000; n++) {
      io.emit("n");
      await null;
    }
    await io.flush();
  });

  test("what waits for a server that does not answer is bounded, and who emits more is told", async () => {
    const fetch = () => new Promise<Response>(() => {});
    const failures: string[] = [];
    const onError = (error: Error) => failures.push(error.message);
    const io = emitter("http://chat/emit", { secret: SECRET, fetch, onError });
    const text = "x".repeat(800_000);
    for (let n = 0; n < 60; n++) {
      io.emit("news", text);
      await null;
    }
    const [first = ""] = failures;
    assert.match(first, /^dormouse: 33554432 bytes wait to be sent to http:\/\/chat\/emit/);
    assert.ok(failures.length > 10 && failures.length < 30, String(failures.length));
  });

  test("a route that takes less than the emitter sends gets it in parts, in order; one event may be too large", async () => {
    const client = connect(worker.url, "", { query: { name: "small" } });
    await next(client, "connect");
    const heard = heardBy(client);
    const bodies: number[] = [];
    const io = emitter(`${worker.url}/small`, {
      secret: SECRET,
      fetch: (url, init = {}) => {
        bodies.push((init.body as Uint8Array).length);
        return fetch(url, init);
      },
    });
    const sent = Array.from({ length: 9 }, (_, n) => io.emit("n", n));
    const tooLarge = io.emit("n", "x".repeat(400));
    const refused = assert.rejects(tooLarge, /answered 413: a message has at most 400 bytes/);
    const last = io.emit("n", 10);
    await Promise.all([...sent, refused, last]);
    // From now on it knows.
    bodies.length = 0;
    for (let n = 11; n < 15; n++) io.emit("n", n);
    io.emit("end");
    await io.flush();
    assert.ok(bodies.length > 1 && bodies.every((bytes) => bytes <= 400), String(bodies));
    const numbers = Array.from({ length: 15 }, (_, n) => n).filter((n) => n !== 9);
    assert.deepEqual(
      await heard,
      numbers.map((n) => ["n", n]),
    );
  });

  test("while a server is not reached the log has a line, how many more failed, and not one for each", async (t) => {
    const lines = t.mock.method(console, "error", () => {});
    let status = 418;
    const fetch = async (_: unknown, { body }: RequestInit = {}) => {
      if (status !== 200) return new Response("as asked", { status });
      const { calls } = JSON.parse(new TextDecoder().decode(body as Uint8Array));
      return Response.json({ answers: calls.map(() => ({})) });
    };
    const io = emitter("http://chat/emit", { secret: SECRET, fetch });
    const emit = async (count: number) => {
      for (let n = 0; n < count; n++) io.emit("news", n);
      // Its failures are known, and nobody waits for them.
      await io
        .of("/")
        .timeout(1)
        .fetchSockets()
        .catch(() => {});
    };
    await emit(3);
    await emit(2);
    await emit(1);
    status = 404;
    await emit(1);
    await emit(2);
    status = 200;
    await emit(2);
    status = 404;
    await emit(1);
    const all = lines.mock.calls.map(({ arguments: [text] }) => String(text));
    const failed = (code: number) =>
      `dormouse: an emitter's call failed: dormouse: http://chat/emit answered ${code}: as asked`;
    const more = (count: number) =>
      `dormouse: ${count} more of the emitter's calls failed like that`;
    assert.deepEqual(all, [failed(418), more(2), more(3), failed(404), more(2), failed(404)]);
  });

  test("an onError that throws, or rejects, keeps nobody else from being told", async (t) => {
    const lines = t.mock.method(console, "error", () => {});
    const fetch = async () => new Response("as asked", { status: 418 });
    for (const onError of [
      () => {
        throw new Error("at once");
      },
      () => Promise.reject(new Error("later")),
    ]) {
      const io = emitter("http://chat/emit", { secret: SECRET, fetch, onError });
      io.emit("news", 1);
      const awaited = io.emit("news", 2);
      io.emit("news", 3);
      await assert.rejects(awaited, /answered 418: as asked/);
      await assert.rejects(io.flush(), /answered 418: as asked/);
    }
    const told = lines.mock.calls.map(({ arguments: [text, { message }] }) => [text, message]);
    const failed = "dormouse: an emitter's onError failed:";
    const [first, second] = [
      [failed, "at once"],
      [failed, "later"],
    ];
    assert.deepEqual(told, [first, first, second, second]);
  });

  test("one wrong call is an error where it is made, and harms no other of its turn", async () => {
    const [a] = await join([]);
    const heard = heardBy(a);
    const io = await open();
    io.emit("news", 1);
    assert.throws(() => io.to(undefined as never), /a room is a string .*, got undefined/);
    assert.throws(() => io.in("x".repeat(10_001)), /a room is a string .*, got one of 10001/);
    assert.throws(() => io.except({} as never), /a room is a string .*, got \{\}/);
    assert.throws(() => io.timeout(Number.NaN), /timeout\(\) takes milliseconds, .*, got NaN/);
    assert.throws(
      () => io.timeout(2 ** 31),
      /takes milliseconds, at most 2147483647, got 2147483648/,
    );
    assert.throws(() => io.emit(undefined as never), /an event's name is a string, got undefined/);
    assert.throws(() => io.serverSideEmit({} as never), /an event's name is a string, got \{\}/);
    io.to(5 as never).emit("news", 2);
    await io.emit("end");
    assert.deepEqual(await heard, [["news", 1]]);
  });
});
