// The same admin, told by npm's package on `socket.io` and by ours on Node: event by event, the same.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { instrument as instrumentUpstream } from "@socket.io/admin-ui";
import { Server as UpstreamServer } from "socket.io";
import type { Socket } from "socket.io-client";
import { createServer, Server } from "../../../durable-objects/node/index.ts";
import { instrument } from "../../../layers/admin/index.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const clean: (() => unknown)[] = [];
after(async () => {
  for (const end of clean) await end();
});

// biome-ignore lint/suspicious/noExplicitAny: the servers of two packages
type AnyServer = any;

async function listening(): Promise<[HttpServer, string]> {
  const httpServer = createHttpServer();
  await once(httpServer.listen(0, "127.0.0.1"), "listening");
  return [httpServer, `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`];
}

function application(io: AnyServer): void {
  io.on("connection", (socket: AnyServer) => {
    socket.on("join", (room: string, ack: () => void) => {
      socket.join(room);
      ack();
    });
    socket.on("leave", (room: string, ack: () => void) => {
      socket.leave(room);
      ack();
    });
    socket.on("say", (text: string, ack: (text: string) => void) => {
      io.emit("said", text, { by: "somebody" });
      ack(text);
    });
  });
  io.of("/team").on("connection", () => {});
}

/** What an admin is told of a client that does the same everywhere. */
async function story(url: string): Promise<string[]> {
  const told: unknown[][] = [];
  const client = (namespace: string, path = {}): Socket => {
    const made = connect(url + namespace, "", { reconnection: false, ...path });
    clean.push(() => made.disconnect());
    return made;
  };
  const ada = client("/");
  await next(ada, "connect");
  const admin = client("/admin");
  admin.onAny((...args) => told.push(args));
  await next(admin, "all_sockets");
  const ben = client("/team");
  await next(ben, "connect");
  await ask(ada, "join", "a room");
  await ask(ada, "say", "hello");
  await ask(ada, "leave", "a room");
  const names: [string | undefined, string][] = [
    [ada.id, "<ada>"],
    [ben.id, "<ben>"],
    [admin.id, "<admin>"],
  ];
  admin.emit("join", "/", "by the admin", ada.id);
  admin.emit("emit", "/", "by the admin", "greeting", 1);
  await next(ada, "greeting");
  admin.emit("leave", "/", "by the admin", ada.id);
  admin.emit("_disconnect", "/team", true, ben.id);
  await next(ben, "disconnect");
  admin.emit("_disconnect", "/", false, ada.id);
  await next(ada, "disconnect");
  await delay(2_300);
  return told.map((args) => normal(args, names));
}

function normal([event, ...args]: unknown[], names: [string | undefined, string][]): string {
  if (event === "server_stats") {
    const { aggregatedEvents, ...rest } = args[0] as Record<string, unknown>;
    return `server_stats ${Object.keys(rest).sort()} ${typeof aggregatedEvents}`;
  }
  let text = JSON.stringify([event, ...args], (key, value) => {
    // Who sees what the other has set there is upstream's own way to hand on the client's id.
    if (key === "clientId" || key === "issued" || key === "time" || key === "url")
      return typeof value;
    return key === "query" || key === "headers" ? Object.keys(value).sort() : value;
  });
  for (const [id, name] of names) text = text.replaceAll(String(id), name);
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
}

test("an admin is told the same as by npm's package", async () => {
  const [theirs, theirUrl] = await listening();
  const upstream = new UpstreamServer(theirs);
  application(upstream);
  instrumentUpstream(upstream, { auth: false, serverId: "x", mode: "development" });
  clean.push(() => upstream.close());
  const [ours, ourUrl] = await listening();
  const io = new Server(ours);
  application(io);
  instrument(io, { auth: false, serverId: "x", mode: "development" });
  clean.push(() => io.close());
  const [expected, actual] = await Promise.all([story(theirUrl), story(ourUrl)]);
  // Nobody looks yet when the first admin comes: that he has he sees from the list.
  const ofHimself = /^\["(socket_connected|room_joined)".*"<admin>"/;
  const events = (lines: string[]) =>
    lines.filter((line) => !line.startsWith("server_stats") && !ofHimself.test(line)).sort();
  assert.deepEqual(events(actual), events(expected));
  const stats = (lines: string[]) =>
    new Set(lines.filter((line) => line.startsWith("server_stats")));
  assert.deepEqual(stats(actual), stats(expected));
});

/** What an admin is told of a client's transports, who begins with polling and is in two namespaces when he upgrades. */
async function upgrade(url: string): Promise<unknown[]> {
  const admin = connect(`${url}/admin`, "", { reconnection: false });
  clean.push(() => admin.disconnect());
  const told: { nsp: string; transport: string }[] = [];
  const note = ({ nsp, transport }: { nsp: string; transport?: string }) => {
    if (transport !== undefined && nsp !== "/admin") told.push({ nsp, transport });
  };
  admin.on("socket_connected", note).on("socket_updated", note);
  await next(admin, "all_sockets");
  // Both namespaces ask at once, before the upgrade.
  const client = connect(url, "", { transports: ["polling", "websocket"], reconnection: false });
  const team = client.io.socket("/team");
  clean.push(() => client.io.engine.close());
  for (const end = Date.now() + 60_000; told.length < 4; ) {
    assert.ok(Date.now() < end, JSON.stringify(told));
    await delay(10);
  }
  assert.ok(client.connected && team.connected);
  return told.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** The same application with npm's package and with ours. Returns the addresses, npm's first. */
async function both(options: {
  transports?: ("polling" | "websocket")[];
}): Promise<[string, string]> {
  const [theirs, theirUrl] = await listening();
  const upstream = new UpstreamServer(theirs, options);
  const [ours, ourUrl] = await listening();
  const io = new Server(ours, options);
  clean.push(
    () => upstream.close(),
    () => io.close(),
  );
  application(upstream);
  application(io);
  instrumentUpstream(upstream, { auth: false, serverId: "x", mode: "development" });
  instrument(io, { auth: false, serverId: "x", mode: "development" });
  return [theirUrl, ourUrl];
}

test("a client that upgrades is shown with its new transport, as by npm's package", async () => {
  const [theirUrl, ourUrl] = await both({ transports: ["polling", "websocket"] });
  const expected = ["/", "/team"].flatMap((nsp) =>
    ["polling", "websocket"].map((transport) => ({ nsp, transport })),
  );
  assert.deepEqual(await upgrade(theirUrl), expected);
  assert.deepEqual(await upgrade(ourUrl), expected);
});

/** How often each kind of event is counted, of one client that joins nothing, and one that joins two namespaces. */
async function counted(url: string, expected: Record<string, number>): Promise<unknown> {
  const admin = connect(`${url}/admin`, "", { reconnection: false });
  clean.push(() => admin.disconnect());
  const counts: Record<string, number> = {};
  await next(admin, "all_sockets");
  // What is told first is of the admin himself.
  await next(admin, "server_stats");
  admin.on("server_stats", ({ aggregatedEvents }) => {
    for (const { type, subType, count } of aggregatedEvents) {
      const kind = subType === undefined ? type : `${type}: ${subType}`;
      counts[kind] = (counts[kind] ?? 0) + count;
    }
  });
  const silent = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await once(silent as never, "message");
  const client = connect(url, "", { reconnection: false });
  const team = client.io.socket("/team");
  await Promise.all([next(client, "connect"), next(team, "connect")]);
  silent.close();
  client.io.engine.close();
  const kinds = Object.keys(expected);
  const enough = () => kinds.every((kind) => (counts[kind] ?? 0) >= (expected[kind] ?? 0));
  for (const end = Date.now() + 60_000; !enough(); await delay(10)) {
    assert.ok(Date.now() < end, JSON.stringify(counts));
  }
  return Object.fromEntries(kinds.map((kind) => [kind, counts[kind]]));
}

test("connections are counted when they begin, also of clients that join nothing, as by npm's package", async () => {
  const [theirUrl, ourUrl] = await both({});
  // CONNECTs to two namespaces.
  const expected = { rawConnection: 2, "rawDisconnection: transport close": 2, packetsIn: 2 };
  assert.deepEqual(await counted(theirUrl, expected), expected);
  assert.deepEqual(await counted(ourUrl, expected), expected);
});

test("wrong options: upstream's errors, and names of those that are not there", () => {
  const io = new Server();
  const password = "$2b$10$heqvAkYMez.Va6Et2uXInOnkCT6/uQj1brkrbyG3LpopDklcq7ZOS";
  const cases: [unknown, RegExp][] = [
    [undefined, /the `auth` option must be specified or explicitly set to `false`/],
    [{}, /the `auth` option must be specified or explicitly set to `false`/],
    [{ auth: true }, /invalid `auth` option/],
    [{ auth: { type: "digest", username: "x", password } }, /invalid `auth` option/],
    [{ auth: { type: "basic", username: "x", password: "plain" } }, /must be a valid bcrypt hash/],
    [{ auth: { type: "basic", username: "x" } }, /must be a valid bcrypt hash/],
    [{ auth: false, mode: "test" }, /option "mode" must be "development" or "production"/],
    [{ auth: false, store: {} }, /option "store" must be a store/],
    [
      { auth: false, readOnly: true },
      /instrument: unknown option "readOnly" \(did you mean "readonly"\?\)/,
    ],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => instrument(io, options as never), message);
  }
  instrument(io, { auth: { type: "basic", username: "x", password } });
});

test("an admin whose server slept all the same goes on looking", async () => {
  const [httpServer, url] = await listening();
  const Chat = createServer((io) => {
    application(io);
    instrument(io, { auth: false, mode: "development" });
  });
  const chat = new Chat(httpServer as never);
  clean.push(() => chat.io.close());
  const ada = connect(url, "", { reconnection: false });
  const admin = connect(`${url}/admin`, "", { reconnection: false });
  clean.push(
    () => ada.disconnect(),
    () => admin.disconnect(),
  );
  await next(admin, "all_sockets");
  await chat.hibernate();
  const again = next(admin, "all_sockets");
  const received = new Promise((resolve) =>
    admin.on("event_sent", (...args) => resolve(args.slice(0, 3))),
  );
  await ask(ada, "say", "after the sleep");
  const [sockets] = (await again) as [{ id: string }[]];
  assert.ok(sockets.some(({ id }) => id === ada.id));
  await ask(ada, "say", "seen");
  assert.deepEqual(await received, ["/", ada.id, ["said", "seen", { by: "somebody" }]]);
  assert.deepEqual(
    chat.io.awakeReasons.map(({ what }) => what),
    ["an admin looks on"],
  );
  admin.disconnect();
  for (let rounds = 0; chat.io.awakeReasons.length > 0; rounds += 1) {
    assert.ok(rounds < 200);
    await delay(10);
  }
});
