// A listener of an event that goes on keeps the object awake.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { make, settle } from "../sleepy-server.ts";

const PATIENCE = 5_000;

/** How a client's event begins what goes on after its turn. */
const GOING_ON: Record<string, (socket: Socket, until: Promise<void>) => void> = {
  "a listener": (socket, until) => void socket.on("act", () => until),
  "a listener of everything": (socket, until) => {
    socket.on("act", () => {});
    socket.onAny(async (event) => {
      if (event === "act") await until;
    });
  },
  "a middleware of the socket": (socket, until) => {
    socket.on("act", () => {});
    socket.use(async ([event], next) => {
      if (event === "act") await until;
      next();
    });
  },
};

for (const [what, begin] of Object.entries(GOING_ON)) {
  test(`${what} that has not settled: awake meanwhile, told of after a while`, async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    const { server, client, warnings, reasons } = await make(t, (socket) => {
      begin(socket, promise);
      // A connection listener runs again.
      return new Promise(() => {});
    });
    const state = () => [reasons(), server.runtime.keeper.isWaiting, server.runtime.keeper.isHeld];
    const name = 'the promise of a listener of "act"';
    client.emit('42["nothing"]');
    await settle();
    assert.deepEqual(state(), [[], false, false]);
    client.emit('42["act"]');
    await settle();
    assert.deepEqual([state(), warnings], [[[name], true, false], []]);
    t.mock.timers.tick(PATIENCE);
    t.mock.timers.tick(PATIENCE);
    assert.deepEqual(state(), [[name], true, true]);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]?.includes(name));
    resolve();
    await settle();
    assert.deepEqual(state(), [[], false, false]);
  });
}

test("a listener that settles with its turn sets no timer; one that goes on holds nobody who is gone", async (t) => {
  const timers = t.mock.method(globalThis, "setTimeout");
  const { server, client } = await make(t, (socket) => {
    socket.on("act", async () => {
      await undefined;
      socket.emit("done");
    });
    socket.on("hang", () => new Promise(() => {}) as Promise<undefined>);
  });
  const before = timers.mock.callCount();
  client.emit('42["act"]');
  await settle();
  assert.equal(timers.mock.callCount(), before);
  // Somebody stays, so that the object is not free to sleep just because everybody has left.
  server.connect();
  await settle();
  client.emit('42["hang"]');
  await settle();
  assert.equal(server.runtime.keeper.isWaiting, true);
  client.leave();
  await settle();
  assert.equal(server.runtime.keeper.isWaiting, false);
});
