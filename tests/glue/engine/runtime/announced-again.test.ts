// What listeners of the engine's connection have begun is there for the first that goes over it after a sleep, either way.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, EnginePacket } from "../../../../glue/engine/connections/connection.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

/** A server whose engine's listener hears all that goes over a connection, either way. */
function overhear(heard: unknown[]): (io: Server) => void {
  return (io) => {
    io.engine.on("connection", (conn: Connection) => {
      conn.on("packet", ({ data }: EnginePacket) => heard.push(["came", data]));
      conn.on("packetCreate", ({ type, data }: EnginePacket) => heard.push([type, data]));
      conn.send("hello");
    });
    io.on("connection", (socket) => socket.on("say", () => {}));
  };
}

test("a packet that ends the sleep is heard", () => {
  const heard: unknown[] = [];
  const client = new InMemoryServer(overhear(heard)).connect();
  new InMemoryServer(overhear(heard), {}, [client]);
  heard.length = 0;
  client.emit('42["say"]');
  assert.deepEqual(heard, [["came", '2["say"]']]);
});

test("what is sent before anything comes is heard, once, and the listeners send nothing again", () => {
  const heard: unknown[] = [];
  const client = new InMemoryServer(overhear(heard)).connect();
  const { io } = new InMemoryServer(overhear(heard), {}, [client]);
  heard.length = 0;
  client.take();
  io.emit("news");
  io.emit("more");
  client.emit('42["say"]');
  assert.deepEqual(heard, [
    ["message", '2["news"]'],
    ["message", '2["more"]'],
    ["came", '2["say"]'],
  ]);
  assert.deepEqual(client.take(), ['42["news"]', '42["more"]']);
});

test("a client that has left during the sleep: its close is heard", () => {
  const heard: unknown[] = [];
  const hear = (io: Server): void => {
    io.engine.on("connection", (conn: Connection) =>
      conn.on("close", (reason: string) => heard.push(reason)),
    );
    io.on("connection", () => {});
  };
  const client = new InMemoryServer(hear).connect();
  new InMemoryServer(hear, {}, [client]);
  client.leave();
  assert.deepEqual(heard, ["transport close"]);
});

test("a heartbeat after a sleep is heard", () => {
  const heard: unknown[] = [];
  const client = new InMemoryServer(overhear(heard)).connect();
  const server = new InMemoryServer(overhear(heard), {}, [client]);
  heard.length = 0;
  server.advance(server.alarm ?? 0);
  assert.deepEqual(heard, [["ping", undefined]]);
});
