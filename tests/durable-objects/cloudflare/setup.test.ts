// Setups that wait: for a fetch, a timer, a module, another object. Clients wait with them, and connect.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

let worker: RunningWorker;
let origin: Server;

before(async () => {
  origin = createServer((_request, response) => response.end("from the origin"));
  await once(origin.listen(0, "127.0.0.1"), "listening");
  const { port } = origin.address() as AddressInfo;
  worker = await startWorker({
    entry: new URL("setup.worker.ts", import.meta.url),
    classes: { PATIENT: "Patient", WAKEFUL: "Wakeful", FAILING: "Failing", OTHER: "Other" },
    bindings: { ORIGIN: `http://127.0.0.1:${port}/` },
  });
});

after(async () => {
  await worker.stop();
  origin.close();
});

function client(name: string, binding: string, options: object = {}): ClientSocket {
  return connect(worker.url, "", { query: { name, binding }, timeout: 25_000, ...options });
}

const ANSWERS = { fetch: "from the origin", object: "not found" } as Record<string, string>;

for (const name of ["fetch", "timer", "import", "object", "storage", "alarm", "digest"]) {
  test(`a setup that waits for ${name}: clients connect, and do so after a sleep`, async () => {
    const answer = ANSWERS[name] ?? null;
    const sockets = [client(name, "PATIENT"), client(name, "PATIENT")] as const;
    try {
      const welcomes = await Promise.all(sockets.map((socket) => next(socket, "welcome")));
      assert.deepEqual(welcomes, [[answer], [answer]]);
      await ask(sockets[0], "join", "a");
      const ids = sockets.map(({ id }) => id);
      await worker.evict(name, "hibernate", "PATIENT");
      // All at once: the first event starts the object, the others wait.
      const rooms = await Promise.all(sockets.map((socket) => ask(socket, "rooms")));
      assert.deepEqual(rooms, [
        [2, answer],
        [1, answer],
      ]);
      assert.deepEqual(
        sockets.map(({ id }) => id),
        ids,
      );
    } finally {
      for (const socket of sockets) socket.close();
    }
  });
}

test("an object that stays awake waits, too", async () => {
  const socket = client("fetch", "WAKEFUL");
  try {
    assert.deepEqual(await next(socket, "welcome"), ["from the origin"]);
  } finally {
    socket.close();
  }
});

for (const [what, name] of [
  ["at once", "now"],
  ["after a while", "later"],
] as const) {
  test(`a setup that fails ${what} is told of, and tried again with the next start`, async () => {
    const socket = client(name, "FAILING", { reconnectionDelay: 10, reconnectionDelayMax: 50 });
    try {
      const failed = once(socket as never, "connect_error");
      assert.deepEqual(await next(socket, "welcome"), ["start 2"]);
      await failed;
      await worker.logged(new RegExp(`dormouse: setup failed.*no start 1 of ${name}`, "s"));
      // The same with clients that were there before: they lose their connections, and come back.
      await worker.evict(name, "hibernate", "FAILING");
      const welcomed = next(socket, "welcome");
      socket.emit("rooms");
      assert.deepEqual(await welcomed, ["start 4"]);
      await worker.logged(new RegExp(`no start 3 of ${name}`));
    } finally {
      socket.close();
    }
  });
}

test("a setup that never settles is told of, and tried again once the platform has reset the object", async () => {
  const socket = client("never", "FAILING", { timeout: 60_000, reconnectionDelay: 10 });
  try {
    const welcomed = once(socket as never, "welcome", { signal: AbortSignal.timeout(120_000) });
    await worker.logged(/dormouse: setup has not settled in 20 s/);
    assert.deepEqual(await welcomed, ["start 2"]);
    assert.equal(worker.output.match(/has not settled/g)?.length, 1);
  } finally {
    socket.close();
  }
});
