// What an event's listener hangs on a socket, or around it, while middlewares or connection listeners are at work: they do
// not make it again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";
import { holdersOf, settle } from "../holders.ts";

interface Bag {
  made?: object;
}
class Made {
  readonly visits = 0;
}

const HOLDERS = holdersOf<Bag>();
const AROUND = ["socket.request", "socket.conn", "socket.client"];

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const who of ["middlewares", "connection listeners"]) {
    for (const first of ["the event's listener", "they"]) {
      for (const isAsync of [false, true]) {
        // A socket that is just coming is nobody's to put things on.
        if (who === "middlewares" && !AROUND.includes(name)) continue;
        if (!isAsync && first === "they") continue;
        const how = isAsync ? "an asynchronous" : "an";
        test(`${how} event's listener makes ${name}.made while ${who} are at work, and ${first} end first: that is a reason`, async () => {
          const gate = Promise.withResolvers<void>();
          const make = Promise.withResolvers<void>();
          const end = Promise.withResolvers<void>();
          const setup = (io: Server): void => {
            io.use(async (socket, next) => {
              if (who === "middlewares" && !socket.restored) await gate.promise;
              next();
            });
            io.on("connection", async (socket) => {
              if (who === "connection listeners" && !socket.restored) await gate.promise;
            });
            io.of("/maker").on("connection", (socket) => {
              socket.on("make", () => {
                const target = AROUND.includes(name)
                  ? socket
                  : ([...io.sockets.sockets.values()][0] as Socket);
                if (!isAsync) holderOf(target).made = new Made();
                else
                  return make.promise.then(() => {
                    holderOf(target).made = new Made();
                    return end.promise;
                  }) as unknown as undefined;
              });
            });
          };
          const server = new InMemoryServer(setup);
          const client = server.open().emit("40/maker,");
          await settle();
          client.emit("40");
          await settle();
          client.emit('42/maker,["make"]');
          await settle();
          make.resolve();
          await settle();
          for (const ending of first === "they" ? [gate, end] : [end, gate]) {
            ending.resolve();
            await settle();
          }
          assert.deepEqual(
            server.io.awakeReasons.map(({ what }) => what),
            [`${name}.made`],
          );
        });
      }
    }
  }
}

for (const what of ["middlewares", "connection listeners"]) {
  test(`what ${what} make at once is known as theirs while an event's listener goes on`, async () => {
    const end = Promise.withResolvers<void>();
    const setup = (io: Server): void => {
      const make = (socket: Socket): void => {
        for (const holderOf of Object.values(HOLDERS)) {
          // An object of a class in `data` or on the request may change; on the socket itself it stays as it is.
          holderOf(socket).made = new Made();
        }
      };
      io.use((socket, next) => {
        if (what === "middlewares") make(socket);
        next();
      });
      io.on("connection", (socket) => {
        if (what !== "middlewares") make(socket);
      });
      io.of("/maker").on("connection", (socket) => {
        socket.on("wait", () => end.promise);
      });
    };
    const server = new InMemoryServer(setup);
    const client = server.open().emit("40/maker,");
    await settle();
    client.emit('42/maker,["wait"]', "40");
    await settle();
    end.resolve();
    await settle();
    assert.deepEqual(server.io.awakeReasons, []);
  });
}

test("a listener that an event adds to the connection while middlewares are at work keeps the object awake", async () => {
  const gate = Promise.withResolvers<void>();
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => {
      socket.conn.on("drain", () => {});
      gate.promise.then(() => next());
    });
    io.of("/maker").on("connection", (socket) => {
      socket.on("listen", () => socket.conn.on("heartbeat", () => {}));
    });
  });
  const client = server.open().emit("40/maker,");
  await settle();
  client.emit("40", '42/maker,["listen"]');
  await settle();
  gate.resolve();
  await settle();
  const reasons = server.io.awakeReasons.map(({ what }) => what);
  assert.deepEqual(reasons, ['socket.conn.on("heartbeat")']);
});

for (const name of ["socket", "socket.data"]) {
  const holderOf = HOLDERS[name] as (socket: Socket) => Bag;
  for (const isRemade of [false, true]) {
    // An object of a class in `data` gets what was kept, so that nothing is lost where it is made again.
    const isLost = name === "socket" || !isRemade;
    const what = isRemade ? ", where the replay has put another" : "";
    const end = isLost ? "that is a reason" : "its data stay";
    test(`another client's event puts an object of a class on ${name} while connection listeners run again${what}: ${end}`, async () => {
      const gate = Promise.withResolvers<void>();
      const setup = (io: Server): void => {
        io.on("connection", async (socket) => {
          socket.on("wake", () => {});
          if (isRemade) holderOf(socket).made = new Made();
          if (socket.restored) await gate.promise;
        });
        io.of("/maker").on("connection", (socket) => {
          socket.on("make", () => {
            for (const other of io.sockets.sockets.values())
              holderOf(other).made = Object.assign(new Made(), { visits: 5 });
          });
        });
      };
      const first = new InMemoryServer(setup);
      const [client, other] = [first.connect(), first.connect("/maker")];
      await settle();
      const server = new InMemoryServer(setup, {}, [client, other]);
      client.emit('42["wake"]');
      await settle();
      other.emit('42/maker,["make"]');
      await settle();
      gate.resolve();
      await settle();
      assert.deepEqual(server.errors, []);
      const reasons = server.io.awakeReasons.map(({ what }) => what);

      assert.deepEqual(reasons, isLost ? [`${name}.made`] : []);
      const [socket] = server.io.sockets.sockets.values();
      const { made } = holderOf(socket as Socket);
      assert.deepEqual(made, Object.assign(new Made(), { visits: 5 }));
    });
  }
}
