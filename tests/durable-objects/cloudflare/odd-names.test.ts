// Whatever is accepted awake is restored: ids that are empty, the same, or of odd characters.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io, type Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";

  export class Chat extends createServer({ generateId: () => "" }, (io) => {
    for (const name of ["/", "/odd \\u0000 \\ud83d\\ude00"]) {
      io.of(name).on("connection", (socket) => {
        socket.on("join", (room, done) => {
          socket.join(room);
          done();
        });
        socket.on("tell", (room) => io.of(name).to(room).emit("told", room));
        socket.on("add", (number, done) => done(number + 1));
      });
    }
  }) {}

  export default {
    async fetch(request, env) {
      const response = await routeSocketIO(request, env.CHAT, { name: "odd" });
      return response ?? new Response("not found", { status: 404 });
    },
  };
`;

let worker: RunningWorker;
const clients: Socket[] = [];

before(async () => {
  worker = await startWorker({ entry: { source: SOURCE }, classes: { CHAT: "Chat" } });
});

after(async () => {
  for (const client of clients) client.disconnect();
  await worker.stop();
});

function connect(namespace = ""): Socket {
  const client = io(`${worker.url}${namespace}`, { transports: ["websocket"], forceNew: true });
  clients.push(client);
  return client;
}

test("two clients whose engine's ids are empty", async () => {
  const [first, second] = [connect(), connect()];
  assert.equal(await first.emitWithAck("add", 1), 2);
  assert.equal(await second.emitWithAck("add", 2), 3);
  await worker.evict("odd");
  assert.equal(await second.emitWithAck("add", 3), 4);
  assert.equal(await first.emitWithAck("add", 4), 5);
});

test("a namespace and rooms of odd characters", async () => {
  const rooms = ["", "\u0000", "x\u0000y", "\ufeffx", "\u{1f600}"];
  const members = rooms.map(() => connect("/odd \u0000 \u{1f600}"));
  for (const [index, room] of rooms.entries()) await members[index]?.emitWithAck("join", room);
  await worker.evict("odd");
  for (const [index, room] of rooms.entries()) {
    const told = new Promise((resolve) => members[index]?.once("told", resolve));
    members[(index + 1) % members.length]?.emit("tell", room);
    assert.equal(await told, room);
  }
});
