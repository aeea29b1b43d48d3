// An idle hour, asleep between all heartbeats, on a clock of the test's own: instrumented or not, it is the same hour.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import { instrument } from "../../../layers/admin/index.ts";
import { CountedStorage } from "../../support/counted-storage.ts";
import { type InMemoryClient, InMemoryServer } from "../../support/in-memory.ts";

const HOUR = 3_600_000;
const CLIENTS = 3;

/** What an hour of clients that say nothing costs. */
function idleHour(setup: (io: Server) => void) {
  const storage = new CountedStorage();
  const server = new InMemoryServer(setup, {}, [], storage);
  const clients = Array.from({ length: CLIENTS }, () => server.connect());
  for (const client of clients) client.take();
  storage.writes.splice(0);
  const counted = { wakes: 0, frames: 0 };
  const before = server.saves;
  for (let next = server.alarm; next !== null; next = server.alarm) {
    if (server.elapsed + next > HOUR) break;
    server.runtime.hibernate((socket, connection) => {
      assert.ok(connection);
      (socket as InMemoryClient).connection = connection;
    });
    server.advance(next);
    counted.wakes += 1;
    counted.frames += clients.flatMap((client) => client.take()).length;
    for (const client of clients) client.emit("3");
    assert.deepEqual(server.io.awakeReasons, []);
  }
  assert.ok(clients.every(({ closed }) => closed === undefined));
  return { ...counted, saves: server.saves - before, writes: storage.writes, reads: storage.reads };
}

test("wakes, frames, snapshots, reads and writes of an idle hour", () => {
  const chat = (io: Server): void => {
    io.on("connection", (socket) => socket.join("lobby"));
  };
  const plain = idleHour(chat);
  const instrumented = idleHour((io) => {
    chat(io);
    instrument(io, { auth: false, mode: "development" });
  });
  assert.deepEqual(instrumented, plain);
  // A ping for each interval of 25 s. Here, where pongs are messages, each is waited for, too.
  const pings = plain.frames / CLIENTS;
  assert.ok(pings >= 140 && pings <= 145, `${pings} pings`);
  assert.deepEqual(plain.writes, []);
});
