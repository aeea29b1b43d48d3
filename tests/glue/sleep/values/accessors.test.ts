// Accessors in objects that are made again: what is read by one does not take its place after a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import { putBack } from "../../../../glue/sleep/values/copy.ts";
import { refill } from "../../../../glue/sleep/values/refill.ts";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import type { Socket } from "../../../../glue/socket.io/server/socket.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

interface Person {
  first: string;
  readonly name: string;
  nick: string;
}

/** `nick` is kept in no field. */
function makePerson(first: string): Person {
  let nick = "none";
  return {
    first,
    get name() {
      return `${this.first}!`;
    },
    get nick() {
      return nick;
    },
    set nick(next) {
      nick = next;
    },
  };
}

for (const [how, giveBack] of Object.entries({ putBack, refill })) {
  test(`${how}: a getter stays, a setter takes what was kept`, () => {
    const extra = how === "refill" ? { method: () => {} } : {};
    const current = Object.defineProperties(
      { ...extra },
      Object.getOwnPropertyDescriptors(makePerson("Ada")),
    ) as Person;
    const result = giveBack(current, { first: "Bob", name: "Ada!", nick: "B" });
    assert.equal(result, current);
    assert.deepEqual([current.first, current.name, current.nick], ["Bob", "Bob!", "B"]);
    current.first = "Eve";
    assert.equal(current.name, "Eve!");
  });
}

const PLACES: Record<string, (socket: Socket) => { person: Person }> = {
  "socket.data": (socket) => socket.data,
  socket: (socket) => socket as unknown as { person: Person },
};

for (const [place, holderOf] of Object.entries(PLACES)) {
  test(`an object with accessors that the connection listener makes tells what it is after a sleep: ${place}`, async () => {
    const setup = (io: Server): void => {
      io.on("connection", (socket) => {
        holderOf(socket).person = makePerson("Ada");
        socket.on("rename", (first, answer) => {
          const { person } = holderOf(socket);
          person.first = first;
          person.nick += first;
          answer([person.name, person.nick]);
        });
      });
    };
    const before = new InMemoryServer(setup);
    const client = before.connect();
    await settle();
    client.take();
    client.emit('420["rename","Bob"]');
    new InMemoryServer(setup, {}, [client]);
    client.emit('421["rename","Eve"]');
    await settle();
    assert.deepEqual(client.take(), ['430[["Bob!","noneBob"]]', '431[["Eve!","noneBobEve"]]']);
  });
}

test("an accessor of data itself does, too", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      const { data } = socket;
      data.first = "Ada";
      Object.defineProperty(data, "name", {
        enumerable: true,
        get(this: Person) {
          return `${this.first}!`;
        },
      });
      socket.on("rename", (first, answer) => {
        socket.data.first = first;
        answer(socket.data.name);
      });
    });
  };
  const before = new InMemoryServer(setup);
  const client = before.connect();
  await settle();
  client.take();
  client.emit('420["rename","Bob"]');
  new InMemoryServer(setup, {}, [client]);
  client.emit('421["rename","Eve"]');
  await settle();
  assert.deepEqual(client.take(), ['430["Bob!"]', '431["Eve!"]']);
});

test("a getter in data that throws is told of, and all else is kept", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      socket.on("set", (answer) => {
        socket.data.name = "Ada";
        socket.data.account = Object.defineProperty({ id: 7 }, "balance", {
          enumerable: true,
          get() {
            throw new Error("the session of the database is closed");
          },
        });
        answer();
      });
      socket.on("get", (answer) => answer(socket.data.name));
    });
  };
  const server = new InMemoryServer(setup);
  const client = server.connect();
  client.take();
  client.emit('420["set"]');
  await settle();
  assert.deepEqual(client.take(), ["430[]"]);
  assert.match(
    String(server.errors[0]?.error),
    /socket\.data\.account of socket .* cannot be cloned/,
  );
  assert.equal(server.errors.length, 1);
  new InMemoryServer(setup, {}, [client]);
  client.emit('421["get"]');
  await settle();
  assert.deepEqual(client.take(), ['431["Ada"]']);
});
