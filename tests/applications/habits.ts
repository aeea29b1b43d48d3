/** What server code does, a file for each habit in `habits/`, and what becomes of it when the object sleeps. */
import type { Act } from "./people.ts";

/**
 * `survives`: after a sleep it is as it was. `keeps awake`: the object does not sleep over it, and the reason can be
 * read. `found`: it is lost, and the check finds it before. There is no fourth.
 */
export type Outcome =
  | {
      survives: true;
      /** Rules that advise against it all the same, because it costs. */
      rules?: readonly string[];
    }
  /** What `dormouse-io/testing` tells as the reason. */
  | { keepsAwake: string }
  /** The rules of the check that find it. */
  | { found: readonly string[] };

export interface Habit {
  /** Its file in `habits/`. */
  file: string;
  /** What docs/hibernation.md calls it. */
  does: string;
  outcome: Outcome;
  /** What people do. */
  act: Act;
}

const STATE = "no-state-in-variables";

export const HABITS: readonly Habit[] = [
  {
    file: "data-of-a-socket",
    does: "what is known of a client is in `socket.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "name", "Ada");
      await say(ada, "say", "one");
      await say(ada, "say", "two");
    },
  },
  {
    file: "property-of-a-socket",
    does: "it hangs on the socket itself: `socket.username = …`",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(ada, "say", "hello");
      await leave(ada);
    },
  },
  {
    file: "rooms",
    does: "rooms say who gets what",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "cats");
      await say(bob, "join", "cats");
      await say(bob, "say", "cats", "miaow");
      await say(ada, "say", "dogs", "nobody hears");
      await leave(ada);
    },
  },
  {
    file: "who-is-here",
    does: "who is here is asked for: `await io.fetchSockets()`",
    outcome: { survives: true },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await leave(bob);
    },
  },
  {
    file: "token",
    does: "a middleware checks a token and sets `socket.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { auth: { token: "Ada" } });
      await join("eve");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "user-on-the-request",
    does: "a middleware of the engine puts a session or a user on the request",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      await say(ada, "hello");
      await say(ada, "hello");
    },
  },
  {
    file: "welcome",
    does: "the connection listener greets, joins, tells others, registers",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { name: "Ada" } });
      await join("bob", { query: { name: "Bob" } });
      await say(ada, "say", "hello");
    },
  },
  {
    file: "user-in-a-room",
    does: "a user's sockets are a room named after the user",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await say(bob, "whisper", "Ada", "psst");
    },
  },
  {
    file: "score-in-io-data",
    does: "what belongs to all is in `io.data`",
    outcome: { survives: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "score");
      await say(ada, "score");
    },
  },
  {
    file: "listener-in-a-middleware",
    does: "a middleware registers listeners",
    outcome: { survives: true, rules: ["no-state-in-middlewares"] },
    act: async ({ join, say }) => {
      const ada = await join("ada", { auth: { token: "Ada" } });
      await say(ada, "who");
      await say(ada, "who");
    },
  },
  {
    file: "acknowledgement",
    does: "the server waits for a client's acknowledgement",
    outcome: { keepsAwake: "acknowledgement" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      const question = new Promise<(answer: string) => void>((resolve) => {
        ada.socket.once("ready?", resolve);
      });
      await say(ada, "begin");
      (await question)("yes");
      await say(ada, "begin");
      await say(bob, "begin");
    },
  },
  {
    file: "interval",
    does: "an interval ticks",
    outcome: { keepsAwake: "interval" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "start");
      await say(ada, "turn");
      await say(ada, "turn");
    },
  },
  {
    file: "typing-indicator",
    does: "a timeout ends what somebody began",
    outcome: { keepsAwake: "timeout" },
    act: async ({ join, say }) => {
      const [ada] = [await join("ada"), await join("bob")];
      await say(ada, "type");
      await say(ada, "type");
      await say(ada, "say", "hello");
      await say(ada, "type");
    },
  },
  {
    file: "map-of-users",
    does: "users are in a map",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "property-of-the-server",
    does: "users hang on the server itself: `io.users = {}`",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
    },
  },
  {
    file: "counter",
    does: "a variable counts who is here",
    outcome: { found: [STATE] },
    act: async ({ join, say, leave }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "enter");
      await say(bob, "enter");
      await leave(bob);
    },
  },
  {
    file: "closure",
    does: "a variable of the connection listener says how far a client is",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "say", "too early");
      await say(ada, "login");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "sockets-in-a-map",
    does: "sockets are in a map",
    outcome: { found: ["no-sockets-in-collections"] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "whisper", "Ada", "psst");
    },
  },
  {
    file: "late-listener",
    does: "an event's handler registers listeners",
    outcome: { keepsAwake: "listener" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "login", "Ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "adapter",
    does: "an adapter of npm's keeps the rooms",
    outcome: { keepsAwake: "adapter" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "cats");
      await say(bob, "join", "cats");
      await say(ada, "say", "cats", "miaow");
    },
  },
  {
    file: "rate-limit",
    does: "a limit, or a lock, counts in memory",
    outcome: { found: ["no-limits-in-memory"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await join("bob");
      await join("eve");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "first-connection",
    does: '`io.once("connection", …)`',
    outcome: { found: ["no-once-connection"] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(bob, "begin");
      await say(ada, "begin");
    },
  },
  {
    file: "registry-of-rooms",
    does: "games or rooms are objects in memory",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "chess");
      await say(bob, "join", "chess");
      await say(ada, "move", "chess");
    },
  },
  {
    file: "news-from-an-emitter",
    does: "the connection listener subscribes its socket to an emitter, or a broker",
    outcome: { found: ["no-outside-listeners"] },
    act: async ({ join, say }) => {
      const [ada] = [await join("ada"), await join("bob")];
      await say(ada, "tell", "hello");
    },
  },
  {
    file: "host-of-a-game",
    does: "the connection listener finds out something that is another each time: a random colour, who was first",
    outcome: { found: ["no-remade-values"] },
    act: async ({ join, say }) => {
      const [ada] = [await join("ada"), await join("bob")];
      await say(ada, "begin");
    },
  },
];
