// A client that does not read, on bare workerd: its object's memory is not its to fill.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { BareClient } from "../../support/bare-client.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect } from "../../support/stock-client.ts";

const EVENTS = 1_000;
/** More than the operating system takes of what nobody reads, and many times what may wait. */
const BURST = 400;

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        const text = "x".repeat(2 ** 16);
        const setup = (io) => {
          const told = [];
          io.on("connection", (socket) => {
            socket.on("flood", async (isVolatile, count) => {
              for (let sent = 0; sent < count && socket.connected; sent++) {
                (isVolatile ? socket.volatile : socket).emit("water", text);
                await new Promise((resolve) => setTimeout(resolve, 1));
              }
              told.push("dry");
              socket.emit("dry");
            });
            socket.on("burst", async (count) => {
              for (let sent = 0; sent < count; sent++) socket.emit("water", text);
              await new Promise((resolve) => setTimeout(resolve, 1));
              socket.emit("dry");
              told.push("dry");
            });
            socket.on("disconnect", (reason, error) => told.push(reason, error?.message));
            socket.on("told", (answer) => answer(told));
          });
        };
        export class Sleeping extends createServer({ maxBufferedAmount: 2e6 }, setup) {}
        export class Wakeful extends createServer({ maxBufferedAmount: 2e6, hibernate: false }, setup) {}
        export default {
          fetch: (request, env) => {
            const { searchParams } = new URL(request.url);
            return routeSocketIO(request, env[searchParams.get("class")], { name: searchParams.get("name") });
          },
        };
      `,
    },
    classes: { SLEEPING: "Sleeping", WAKEFUL: "Wakeful" },
  });
});

after(() => worker.stop());

for (const [what, name] of [
  ["an object that may sleep", "SLEEPING"],
  ["an object that stays awake", "WAKEFUL"],
] as const) {
  /** A client that does not read, and one that asks what the server was told. */
  async function meet(room: string) {
    const query = { class: name, name: room };
    const witness = connect(worker.url, "", { reconnection: false, query });
    await ask(witness, "told");
    const parameters = `EIO=4&transport=websocket&class=${name}&name=${room}`;
    const bare = new BareClient(`${worker.url}/socket.io/?${parameters}`, { answersPings: true });
    await bare.received("0");
    bare.send("40");
    await bare.received("40");
    bare.pause();
    const told = async (): Promise<unknown[]> => {
      for (;;) {
        const [list] = (await ask(witness, "told")) as [unknown[]];
        if (list.length > 0) return list;
        await delay(50);
      }
    };
    return { bare, witness, told };
  }

  test(`${what}: volatile events are dropped while anything waits`, async () => {
    const { bare, witness, told } = await meet("volatile");
    bare.send(`42["flood",true,${EVENTS}]`);
    assert.deepEqual(await told(), ["dry"]);
    bare.resume();
    await bare.received('42["dry"');
    const arrived = bare.frames.filter((frame) => frame.startsWith('42["water"')).length;
    assert.ok(arrived < EVENTS / 2, `${arrived} of ${EVENTS}`);
    bare.end();
    witness.close();
  });

  test(`${what}: other events wait up to the bound, then the client is closed`, async () => {
    const { bare, witness, told } = await meet("reliable");
    bare.send(`42["flood",false,${EVENTS}]`);
    const [reason, message] = await told();
    assert.equal(reason, "transport error");
    assert.match(`${message}`, /^the client does not read: \d+ bytes wait for it$/);
    const waiting = Number(/\d+/.exec(`${message}`)?.[0]);
    assert.ok(waiting > 2e6 && waiting < 4e6, `${waiting}`);
    bare.resume();
    assert.deepEqual(await bare.closed(), { code: 1008, reason: "the client does not read" });
    witness.close();
  });

  test(`${what}: a client that reads gets all that one turn sends, and what the next one adds`, async () => {
    const { bare, witness, told } = await meet("burst");
    bare.send(`42["burst",${BURST}]`);
    assert.deepEqual(await told(), ["dry"]);
    bare.resume();
    await bare.received('42["dry"]');
    assert.equal(bare.frames.filter((frame) => frame.startsWith('42["water"')).length, BURST);
    bare.send('420["told"]');
    await bare.received('430[["dry"]]');
    bare.end();
    witness.close();
  });
}
