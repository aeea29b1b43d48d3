// What others hold of a client since before a connection listener of it runs again, and write to meanwhile and afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";
import { holdersOf, settle } from "../holders.ts";

interface Bag {
  word: string;
  user: { n: number };
}

const HOLDERS = holdersOf<Bag>();

for (const [name, holderOf] of Object.entries(HOLDERS)) {
  for (const isAsync of [true, false]) {
    const how = isAsync ? "an asynchronous" : "a";
    test(`what others hold of ${name} since before ${how} replay stays the client's, whenever they write to it`, async () => {
      const meanwhile = Promise.withResolvers<void>();
      const afterwards = Promise.withResolvers<void>();
      const replayed = Promise.withResolvers<void>();
      const listen = (socket: Socket, held: Bag["user"]): void => {
        socket.on("show", (answer) => {
          const { word, user } = holderOf(socket);
          answer({ word, user, held });
        });
        socket.on("count", () => {
          held.n += 10;
        });
      };
      const again = async (socket: Socket): Promise<void> => {
        const bag = holderOf(socket);
        const { user } = bag;
        bag.word += " again";
        user.n += 100;
        listen(socket, user);
        if (!isAsync) return;
        await replayed.promise;
        bag.word += " again";
        user.n += 100;
        bag.user.n += 100;
      };
      const setup = (io: Server): void => {
        io.on("connection", (socket) => {
          if (!socket.restored) Object.assign(holderOf(socket), { word: "first", user: { n: 1 } });
          else if (isAsync) return again(socket) as unknown as undefined;
          else again(socket);
        });
        io.of("/others").on("connection", (socket) => {
          socket.on("hold", async () => {
            const bag = holderOf([...io.sockets.sockets.values()][0] as Socket);
            const { user } = bag;
            await meanwhile.promise;
            bag.word = "theirs";
            user.n += 1;
            await afterwards.promise;
            user.n += 1;
          });
        });
      };
      const first = new InMemoryServer(setup);
      const client = first.connect();
      const other = first.connect("/others");
      await settle();
      const server = new InMemoryServer(setup, {}, [client, other]);
      other.emit('42/others,["hold"]');
      await settle();
      client.take();
      client.emit('420["show"]');
      await settle();
      meanwhile.resolve();
      await settle();
      replayed.resolve();
      await settle();
      client.emit('42["count"]');
      await settle();
      afterwards.resolve();
      await settle();
      client.emit('421["show"]');
      await settle();
      assert.deepEqual(server.errors, []);
      const after = { word: "theirs", user: { n: 13 } };
      assert.equal(client.take().at(-1), `431[${JSON.stringify({ ...after, held: { n: 13 } })}]`);
      // So it was kept, too.
      new InMemoryServer(setup, {}, [client]);
      client.emit('422["show"]');
      await settle();
      assert.deepEqual(client.take(), [`432[${JSON.stringify({ ...after, held: { n: 13 } })}]`]);
    });
  }
}
