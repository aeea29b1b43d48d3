/**
 * Engine.IO protocol, revision 4, sentence by sentence as far as it is about WebSockets. Words in
 * capitals are the document's.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { WebSocket } from "ws";
import type { Rule } from "./rule.ts";

export const ENGINE_IO: Rule[] = [
  {
    sentence:
      "Request path: libraries on top may use another than /engine.io/; Socket.IO's is /socket.io/",
    async check(wires) {
      await wires.handshaken();
      const url = wires.url();
      url.pathname = "/engine.io/";
      const elsewhere = new WebSocket(url);
      elsewhere.on("error", () => {});
      await new Promise((resolve) => elsewhere.once("close", resolve));
    },
  },
  ...["EIO", "transport"].map((name) => ({
    sentence: `WebSocket: without the mandatory query parameter ${name} the server MUST close the WebSocket connection`,
    async check(wires: Parameters<Rule["check"]>[0]) {
      const wire = wires.open({ query: { [name]: undefined } });
      await wire.closed();
      assert.equal(wire.isOpened, false);
    },
  })),
  {
    sentence: "WebSocket: EIO is 4; another version is refused",
    async check(wires) {
      for (const EIO of ["2", "3", "5", "abc", ""]) await wires.open({ query: { EIO } }).closed();
    },
  },
  {
    sentence: "WebSocket: transport is websocket; a name that no transport has is refused",
    async check(wires) {
      await wires.open({ query: { transport: "abc" } }).closed();
    },
  },
  {
    sentence:
      "WebSocket: the parameter sid is optional, for upgrades only; an unknown session is refused",
    async check(wires) {
      await wires.open({ query: { sid: "unknown" } }).closed();
    },
  },
  {
    sentence: "WebSocket: each packet is sent in its own frame",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["message","a"]', '42["message","b"]');
      await wire.expect('42["message-back","a"]', '42["message-back","b"]');
      // The separator of HTTP long-polling means nothing here: this is one packet, and no valid one.
      wire.send('42["message","a"]\x1e42["message","b"]');
      await wire.closed();
    },
  },
  {
    sentence:
      "WebSocket: with a second WebSocket for the same session the server MUST close the connection",
    async check(wires) {
      const wire = wires.open();
      const [sid] = await wire.match(/^0\{"sid":"([^"]+)"/);
      const second = wires.open({ query: { sid } });
      await second.closed();
      assert.equal(second.isOpened, false);
    },
  },
  {
    sentence: "Handshake: the client sends a GET request, the server answers 101",
    async check(wires) {
      const wire = await wires.handshaken();
      assert.equal(wire.isOpened, true);
    },
  },
  {
    sentence: "Handshake: no other method opens a connection",
    async check(wires) {
      for (const method of ["POST", "PUT", "DELETE"]) {
        const status = await new Promise((resolve, reject) => {
          const sent = request(wires.url(), { method, agent: false }, (response) => {
            response.resume().once("end", () => resolve(response.statusCode));
          });
          sent.once("error", reject).end();
        });
        assert.equal(status, 400, method);
      }
    },
  },
  {
    sentence:
      "Handshake: the server MUST respond with an open packet: sid, upgrades, pingInterval, pingTimeout, maxPayload",
    async check(wires) {
      const [json = ""] = await wires.open().match(/^0(\{.*\})$/);
      const { sid, ...rest } = JSON.parse(json);
      assert.equal(typeof sid, "string");
      assert.deepEqual(rest, {
        upgrades: [],
        pingInterval: 25_000,
        pingTimeout: 20_000,
        maxPayload: 1_000_000,
      });
    },
  },
  {
    sentence: "Handshake: each connection has a session ID of its own",
    async check(wires) {
      const ids = new Set<string | undefined>();
      for (let i = 0; i < 10; i++) ids.add((await wires.open().match(/^0\{"sid":"([^"]+)"/))[0]);
      assert.equal(ids.size, 10);
    },
  },
  {
    sentence:
      "Heartbeat: at a given interval the server sends a ping packet, which the client answers with a pong",
    async check(wires) {
      const wire = await wires.connected({ lively: true });
      for (let beats = 0; beats < 4; beats++) {
        await wire.expect("2");
        wire.send("3");
      }
      wire.send('42["message","alive"]');
      await wire.expect('42["message-back","alive"]');
    },
  },
  {
    sentence:
      "Heartbeat: without a pong within pingTimeout the server SHOULD consider the connection closed",
    async check(wires) {
      const wire = await wires.connected({ lively: true });
      while (!wire.isClosed) await wire.next().catch(() => {});
      await wire.closed();
    },
  },
  {
    sentence:
      "Heartbeat: pings are the server's (since revision 4); one from a client closes the connection",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("2");
      await wire.closed();
    },
  },
  {
    sentence:
      "Protocol: a close packet indicates that a transport can be closed; the connection ends",
    async check(wires) {
      // As in the reference implementation, which lets it pass: a client that stops answering is gone.
      const wire = await wires.connected({ lively: true });
      wire.send("1");
      while (!wire.isClosed) await wire.next().catch(() => {});
    },
  },
  {
    sentence: "Protocol: packet types are 0 to 6; another closes the connection",
    async check(wires) {
      for (const frame of ["7", "9x", "abc", "", " ", "-1", "é"]) {
        const wire = await wires.connected();
        wire.send(frame);
        await wire.closed();
      }
    },
  },
  {
    sentence:
      "Protocol: open, upgrade and noop packets mean nothing from a client with a WebSocket only",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("0", "5", "6");
      await wire.isQuiet();
    },
  },
  {
    sentence: "Upgrade: a WebSocket that was not probed for cannot be probed",
    async check(wires) {
      const wire = await wires.connected();
      wire.send("2probe");
      await wire.closed();
    },
  },
  {
    sentence: "Message: after the handshake client and server exchange data in message packets",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('42["message","hello"]');
      await wire.expect('42["message-back","hello"]');
    },
  },
  {
    sentence: "Packet encoding: the character encoding is UTF-8",
    async check(wires) {
      const wire = await wires.connected();
      const texts = ["äöü€", "日本語", "👩‍🚀", "\u2028", "\u0000", `${"x".repeat(70_000)}é`];
      for (const text of texts) {
        wire.send(`42["message",${JSON.stringify(text)}]`);
        await wire.expect(`42["message-back",${JSON.stringify(text)}]`);
      }
    },
  },
  {
    sentence: "Packet encoding: base64-encoded binary payloads are understood, too",
    async check(wires) {
      const wire = await wires.connected();
      wire.send('451-["message",{"_placeholder":true,"num":0}]', "bAQIDBA==");
      await wire.expect(
        '451-["message-back",{"_placeholder":true,"num":0}]',
        Buffer.of(1, 2, 3, 4),
      );
    },
  },
  {
    sentence:
      "Packet encoding: over WebSocket binary payloads are sent as is, without modification",
    async check(wires) {
      const wire = await wires.connected();
      for (const bytes of [Buffer.of(), Buffer.of(4), Buffer.alloc(100_000, 7)]) {
        wire.send('451-["message",{"_placeholder":true,"num":0}]', bytes);
        await wire.expect('451-["message-back",{"_placeholder":true,"num":0}]', bytes);
      }
    },
  },
];
