/**
 * What holds in PartyKit and in PartyServer alike, over the wire of their dev servers. Both offer the
 * parties of `party-app.worker.ts` at `/parties/<party>/<room>`.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket as ClientSocket } from "socket.io-client";
import { WebSocket } from "ws";
import type { DevServer } from "./dev-server.ts";
import { send, upgrade } from "./raw-http.ts";
import { ask, connect, next } from "./stock-client.ts";

/** An idle room falls asleep after ten seconds. */
export const FALLS_ASLEEP = 12_500;

let rooms = 0;

/** A room that nobody has been in. */
function newRoom(): string {
  return `room-${++rooms}`;
}

/** Registers the tests, and `more` that run beside them. Gives the server once it runs. */
export function testParties(
  name: string,
  start: () => Promise<DevServer>,
  more: (server: () => DevServer) => void = () => {},
): () => DevServer {
  let server: DevServer | undefined;
  const running = (): DevServer => {
    if (server === undefined) throw new Error("the dev server did not start");
    return server;
  };
  before(async () => {
    server = await start();
  });
  after(() => server?.stop());
  const url = (): string => running().url;

  // Most of the time passes while rooms fall asleep.
  describe(name, { concurrency: true }, () => {
    describe("sleep", { concurrency: true }, () => {
      testWaking(url);
      testKept(url);
    });
    describe("its own", { concurrency: true }, () => more(running));
    describe("rooms", () => testRooms(url));
    describe("events", () => testEvents(url));
    describe("handshakes", () => testHandshakes(url));
    describe("what is the application's", { concurrency: true }, () => {
      testRequests(url);
      testOwnSockets(url);
    });
  });
  return running;
}

// --- rooms -------------------------------------------------------------------------------------------

function testRooms(url: () => string): void {
  test("a stock client with nothing else configured lands in the default room", async () => {
    const socket = connect(url());
    const [room, path] = await ask(socket, "where");
    assert.equal(room, "lobby");
    assert.equal(path, "/socket.io/?EIO=4&transport=websocket");
    socket.close();
  });

  test("the request chooses the room", async () => {
    const socket = connect(url(), "", { query: { room: "chosen" } });
    assert.equal((await ask(socket, "where"))[0], "chosen");
    const other = connect(url());
    assert.equal((await ask(other, "where"))[0], "lobby");
    const heard: unknown[] = [];
    other.on("said", (text) => heard.push(text));
    await ask(other, "join", "everyone");
    await ask(socket, "join", "everyone");
    socket.emit("say", "everyone", "for the chosen");
    assert.deepEqual(await next(socket, "said"), ["for the chosen"]);
    await ask(other, "echo");
    assert.deepEqual(heard, []);
    socket.close();
    other.close();
  });

  test("a path reaches its room directly, and it is the room of that name", async () => {
    const room = newRoom();
    const direct = connect(url(), `/parties/main/${room}`);
    const [name, path, secure] = await ask(direct, "where");
    assert.equal(name, room);
    assert.equal(path, `/parties/main/${room}/socket.io/?EIO=4&transport=websocket`);
    assert.equal(secure, false);
    const chosen = connect(url(), "", { query: { room } });
    await ask(direct, "join", "both");
    await ask(chosen, "join", "both");
    direct.emit("say", "both", 1, { two: [2] });
    assert.deepEqual(await next(chosen, "said"), [1, { two: [2] }]);
    direct.close();
    chosen.close();
  });
}

// --- events ------------------------------------------------------------------------------------------

function testEvents(url: () => string): void {
  test("binary goes both ways, and acknowledgements come back", async () => {
    const socket = connect(url(), `/parties/main/${newRoom()}`);
    const bytes = Uint8Array.of(1, 2, 254, 255);
    const [text, answer, nested] = await ask(socket, "echo", "text", bytes, { in: [bytes] });
    assert.equal(text, "text");
    assert.deepEqual(new Uint8Array(answer as ArrayBuffer), bytes);
    const { in: list } = nested as { in: ArrayBuffer[] };
    assert.deepEqual(new Uint8Array(list[0] as ArrayBuffer), bytes);
    socket.close();
  });

  test("who disconnects or is lost is gone for the others, with rooms, data and reason", async () => {
    const prefix = `/parties/main/${newRoom()}`;
    const [watcher, polite, lost] = [0, 1, 2].map(() => connect(url(), prefix)) as [
      ClientSocket,
      ClientSocket,
      ClientSocket,
    ];
    await ask(watcher, "echo");
    await ask(polite, "keep", "polite");
    await ask(polite, "join", "a");
    await ask(lost, "keep", "lost");
    polite.disconnect();
    const reason = "client namespace disconnect";
    assert.deepEqual(await next(watcher, "gone"), ["polite", reason, 2]);
    const engine = lost.io.engine as unknown as { transport: { ws: WebSocket } };
    lost.io.reconnection(false);
    engine.transport.ws.close();
    assert.deepEqual(await next(watcher, "gone"), ["lost", "transport close", 1]);
    watcher.close();
  });

  test("a room that stays awake serves and keeps its heartbeat", async () => {
    const socket = connect(url(), `/parties/wakeful/${newRoom()}`);
    const bytes = Uint8Array.of(7);
    const [answer] = await ask(socket, "echo", bytes);
    assert.deepEqual(new Uint8Array(answer as ArrayBuffer), bytes);
    for (let beat = 0; beat < 3; beat++) await once(socket.io as never, "ping");
    assert.equal(socket.connected, true);
    socket.close();
  });
}

// --- sleep -------------------------------------------------------------------------------------------

function testWaking(url: () => string): void {
  test("a message wakes the room: rooms, data and acknowledgements are as before", async () => {
    const prefix = `/parties/main/${newRoom()}`;
    const [first, second] = [connect(url(), prefix), connect(url(), prefix)];
    await ask(first, "keep", { name: "first" });
    await ask(second, "join", "quiet");
    const disconnects: string[] = [];
    for (const socket of [first, second]) socket.on("disconnect", (why) => disconnects.push(why));
    assert.deepEqual(await ask(first, "starts"), [1]);
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await ask(first, "kept"), [{ name: "first" }, true]);
    assert.deepEqual(await ask(second, "starts"), [2]);
    first.emit("say", "quiet", "after sleep");
    assert.deepEqual(await next(second, "said"), ["after sleep"]);
    assert.deepEqual(disconnects, []);
    first.close();
    second.close();
  });

  test("a room whose setup waits: clients wait with it, and so they do after a sleep", async () => {
    const prefix = `/parties/patient/${newRoom()}`;
    const sockets = [connect(url(), prefix), connect(url(), prefix)];
    const starts = () => Promise.all(sockets.map((socket) => ask(socket, "starts")));
    const disconnects: string[] = [];
    for (const socket of sockets) socket.on("disconnect", (why) => disconnects.push(why));
    assert.deepEqual(await starts(), [[1], [1]]);
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await starts(), [[2], [2]]);
    assert.deepEqual(disconnects, []);
    for (const socket of sockets) socket.close();
  });

  test("a close wakes the room: the others hear of it", async () => {
    const prefix = `/parties/main/${newRoom()}`;
    const [leaving, staying] = [connect(url(), prefix), connect(url(), prefix)];
    await ask(leaving, "keep", "kept through sleep");
    await ask(leaving, "join", "a");
    await ask(staying, "echo");
    await delay(FALLS_ASLEEP);
    const engine = leaving.io.engine as unknown as { transport: { ws: WebSocket } };
    leaving.io.reconnection(false);
    const gone = next(staying, "gone");
    engine.transport.ws.close();
    assert.deepEqual(await gone, ["kept through sleep", "transport close", 2]);
    assert.deepEqual(await ask(staying, "starts"), [2]);
    staying.close();
  });

  test("the heartbeat wakes the room; who is silent is closed after it", async () => {
    const prefix = `/parties/sleepy/${newRoom()}`;
    const socket = connect(url(), prefix);
    await ask(socket, "keep", 1);
    await once(socket.io as never, "ping");
    assert.deepEqual(await ask(socket, "kept"), [1, true]);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    assert.equal((await ask(socket, "where"))[0], prefix.split("/")[3]);
    socket.close();
  });
}

function testKept(url: () => string): void {
  test("an asynchronous connection listener runs again to its end, and nobody hears of it", async () => {
    const path = `/parties/main/${newRoom()}/socket.io/`;
    const socket = connect(`${url()}/late`, "", { path });
    let welcomes = 0;
    socket.on("welcome", () => {
      welcomes += 1;
    });
    assert.deepEqual(await ask(socket, "starts"), [1]);
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    assert.equal(welcomes, 1);
    socket.close();
  });

  test("what middlewares of io.engine set on the request shows, and survives", async () => {
    const room = newRoom();
    const socket = connect(url(), `/parties/main/${room}`);
    assert.deepEqual((await ask(socket, "asked"))[1], { visits: 1, room });
    await ask(socket, "visit");
    await delay(FALLS_ASLEEP);
    assert.deepEqual((await ask(socket, "asked"))[1], { visits: 2, room });
    assert.deepEqual(await ask(socket, "starts"), [2]);
    socket.close();
  });

  test("data beyond an attachment survives, too", async () => {
    const socket = connect(url(), `/parties/main/${newRoom()}`);
    const large = "x".repeat(30_000);
    await ask(socket, "keep", large);
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await ask(socket, "kept"), [large, true]);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    socket.close();
  });

  test("data that has become small again survives as it is now", async () => {
    const socket = connect(url(), `/parties/main/${newRoom()}`);
    await ask(socket, "keep", "x".repeat(30_000));
    await ask(socket, "keep", "small");
    await delay(FALLS_ASLEEP);
    assert.deepEqual(await ask(socket, "kept"), ["small", true]);
    assert.deepEqual(await ask(socket, "starts"), [2]);
    socket.close();
  });
}

// --- handshakes --------------------------------------------------------------------------------------

function testHandshakes(url: () => string): void {
  const places: [string, string][] = [
    ["the server's path", ""],
    ["the path of a room", "/parties/main/handshakes"],
  ];
  for (const [where, prefix] of places) {
    const refusals: [string, string, string, string][] = [
      ["long-polling", "GET", "EIO=4&transport=polling", "0 Transport unknown"],
      ["an unknown session", "GET", "EIO=4&transport=websocket&sid=x", "1 Session ID unknown"],
      ["another method", "POST", "EIO=4&transport=websocket", "2 Bad handshake method"],
      ["a request without upgrade", "GET", "EIO=4&transport=websocket", "3 Bad request"],
    ];
    for (const [what, method, query, error] of refusals) {
      test(`${where}: ${what} gets Engine.IO's error`, async () => {
        const answer = await send(`${url()}${prefix}/socket.io/?${query}`, { method });
        assert.equal(answer.status, 400);
        assert.equal(answer.headers["content-type"], "application/json");
        const { code, message } = JSON.parse(answer.body);
        assert.equal(`${code} ${message}`, error);
      });
    }

    test(`${where}: an older protocol gets Engine.IO's error`, async () => {
      const answer = await upgrade(`${url()}${prefix}`, {}, "EIO=3&transport=websocket");
      assert.equal(answer.status, 400);
      assert.deepEqual(JSON.parse(answer.body), {
        code: 5,
        message: "Unsupported protocol version",
      });
    });
  }

  test("a middleware of io.engine may refuse", async () => {
    const prefix = `/parties/main/${newRoom()}`;
    const socket = connect(url(), prefix, { query: { refused: "1" }, reconnection: false });
    // At PartyKit the WebSocket is open by then.
    const ended = new Promise((resolve) => {
      socket.on("connect_error", resolve);
      socket.io.on("close", resolve);
    });
    await ended;
    assert.equal(socket.connected, false);
    socket.close();
  });

  test("a wrong path is the platform's 404", async () => {
    assert.equal((await send(`${url()}/socket.ioo/?EIO=4&transport=websocket`)).status, 404);
    assert.equal((await upgrade(`${url()}/other`)).status, 404);
  });
}

// --- what is the application's -----------------------------------------------------------------------

function testOwnSockets(url: () => string): void {
  test("WebSockets of the application's are its own, and ours none of its business", async () => {
    const prefix = `/parties/shared/${newRoom()}`;
    const socket = connect(url(), prefix);
    await ask(socket, "echo");
    const own = new WebSocket(`${url().replace("http", "ws")}${prefix}`);
    const frames: string[] = [];
    own.on("message", (frame) => frames.push(`${frame}`));
    await once(own, "message");
    assert.deepEqual(frames, ["connected, 1"]);
    const said = next(socket, "said");
    own.send("hello");
    assert.deepEqual(await said, ["hello by the application"]);
    own.send("all");
    await once(own, "message");
    assert.deepEqual(frames, ["connected, 1", "to all of ours"]);
    assert.deepEqual(await ask(socket, "echo", "still there"), ["still there"]);
    const closed = next(socket, "said");
    own.close();
    assert.deepEqual(await closed, ["theirs closed"]);
    socket.close();
  });

  test("alarms of the application's go off beside ours", async () => {
    const prefix = `/parties/shared/${newRoom()}`;
    const socket = connect(url(), prefix);
    await ask(socket, "echo");
    const own = new WebSocket(`${url().replace("http", "ws")}${prefix}`);
    await once(own, "open");
    const said = next(socket, "said");
    own.send("alarm");
    assert.deepEqual(await said, ["alarm"]);
    own.close();
    socket.close();
  });

  test("both kinds of WebSockets survive the same sleep", async () => {
    const prefix = `/parties/shared/${newRoom()}`;
    const socket = connect(url(), prefix);
    await ask(socket, "keep", "ours");
    const own = new WebSocket(`${url().replace("http", "ws")}${prefix}`);
    await once(own, "message");
    await delay(FALLS_ASLEEP);
    const said = next(socket, "said");
    own.send("hello");
    assert.deepEqual(await said, ["hello by the application"]);
    assert.deepEqual(await ask(socket, "kept"), ["ours", true]);
    own.close();
    socket.close();
  });
}

function testRequests(url: () => string): void {
  test("requests go to the application's onRequest, which may use io", async () => {
    const room = newRoom();
    const socket = connect(url(), `/parties/shared/${room}`);
    await ask(socket, "echo");
    const answer = await fetch(`${url()}/parties/shared/${room}`);
    const { sockets, started, room: name } = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([sockets, started, name], [1, 1, room]);
    const said = next(socket, "said");
    const posted = await fetch(`${url()}/parties/shared/${room}`, {
      method: "POST",
      body: "hello",
    });
    assert.equal(await posted.text(), "sent");
    assert.deepEqual(await said, ["hello"]);
    socket.close();
  });

  test("a client cannot pass itself off as negotiated", async () => {
    const handshake = { id: "x", protocol: 4, url: "http://a/socket.io/" };
    const headers = { "x-dormouse-handshake": encodeURIComponent(JSON.stringify(handshake)) };
    const target = `${url().replace("http", "ws")}/parties/shared/${newRoom()}`;
    const own = new WebSocket(target, { headers });
    const [frame] = (await once(own, "message")) as [Buffer];
    assert.equal(`${frame}`, "connected, 1");
    own.close();
    const origin = `${url()}/parties/strict/${newRoom()}`;
    assert.equal((await upgrade(origin, headers)).status, 403);
  });
}
