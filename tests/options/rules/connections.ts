/** path, addTrailingSlash, maxHttpBufferSize, generateId. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { send } from "../../support/raw-http.ts";
import { ask as askSocket, connect, next } from "../../support/stock-client.ts";
import type { Host } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import { FLOOD, type ServerName } from "../servers.ts";
import { Bare, urlOf, visit } from "../visit.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

/** A client that reads nothing, while it is sent more than fits anywhere. */
async function flood(host: Host, kind: "volatile" | "reliable", server: ServerName = "flooding") {
  const place = host.newRoom(server);
  const witness = visit(place);
  await askSocket(witness, "echo");
  const bare = new Bare(place, { answersPings: true });
  await bare.opened();
  bare.send("40");
  await bare.received("40");
  bare.pause();
  bare.send(`42["flood","${kind}"]`);
  /** What the server was told last, once it was told anything. */
  const told = async (): Promise<unknown> => {
    for (;;) {
      const [list] = (await askSocket(witness, "told")) as [unknown[]];
      if (list.length > 0) {
        witness.close();
        return list.at(-1);
      }
      await delay(50);
    }
  };
  /** Resolves when the server has sent all it had. */
  const dry = async (): Promise<void> => {
    while ((await askSocket(witness, "floods"))[0] === 0) await delay(50);
    witness.close();
  };
  return { bare, told, dry };
}

export const CONNECTIONS: Rules = {
  path: [
    {
      says: [
        "The path of the requests that are Socket.IO's.",
        "A slash at its end makes no difference.",
        "The client's option of the same name must agree, and so must that of `routeSocketIO`.",
      ],
      async check(host) {
        const place = host.newRoom("placed");
        const { origin, prefix } = place;
        for (const path of [`${prefix}/realtime`, `${prefix}/realtime/`]) {
          const socket = connect(origin, "", { path });
          assert.deepEqual(await askSocket(socket, "echo", path), [path]);
          socket.close();
        }
        const ours = await send(urlOf(place, `/realtime/${HANDSHAKE}`));
        assert.equal(ours.status, 400);
        for (const path of ["/socket.io/", "/realtime", "/realtimes/", "/"]) {
          const other = await send(urlOf(place, path + HANDSHAKE));
          assert.equal(other.status, 404, path);
        }
      },
    },
    {
      says: "`/` takes every request.",
      async check(host) {
        const { origin, prefix } = host.newRoom("rooted");
        for (const path of [`${prefix}/`, `${prefix}/anything/below`]) {
          const socket = connect(origin, "", { path });
          assert.deepEqual(await askSocket(socket, "echo", path), [path]);
          socket.close();
        }
      },
    },
  ],

  addTrailingSlash: [
    {
      says: [
        "Whether the path of a request has to have a slash at its end.",
        "`false` takes it without, too, as clients ask that are made with the same option, behind servers that take slashes away.",
        "`routeSocketIO` has to have it as well.",
      ],
      async check(host) {
        const place = host.newRoom("slashless");
        const { origin, prefix } = place;
        for (const addTrailingSlash of [false, true]) {
          const socket = connect(origin, "", { path: `${prefix}/realtime`, addTrailingSlash });
          assert.deepEqual(await askSocket(socket, "echo", 1), [1]);
          socket.close();
        }
        for (const path of ["/realtimes", "/real", "/realtimes/"]) {
          const other = await send(urlOf(place, path + HANDSHAKE));
          assert.equal(other.status, 404, path);
        }
        const strict = await send(urlOf(host.newRoom("placed"), `/realtime${HANDSHAKE}`));
        assert.equal(strict.status, 404);
      },
    },
  ],

  maxHttpBufferSize: [
    {
      says: [
        "The largest message that a client may send.",
        "A larger one costs it its connection, with the WebSocket code 1009.",
        "Sockets end with `transport error`.",
        "The platform has a limit of its own (32 MiB on Workers).",
      ],
      async check(host) {
        const place = host.newRoom("small");
        const witness = visit(place);
        await askSocket(witness, "echo");
        const fits = "x".repeat(100 - '42["echo",""]0'.length);
        const bare = new Bare(place, { answersPings: true });
        assert.equal((await bare.opened()).maxPayload, 100);
        bare.send("40");
        bare.send(`420["echo","${fits}"]`);
        bare.send(`421["echo","${fits}x"]`);
        assert.equal((await bare.closed()).code, 1009);
        assert.ok(bare.frames.includes(`430["${fits}"]`));
        assert.ok(!bare.frames.some((frame) => frame.startsWith("431")));
        const [told] = (await askSocket(witness, "told")) as [unknown[]];
        assert.deepEqual(told.at(-1), ["disconnect", "transport error"]);
        witness.close();
      },
    },
  ],

  maxBufferedAmount: [
    {
      says: [
        "How much may wait for a client that does not read what it is sent.",
        "It is looked at when a turn sends something, once for every 64 KiB: if more than that still waits of what had been sent at the look before, the client is closed, with the WebSocket code 1008.",
        "Its sockets end with `transport error`.",
        "So one turn may send as much as it likes; raise the option where several send much, one right behind the other.",
      ],
      not: { PartyKit: "nobody tells how much waits" },
      async check(host) {
        const { bare, told } = await flood(host, "reliable");
        assert.deepEqual(await told(), ["disconnect", "transport error"]);
        bare.resume();
        assert.deepEqual(await bare.closed(), { code: 1008, reason: "the client does not read" });
        assert.ok(!bare.frames.some((frame) => frame.includes("dry")));
      },
    },
    {
      says: "In PartyKit nobody tells how much waits: such a client is closed only for its silence, by `pingTimeout`.",
      not: {
        Node: "of PartyKit",
        "Durable Objects": "of PartyKit",
        PartyServer: "of PartyKit",
      },
      async check(host) {
        const { bare, told } = await flood(host, "reliable", "choking");
        assert.deepEqual(await told(), ["disconnect", "ping timeout"]);
        bare.end();
      },
    },
    {
      says: "A `volatile` event is dropped whenever anything waits.",
      not: { PartyKit: "nobody tells how much waits" },
      async check(host) {
        const { bare, dry } = await flood(host, "volatile");
        await dry();
        bare.resume();
        await bare.received('42["dry"');
        const arrived = bare.frames.filter((frame) => frame.startsWith('42["water"')).length;
        assert.ok(arrived < FLOOD / 2, `${arrived} of ${FLOOD}`);
        bare.end();
      },
    },
  ],

  generateId: [
    {
      says: [
        "Makes the id of a new connection (`socket.conn.id`), a string or a promise of one.",
        "It must be unique, and hard to guess.",
        "The ids of sockets are made by Dormouse.",
      ],
      async check(host) {
        for (const query of [{ id: "chosen é" }, { id: "chosen later", later: "1" }]) {
          const socket = visit(host.newRoom("naming"), { query });
          const [connection, id] = await askSocket(socket, "ids");
          assert.equal(connection, query.id);
          assert.equal(socket.io.engine.id, query.id);
          assert.equal(id, socket.id);
          assert.match(`${id}`, /^[\w-]{20}$/);
          socket.close();
        }
        const socket = visit(host.newRoom("usual"));
        await next(socket, "connect");
        assert.match(socket.io.engine.id, /^[\w-]{20}$/);
        socket.close();
      },
    },
  ],
};
