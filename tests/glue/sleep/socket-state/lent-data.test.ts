// Replays of others get `data` on loan: what they do to it is undone in the objects that its socket's listeners hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { SleepyServer, settle } from "../sleepy-server.ts";

class Board {
  moves = 0;
}

/** What another's replay does to the data of one, who has `board` in a variable. */
const DOES: Record<string, (data: Socket["data"]) => void> = {
  "another object in its place": (data) => {
    data.game.board = { moves: 0 };
  },
  "another object around it": (data) => {
    data.game = { board: data.game.board };
  },
  "a list without it": (data) => {
    data.boards.pop();
    delete data.game.board;
  },
  "another content": (data) => {
    data.game.board.moves = 7;
  },
};

for (const isInstance of [false, true]) {
  for (const [what, act] of Object.entries(DOES)) {
    test(`${what}, ${isInstance ? "an instance" : "a plain object"}: its listeners go on with what is in data`, async (t) => {
      t.mock.method(console, "warn", () => {});
      const setup = (io: Server): void => {
        io.on("connection", (socket) => {
          const board = isInstance ? new Board() : { moves: 0 };
          Object.assign(socket.data, { game: { board }, boards: [board] });
          socket.on("move", () => {
            board.moves += 1;
          });
          socket.on("read", (answer) => {
            const { game, boards } = socket.data;
            // Those in lists are not made again.
            answer(game.board.moves, isInstance || boards[0] === game.board);
          });
          if (!socket.restored) return;
          for (const other of io.sockets.sockets.values()) if (other !== socket) act(other.data);
        });
      };
      const before = new SleepyServer(setup);
      const [ada, bob] = [before.connect(), before.connect()];
      await settle();
      new SleepyServer(setup, {}, [ada, bob]);
      ada.emit('42["move"]');
      bob.emit('42["look"]');
      ada.emit('42["move"]');
      ada.take();
      ada.emit('421["read"]');
      assert.deepEqual(ada.take(), ["431[2,true]"]);
      for (const client of [ada, bob]) client.leave();
    });
  }
}
