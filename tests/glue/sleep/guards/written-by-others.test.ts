// What others write around the sockets of a client while a connection listener of one of them runs again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";
import { holdersAround, holdersOf, settle } from "../holders.ts";

interface Bag {
  word: string;
  user: { n: number };
}

const HOLDERS = holdersAround<Bag>();

/** What is written, and what is there behind it. */
const WRITES: Record<string, [write: (bag: Bag) => void, after: Bag]> = {
  "a value": [
    (bag) => {
      bag.word = "theirs";
    },
    { word: "theirs", user: { n: 1 } },
  ],
  "an object": [
    (bag) => {
      bag.user = { n: 5 };
    },
    { word: "first", user: { n: 5 } },
  ],
  "into an object": [
    (bag) => {
      bag.user.n += 5;
    },
    { word: "first", user: { n: 6 } },
  ],
};

/** Who is it: what their code waits for, and what wakes it. */
const WRITERS: Record<string, [begin: string, isThere: boolean]> = {
  "the connection listener of a socket that is just coming": ["40/theirs,", false],
  "an event listener of another socket that goes on": ['42/theirs,["write"]', true],
};

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const [what, [write, after]] of Object.entries(WRITES)) {
    for (const [who, [begin, isThere]] of Object.entries(WRITERS)) {
      test(`${who} writes ${what} on ${name}: it stays, and what the replay does to it does not`, async () => {
        const theirs = Promise.withResolvers<void>();
        const replayed = Promise.withResolvers<void>();
        const setup = (io: Server): void => {
          io.on("connection", async (socket) => {
            const bag = holderOf(socket);
            socket.on("show", (answer) => answer({ word: bag.word, user: bag.user }));
            if (!socket.restored) {
              Object.assign(bag, { word: "first", user: { n: 1 } });
              return;
            }
            const { user } = bag;
            user.n += 100;
            await replayed.promise;
            bag.word += " again";
            user.n += 100;
            bag.user.n += 100;
          });
          const other = io.of("/theirs");
          other.use(async (socket, next) => {
            if (!isThere) await theirs.promise;
            next();
            socket.data.isThere = true;
          });
          other.on("connection", (socket) => {
            if (!isThere) write(holderOf(socket));
            socket.on("write", async () => {
              await theirs.promise;
              write(holderOf(socket));
            });
          });
        };
        const client = new InMemoryServer(setup).connect();
        await settle();
        if (isThere) client.emit("40/theirs,");
        await settle();
        const server = new InMemoryServer(setup, {}, [client]);
        client.emit(begin);
        await settle();
        client.take();
        client.emit('420["show"]');
        await settle();
        theirs.resolve();
        await settle();
        replayed.resolve();
        await settle();
        assert.deepEqual(server.errors, []);
        assert.equal(client.take().at(-1), `430[${JSON.stringify(after)}]`);
        // So it was kept, too.
        new InMemoryServer(setup, {}, [client]);
        client.emit('421["show"]');
        await settle();
        assert.deepEqual(client.take(), [`431[${JSON.stringify(after)}]`]);
      });
    }
  }
}

class Session {
  visits = 0;
  words = "first";
  visit(count: number): void {
    this.visits += count;
  }
}

for (const [name, holderOf] of Object.entries(holdersOf<{ session?: Session }>())) {
  // An object of a class on the socket itself is another with each sleep.
  if (name === "socket") continue;
  test(`another client's event writes to an object with methods that a replay has made on ${name}, and told others of: it stays`, async () => {
    const replayed = Promise.withResolvers<void>();
    let held: Session | undefined;
    const setup = (io: Server): void => {
      io.on("connection", async (socket) => {
        socket.on("show", (answer) => answer(holderOf(socket).session ?? "nothing"));
        const session = new Session();
        holderOf(socket).session = session;
        held = session;
        if (!socket.restored) return;
        session.visit(100);
        await replayed.promise;
        session.words = "again";
      });
      io.of("/others").on("connection", (socket) => {
        socket.on("visit", () => held?.visit(5));
      });
    };
    const first = new InMemoryServer(setup);
    const [client, other] = [first.connect(), first.connect("/others")];
    await settle();
    other.emit('42/others,["visit"]');
    await settle();
    const server = new InMemoryServer(setup, {}, [client, other]);
    client.take();
    client.emit('420["show"]');
    await settle();
    for (let i = 0; i < 2; i++) {
      other.emit('42/others,["visit"]');
      await settle();
    }
    replayed.resolve();
    await settle();
    assert.deepEqual(server.errors, []);
    const after = JSON.stringify({ visits: 15, words: "first" });
    assert.equal(client.take().at(-1), `430[${after}]`);
    // So it was kept, too.
    new InMemoryServer(setup, {}, [client]);
    client.emit('421["show"]');
    await settle();
    assert.deepEqual(client.take(), [`431[${after}]`]);
  });
}
