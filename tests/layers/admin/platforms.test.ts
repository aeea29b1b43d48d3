// Admins on PartyServer and in a PartyKit room: the same as in a Durable Object.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const PASSWORD = "a password for tests";
const AUTH = { type: "basic", username: "somebody", password: hashSync(PASSWORD, 4) };

const SETUP = `
  const setup = (io) => {
    io.on("connection", (socket) => {
      socket.on("reasons", (ack) => ack(io.awakeReasons.map(({ what }) => what)));
      socket.on("naps", (ack) => ack(io.stats().naps));
    });
    instrument(io, { auth: ${JSON.stringify(AUTH)}, mode: "development" });
  };`;
const QUIET = "{ pingInterval: 3_600_000, pingTimeout: 3_600_000 }";

const PLATFORMS = {
  PartyServer: `
    import { createServer, routeSocketIO } from "dormouse-io/partyserver";
    import { instrument } from "dormouse-io/admin";
    ${SETUP}
    export class Room extends createServer(${QUIET}, setup) {}
    export default {
      fetch: (request, env) => routeSocketIO(request, env.Room, { name: "one" }),
    };`,
  PartyKit: partyKitSource({
    head: `
      import { createServer } from "dormouse-io/partykit";
      import { instrument } from "dormouse-io/admin";
      ${SETUP}
      class Worker extends createServer({ ...${QUIET}, room: () => "one" }, setup) {}`,
    parties: 'export const Room = createDurable(Worker, { name: "Room" });',
    foot: `
      export default {
        fetch(request, env, ctx) {
          const all = createMultiParties(env, { host: new URL(request.url).host });
          return Worker.onFetch(request, { parties: { main: all.Room }, env }, ctx);
        },
      };`,
  }),
};

describe("admins", { concurrency: true }, () => {
  for (const [name, source] of Object.entries(PLATFORMS)) {
    describe(name, () => testPlatform(source));
  }
});

function testPlatform(source: string): void {
  let worker: RunningWorker;
  const clients: Socket[] = [];
  before(async () => {
    worker = await startWorker({
      entry: { source },
      classes: { Room: "Room" },
      compatibilityFlags: ["nodejs_compat"],
    });
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await worker?.stop();
  });

  const client = (auth: object = {}, namespace = ""): Socket => {
    const made = connect(worker.url + namespace, "", { auth, reconnection: false });
    clients.push(made);
    return made;
  };

  test("sees, kicks, keeps it awake no longer than it looks, and comes back by its session", async () => {
    const [ada, ben] = [client(), client()];
    for (const one of [ada, ben]) assert.deepEqual(await ask(one, "reasons"), [[]]);
    const admin = client({ username: "somebody", password: PASSWORD }, "/admin");
    const session = next(admin, "session");
    const [sockets] = (await next(admin, "all_sockets")) as [{ id: string }[]];
    for (const { id } of [ada, ben]) assert.ok(sockets.some((socket) => socket.id === id));
    assert.deepEqual(await ask(ada, "reasons"), [["an admin looks on"]]);
    admin.emit("_disconnect", "/", true, ben.id);
    await next(ben, "disconnect");
    admin.disconnect();
    for (
      const end = Date.now() + 60_000;
      ((await ask(ada, "reasons"))[0] as unknown[]).length > 0;
    ) {
      assert.ok(Date.now() < end, "it has left");
      await delay(20);
    }
    await worker.evict("one");
    assert.deepEqual(await ask(ada, "naps"), [1]);
    const again = client({ sessionId: (await session)[0] }, "/admin");
    await next(again, "config");
  });
}
