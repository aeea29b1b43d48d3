// The way to one other shard: what leaves together, and what is sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CALLS } from "../../../../../glue/adapter/calls/call-checks.ts";
import { VERSION } from "../../../../../glue/adapter/calls/calls.ts";
import { ShardLink } from "../../../../../glue/adapter/shards/messages/shard-link.ts";
import {
  DIRECT,
  type ShardMessage,
  type ShardPart,
} from "../../../../../glue/adapter/shards/messages/shard-messages.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const part = (room: string): ShardPart => ({ kind: "announce", namespace: "/", room });

/** The room that a part is about. */
function nameOf(one: ShardPart): string {
  if (one.kind === "deliver" && "rooms" in one.call) return one.call.rooms.join();
  return "room" in one ? String(one.room) : one.kind;
}

/** A call on its way: over which of the platform's stubs for the other object, with which rooms, and how it ends. */
interface Called {
  stub: number;
  rooms: string[];
  answer(): void;
  fail(error: object): void;
}

function make() {
  const calls: Called[] = [];
  let stubs = 0;
  const clock = { time: 1_000_000 };
  const link = new ShardLink({
    connect: () => {
      stubs += 1;
      const stub = stubs;
      return {
        perform: ({ parts }: ShardMessage) =>
          new Promise((resolve, reject) => {
            const rooms = parts.map(nameOf);
            calls.push({
              stub,
              rooms,
              answer: () => resolve(rooms.map((room) => ({ value: `to ${room}` }))),
              fail: (error) => reject(Object.assign(new Error("failed"), error)),
            });
          }),
      };
    },
    message: (parts) => ({ version: VERSION, from: 0, life: "life", parts }) as ShardMessage,
    now: () => clock.time,
  });
  const sent = () => calls.map(({ stub, rooms }) => [stub, ...rooms]);
  return { link, calls, sent, clock };
}

test("what leaves in one turn travels in one call; what is sent apart, in its own, behind it", async () => {
  const { link, calls, sent } = make();
  const answers = [link.send(part("a")), link.send(part("b")), link.sendApart(part("c"))];
  await settle();
  answers.push(link.send(part("d")));
  await settle();
  assert.deepEqual(sent(), [
    [1, "a", "b"],
    [1, "c"],
    [1, "d"],
  ]);
  for (const { answer } of calls) answer();
  assert.deepEqual(
    await Promise.all(answers),
    ["a", "b", "c", "d"].map((room) => ({ value: `to ${room}` })),
  );
});

test("when the other was reset, all that went the same way is sent once more over a new stub, in its order", async () => {
  const { link, calls, sent } = make();
  const answers = ["a", "b"].map(async (room) => link.sendApart(part(room)));
  await settle();
  calls[0]?.fail({ durableObjectReset: true });
  await settle();
  // The other call fails, too, and has been sent again already.
  calls[1]?.fail({ durableObjectReset: true });
  await settle();
  answers.push(link.send(part("c")));
  await settle();
  const again = [
    [2, "a"],
    [2, "b"],
    [2, "c"],
  ];
  assert.deepEqual(sent(), [[1, "a"], [1, "b"], ...again]);
  calls[2]?.answer();
  // Twice is enough.
  calls[3]?.fail({ retryable: true });
  calls[4]?.answer();
  assert.deepEqual(await Promise.all(answers), [
    { value: "to a" },
    { error: "failed" },
    { value: "to c" },
  ]);
  assert.equal(calls.length, 5);
});

test("a shard that has too much to do is left alone for a second, and nothing is sent to it again", async () => {
  const { link, calls, sent, clock } = make();
  const first = link.send(part("a"));
  await settle();
  calls[0]?.fail({ overloaded: true, retryable: true });
  assert.deepEqual(await first, { error: "failed" });
  clock.time += 999;
  assert.deepEqual(await link.send(part("b")), { error: "it has too much to do" });
  clock.time += 1;
  void link.send(part("c"));
  await settle();
  assert.deepEqual(sent(), [
    [1, "a"],
    [2, "c"],
  ]);
});

/** What workerd says. */
const TOO_LARGE = {
  message:
    "Serialized RPC arguments or return values are limited to 32MiB, but the size of this value was: 36008816 bytes.",
};

test("what is too large for one call goes in several, in order; one part that is too large alone fails alone", async () => {
  const { link, calls, sent } = make();
  const rooms = ["a", "b", "c", "d"];
  const answers = rooms.map((room) => link.send(part(room)));
  await settle();
  calls[0]?.fail(TOO_LARGE);
  await settle();
  calls[1]?.answer();
  calls[2]?.fail(TOO_LARGE);
  await settle();
  for (const [at, { answer, fail }] of calls.entries()) {
    if (at === 4) fail(TOO_LARGE);
    else if (at > 2) answer();
  }
  assert.deepEqual(sent(), [
    [1, ...rooms],
    [2, "a", "b"],
    [2, "c", "d"],
    [3, "c"],
    [3, "d"],
  ]);
  assert.deepEqual(await Promise.all(answers), [
    { value: "to a" },
    { value: "to b" },
    { value: "to c" },
    { error: TOO_LARGE.message },
  ]);
});

test("a call has no more parts than its receiver takes", async () => {
  const { link, calls } = make();
  for (let number = 0; number <= 2 * MAX_CALLS; number++) void link.send(part(`${number}`));
  await settle();
  const lengths = calls.map(({ rooms }) => rooms.length);
  assert.deepEqual(lengths, [MAX_CALLS, MAX_CALLS, 1]);
  assert.deepEqual([calls[1]?.rooms[0], calls[2]?.rooms[0]], [`${MAX_CALLS}`, `${2 * MAX_CALLS}`]);
});

test("a clock that is set back makes no pause longer", async () => {
  const { link, calls, clock } = make();
  const first = link.send(part("a"));
  await settle();
  calls[0]?.fail({ overloaded: true });
  await first;
  clock.time -= 3_600_000;
  void link.send(part("b"));
  await settle();
  assert.equal(calls.length, 2);
});

test("a shard that never answers gets no more after 20,000 parts, until it answers", async () => {
  const { link, calls } = make();
  const error = { error: "it has too much to do" };
  for (let turn = 0; turn < 4; turn++) {
    for (let number = 0; number < 5_000; number++) void link.send(part(`${number}`));
    await settle();
  }
  assert.equal(calls.length, 4);
  assert.deepEqual(await link.send(part("too much")), error);
  calls[0]?.answer();
  await settle();
  void link.send(part("again"));
  await settle();
  assert.deepEqual(calls.at(-1)?.rooms, ["again"]);
});

test("a shard that never answers gets no more after 16 MiB, until it answers", async () => {
  const { link, calls } = make();
  const error = { error: "it has too much to do" };
  const send = (room: string, bytes: number) =>
    link.sendApart({
      kind: "deliver",
      origin: { shard: 0, life: "life", channel: DIRECT, number: link.nextNumber() },
      call: {
        kind: "broadcast",
        namespace: "/",
        rooms: [room],
        except: [],
        flags: {},
        data: ["said", new Uint8Array(bytes)],
      },
    });
  // Of the first few it is not asked how large they are.
  for (let number = 0; number < 16; number++) void send("few", 2 ** 20);
  for (let number = 0; number < 16; number++) void send("many", 2 ** 20);
  assert.equal(calls.length, 32);
  const refused = [send("too much", 1), link.send(part("too much"))];
  await settle();
  assert.equal(calls.length, 32);
  assert.deepEqual(await Promise.all(refused), [error, error]);
  calls.at(-1)?.answer();
  await settle();
  void send("again", 1);
  assert.equal(calls.length, 33);
  // What is sent once more holds no more than before.
  calls[0]?.fail({ durableObjectReset: true });
  await settle();
  assert.equal(calls.length, 33 + 32);
  void send("again", 2 ** 20);
  const refusedAgain = send("too much", 1);
  assert.equal(calls.length, 33 + 33);
  assert.deepEqual(await refusedAgain, error);
});
