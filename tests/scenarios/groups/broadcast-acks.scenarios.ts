/**
 * Broadcasts that wait for the answers of all their recipients.
 *
 * Normalised: ids (names of the clients). Answers come in the order of the clients' answers, which
 * depends on timing: the scenarios sort them, except where one client alone answers.
 */
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

type Answer = (...values: unknown[]) => void;

/** Answers the question with a value. */
const answering = (value: unknown) => ({ q: (answer: Answer) => answer(value) });

/** Waiting acknowledgements of all sockets: undocumented, but read by applications. */
function pending(sockets: Map<string, unknown>): number {
  const counts = [...sockets.values()].map(
    (socket) => (socket as { acks: Map<number, unknown> }).acks.size,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

export const BROADCAST_ACKS = scenarios([
  {
    name: "broadcast acks: all answers arrive",
    server(io, log) {
      controls(io, {
        ask: () => {
          io.timeout(5000).emit("q", (error: unknown, responses: string[]) => {
            log("done", error, responses.sort(), pending(io.sockets.sockets));
          });
        },
      });
    },
    async client(t) {
      await t.connect("alice", { on: answering("a") });
      await t.connect("bob", { on: answering("b") });
      await t.connect("carol", { on: answering("c") });
      await t.control("ask");
      const [error, responses] = await t.serverLogged("done");
      t.expect.deepEqual([error, responses], [null, ["a", "b", "c"]]);
    },
  },
  {
    name: "broadcast acks: only the first argument of each answer counts",
    server(io, log) {
      controls(io, {
        ask: () => io.timeout(5000).emit("q", (...all: unknown[]) => log("done", ...all)),
      });
    },
    async client(t) {
      await t.connect("alice", { on: { q: (answer: Answer) => answer("first", "second") } });
      await t.control("ask");
      t.expect.deepEqual(await t.serverLogged("done"), [null, ["first"]]);
    },
  },
  {
    name: "broadcast acks: partial answers come with the error",
    server(io, log) {
      controls(io, {
        ask: () => {
          io.timeout(2500).emit("q", (error: unknown, responses: unknown[]) => {
            log("done", error, responses, pending(io.sockets.sockets));
          });
        },
      });
    },
    async client(t) {
      await t.connect("alice", { on: answering({ name: "alice" }) });
      await t.connect("bob");
      await t.control("ask");
      t.expect.deepEqual(await t.serverLogged("done"), [
        { $error: "operation has timed out" },
        [{ name: "alice" }],
        0,
      ]);
    },
  },
  {
    name: "broadcast acks: with no recipients the answer is an empty list",
    server(io, log) {
      controls(io, {
        ask: () => {
          io.timeout(5000).emit("q", (...all: unknown[]) => log("everybody", ...all));
          io.to("empty")
            .timeout(5000)
            .emit("q", (...all: unknown[]) => log("room", ...all));
        },
        wait: async () => io.in("empty").timeout(5000).emitWithAck("q"),
      });
    },
    async client(t) {
      await t.control("ask");
      t.expect.deepEqual(await t.serverLogged("everybody"), [null, []]);
      t.expect.deepEqual(await t.serverLogged("room"), [null, []]);
      t.expect.deepEqual(await t.control("wait"), []);
    },
  },
  {
    name: "broadcast acks: emitWithAck resolves with all answers",
    server(io) {
      io.on("connection", (socket) => void socket.join(socket.handshake.auth.rooms ?? []));
      controls(io, {
        all: async () => (await io.timeout(5000).emitWithAck("q")).sort(),
        room: async () => io.timeout(5000).to("room").emitWithAck("q"),
        namespace: async () => (await io.of("/").timeout(5000).emitWithAck("q")).sort(),
      });
    },
    async client(t) {
      await t.connect("alice", { on: answering("a"), auth: { rooms: ["room"] } });
      await t.connect("bob", { on: answering("b") });
      t.expect.deepEqual(await t.control("all"), ["a", "b"]);
      t.expect.deepEqual(await t.control("room"), ["a"]);
      t.expect.deepEqual(await t.control("namespace"), ["a", "b"]);
    },
  },
  {
    name: "broadcast acks: emitWithAck rejects with the partial answers in err.responses",
    server(io, log) {
      controls(io, {
        ask: async () => {
          try {
            await io.timeout(2500).emitWithAck("q");
          } catch (error) {
            log("error", error);
            log("pending", pending(io.sockets.sockets));
          }
        },
      });
    },
    async client(t) {
      await t.connect("alice", { on: answering("a") });
      await t.connect("bob");
      await t.control("ask");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", { $error: "operation has timed out", responses: ["a"] }],
        ["pending", 0],
      ]);
    },
  },
  {
    name: "broadcast acks: an answer after the timeout is ignored",
    server(io, log) {
      controls(io, {
        ask: () => io.timeout(10).emit("q", (...all: unknown[]) => log("done", ...all)),
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await t.control("ask");
      await t.serverLogged("done");
      await raw.send('430["late"]');
      await t.settle(raw);
      t.expect.deepEqual(await t.serverLog(), [
        ["done", { $error: "operation has timed out" }, []],
      ]);
      t.expect.ok(raw.open);
    },
  },
  {
    name: "broadcast acks: a client that answers twice counts once",
    awake: "pending acknowledgements hold the object awake",
    server(io, log) {
      controls(io, {
        ask: () => io.timeout(2000).emit("q", (...all: unknown[]) => log("done", ...all)),
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await t.connect("silent");
      await t.control("ask");
      await raw.frame('420["q"]');
      await raw.send('430["one"]', '430["two"]');
      t.expect.deepEqual(await t.serverLogged("done"), [
        { $error: "operation has timed out" },
        ["one"],
      ]);
    },
  },
  {
    name: "broadcast acks: one id for all recipients, from the namespace's counter",
    awake: "pending acknowledgements hold the object awake",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          socket.emit("single", () => {});
          io.timeout(5000).emit("q", () => {});
          socket.emit("single", () => {});
        });
      });
    },
    async client(t) {
      const one = await t.raw("one");
      const two = await t.raw("two");
      await one.connect();
      await two.connect();
      await one.send('42["go"]');
      await one.count(5);
      await two.count(3);
      t.expect.deepEqual(one.frames.slice(2), ['420["single"]', '421["q"]', '422["single"]']);
      t.expect.deepEqual(two.frames.slice(2), ['421["q"]']);
      await one.send('431["x"]');
      await two.send('431["y"]');
      await t.settle(one, two);
    },
  },
  {
    name: "broadcast acks: socket.broadcast and socket.to wait for the others only",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("go", async (answer) => {
          const all = await socket.broadcast.timeout(5000).emitWithAck("q");
          const room = await socket.to("room").timeout(5000).emitWithAck("q");
          const chained = await socket.timeout(5000).to("room").emitWithAck("q");
          log("answers", all, room, chained);
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { on: answering("a") });
      await t.connect("bob", { on: answering("b") });
      await alice.ask("go");
      t.expect.deepEqual(await t.serverLogged("answers"), [["b"], ["b"], ["b"]]);
      t.expect.deepEqual(alice.events, ["connect"]);
    },
  },
  {
    name: "broadcast acks: a recipient that leaves does not end the waiting",
    awake: "pending acknowledgements hold the object awake",
    server(io, log) {
      controls(io, {
        ask: () => io.timeout(2000).emit("q", (...all: unknown[]) => log("done", ...all)),
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await t.connect("bob", { on: answering("b") });
      await t.control("ask");
      await alice.received("q");
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("done"), [
        { $error: "operation has timed out" },
        ["b"],
      ]);
    },
  },
  {
    name: "broadcast acks: answers may hold binary",
    server(io, log) {
      controls(io, {
        ask: async () => {
          const [answer] = await io.timeout(5000).emitWithAck("q", new Uint8Array([1, 2]));
          log("answer", answer);
        },
      });
    },
    async client(t) {
      await t.connect("alice", {
        on: {
          q: (bytes: Uint8Array, answer: Answer) => answer({ got: bytes, more: Buffer.from("x") }),
        },
      });
      await t.control("ask");
      t.expect.deepEqual(await t.serverLogged("answer"), [
        { got: { $bytes: "0102" }, more: { $bytes: "78" } },
      ]);
    },
  },
  {
    name: "broadcast acks: without a timeout the callback fails at once",
    server(io, log) {
      controls(io, {
        ask: () => io.emit("q", (...all: unknown[]) => log("done", ...all)),
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.control("ask");
      t.expect.deepEqual(await t.serverLogged("done"), [{ $error: "operation has timed out" }, []]);
    },
  },
]);
