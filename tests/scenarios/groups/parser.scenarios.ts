/**
 * What is accepted as a packet and what is not: each malformed frame ends the connection with an
 * `error` on its sockets.
 *
 * Normalised: ids (names of the clients); of the errors' messages, which are upstream's, the unknown
 * packet type at the end (`unknown packet type NaN`), which Dormouse does not repeat.
 */
import type { Server } from "socket.io";
import { type Log, type Scenario, scenarios } from "../scenario.ts";

/** Logs events, errors and the end. */
function logAll(io: Server, log: Log): void {
  io.on("connection", (socket) => {
    socket.onAny((...all) => log("event", ...all));
    socket.on("error", (error) => log("error", messageOf(error)));
    socket.on("disconnect", (reason) => log("disconnect", reason));
  });
}

function messageOf(error: Error): string {
  return error.message.replace(/^(unknown packet type) .+$/, "$1");
}

/** These frames end the connection with this error. */
function malformed(name: string, message: string, ...frames: (string | Uint8Array)[]): Scenario {
  return {
    name: `parser: ${name} is refused`,
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(...frames);
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", message],
        ["disconnect", "forced close"],
      ]);
    },
  };
}

/** These frames are an event with these arguments. */
function accepted(name: string, args: unknown[], ...frames: (string | Uint8Array)[]): Scenario {
  return {
    name: `parser: ${name} is accepted`,
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(...frames);
      t.expect.deepEqual(await t.serverLogged("event"), args);
      t.expect.ok(raw.open);
    },
  };
}

const PLACEHOLDER = '{"_placeholder":true,"num":0}';
const one = Uint8Array.of(1);
const fn = { $function: true };

export const PARSER = scenarios([
  malformed("an unknown packet type", "unknown packet type", '49["x"]'),
  malformed("a packet type that is a letter", "unknown packet type", '4x["x"]'),
  malformed("an event whose JSON is cut off", "invalid payload", '42["x"'),
  malformed("an event with text behind its JSON", "invalid payload", '42["x"]y'),
  malformed("an event that is an object", "invalid payload", '42{"x":1}'),
  malformed("an event that is a string", "invalid payload", '42"x"'),
  malformed("an event without a name", "invalid payload", "42[]"),
  malformed("an event whose name is null", "invalid payload", "42[null]"),
  malformed("an event whose name is an object", "invalid payload", '42[{"a":1}]'),
  malformed("an event whose name is a boolean", "invalid payload", "42[true]"),
  malformed("an acknowledgement that is an object", "invalid payload", '430{"a":1}'),
  malformed("an acknowledgement that is a string", "invalid payload", '430"x"'),
  malformed("a CONNECT whose payload is a list", "invalid payload", "40/a,[]"),
  malformed("a CONNECT whose payload is a string", "invalid payload", '40/a,"x"'),
  malformed("a CONNECT whose payload is null", "invalid payload", "40/a,null"),
  malformed("a CONNECT whose payload is cut off", "invalid payload", '40/a,{"x":'),
  malformed("a DISCONNECT with a payload", "invalid payload", "41{}"),
  malformed("a binary event without a count", "Illegal attachments", '45["x"]'),
  malformed("a binary event with no attachments", "Illegal attachments", '450-["x"]'),
  malformed("a binary event with a negative count", "Illegal attachments", '45-1-["x"]'),
  malformed("a binary event with a fractional count", "Illegal attachments", '451.5-["x"]'),
  malformed("a binary event with a word as its count", "Illegal attachments", '45a-["x"]'),
  malformed("a binary event whose count has no end", "Illegal attachments", "451"),
  malformed("a binary event with eleven attachments", "too many attachments", '4511-["x"]'),
  malformed("a binary event with a huge count", "too many attachments", '4599999999999-["x"]'),
  malformed("binary data out of nowhere", "got binary data when not reconstructing a packet", one),
  malformed(
    "text where an attachment is due",
    "got plaintext data when reconstructing a packet",
    `451-["x",${PLACEHOLDER}]`,
    '42["y"]',
  ),
  malformed(
    "a placeholder with a number too high",
    "illegal attachments",
    '451-["x",{"_placeholder":true,"num":1}]',
    one,
  ),
  malformed(
    "a placeholder with a negative number",
    "illegal attachments",
    '451-["x",{"_placeholder":true,"num":-1}]',
    one,
  ),
  malformed(
    "a placeholder without a number",
    "illegal attachments",
    '451-["x",{"_placeholder":true}]',
    one,
  ),
  malformed(
    "a placeholder whose number is text",
    "illegal attachments",
    '451-["x",{"_placeholder":true,"num":"0"}]',
    one,
  ),
  malformed(
    "a placeholder that is wrong behind a good one",
    "illegal attachments",
    `452-["x",${PLACEHOLDER},{"a":[{"_placeholder":true,"num":2}]}]`,
    one,
    one,
  ),
  accepted("an event with an empty name", [""], '42[""]'),
  accepted("an event with a number as its name", [0], "42[0]"),
  accepted("white space in the JSON", ["x", 1], '42[ "x" ,\t1 ]'),
  accepted("an escaped name", ["x"], '42["\\u0078"]'),
  accepted("an explicit main namespace", ["x"], '42/,["x"]'),
  accepted("an ack id with leading zeros", ["x", fn], '42007["x"]'),
  accepted(
    "numbers as JavaScript reads them",
    ["x", 1e300, 0.1, 2 ** 64],
    '42["x",1e300,0.1,18446744073709551617]',
  ),
  accepted("a key given twice", ["x", { a: 2 }], '42["x",{"a":1,"a":2}]'),
  accepted("lone surrogates in escapes", ["x", "\ud800"], '42["x","\\ud800"]'),
  accepted(
    "a __proto__ key",
    ["x", JSON.parse('{"__proto__":{"a":1}}')],
    '42["x",{"__proto__":{"a":1}}]',
  ),
  accepted("one attachment", ["x", { $bytes: "01" }], `451-["x",${PLACEHOLDER}]`, one),
  accepted("attachments nobody refers to", ["x", 1], '451-["x",1]', one),
  accepted(
    "one attachment referred to twice",
    ["x", { $bytes: "01" }, { $bytes: "01" }],
    `451-["x",${PLACEHOLDER},${PLACEHOLDER}]`,
    one,
  ),
  accepted(
    "attachments in another order",
    ["x", { $bytes: "02" }, { $bytes: "01" }],
    '452-["x",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
    one,
    Uint8Array.of(2),
  ),
  accepted(
    "a binary event with an ack id",
    ["x", { $bytes: "01" }, fn],
    `451-12["x",${PLACEHOLDER}]`,
    one,
  ),
  accepted("a count with leading zeros", ["x", { $bytes: "01" }], `4501-["x",${PLACEHOLDER}]`, one),
  accepted(
    "an empty attachment",
    ["x", { $bytes: "" }],
    `451-["x",${PLACEHOLDER}]`,
    new Uint8Array(0),
  ),
  {
    name: "parser: an event without any payload has no name, and the connection stays",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      for (const frame of ["42", "420", '42["still here"]']) {
        await raw.send(frame);
        await t.settle(raw);
      }
      t.expect.ok(raw.open);
      t.expect.deepEqual(await t.serverLog(), [["event"], ["event", fn], ["event", "still here"]]);
    },
  },
  {
    // The error is a TypeError of the engine's own, whose words nobody relies on.
    name: "parser: an empty message is refused",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("error", (error) => log("error", error instanceof Error));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("4");
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", true],
        ["disconnect", "forced close"],
      ]);
    },
  },
  {
    name: "parser: an empty frame is a parse error of Engine.IO",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("");
      await raw.closed();
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["parse error"]);
    },
  },
  {
    name: "parser: a malformed frame before CONNECT closes without an error event",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send("42{");
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "parser: the error reaches the sockets of all namespaces",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("error", (error) => log("error", name, messageOf(error)));
          socket.on("disconnect", (reason) => log("disconnect", name, reason));
        });
      }
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/a");
      await raw.send("4x");
      await raw.closed();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["error", "/", "unknown packet type"],
        ["error", "/a", "unknown packet type"],
        ["disconnect", "/", "forced close"],
        ["disconnect", "/a", "forced close"],
      ]);
    },
  },
  {
    name: "parser: a connection lost between attachments leaves nothing behind",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(`452-["x",${PLACEHOLDER}]`, one);
      await raw.close();
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["transport close"]);
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "transport close"]]);
    },
  },
]);
