// Properties that an event has deleted, which middlewares and connection listeners set anew for who has none.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";
import { holdersOf, settle } from "../holders.ts";

interface Bag {
  user?: { name: string } | undefined;
  word?: string | undefined;
  other?: number;
  /** What no sleep keeps, so that the middlewares run again. */
  method?: () => void;
}

const HOLDERS = holdersOf<Bag>();

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const who of ["a middleware", "a connection listener"]) {
    for (const isAsync of [false, true]) {
      for (const isAll of [false, true]) {
        const how = isAsync ? "awaits, and sets" : "sets";
        const what = isAll ? "all of it" : "some of it";
        test(`${who} ${how} what is missing on ${name}: ${what} that was deleted stays so, until it is set again`, async () => {
          const begin = async (socket: Socket): Promise<void> => {
            const bag = holderOf(socket);
            if (who === "a middleware") bag.method = () => {};
            if (isAsync) await settle();
            bag.user ??= { name: "nobody" };
            assert.ok(bag.user.name.length > 0);
            bag.word ??= "nothing";
            if (!isAll) bag.other ??= 1;
          };
          const setup = (io: Server): void => {
            io.use((socket, next) => {
              if (who === "a middleware") begin(socket).then(() => next(), next);
              else next();
            });
            io.on("connection", (socket) => {
              const bag = holderOf(socket);
              socket.on("show", (answer) => {
                const { user, word } = holderOf(socket);
                answer({ user, word, keys: Object.keys(bag).filter((key) => key in WORDS) });
              });
              socket.on("delete", () => {
                const bag = holderOf(socket);
                delete bag.user;
                delete bag.word;
              });
              socket.on("set", () => {
                holderOf(socket).user = { name: "Ada" };
              });
              if (who === "a connection listener") return begin(socket) as unknown as undefined;
            });
          };
          const WORDS = { user: 0, word: 0 };
          const client = new InMemoryServer(setup).connect();
          await settle();
          await settle();
          client.emit('42["delete"]');
          await settle();
          client.take();
          const show = async (id: number): Promise<unknown> => {
            const server = new InMemoryServer(setup, {}, [client]);
            client.emit(`42${id}["show"]`);
            for (let i = 0; i < 4; i++) await settle();
            assert.deepEqual(server.errors, []);
            return client.take()[0];
          };
          assert.equal(await show(0), '430[{"keys":[]}]');
          assert.equal(await show(1), '431[{"keys":[]}]');
          client.emit('42["set"]');
          await settle();
          const set = { user: { name: "Ada" }, keys: ["user"] };
          assert.equal(await show(2), `432[${JSON.stringify(set)}]`);
        });
      }
    }
  }
}

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  test(`what another client's event has deleted on ${name} of one who slept stays so`, async () => {
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        holderOf(socket).user ??= { name: "nobody" };
        socket.on("show", (answer) => answer(holderOf(socket).user ?? "nobody there"));
        socket.on("delete", () => {
          for (const other of io.sockets.sockets.values()) {
            if (other !== socket) delete holderOf(other).user;
          }
        });
      });
    };
    const first = new InMemoryServer(setup);
    const [client, other] = [first.connect(), first.connect()];
    await settle();
    new InMemoryServer(setup, {}, [client, other]);
    other.emit('42["delete"]');
    await settle();
    client.take();
    const server = new InMemoryServer(setup, {}, [client, other]);
    client.emit('420["show"]');
    await settle();
    assert.deepEqual([server.errors, client.take()], [[], ['430["nobody there"]']]);
  });
}

/** What the replay does to it behind its `await`, when others have deleted it. */
const BEHIND: Record<string, (bag: Bag) => void> = {
  "": () => {},
  ", which sets it later": (bag) => {
    bag.user = { name: "again" };
  },
  ", which sets it later where it is missing": (bag) => {
    bag.user ??= { name: "again" };
  },
};

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const [what, behind] of Object.entries(BEHIND)) {
    for (const who of ["an event", "the end", "the replay"]) {
      const whose = who === "the replay" ? who : `${who} of another client`;
      test(`what ${whose} deletes on ${name} while connection listeners run again${what}`, async () => {
        const gate = Promise.withResolvers<void>();
        const isTheirs = who !== "the replay";
        const setup = (io: Server): void => {
          io.on("connection", async (socket) => {
            socket.on("show", (answer) => answer(holderOf(socket).user ?? "nobody there"));
            if (!socket.restored) holderOf(socket).user = { name: "Ada" };
            else {
              if (!isTheirs) delete holderOf(socket).user;
              await gate.promise;
              behind(holderOf(socket));
            }
          });
          const clear = (): void => {
            for (const other of io.sockets.sockets.values()) delete holderOf(other).user;
          };
          io.of("/others").on("connection", (socket) => {
            socket.on("delete", clear);
            socket.on("disconnect", clear);
          });
        };
        const first = new InMemoryServer(setup);
        const [client, other] = [first.connect(), first.connect("/others")];
        await settle();
        const server = new InMemoryServer(setup, {}, [client, other]);
        client.take();
        client.emit('420["show"]');
        await settle();
        if (who === "an event") other.emit('42/others,["delete"]');
        else if (isTheirs) other.leave();
        await settle();
        gate.resolve();
        await settle();
        const expected = isTheirs ? '"nobody there"' : '{"name":"Ada"}';
        assert.deepEqual([server.errors, client.take()], [[], [`430[${expected}]`]]);
        // So it was kept, too.
        new InMemoryServer(setup, {}, [client]);
        client.emit('421["show"]');
        await settle();
        assert.deepEqual(client.take(), [`431[${expected}]`]);
      });
    }
  }
}

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  test(`what connection listeners delete on ${name} behind an await, and an event has set again, is there after each sleep`, async () => {
    const setup = (io: Server): void => {
      io.on("connection", async (socket) => {
        socket.on("show", (answer) => answer(holderOf(socket).user ?? "nobody there"));
        socket.on("set", () => {
          holderOf(socket).user = { name: "Ada" };
        });
        holderOf(socket).user = { name: "is loading" };
        await settle();
        delete holderOf(socket).user;
      });
    };
    const client = new InMemoryServer(setup).connect();
    await settle();
    await settle();
    client.emit('42["set"]');
    await settle();
    for (let id = 0; id < 2; id++) {
      const server = new InMemoryServer(setup, {}, [client]);
      client.take();
      client.emit(`42${id}["show"]`);
      for (let i = 0; i < 3; i++) await settle();
      assert.deepEqual([server.errors, client.take()], [[], [`43${id}[{"name":"Ada"}]`]]);
    }
  });
}
