// https://boardgame.io: tic-tac-toe, with its server's own Koa.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Origins, Server } = require("boardgame.io/server");

const TicTacToe = {
  name: "tic-tac-toe",
  seed: "always the same",
  setup: () => ({ cells: Array(9).fill(null) }),
  moves: {
    click({ G, playerID }, id) {
      G.cells[id] = playerID;
    },
  },
  turn: { minMoves: 1, maxMoves: 1 },
};

const server = Server({ games: [TicTacToe], origins: [Origins.LOCALHOST] });
const { appServer } = await server.run({ port: 0 });
export const http = appServer;
export const io = server.app._io;
await server.db.createMatch("match", {
  initialState: require("boardgame.io/internal").InitializeGame({ game: TicTacToe, numPlayers: 2 }),
  metadata: {
    gameName: "tic-tac-toe",
    players: { 0: { id: 0 }, 1: { id: 1 } },
    setupData: undefined,
  },
});
