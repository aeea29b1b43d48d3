/**
 * Binary values in events and acknowledgements.
 *
 * Normalised: kinds of binary (see `encode.ts`) except where `Buffer.isBuffer` is asked.
 */
import { scenarios } from "../scenario.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

export const BINARY = scenarios([
  {
    name: "binary: a buffer in both directions",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("data", (data) => {
          log("data", data, data.length);
          socket.emit("data", data);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("data", Buffer.from([1, 2, 255, 0]));
      await alice.received("data");
      t.expect.deepEqual(await t.serverLogged("data"), [{ $bytes: "0102ff00" }, 4]);
      t.expect.deepEqual(alice.log[1], ["data", { $bytes: "0102ff00" }]);
    },
  },
  {
    name: "binary: what a listener gets is a Buffer",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("data", (data, nested, answer) => {
          log("buffers", Buffer.isBuffer(data), Buffer.isBuffer(nested.list[0]));
          log("methods", data.toString("utf8"), data.readUInt16BE(0), data.equals(nested.list[0]));
          answer();
        });
        socket.on("question", async () => {
          log("answer", Buffer.isBuffer(await socket.emitWithAck("q")));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", {
        on: { q: (answer: (value: Buffer) => void) => answer(Buffer.from("x")) },
      });
      await alice.ask("data", Buffer.from("hello"), { list: [Buffer.from("hello")] });
      await alice.emit("question");
      await t.serverLogged("answer");
      t.expect.deepEqual(await t.serverLog(), [
        ["buffers", true, true],
        ["methods", "hello", 0x6865, true],
        ["answer", true],
      ]);
    },
  },
  {
    name: "binary: empty, several, nested, repeated",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("data", (...all) => {
          log("data", ...all);
          socket.emit("data", ...all);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const twice = bytes(7);
      await alice.emit("data", Buffer.alloc(0));
      await alice.emit("data", bytes(1), "text", bytes(2), null, bytes(3));
      await alice.emit("data", { a: [{ b: bytes(4) }, [[bytes(5)]]], c: { d: { e: bytes(6) } } });
      await alice.emit("data", twice, [twice]);
      await alice.received("data", 4);
      const expected = [
        ["data", { $bytes: "" }],
        ["data", { $bytes: "01" }, "text", { $bytes: "02" }, null, { $bytes: "03" }],
        [
          "data",
          {
            a: [{ b: { $bytes: "04" } }, [[{ $bytes: "05" }]]],
            c: { d: { e: { $bytes: "06" } } },
          },
        ],
        ["data", { $bytes: "07" }, [{ $bytes: "07" }]],
      ];
      t.expect.deepEqual(await t.serverLog(), expected);
      t.expect.deepEqual(alice.log.slice(1), expected);
    },
  },
  {
    name: "binary: every kind of view is sent as its bytes",
    server(io) {
      io.on("connection", (socket) => {
        const buffer = bytes(0, 1, 2, 3, 4, 5, 6, 7).buffer;
        socket.emit("buffer", buffer);
        socket.emit("view", new Uint8Array(buffer, 2, 3));
        socket.emit("data view", new DataView(buffer, 1, 2));
        socket.emit("words", new Uint16Array(buffer, 0, 2), new Float64Array(buffer, 0, 1));
        socket.emit("clamped", new Uint8ClampedArray(buffer, 6));
        socket.emit("node", Buffer.from("ü"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("node");
      t.expect.deepEqual(alice.log.slice(1), [
        ["buffer", { $bytes: "0001020304050607" }],
        ["view", { $bytes: "020304" }],
        ["data view", { $bytes: "0102" }],
        ["words", { $bytes: "00010203" }, { $bytes: "0001020304050607" }],
        ["clamped", { $bytes: "0607" }],
        ["node", { $bytes: "c3bc" }],
      ]);
    },
  },
  {
    name: "binary: the frames of an event with attachments",
    server(io) {
      const send = (socket: import("socket.io").Socket) => {
        socket.emit("e", bytes(1), { b: bytes(2, 3) });
        socket.emit("plain");
      };
      io.on("connection", send);
      io.of("/a").on("connection", send);
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame('42["plain"]');
      await raw.connect("/a");
      await raw.frame('42/a,["plain"]');
      t.expect.deepEqual(raw.frames.slice(1), [
        '40{"sid":"<raw>"}',
        '452-["e",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}]',
        { $bytes: "01" },
        { $bytes: "0203" },
        '42["plain"]',
        '40/a,{"sid":"<raw/a>"}',
        '452-/a,["e",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}]',
        { $bytes: "01" },
        { $bytes: "0203" },
        '42/a,["plain"]',
      ]);
    },
  },
  {
    name: "binary: acknowledgements of the server",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("ask", (data, answer) => answer({ data, more: [bytes(9)] }, "text"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('451-7["ask",{"_placeholder":true,"num":0}]', bytes(1, 2));
      await raw.count(5);
      t.expect.deepEqual(raw.frames.slice(2), [
        '462-7[{"data":{"_placeholder":true,"num":0},"more":[{"_placeholder":true,"num":1}]},"text"]',
        { $bytes: "0102" },
        { $bytes: "09" },
      ]);
    },
  },
  {
    name: "binary: acknowledgements of the client",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.emit("q", bytes(1), (...all: unknown[]) => log("answer", ...all));
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: {
          q: (data: Uint8Array, answer: (...all: unknown[]) => void) =>
            answer(data, [Buffer.from([2])]),
        },
      });
      t.expect.deepEqual(await t.serverLogged("answer"), [{ $bytes: "01" }, [{ $bytes: "02" }]]);
    },
  },
  {
    name: "binary: broadcasts to rooms and everybody",
    server(io) {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("share", (data) => {
          socket.to("room").emit("shared", data);
          io.emit("all", { data });
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("share", bytes(1, 2, 3));
      await Promise.all([alice.received("all"), bob.received("all")]);
      t.expect.deepEqual(alice.log.slice(1), [["all", { data: { $bytes: "010203" } }]]);
      t.expect.deepEqual(bob.log.slice(1), [
        ["shared", { $bytes: "010203" }],
        ["all", { data: { $bytes: "010203" } }],
      ]);
    },
  },
  {
    name: "binary: text and binary events keep their order",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("step", (number) => {
          log("step", number);
          socket.emit("step", number, number % 2 === 0 ? bytes(number) : null);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.act((socket) => {
        for (let number = 0; number < 20; number++) {
          socket.emit("step", number, number % 3 === 0 ? bytes(number) : "text");
        }
      });
      await alice.received("step", 20);
      const order = Array.from({ length: 20 }, (_, number) => number);
      t.expect.deepEqual(
        alice.log.slice(1).map(([, number]) => number),
        order,
      );
      t.expect.deepEqual(
        (await t.serverLog()).map(([, number]) => number),
        order,
      );
    },
  },
  {
    name: "binary: two namespaces of a connection in turn",
    server(io, log) {
      for (const name of ["/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("data", (data) => {
            log(name, data);
            socket.emit("data", data);
          });
        });
      }
    },
    async client(t) {
      const a = await t.connect("alice", { namespace: "/a" });
      const b = await a.open("/b");
      await a.emit("data", bytes(1));
      await b.emit("data", bytes(2));
      await a.emit("data", bytes(3));
      await Promise.all([a.received("data", 2), b.received("data")]);
      t.expect.deepEqual(await t.serverLog(), [
        ["/a", { $bytes: "01" }],
        ["/b", { $bytes: "02" }],
        ["/a", { $bytes: "03" }],
      ]);
    },
  },
  {
    name: "binary: a large buffer survives",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("large", (data) => {
          log("large", data.length, data[0], data[data.length - 1]);
          socket.emit("large", data);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const large = Buffer.alloc(900_000, "dormouse");
      await alice.emit("large", large);
      const [back] = await alice.received("large");
      t.expect.ok(large.equals(back as Buffer), "the bytes came back unchanged");
      t.expect.deepEqual(await t.serverLogged("large"), [900_000, 100, 101]);
    },
  },
  {
    name: "binary: ten attachments pass in both directions",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("many", (...all) => {
          log("many", all.length);
          socket.emit("many", ...all);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("many", ...Array.from({ length: 10 }, (_, index) => bytes(index)));
      await alice.received("many");
      t.expect.deepEqual(await t.serverLogged("many"), [10]);
      t.expect.equal(alice.log[1]?.length, 11);
    },
  },
  {
    name: "binary: the server may send more attachments than it accepts",
    server(io) {
      io.on("connection", (socket) => {
        socket.emit(
          "many",
          Array.from({ length: 12 }, (_, index) => bytes(index)),
        );
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.count(15);
      t.expect.match(String(raw.frames[2]), /^4512-\["many",\[/);
      t.expect.deepEqual(raw.frames[14], { $bytes: "0b" });
    },
  },
  {
    name: "binary: a placeholder look-alike in a text event stays what it is",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("fake", (value) => {
          log("fake", value);
          socket.emit("fake", value);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["fake",{"_placeholder":true,"num":0}]');
      await raw.count(3);
      t.expect.deepEqual(await t.serverLogged("fake"), [{ _placeholder: true, num: 0 }]);
      t.expect.equal(raw.frames[2], '42["fake",{"_placeholder":true,"num":0}]');
    },
  },
  {
    name: "binary: base64 text frames are binary messages",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("data", (...all) => log("data", ...all));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('451-["data",{"_placeholder":true,"num":0}]', "bAQID");
      t.expect.deepEqual(await t.serverLogged("data"), [{ $bytes: "010203" }]);
    },
  },
]);
