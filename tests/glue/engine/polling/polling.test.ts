// WebSockets that are to take over from polling: none stays known once it has, or has failed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PollingRequest } from "../../../../glue/engine/options/polling-support.ts";
import { polling } from "../../../../glue/engine/polling/index.ts";
import type { LongPolling } from "../../../../glue/engine/polling/long-polling.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const GET: PollingRequest = { method: "GET", contentType: undefined, body: undefined };
const ID = "abcdefghijklmnopqrst";

/** A session that polls, and a WebSocket that wants to take it over. */
async function beginUpgrade() {
  const server = new InMemoryServer(() => {}, { transports: [polling, "websocket"] });
  const longPolling = server.runtime.polling as LongPolling;
  const query = { EIO: "4", transport: "polling" };
  const details = { method: "GET", url: "/", headers: {}, query, address: "", secure: false };
  const visitor = { sid: undefined, id: ID, protocol: 4, details, repeats: 0 } as const;
  await longPolling.answer(visitor, GET);
  const webSocket = new InMemoryClient();
  longPolling.upgrade(ID, webSocket, webSocket, (connection) => {
    webSocket.connection = connection;
  });
  assert.equal(longPolling.probes.size, 1);
  return { server, longPolling, webSocket };
}

test("a WebSocket that has taken over is the connection's, and no probe any more", async () => {
  const { server, longPolling, webSocket } = await beginUpgrade();
  for (const message of ["2probe", "5"]) longPolling.receive(webSocket, message);
  assert.deepEqual(webSocket.take(), ["3probe"]);
  assert.equal(webSocket.connection, server.io.engine.clients[ID]);
  assert.equal(webSocket.connection.transport.name, "websocket");
  assert.equal(longPolling.probes.size, 0);
});

/** How it ends without that. */
const ENDS: Record<string, (of: Awaited<ReturnType<typeof beginUpgrade>>) => void> = {
  "the WebSocket goes": ({ longPolling, webSocket }) => longPolling.lose(webSocket),
  "it says something else": ({ longPolling, webSocket }) => longPolling.receive(webSocket, "4hi"),
  "the session is over": ({ server }) => server.io.engine.clients[ID]?.close(),
};

for (const [name, end] of Object.entries(ENDS)) {
  test(`a WebSocket that has not taken over is forgotten: ${name}`, async () => {
    const upgrade = await beginUpgrade();
    end(upgrade);
    assert.equal(upgrade.webSocket.closed?.code, 1000);
    assert.equal(upgrade.longPolling.probes.size, 0);
    upgrade.server.io.engine.close();
  });
}
