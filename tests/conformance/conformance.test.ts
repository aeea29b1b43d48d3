// The public protocol documents of Engine.IO 4 and Socket.IO 5, walked through sentence by sentence,
// with bare WebSocket frames, on every host.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ENGINE_IO } from "./engine-io.ts";
import { HOSTS, type Host } from "./hosts.ts";
import { NOT_APPLICABLE, POLLING_REQUESTS } from "./not-applicable.ts";
import type { Rule } from "./rule.ts";
import { SOCKET_IO } from "./socket-io.ts";
import { Wires } from "./wire.ts";

const DOCUMENTS: Record<string, Rule[]> = {
  "Engine.IO protocol 4": ENGINE_IO,
  "Socket.IO protocol 5": SOCKET_IO,
};
/** Rules under way at the same time: some only wait for heartbeats. */
const CONCURRENCY = 4;

for (const [name, start] of Object.entries(HOSTS)) {
  describe(name, { concurrency: CONCURRENCY }, () => {
    let host: Host;
    before(async () => {
      host = await start();
    });
    after(() => host.stop());

    for (const [document, rules] of Object.entries(DOCUMENTS)) {
      for (const { sentence, check } of rules) {
        test(`${document}: ${sentence}`, async () => {
          const wires = new Wires(host);
          try {
            await check(wires);
          } finally {
            wires.end();
          }
        });
      }
    }

    for (const [method, query] of POLLING_REQUESTS) {
      test(`not applicable: ${method} ?${query} gets Engine.IO's error`, async () => {
        const url = host.url(false);
        url.search = query;
        const response = await fetch(url, { method });
        assert.equal(response.status, 400);
        assert.equal(response.headers.get("content-type"), "application/json");
        assert.deepEqual(await response.json(), { code: 0, message: "Transport unknown" });
      });
    }
  });
}

test("each sentence is there once", () => {
  const sentences = [...ENGINE_IO, ...SOCKET_IO].map(({ sentence }) => sentence);
  assert.equal(
    new Set([...sentences, ...NOT_APPLICABLE]).size,
    sentences.length + NOT_APPLICABLE.length,
  );
});
