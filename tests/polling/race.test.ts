// Clients that upgrade while both sides send: nothing is lost, doubled or reordered. 1,000 of them with
// DORMOUSE_LONG=1, some otherwise.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/stock-client.ts";
import { dataFor, sizeOf } from "./application.ts";
import { HOSTS, type Host } from "./hosts.ts";
import { Poller } from "./poller.ts";

const CLIENTS = process.env.DORMOUSE_LONG ? 1_000 : 24;
/** At the same time. */
const LANES = 8;
/** Events that a client sends once it has upgraded. */
const AFTERWARDS = 6;

for (const name of ["Node", "Durable Objects"] as const) {
  describe(name, () => {
    let host: Host;
    before(async () => {
      host = await HOSTS[name]();
    });
    after(() => host?.stop());

    test(`${CLIENTS} upgrades under load`, async () => {
      const base = await host.newRoom("racing");
      let next = 0;
      const lanes = Array.from({ length: LANES }, async () => {
        while (next++ < CLIENTS) await run(base, 1 + (next % 5));
      });
      await Promise.all(lanes);
      const told = await new Poller(base).told();
      const lines = told.map(([what]) => what);
      assert.deepEqual(
        told.filter(([what]) => what === "out of order"),
        [],
      );
      for (const what of ["connection", "upgrade", "disconnect"]) {
        assert.equal(lines.filter((line) => line === what).length, CLIENTS, what);
      }
      const reasons = new Set(told.filter(([what]) => what === "disconnect").map(([, why]) => why));
      assert.deepEqual([...reasons], ["client namespace disconnect"]);
    });
  });
}

/** One client, until a while after it has upgraded. `delay`: between what it sends, in milliseconds. */
async function run(base: string, delay: number): Promise<void> {
  const { origin, pathname } = new URL(base);
  const prefix = pathname.replace(/\/$/, "");
  const socket = connect(origin, prefix, { transports: ["polling", "websocket"] });
  let expected = 0;
  const faults: string[] = [];
  socket.on("down", (number: number, data: string | Uint8Array, size: number) => {
    if (number !== expected++ || sizeOf(data) !== size)
      faults.push(`${number}, not ${expected - 1}`);
  });
  socket.on("disconnect", (reason) => {
    if (reason !== "io client disconnect") faults.push(reason);
  });
  const over = new Promise<number>((resolve) => socket.on("end of race", resolve));
  socket.emit("race");
  let left = AFTERWARDS;
  for (let number = 0; left > 0; number++) {
    const data = dataFor(number);
    socket.emit("up", number, data, sizeOf(data));
    if (number % 2 === 0) await new Promise((resolve) => setTimeout(resolve, delay));
    if (socket.io.engine?.transport.name === "websocket") left -= 1;
    assert.deepEqual(faults, []);
  }
  socket.emit("enough");
  assert.equal(await over, expected);
  // Behind everything that it has sent.
  await socket.timeout(20_000).emitWithAck("ask");
  assert.deepEqual(faults, []);
  const gone = new Promise<void>((resolve) => socket.io.engine.once("close", () => resolve()));
  socket.disconnect();
  await gone;
}
