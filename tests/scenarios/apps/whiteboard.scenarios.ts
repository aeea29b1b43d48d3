/**
 * The whiteboard, drawn on by several people.
 *
 * Normalised: ids (names of the clients); binary by its bytes.
 */
import type { ClientContext } from "../harness/context.ts";
import { scenarios } from "../scenario.ts";
import { whiteboard } from "./whiteboard.app.ts";

type Reply = (value: unknown) => void;

const options = { cleanupEmptyChildNamespaces: true };
const RED = "#ff0000";
const BLUE = "#0000ff";

/** A participant who hands over this picture, votes like this, and asks for the picture. */
async function join(t: ClientContext, name: string, board: string, auth: object, vote = true) {
  const client = await t.connect(name, {
    namespace: board,
    auth,
    on: {
      "hand over the picture": (reply: Reply) => reply([{ drawnBy: name }, Uint8Array.of(9)]),
      "may I clear?": (reply: Reply) => reply(vote),
    },
  });
  if (client.socket.connected) client.note("picture", await client.ask("picture"));
  return client;
}

export const WHITEBOARD = scenarios([
  {
    name: "whiteboard: strokes reach the others, with a newcomer's picture",
    options,
    server: whiteboard,
    async client(t) {
      const alice = await join(t, "alice", "/board-a", { colour: RED });
      const bob = await join(t, "bob", "/board-a", { colour: BLUE });
      t.expect.deepEqual(await alice.ask("stroke", Uint8Array.of(1, 2, 3, 4)), { number: 1 });
      t.expect.deepEqual(await bob.ask("stroke", Uint8Array.of(5, 6)), { number: 1 });
      await alice.received("stroke");
      await alice.emit("undo");
      await bob.received("undone");
      await bob.disconnect();
      await alice.received("gone");
      const one = { by: "<alice>", number: 1 };
      t.expect.deepEqual(bob.log.slice(1, -1), [
        ["picture", [{ drawnBy: "alice" }, { $bytes: "09" }]],
        ["stroke", { ...one, colour: RED, points: { $bytes: "01020304" } }],
        ["undone", one],
      ]);
      t.expect.deepEqual(alice.log.slice(1), [
        ["picture", []],
        ["arrived", { id: "<bob>", colour: BLUE }],
        ["hand over the picture", { $function: true }],
        ["stroke", { by: "<bob>", number: 1, colour: BLUE, points: { $bytes: "0506" } }],
        ["undone", one],
        ["gone", { id: "<bob>" }],
      ]);
    },
  },
  {
    name: "whiteboard: what is not allowed",
    options,
    server: whiteboard,
    async client(t) {
      const alice = await join(t, "alice", "/board-a", { colour: RED });
      const nobody = await join(t, "nobody", "/board-a", { colour: "red" });
      const wrong = await join(t, "wrong", "/board-1", { colour: RED });
      t.expect.deepEqual(nobody.log, [["connect_error", "invalid colour", { $undefined: true }]]);
      t.expect.deepEqual(wrong.log, [["connect_error", "Invalid namespace", { $undefined: true }]]);
      t.expect.deepEqual(await alice.ask("stroke", Uint8Array.of(1)), {
        error: "points are pairs",
      });
      for (let number = 1; number <= 3; number++) {
        t.expect.deepEqual(await alice.ask("stroke", Uint8Array.of(1, 2)), { number });
      }
      t.expect.deepEqual(await alice.ask("stroke", Uint8Array.of(1, 2)), {
        error: "too many strokes",
      });
      const viewer = await join(t, "viewer", "/board-a", { colour: BLUE, viewer: true });
      await viewer.emit("undo");
      t.expect.deepEqual(await viewer.received("refused"), ["viewers do not draw"]);
    },
  },
  {
    name: "whiteboard: clearing is a vote of the others",
    options,
    server: whiteboard,
    async client(t) {
      const alice = await join(t, "alice", "/board-a", { colour: RED });
      t.expect.deepEqual(await alice.ask("clear"), { agreed: true, votes: 0 });
      await join(t, "bob", "/board-a", { colour: BLUE });
      t.expect.deepEqual(await alice.ask("clear"), { agreed: true, votes: 1 });
      const carol = await join(t, "carol", "/board-a", { colour: BLUE }, false);
      t.expect.deepEqual(await alice.ask("clear"), { agreed: false, votes: 2 });
      await t.settle();
      t.expect.equal(carol.events.includes("cleared"), false);
      t.expect.equal(alice.events.filter((event) => event === "cleared").length, 2);
    },
  },
  {
    name: "whiteboard: boards come and go",
    options,
    server: whiteboard,
    async client(t) {
      const lobby = await t.connect("lobby");
      const a = await join(t, "alice", "/board-a", { colour: RED });
      const b = await join(t, "bob", "/board-b", { colour: BLUE });
      t.expect.deepEqual(await lobby.ask("boards"), { "/board-a": 1, "/board-b": 1 });
      await lobby.emit("announce", "tea time");
      await Promise.all([a.received("announcement"), b.received("announcement")]);
      await b.message("1/board-b,");
      await b.fence();
      t.expect.deepEqual(await lobby.ask("boards"), { "/board-a": 1 });
    },
  },
  {
    name: "whiteboard: cursors are volatile",
    options,
    server: whiteboard,
    async client(t) {
      const alice = await join(t, "alice", "/board-a", { colour: RED });
      const bob = await join(t, "bob", "/board-a", { colour: BLUE });
      for (let step = 1; step <= 3; step++) {
        await alice.deliver("cursor", step, step);
        await bob.received("cursor", step);
      }
      t.expect.deepEqual(bob.log.slice(-3), [
        ["cursor", { by: "<alice>", x: 1, y: 1 }],
        ["cursor", { by: "<alice>", x: 2, y: 2 }],
        ["cursor", { by: "<alice>", x: 3, y: 3 }],
      ]);
    },
  },
]);
