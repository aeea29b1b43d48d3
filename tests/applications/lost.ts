/** What a sleep loses, and the check finds before. */
import type { Habit } from "./habits.ts";
import { startService } from "./service.ts";

const STATE = "no-state-in-variables";

export const LOST: readonly Habit[] = [
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
  {
    file: "object-per-connection",
    does: "an object of a class stands for each client, and knows it",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "name", "Ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "last-messages",
    does: "the last messages are in an array, for those who come",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "say", "hello");
      await join("bob");
    },
  },
  {
    file: "private-fields",
    does: "an object of a class in `socket.data` keeps what it knows in private fields: `#coins`",
    outcome: { found: ["no-unkept-values"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "earn", 1);
      await say(ada, "earn", 2);
    },
  },
  {
    file: "search-parameters",
    does: "an object of the platform's that knows something is on the socket: `new URLSearchParams()`, `new AbortController()`",
    outcome: { found: ["no-unkept-values"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "filter", "colour", "red");
      await say(ada, "filter", "size", "small");
    },
  },
  {
    file: "weak-map",
    does: "a weak map says what is known of a socket",
    outcome: { found: ["no-sockets-in-collections"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "name", "Ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "global-variable",
    does: "users are in a global variable: `globalThis.users = {}`",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
    },
  },
  {
    file: "country-of-a-client",
    does: "a promise that nobody waits for, or a timer, sets a property of the socket: `fetch(url).then(() => { socket.country = … })`",
    outcome: { found: ["no-held-data"] },
    act: async ({ join, say }) => {
      const service = await startService();
      try {
        const ada = await join("ada");
        const asked = service.next();
        await say(ada, "ask", service.url);
        const question = await asked;
        const thanks = service.next();
        // Nothing else happens on the server from here to the sleep.
        question.answer("Iceland");
        (await thanks).answer("");
        await say(ada, "where");
      } finally {
        service.stop();
      }
    },
  },
  {
    file: "answer-from-an-emitter",
    does: "a client's acknowledgement is answered when an emitter, or a broker, tells something",
    outcome: { found: ["no-outside-listeners"] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      ada.socket.emit("next", (text: string) => ada.socket.emit("say", text));
      await say(bob, "tell", "hello");
      await say(bob, "say", "told");
    },
  },
  {
    file: "question-to-who-comes",
    does: "the connection listener asks its client: `socket.emit(…, (answer) => …)`",
    outcome: { found: ["ask-restored"] },
    act: async ({ join, say }) => {
      const ada = await join("ada", { answers: { "name?": "Ada" } });
      await join("bob", { answers: { "name?": "Bob" } });
      await say(ada, "say", "hello");
      await say(ada, "say", "hello again");
    },
  },
  {
    file: "class-of-a-map",
    does: "users are in an object of a class that extends `Map`",
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "name", "Ada");
      await say(bob, "name", "Bob");
    },
  },
  {
    file: "lobby-of-all",
    does: "the connection listener puts one object of all into each socket's data: `socket.data.lobby = lobby`",
    outcome: { found: ["no-held-data"] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "enter", "Ada");
      await say(bob, "enter", "Bob");
    },
  },
  {
    file: "game-on-two-sockets",
    does: "several sockets have the same object on them: `player.game = game`",
    outcome: { found: ["no-held-data"] },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "begin");
      await say(ada, "move", "e4");
      await say(bob, "move", "e5");
    },
  },
  {
    file: "async-context",
    does: "a middleware runs the code behind it with an `AsyncLocalStorage`",
    outcome: { found: ["no-state-in-middlewares"] },
    act: async ({ join, say }) => {
      const ada = await join("ada", { query: { user: "Ada" } });
      await say(ada, "say", "hello");
    },
  },
  {
    file: "secret-of-the-module",
    does: "what is signed with a secret that is made by chance: `const SECRET = randomBytes(32)`",
    outcome: { found: ["no-remade-values"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "login", "ada");
      await say(ada, "check", "ada");
    },
  },
  {
    file: "emitter-hears-once",
    does: 'an emitter of the server\'s hears once: `game.once("begin", () => io.emit(…))`',
    outcome: { found: [STATE] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "begin");
      await say(ada, "begin");
    },
  },
  {
    file: "generator-in-data",
    does: "a generator is in `socket.data`, or on the socket",
    outcome: { found: ["no-unkept-values"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "turn");
      await say(ada, "turn");
    },
  },
  {
    file: "timer-for-who-comes",
    does: "the connection listener does something later: `setTimeout(() => socket.emit(…), …)`",
    outcome: { found: ["no-timers"] },
    act: async ({ join, ask }) => {
      const ada = await join("ada");
      await ask(ada, "presents?");
      await ask(ada, "presents?");
    },
  },
  {
    file: "profile-that-nobody-waits-for",
    does: "the connection listener emits behind a promise that nobody waits for: `load().then((profile) => socket.emit(…))`",
    outcome: { found: ["ask-restored"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "packets-of-a-connection",
    does: 'the connection listener listens to packets: `socket.conn.on("packet", …)`',
    outcome: { found: ["no-late-listeners"] },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "say");
      await say(ada, "say");
    },
  },
];
