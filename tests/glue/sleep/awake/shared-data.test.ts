// One object in the data of several sockets would be as many after a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { type Made, make, SleepyServer, settle } from "../sleepy-server.ts";

type Data = { game: { moves: number } };

/** What of another's data becomes the first one's, too, by what it is called. */
const SHARED: Record<string, [(ours: Socket, theirs: Socket) => void, string]> = {
  "an object": [
    (ours, theirs) => {
      ours.data.game = theirs.data.game = { moves: [] };
    },
    "socket.data.game",
  ],
  "one that looks like those that they had": [
    (ours, theirs) => {
      ours.data.same = theirs.data.same;
    },
    "socket.data.same",
  ],
  "a map in a list": [
    (ours, theirs) => {
      const game = new Map();
      ours.data.games = [game];
      theirs.data.games = [game];
    },
    "socket.data.games…",
  ],
  "a list that is frozen, of what is not": [
    (ours, theirs) => {
      ours.data.games = theirs.data.games = Object.freeze([{ moves: [] }]);
    },
    "socket.data.games…",
  ],
  bytes: [
    (ours, theirs) => {
      ours.data.canvas = theirs.data.canvas = new Uint8Array(4);
    },
    "socket.data.canvas",
  ],
  "the data itself": [
    (ours, theirs) => {
      ours.data = theirs.data;
    },
    "socket.data",
  ],
};

/** Two clients; the event `act` of the first acts on both, `undo` of the second has its data as it was. */
async function makeTwo(
  t: Parameters<typeof make>[0],
  act: (ours: Socket, theirs: Socket) => void,
): Promise<Made & { other: ReturnType<SleepyServer["connect"]> }> {
  const sockets: Socket[] = [];
  const made = await make(t, (socket) => {
    sockets.push(socket);
    socket.data.same = { moves: [] };
    socket.on("act", () => act(sockets[0] as Socket, sockets[1] as Socket));
    socket.on("undo", () => {
      socket.data = {};
    });
  });
  const other = made.server.connect();
  for (let i = 0; i < 3; i++) await settle();
  assert.deepEqual([made.reasons(), made.server.runtime.keeper.isWaiting], [[], false]);
  return { ...made, other };
}

for (const [what, [act, name]] of Object.entries(SHARED)) {
  for (const end of ["undo", "leave"] as const) {
    test(`${what} in the data of two: the object is awake until one has ${end === "undo" ? "another" : "left"}`, async (t) => {
      const { server, client, other, reasons, warnings } = await makeTwo(t, act);
      client.emit('42["act"]');
      // Before anybody asks.
      assert.equal(server.runtime.keeper.isHeld, true);
      assert.deepEqual(reasons(), [name]);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? "",
        /another socket has the same object in its data, or io\.data has/,
      );
      if (end === "leave") client.leave();
      else other.emit('42["undo"]');
      await settle();
      assert.deepEqual([reasons(), server.runtime.keeper.isHeld], [[], false]);
    });
  }
}

const NOT_SHARED: Record<string, (ours: Socket, theirs: Socket) => void> = {
  "what goes from one to the other": (ours, theirs) => {
    theirs.data.moved = ours.data.same;
    delete ours.data.same;
  },
  "what goes back": (ours, theirs) => {
    ours.data.moved = theirs.data.same;
    delete theirs.data.same;
  },
  "a copy": (ours, theirs) => {
    theirs.data.same = structuredClone(ours.data.same);
  },
  "what nobody can change": (ours, theirs) => {
    ours.data.rules = theirs.data.rules = Object.freeze({ size: 8, names: Object.freeze(["a"]) });
    ours.data.began = theirs.data.began = new Date();
  },
  "one object twice in one's own": (ours) => {
    ours.data.again = ours.data.same;
  },
};

for (const [what, act] of Object.entries(NOT_SHARED)) {
  test(`no reason to stay awake: ${what}`, async (t) => {
    const { server, client, reasons } = await makeTwo(t, act);
    for (let i = 0; i < 3; i++) {
      client.emit('42["act"]');
      assert.equal(server.runtime.keeper.isHeld, false);
      assert.deepEqual(reasons(), []);
    }
  });
}

test("three have it: the object is awake until one is left", async (t) => {
  const made = await make(t, (socket) => {
    socket.on("act", () => {
      const game = {};
      for (const { data } of made.server.io.sockets.sockets.values()) data.game = game;
    });
  });
  const { server, client, reasons } = made;
  const others = [server.connect(), server.connect()];
  client.emit('42["act"]');
  assert.equal(reasons().length, 2);
  client.leave();
  await settle();
  assert.equal(reasons().length, 1);
  others[1]?.leave();
  await settle();
  assert.deepEqual(reasons(), []);
});

/** What is put into `io.data` that is elsewhere already, and its name there. */
const IN_IO_DATA: Record<string, [(io: Server, socket: Socket) => void, string]> = {
  "an object of a socket's data": [
    (io, { data }) => {
      data.player = { wins: 0 };
      io.data.players = new Map([["ada", data.player]]);
    },
    "io.data.players…",
  ],
  "an object of a socket, as the key of a map": [
    (io, { data }) => {
      io.data.players = new Map([[data.player, 1]]);
    },
    "io.data.players…",
  ],
  "an object of a socket, in a set": [
    (io, { data }) => {
      io.data.players = new Set([data.player]);
    },
    "io.data.players…",
  ],
};

for (const [what, [act, name]] of Object.entries(IN_IO_DATA)) {
  test(`${what} in io.data: the object is awake until it is there no more`, async (t) => {
    t.mock.method(console, "warn", () => {});
    const setup = (io: Server): void => {
      io.of("/game");
      io.on("connection", (socket) => {
        socket.data.player = { wins: 0 };
        io.data.players ??= new Map([["bob", { wins: 0 }]]);
        socket.on("act", () => act(io, socket));
        socket.on("undo", () => {
          io.data.players = new Map();
        });
      });
    };
    const server = new SleepyServer(setup, {}, [], new CountedStorage());
    const reasons = (): string[] => server.io.awakeReasons.map((reason) => reason.what);
    const client = server.connect();
    await settle();
    assert.deepEqual([reasons(), server.runtime.keeper.isHeld], [[], false]);
    client.emit('42["act"]');
    // Before anybody asks.
    assert.equal(server.runtime.keeper.isHeld, true);
    assert.deepEqual(reasons(), [name]);
    client.emit('42["undo"]');
    await settle();
    assert.deepEqual([reasons(), server.runtime.keeper.isHeld], [[], false]);
    client.leave();
  });
}

test("what values of io.data have in common does not keep the object awake: they have it after a sleep, too", async () => {
  const storage = new CountedStorage();
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("say", (text: string) => {
        io.data.last = { text };
        io.data.history = [io.data.last];
        io.of("/").data.first = io.data.last;
      });
      socket.on("edit", (text: string) => {
        io.data.last.text = text;
      });
      socket.on("read", (answer) => {
        const [latest] = io.data.history;
        answer(latest.text, io.data.last.text, io.of("/").data.first.text);
      });
    });
  };
  const before = new SleepyServer(setup, {}, [], storage);
  const client = before.connect();
  client.emit('42["say","hello"]');
  client.emit('42["edit","hello!"]');
  client.emit('421["read"]');
  assert.equal(client.take().at(-1), '431["hello!","hello!","hello!"]');
  assert.deepEqual([before.io.awakeReasons, before.runtime.keeper.isHeld], [[], false]);
  before.io._sleep.writeAll();
  const woken = new SleepyServer(setup, {}, [client], storage);
  client.emit('42["edit","bye"]');
  client.emit('422["read"]');
  assert.equal(client.take().at(-1), '432["bye","bye","bye"]');
  assert.deepEqual(woken.io.awakeReasons, []);
  client.leave();
});

test("of what was replayed while another has a part of it both have the same, and the object stays awake", async (t) => {
  t.mock.method(console, "warn", () => {});
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.data.user = { wins: 0 };
      socket.data.friends = new Set();
      socket.on("befriend", () => {
        for (const other of io.sockets.sockets.values()) {
          if (other !== socket) socket.data.friends.add(other.data.user);
        }
      });
      socket.on("win", () => {
        socket.data.user.wins += 1;
      });
      socket.on("look", (answer) => answer([...socket.data.friends]));
    });
  };
  const before = new SleepyServer(setup);
  const [ada, bob] = [before.connect(), before.connect()];
  const woken = new SleepyServer(setup, {}, [ada, bob]);
  ada.emit('42["befriend"]');
  assert.equal(woken.runtime.keeper.isHeld, true);
  // Its connection listener runs again now, and makes its data anew.
  bob.emit('42["win"]');
  assert.equal(woken.runtime.keeper.isHeld, true);
  ada.take();
  ada.emit('421["look"]');
  assert.deepEqual(ada.take(), ['431[[{"wins":1}]]']);
  bob.leave();
  await settle();
  assert.equal(woken.runtime.keeper.isHeld, false);
  ada.leave();
});

test("what sockets of one client have in common, they have in common after a sleep", async (t) => {
  const setup = (io: Server): void => {
    io.of("/game").on("connection", (socket) => {
      const [first] = io.sockets.sockets.values();
      if (!socket.restored) socket.data.game = (first as Socket).data.game = { moves: 0 };
      socket.on("move", () => {
        socket.data.game.moves += 1;
      });
    });
    io.on("connection", (socket) => {
      socket.on("moves", (answer) => answer(socket.data.game.moves));
    });
  };
  t.mock.method(console, "warn", () => {});
  const before = new SleepyServer(setup);
  const client = before.connect();
  client.emit("40/game,");
  await settle();
  assert.deepEqual(before.io.awakeReasons, []);
  const woken = new SleepyServer(setup, {}, [client]);
  client.emit('42/game,["move"]');
  await settle();
  const data = (name: string): Data => [...woken.io.of(name).sockets.values()][0]?.data as Data;
  assert.equal(data("/game").game.moves, 1);
  assert.equal(data("/").game, data("/game").game);
  client.leave();
});
