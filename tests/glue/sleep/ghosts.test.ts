// Objects from before a sleep that variables hold are dead, and the first use of each is told of.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../../glue/socket.io/socket.ts";
import { InMemoryServer } from "../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

const USES: Record<string, (socket: Socket) => unknown> = {
  emit: (socket) => socket.emit("x"),
  join: (socket) => socket.join("room"),
  disconnect: (socket) => socket.disconnect(true),
  to: (socket) => socket.to("room").emit("x"),
  broadcast: (socket) => socket.broadcast.emit("x"),
  on: (socket) => socket.on("x", () => {}),
};

for (const [member, use] of Object.entries(USES)) {
  test(`a socket from before a sleep: ${member} does nothing, and is told of once`, async () => {
    let held: Socket | undefined;
    const server = new InMemoryServer((io) => {
      io.on("connection", (socket) => {
        held ??= socket;
        socket.on("hello", (ack) => ack("here"));
      });
    });
    const client = server.connect();
    await settle();
    server.runtime.hibernate((transport, connection) => {
      if (connection !== undefined) (transport as typeof client).connection = connection;
    });
    client.take();
    const ghost = held as Socket;
    assert.equal(ghost.connected, false);
    for (let i = 0; i < 2; i++) use(ghost);
    assert.deepEqual([client.take(), client.closed], [[], undefined]);
    const problems = server.errors.map(({ error }) => String(error));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", new RegExp(`socket\\.${member} of socket `));
    client.emit('420["hello"]');
    assert.deepEqual(client.take(), ['430["here"]']);
  });
}
