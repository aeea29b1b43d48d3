/** path, maxHttpBufferSize, generateId. */
import assert from "node:assert/strict";
import { send } from "../../support/raw-http.ts";
import { ask as askSocket, connect, next } from "../../support/stock-client.ts";
import type { Rules } from "../rule.ts";
import { Bare, urlOf, visit } from "../visit.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

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
