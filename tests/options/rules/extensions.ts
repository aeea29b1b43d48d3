/** allowEIO3, parser, cleanupEmptyChildNamespaces, adapter. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import connectOlder from "socket.io-client-2";
import * as msgpack from "socket.io-msgpack-parser";
import { upgrade } from "../../support/raw-http.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import type { Place } from "../hosts.ts";
import type { Rules } from "../rule.ts";
import { Bare, urlOf, visit } from "../visit.ts";

/** A client of Socket.IO 2. */
function visitAsOlder({ origin, prefix }: Place, namespace: string) {
  const path = `${prefix}/socket.io/`;
  const settings = { path, transports: ["websocket"], forceNew: true, reconnection: false };
  return connectOlder(origin + namespace, settings);
}

/** What an older client hears first of this name. */
function heard(client: ReturnType<typeof connectOlder>, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    client.once(event, (...args: never[]) => resolve(args));
  });
}

export const EXTENSIONS: Rules = {
  allowEIO3: [
    {
      says: [
        "Whether clients of Socket.IO 2 (Engine.IO protocol 3) may connect, too.",
        "They may share rooms with newer ones.",
      ],
      async check(host) {
        const usual = urlOf(host.newRoom("usual"), "");
        const { body } = await upgrade(usual, {}, "EIO=3&transport=websocket");
        assert.equal((JSON.parse(body) as { code: number }).code, 5);
        const place = host.newRoom("older");
        const [old, recent] = [visitAsOlder(place, ""), visit(place)];
        await Promise.all([heard(old, "connect"), next(recent, "connect")]);
        const all = [heard(old, "shouted"), next(recent, "shouted")];
        old.emit("shout", "hello");
        assert.deepEqual(await Promise.all(all), [["hello"], ["hello"]]);
        old.close();
        recent.close();
      },
    },
    {
      says: "What such a client appends to a namespace as query is `socket.handshake.auth`.",
      async check(host) {
        const old = visitAsOlder(host.newRoom("older"), "/game-1?token=abc");
        assert.deepEqual(await heard(old, "auth"), [{ token: "abc" }]);
        old.close();
      },
    },
  ],

  parser: [
    {
      says: "Another codec than JSON, in the form of upstream's packages: an object with an `Encoder` and a `Decoder` class.",
      async check(host) {
        const socket = visit(host.newRoom("packing"), { parser: msgpack });
        // As JSON it would be a text.
        const value = { at: new Date(5), text: "é" };
        assert.deepEqual(await ask(socket, "echo", value), [value]);
        socket.close();
      },
    },
    {
      says: [
        "Clients must use the same one.",
        "What the decoder throws closes the connection at fault.",
      ],
      async check(host) {
        const place = host.newRoom("packing");
        const right = visit(place, { parser: msgpack });
        await ask(right, "echo");
        const wrong = new Bare(place, { answersPings: true });
        await wrong.opened();
        wrong.send("40");
        await wrong.closed();
        assert.deepEqual(await ask(right, "echo", 1), [1]);
        right.close();
      },
    },
  ],

  cleanupEmptyChildNamespaces: [
    {
      says: "Whether a dynamic namespace is removed when its last client has left.",
      async check(host) {
        for (const server of ["tidy", "usual"] as const) {
          const place = host.newRoom(server);
          const witness = visit(place);
          const { origin, prefix } = place;
          const player = connect(`${origin}/game-7`, prefix, { reconnection: false });
          await next(player, "auth");
          const isThere = async (): Promise<boolean> => {
            const [names] = (await ask(witness, "namespaces")) as [string[]];
            return names.includes("/game-7");
          };
          assert.equal(await isThere(), true);
          player.close();
          for (let tries = 0; tries < 100 && server === "tidy" && (await isThere()); tries++) {
            await delay(20);
          }
          if (server === "usual") await delay(200);
          assert.equal(await isThere(), server === "usual");
          witness.close();
        }
      },
    },
  ],

  adapter: [
    {
      says: [
        "The class of the namespaces' adapters.",
        "The default keeps rooms in the core; extend the exported `Adapter` to watch or change what it does.",
        "See [api.md](api.md#adapter).",
      ],
      async check(host) {
        const socket = visit(host.newRoom("counting"));
        await next(socket, "connect");
        for (const text of ["one", "two"]) {
          socket.emit("shout", text);
          assert.deepEqual(await next(socket, "shouted"), [text]);
        }
        assert.deepEqual(await ask(socket, "broadcasts"), [2]);
        socket.close();
      },
    },
  ],
};
