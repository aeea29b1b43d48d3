// Admins of a Durable Object, by the protocol of the Admin UI's page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import type { ServerStats } from "../../../glue/socket.io/index.ts";
import { ask, next } from "../../support/stock-client.ts";
import { AdminServer, HEARTBEATS, type Kind, NAME, PASSWORD } from "./worker.ts";

let server: AdminServer;

before(async () => {
  server = await AdminServer.start();
});

after(() => server?.stop());

/** All that an admin is told, by event. */
function record(admin: Socket): Map<string, unknown[][]> {
  const told = new Map<string, unknown[][]>();
  admin.onAny((event: string, ...args: unknown[]) => {
    told.set(event, [...(told.get(event) ?? []), args]);
  });
  return told;
}

/** Waits until a condition holds. */
async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); await delay(20)) {
    assert.ok(Date.now() < end, what);
  }
}

async function refusal(admin: Socket): Promise<string> {
  const [error] = (await next(admin, "connect_error")) as [Error];
  return error.message;
}

describe("a Durable Object's admins", { concurrency: true }, () => {
  describe("one after the other", { concurrency: 1 }, () => {
    test("who gives name and password is an admin, and later by the session, also after a sleep", async () => {
      const admin = server.admin("watched");
      const [session] = (await next(admin, "session")) as [string];
      assert.match(session, /^[0-9a-f]{32}$/);
      admin.disconnect();
      await delay(300);
      await server.sleep("watched").catch(() => {});
      const again = server.admin("watched", { sessionId: session });
      await next(again, "config");
      again.disconnect();
      const wrong = [
        { username: NAME, password: "wrong" },
        { username: "nobody", password: PASSWORD },
        { sessionId: session.replace(/./, (digit) => (digit === "0" ? "1" : "0")) },
        { sessionId: { toString: "no text" } },
        { username: NAME, password: ["x"] },
        { username: NAME, password: "x".repeat(100_000) },
        { sessionId: "__proto__" },
        {},
      ];
      for (const auth of wrong) {
        assert.equal(await refusal(server.admin("watched", auth)), "invalid credentials");
      }
    });

    test("an admin sees sockets, rooms and events as they come and go, and awake is why", async () => {
      const ada = server.client("watched", { name: "Ada" });
      await once(ada as never, "connect");
      const admin = server.admin("watched");
      const told = record(admin);
      const [sockets] = (await next(admin, "all_sockets")) as [Record<string, unknown>[]];
      const found = sockets.find(({ id }) => id === ada.id);
      assert.deepEqual(found?.data, { name: "Ada" });
      assert.deepEqual(
        [found?.nsp, found?.transport, found?.rooms],
        ["/", "websocket", [ada.id, "lobby"]],
      );
      assert.match(String(found?.clientId), /^.{12}$/);
      assert.equal(JSON.stringify(found).includes("auth"), false);
      const features = [
        "EMIT",
        "JOIN",
        "LEAVE",
        "DISCONNECT",
        "MJOIN",
        "MLEAVE",
        "MDISCONNECT",
        "AGGREGATED_EVENTS",
        "ALL_EVENTS",
      ];
      assert.deepEqual(told.get("config"), [[{ supportedFeatures: features }]]);
      assert.deepEqual((await ask(ada, "reasons"))[0], [["request", "an admin looks on"]]);

      const ben = server.client("watched", { name: "Ben" });
      await once(ben as never, "connect");
      await ask(ada, "say", "hello");
      const { id } = ben;
      ben.disconnect();
      await until(() => told.has("socket_disconnected"), "told that Ben has left");
      const about = (event: string) =>
        (told.get(event) ?? []).filter((args) => JSON.stringify(args).includes(id as string));
      assert.equal(about("socket_connected").length, 1);
      assert.deepEqual(
        about("room_joined").map((args) => args[1]),
        [id, "lobby"],
      );
      assert.deepEqual(
        about("room_left")
          .map((args) => args[1])
          .sort(),
        [id, "lobby"].sort(),
      );
      assert.deepEqual(about("socket_disconnected")[0]?.slice(0, 3), [
        "/",
        id,
        "client namespace disconnect",
      ]);
      const received = told
        .get("event_received")
        ?.find((args) => (args[2] as unknown[])[0] === "say");
      assert.deepEqual(received?.slice(0, 3), ["/", ada.id, ["say", "hello"]]);
      const sent = told.get("event_sent")?.filter((args) => (args[2] as unknown[])[0] === "said");
      assert.deepEqual(sent?.map((args) => args[1]).sort(), [ada.id, id].sort());
      await until(
        () => about("socket_connected").length > 0 && told.has("socket_updated"),
        "told of data",
      );
      const [updated] = (told.get("socket_updated")?.at(-1) ?? []) as [
        { id: string; data: unknown },
      ];
      assert.deepEqual([updated.id, updated.data], [ada.id, { name: "Ada", said: "hello" }]);
      await until(() => (told.get("server_stats")?.length ?? 0) >= 2, "numbers");
      const stats = told.get("server_stats")?.flat() as {
        aggregatedEvents: { type: string; count: number }[];
      }[];
      const types = new Set(
        stats.flatMap(({ aggregatedEvents }) => aggregatedEvents.map(({ type }) => type)),
      );
      for (const type of [
        "rawConnection",
        "rawDisconnection",
        "packetsIn",
        "packetsOut",
        "bytesIn",
        "bytesOut",
      ]) {
        assert.ok(types.has(type), type);
      }
      const { namespaces, serverId, clientsCount } = stats.at(-1) as never as Record<
        string,
        unknown
      >;
      assert.deepEqual(serverId, "watched");
      assert.ok((clientsCount as number) >= 2);
      assert.deepEqual((namespaces as { name: string }[]).map(({ name }) => name).sort(), [
        "/",
        "/admin",
        "/other",
      ]);

      // No longer than he looks.
      admin.disconnect();
      await until(
        async () => ((await ask(ada, "reasons"))[0] as unknown[]).length === 0,
        "no reason",
      );
      await server.sleep("watched");
      await ask(ada, "say", "awake again");
      assert.ok((await server.ask<ServerStats>("watched", "stats")).naps > 0);
      ada.disconnect();
    });

    test("an admin acts: emits, lets join and leave, disconnects one, some, all; nonsense does nothing", async () => {
      const [ada, ben] = [server.client("watched"), server.client("watched")];
      for (const client of [ada, ben]) await ask(client, "rooms");
      const admin = server.admin("watched");
      await next(admin, "all_sockets");
      const news = Promise.all([next(ada, "news"), next(ben, "news")]);
      admin.emit("emit", "/", undefined, "news", 1);
      assert.deepEqual(await news, [[1], [1]]);
      ben.on("news", () => assert.fail("meant for another"));
      const only = next(ada, "news");
      admin.emit("emit", "/", ada.id, "news", 2);
      assert.deepEqual(await only, [2]);
      admin.emit("join", "/", "a room", ada.id);
      admin.emit("leave", "/", "lobby", ada.id);
      admin.emit("join", "/", "all's room");
      await until(
        async () => ((await ask(ben, "rooms"))[0] as string[]).includes("all's room"),
        "joined",
      );
      assert.deepEqual((await ask(ada, "rooms"))[0], [ada.id, "a room", "all's room"]);
      const nonsense: unknown[][] = [
        ["emit"],
        ["emit", "/", undefined, "disconnect", "reserved"],
        ["emit", "/admin", undefined, "session", "forged"],
        ["emit", "/no-such-namespace", undefined, "news"],
        ["emit", ["/"], undefined, "news"],
        ["emit", "/", { all: true }, "news"],
        ["join", "/", { a: "room" }],
        ["join", "/", ""],
        ["leave", "/", 5],
        ["_disconnect", "/", true, ["x"]],
        ["_disconnect", null, true],
        ["_disconnect", "/", true, "x".repeat(5_000)],
      ];
      admin.on("session", () => assert.fail("forged"));
      for (const args of nonsense) admin.emit(...(args as [string]));
      await delay(300);
      assert.deepEqual((await ask(ada, "rooms"))[0], [ada.id, "a room", "all's room"]);
      // Those of before may take a moment to go.
      const connections = async () =>
        (await server.ask<ServerStats>("watched", "stats")).connections;
      await until(async () => (await connections()) === 3, "nobody else");
      admin.emit("_disconnect", "/", false, ada.id);
      assert.equal((await next(ada, "disconnect"))[0], "io server disconnect");
      admin.emit("_disconnect", "/", true);
      await next(ben, "disconnect");
      admin.disconnect();
    });

    test("production: numbers alone; readonly: no commands", async () => {
      const ada = server.client("looked");
      await ask(ada, "rooms");
      const admin = server.admin("looked");
      const told = record(admin);
      await until(() => told.has("server_stats"), "numbers");
      assert.deepEqual(told.get("config"), [[{ supportedFeatures: ["AGGREGATED_EVENTS"] }]]);
      admin.emit("_disconnect", "/", true, ada.id);
      await ask(ada, "say", "hello");
      const events = [...told.keys()].sort();
      assert.deepEqual(events, ["config", "server_stats", "session"]);
      for (const client of [ada, admin]) client.disconnect();
    });

    test("without authentication in production: the log says so", async () => {
      const admin = server.admin("open", {});
      await next(admin, "config");
      admin.disconnect();
      await server.worker.logged(
        /without authentication in production: whoever connects to \/admin/,
      );
    });

    test("passwords are compared ten times a minute and no more, sleeps or none; sessions go on", async () => {
      const right = server.admin("looked");
      const [session] = (await next(right, "session")) as [string];
      const wrong = Array.from({ length: 11 }, () =>
        server.admin("looked", { username: NAME, password: "x" }),
      );
      for (const message of await Promise.all(wrong.map(refusal)))
        assert.equal(message, "invalid credentials");
      assert.equal(await refusal(server.admin("looked")), "invalid credentials");
      right.disconnect();
      await delay(300);
      await server.sleep("looked");
      assert.equal(await refusal(server.admin("looked")), "invalid credentials", "after a sleep");
      await next(server.admin("looked", { sessionId: session }), "config");
    });
  });

  // Of objects of its own, which the others leave alone.
  test(`nobody looks: ${HEARTBEATS.count} heartbeats: an instrumented object is woken by nothing else, as one that is not`, async () => {
    const counts = await Promise.all((["plain", "beating"] as const).map(countHeartbeats));
    assert.deepEqual(counts[1], counts[0]);
  });
});

/** What heartbeats cost an object with a client that says nothing, and that is put to sleep behind each. */
async function countHeartbeats(kind: Kind): Promise<object> {
  const client = server.client(kind);
  await ask(client, "rooms");
  const first = await server.ask<ServerStats>(kind, "stats");
  for (let heartbeat = 0; heartbeat < HEARTBEATS.count; heartbeat += 1) {
    await server.sleep(kind).catch((error: Error) => {
      // The ping that was heard last had been sent before it slept.
      assert.match(error.message, /not currently running/);
    });
    await new Promise<void>((resolve) => void client.io.once("ping", resolve));
    // The alarm's handler ends behind the ping.
    await delay(30);
  }
  const last = await server.ask<ServerStats>(kind, "stats");
  client.disconnect();
  const alarms = last.alarms - first.alarms;
  // A heartbeat that comes before it sleeps again, on a busy machine, is no wake; nothing wakes it beside them.
  const { heartbeat: wakes } = last.wakes;
  const due = (last.at - first.at) / HEARTBEATS.interval;
  assert.ok(wakes > 0 && wakes <= alarms && alarms <= due + 2, JSON.stringify(last));
  const { heartbeat: _, call: _calls, ...others } = last.wakes;
  const rowsPerAlarm = Math.round((last.rowsWritten - first.rowsWritten) / alarms);
  return { others, rowsPerAlarm, messages: last.messages - first.messages };
}
