// The core is replaced in the middle of things: what waits for listeners is not lost, and old handles mean nobody.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Asynchronous connection listeners, which go on when they are let. */
function makeServer(log: unknown[]) {
  const waiting: (() => void)[] = [];
  const server = new InMemoryServer((io: Server) => {
    io.on("connection", async (socket) => {
      socket.on("say", (text) => void log.push([text, socket.restored]));
      socket.on("disconnect", (reason) => void log.push([reason, [...socket.rooms].length]));
      if (socket.restored) await new Promise<void>((resolve) => waiting.push(resolve));
    });
  });
  const hibernate = () =>
    server.runtime.hibernate((transport, connection) => {
      if (connection !== undefined) (transport as InMemoryClient).connection = connection;
    });
  const goOn = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      for (const run of waiting.splice(0)) run();
      await settle();
    }
  };
  return { server, hibernate, goOn };
}

test("a sleep in the middle of a replay comes behind it: what waited is delivered, the end too", async () => {
  const log: unknown[] = [];
  const { server, hibernate, goOn } = makeServer(log);
  const [leaving, staying] = [server.connect(), server.connect()];
  await settle();
  assert.equal(hibernate(), undefined);
  leaving.emit('42["say","one"]');
  staying.emit('42["say","two"]');
  leaving.leave();
  await settle();
  const slept = hibernate();
  assert.ok(slept instanceof Promise);
  assert.deepEqual(log, []);
  await goOn();
  await slept;
  // The two clients' replays end in the same turn: what one hears has no place in what the other does.
  const isOfStaying = (entry: unknown): boolean => (entry as unknown[])[0] === "two";
  const ofLeaving = log.filter((entry) => !isOfStaying(entry));
  assert.deepEqual(ofLeaving, [
    ["one", true],
    ["transport close", 0],
  ]);
  assert.deepEqual(log.filter(isOfStaying), [["two", true]]);
  staying.emit('42["say","three"]');
  await goOn();
  assert.deepEqual([log.at(-1), server.errors], [["three", true], []]);
});

/** From now on a binary message makes the core trap, once. */
function armTrap(t: TestContext): () => void {
  const RealInstance = WebAssembly.Instance;
  let isArmed = false;
  WebAssembly.Instance = class {
    exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module) {
      const { exports } = new RealInstance(module, {});
      const handle = exports.dm_handle_binary as (...args: number[]) => number;
      const handleOrTrap = (...args: number[]): number => {
        if (!isArmed) return handle(...args);
        isArmed = false;
        throw new WebAssembly.RuntimeError("unreachable");
      };
      this.exports = { ...exports, dm_handle_binary: handleOrTrap };
    }
  } as typeof WebAssembly.Instance;
  t.after(() => {
    WebAssembly.Instance = RealInstance;
  });
  return () => {
    isArmed = true;
  };
}

test("a core that traps while a session ends: its end is told, and touches no session of the new core", async (t) => {
  const arm = armTrap(t);
  const log: unknown[] = [];
  const { server, hibernate, goOn } = makeServer(log);
  // The first handles: in the new core others have them.
  const leaving = server.connect();
  await settle();
  hibernate();
  leaving.emit('42["say","one"]');
  const { connection } = leaving;
  leaving.leave();
  const other = server.connect();
  await settle();
  arm();
  other.emit(new Uint8Array(1));
  assert.equal(server.errors.length, 1, "the trap");
  assert.deepEqual(log.splice(0), [["transport error", 0]], "this host keeps nothing for a trap");
  const others = [server.connect(), server.connect()];
  await settle();
  assert.deepEqual(server.runtime.sessionsOf(connection), []);
  await goOn();
  assert.deepEqual(log.splice(0), [
    ["one", true],
    ["transport close", 0],
  ]);
  for (const client of others) client.emit('42["say","two"]');
  assert.deepEqual(log, [
    ["two", false],
    ["two", false],
  ]);
  assert.equal(server.errors.length, 1, "no other fault");
});
