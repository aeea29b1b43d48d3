/** What keeps the object awake. */
import type { Habit } from "./habits.ts";
import type { Person } from "./people.ts";

export const KEEPING: readonly Habit[] = [
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
    file: "hidden-property",
    does: "what is known of a client is hidden on its socket: `Object.defineProperty(socket, …)`",
    outcome: { keepsAwake: "property" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "login", "Ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "symbols-in-data",
    does: "`socket.data` holds something under a symbol, or hidden, however deep",
    outcome: { keepsAwake: "data" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "begin");
      await say(ada, "score");
      await say(ada, "score");
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
    file: "first-connection",
    does: '`io.once("connection", …)`',
    outcome: { keepsAwake: "listener" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(bob, "begin");
      await say(ada, "begin");
    },
  },
  {
    file: "awaits-an-event",
    does: 'the connection listener awaits an event: `await once(socket, "ready")`',
    outcome: { keepsAwake: "listener" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "ready", "Ada");
      await say(ada, "say", "hello");
    },
  },
  {
    file: "ready-promise",
    does: 'what a client says waits for an earlier event: `const ready = new Promise((resolve) => socket.once("ready", resolve))`',
    outcome: { keepsAwake: "listener" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "ready");
      await say(ada, "say", "hello");
      await say(ada, "say", "is anybody here?");
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
    file: "namespace-per-game",
    does: "an event's handler makes a namespace: `io.of(name)`",
    outcome: { keepsAwake: ["listener", "namespace"] },
    act: async ({ join, say }) => {
      await say(await join("ada"), "begin", 1);
      const bob = await join("bob", { namespace: "/game-1" });
      await say(bob, "move", "e4");
    },
  },
  {
    file: "player-on-a-socket",
    does: "an object of a class hangs on the socket: `socket.player = new Player()`",
    outcome: { keepsAwake: "property" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "name", "Ada");
      await say(ada, "win");
      await say(ada, "win");
    },
  },
  {
    file: "player-with-its-socket",
    does: "an object that the connection listener hangs on the socket knows the socket, and how far the client is: `socket.player = new Player(socket)`",
    outcome: { keepsAwake: "property" },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "win");
      await say(ada, "win");
    },
  },
  {
    file: "opponent-on-a-socket",
    does: "a socket hangs on another: `socket.opponent = other`",
    outcome: { keepsAwake: "property" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "challenge");
      await say(ada, "move", "e4");
      await say(bob, "move", "e5");
    },
  },
  {
    file: "vote",
    does: "everybody is asked: `io.timeout(ms).emit(…, (error, answers) => …)`",
    outcome: { keepsAwake: "acknowledgement", isOver: true },
    act: async ({ join, say }) => {
      const people = [await join("ada"), await join("bob")];
      const asked = people.map(({ socket }) => {
        return new Promise<(answer: string) => void>((resolve) => {
          socket.once("for or against?", resolve);
        });
      });
      const [ada, bob] = people as [Person, Person];
      await say(ada, "vote");
      const [answer, answerToo] = await Promise.all(asked);
      answer?.("for");
      await say(ada, "say", "I have voted");
      answerToo?.("against");
      await say(bob, "say", "me, too");
    },
  },
  {
    file: "grace-period",
    does: "a timeout removes who does not come back",
    outcome: { keepsAwake: "timeout" },
    act: async ({ join, say, leave }) => {
      const bob = await join("bob", { query: { user: "Bob" } });
      await leave(await join("ada", { query: { user: "Ada" } }));
      await join("ada again", { query: { user: "Ada" } });
      await leave(await join("eve", { query: { user: "Eve" } }));
      await say(bob, "say", "Ada is back");
    },
  },
  {
    file: "waits-for-a-move",
    does: "an event's handler awaits what another client does",
    outcome: { keepsAwake: "promise", isOver: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "wait");
      await say(bob, "move", "e4");
    },
  },
  {
    file: "question-to-others",
    does: "who waits for another client's answer is in a map",
    outcome: { keepsAwake: "promise", isOver: true },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "ask", "tea?");
      await say(bob, "answer", 1, "yes");
    },
  },
  {
    file: "game-of-two",
    does: "several sockets have the same object in `socket.data`: `player.data.game = game`",
    outcome: { keepsAwake: "data" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "begin");
      await say(ada, "move", "e4");
      await say(bob, "move", "e5");
    },
  },
  {
    file: "part-of-io-data",
    does: "a part of `io.data` is in a socket's data, too: `socket.data.game = io.data.games[name]`",
    outcome: { keepsAwake: "data" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "chess");
      await say(bob, "join", "chess");
      await say(ada, "move");
      await say(bob, "move");
    },
  },
  {
    file: "players-of-all",
    does: "what is in a socket's data is put into `io.data`, too: `io.data.players[name] = socket.data.player`",
    outcome: { keepsAwake: "data" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "enter", "Ada");
      await say(bob, "enter", "Bob");
      await say(ada, "win");
      await say(bob, "win");
    },
  },
  {
    file: "friends",
    does: "a set in one's data has parts of the data of others: `socket.data.friends.add(other.data.user)`",
    outcome: { keepsAwake: "data" },
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "befriend");
      await say(bob, "win");
      await say(ada, "look");
    },
  },
];
