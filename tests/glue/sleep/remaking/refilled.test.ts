// Instances that a connection listener makes again in `data`, wherever they are in it: its variables lead to what is in data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { SleepyServer, settle } from "../sleepy-server.ts";

class Board {
  moves = 0;
  parent: unknown;
}

/** Where the listener puts it, and where it is then. */
const PLACES: Record<
  string,
  [put: (data: Socket["data"], board: Board) => void, get: (data: Socket["data"]) => Board]
> = {
  "a field": [(data, board) => (data.board = board), (data) => data.board],
  "a list": [(data, board) => (data.boards = [1, board]), (data) => data.boards[1]],
  "a map": [
    (data, board) => (data.boards = new Map([["a", board]])),
    (data) => data.boards.get("a"),
  ],
  "a list of maps": [
    (data, board) => (data.all = [{ boards: new Map([["a", board]]) }]),
    (data) => data.all[0].boards.get("a"),
  ],
  "an instance that it knows": [
    (data, board) => {
      const game = { board, name: "chess", move: undefined as unknown };
      Object.setPrototypeOf(game, Board.prototype);
      board.parent = game;
      data.game = game;
    },
    (data) => data.game.board,
  ],
};

for (const [what, [put, get]] of Object.entries(PLACES)) {
  test(`in ${what}: an event that changes its variable changes what is in data`, async (t) => {
    t.mock.method(console, "warn", () => {});
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        const board = new Board();
        put(socket.data, board);
        socket.on("move", () => {
          board.moves += 1;
        });
        socket.on("read", (answer) => answer(get(socket.data).moves, get(socket.data) === board));
      });
    };
    const before = new SleepyServer(setup);
    const client = before.connect();
    await settle();
    const woken = new SleepyServer(setup, {}, [client]);
    t.after(() => woken.io._sleep.reasons.clear());
    client.emit('42["move"]');
    client.take();
    client.emit('421["read"]');
    assert.deepEqual(client.take(), ["431[1,true]"]);
    assert.deepEqual(woken.errors, []);
    // What would be lost is said; the rest is there again.
    const isHeld = woken.io.awakeReasons.length > 0;
    const again = new SleepyServer(setup, {}, [client]);
    t.after(() => again.io._sleep.reasons.clear());
    client.emit('422["read"]');
    assert.ok(isHeld || client.take()[0] === "432[1,true]");
    client.leave();
  });
}
