// Clients that poll, and an object that sleeps or dies: in workerd.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { ask, connect, next } from "../support/stock-client.ts";
import { Poller } from "./poller.ts";
import { eventually } from "./rule.ts";

const DEFAULTS = { transports: ["polling", "websocket"] };
const POLLING = { transports: ["polling"] };

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        import { polling } from "dormouse-io/polling";
        const transports = [polling, "websocket"];
        const setup = (io, { ctx }) => {
          io.on("connection", (socket) => {
            socket.data.count ??= 0;
            socket.join("all");
            socket.on("count", (ack) => ack(++socket.data.count, socket.restored));
            socket.on("conn", (ack) => {
              const { transport, upgraded, upgrading } = socket.conn;
              ack(transport.name, upgraded, upgrading);
            });
            socket.on("reasons", (ack) => ack(io.awakeReasons.map(({ kind, what }) => [kind, what])));
            socket.on("recovered", (ack) => ack(socket.recovered, socket.data.count));
            socket.on("say", (text) => io.to("all").emit("said", text));
            socket.on("die", () => setTimeout(() => ctx.abort("on purpose"), 300));
            socket.on("disconnect", (reason) => io.emit("left", reason));
          });
        };
        export const Usual = createServer({ transports }, setup);
        export const Hasty = createServer({ transports, pingInterval: 400, pingTimeout: 5_000 }, setup);
        export const Recovering = createServer({ transports, connectionStateRecovery: {} }, setup);
        export default {
          async fetch(request, env) {
            const url = new URL(request.url);
            const [, binding, ...rest] = url.pathname.split("/");
            url.pathname = "/" + rest.join("/");
            return (await routeSocketIO(new Request(url, request), env[binding], { name: "one" }))
              ?? new Response("", { status: 404 });
          },
        };
      `,
    },
    classes: { USUAL: "Usual", HASTY: "Hasty", RECOVERING: "Recovering" },
    bindings: { DEBUG: "dormouse:host,dormouse:engine" },
  });
});

after(() => worker.stop());

const visit = (binding: string, options: object) => connect(worker.url, `/${binding}`, options);

async function upgraded(socket: ReturnType<typeof visit>): Promise<void> {
  await eventually(async () => (await ask(socket, "conn"))[0] === "websocket");
}

test("a client that has upgraded sleeps with its object as others do", async () => {
  const socket = visit("USUAL", DEFAULTS);
  const witness = visit("USUAL", {});
  await ask(witness, "count");
  assert.deepEqual(await ask(socket, "count"), [1, false]);
  await upgraded(socket);
  assert.deepEqual(await ask(socket, "reasons"), [[]]);
  for (let sleeps = 1; sleeps <= 2; sleeps++) {
    await worker.evict("one", "hibernate", "USUAL");
    assert.deepEqual(await ask(socket, "count"), [1 + sleeps, true]);
    assert.deepEqual(await ask(socket, "conn"), ["websocket", true, false]);
  }
  await worker.evict("one", "hibernate", "USUAL");
  const heard = next(socket, "said");
  witness.emit("say", "after a sleep");
  assert.deepEqual(await heard, ["after a sleep"]);
  socket.close();
  witness.close();
});

test("a client that polls is a reason to stay awake, told of under DEBUG, until it leaves", async () => {
  const witness = visit("USUAL", {});
  await ask(witness, "count");
  const socket = visit("USUAL", POLLING);
  await ask(socket, "count");
  assert.deepEqual(await ask(witness, "reasons"), [[["connection", "HTTP long-polling"]]]);
  await worker.logged(/HTTP long-polling of connection [\w-]+ would be lost by a sleep/);
  const left = next(witness, "left");
  socket.close();
  assert.deepEqual(await left, ["client namespace disconnect"]);
  await eventually(async () => {
    const [reasons] = await ask(witness, "reasons");
    return (reasons as unknown[]).length === 0;
  });
  await worker.evict("one", "hibernate", "USUAL");
  assert.deepEqual(await ask(witness, "count"), [2, true]);
  witness.close();
});

test("a client that goes away while its GET waits is given up, and the object sleeps again", async () => {
  const witness = visit("HASTY", {});
  await ask(witness, "count");
  const poller = await new Poller(`${worker.url}/HASTY`).join();
  const left = next(witness, "left");
  const gone = new AbortController();
  const polled = poller.get({ signal: gone.signal }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  gone.abort();
  await polled;
  assert.deepEqual(await left, ["ping timeout"]);
  assert.deepEqual(await ask(witness, "reasons"), [[]]);
  await worker.evict("one", "hibernate", "HASTY");
  assert.deepEqual(await ask(witness, "count"), [2, true]);
  witness.close();
});

test("an object that died knows no sessions of those who polled", async () => {
  const poller = await new Poller(`${worker.url}/USUAL`).join();
  await poller.post('42["die"]');
  const answer = await eventually(async () => {
    const last = await poller.post("3");
    return last.status === 400 && last;
  });
  assert.equal(answer.body, '{"code":1,"message":"Session ID unknown"}');
});

for (const [kind, options] of [
  ["polls", POLLING],
  ["has upgraded", DEFAULTS],
] as const) {
  test(`a client that ${kind} comes back to an object that died, and has missed nothing`, async () => {
    const socket = visit("RECOVERING", {
      ...options,
      reconnectionDelay: 400,
      reconnectionDelayMax: 400,
    });
    const said: unknown[] = [];
    socket.on("said", (text) => said.push(text));
    await ask(socket, "count");
    if (kind === "has upgraded") await upgraded(socket);
    socket.emit("say", "before");
    await next(socket, "said");
    const lost = next(socket, "disconnect");
    socket.emit("die");
    // What is written is written a tenth of a second later.
    await lost;
    const other = visit("RECOVERING", {});
    other.emit("say", "meanwhile");
    await eventually(async () => said.includes("meanwhile"));
    assert.deepEqual(await ask(socket, "recovered"), [true, 1]);
    assert.deepEqual(said, ["before", "meanwhile"]);
    socket.close();
    other.close();
  });
}
