/** Servers whose every variable the suggestions move, and what people do with them. */
import type { Act } from "../../applications/people.ts";

export interface Rewritable {
  /** Its file in `rewritten/`. */
  readonly file: string;
  /** What it is moved to, in the order of the offers. */
  readonly kept: readonly string[];
  readonly act: Act;
}

export const REWRITABLE: readonly Rewritable[] = [
  {
    file: "counters",
    kept: [
      "io.data.visits",
      "io.data.number",
      "io.data.online",
      "io.data.most",
      "socket.data.said",
    ],
    act: async ({ join, say, ask }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await ask(ada, "enter");
      await ask(bob, "enter");
      await say(ada, "say", "one");
      await say(ada, "say", "two");
      await say(bob, "say", "three");
      await say(bob, "leave");
    },
  },
  {
    file: "scores",
    kept: ["io.data.scores", "io.data.seen"],
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "point", "Ada");
      await say(bob, "point", "Bob");
      await say(ada, "point", "Ada");
      await say(bob, "forget", "Bob");
      await say(ada, "reset");
    },
  },
  {
    file: "history",
    kept: ["io.data.history", "io.data.last", "io.data.pinned"],
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await say(ada, "pin");
      await say(ada, "say", "bob", "one");
      await say(ada, "say", "ada", "two");
      await say(ada, "say", "bob", "three");
      await say(ada, "pin");
      const eve = await join("eve");
      await say(eve, "search", "tw");
    },
  },
  {
    file: "games",
    kept: ["io.data.games", "socket.data.mine"],
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "join", "chess", "Ada");
      await say(bob, "join", "chess", "Bob");
      await say(ada, "move", 1);
      await say(bob, "move", 2);
      await say(bob, "end");
    },
  },
  {
    file: "sessions",
    kept: ["isIn", "name", "since", "topics", "limits"].map((name) => `client.data.${name}`),
    act: async ({ join, say }) => {
      const [ada, bob] = [await join("ada"), await join("bob")];
      await say(ada, "login", "Ada");
      await say(ada, "login", "Eve");
      await say(ada, "follow", "cats");
      await say(ada, "follow", "dogs");
      await say(ada, "say", "hello");
      await say(bob, "say", "hello");
      await say(bob, "follow", "cats");
    },
  },
  {
    file: "namespaces",
    kept: ["io.data.total", "socket.data.count", "socket.data.number"],
    act: async ({ join, say }) => {
      const ada = await join("ada", { namespace: "/chat" });
      const bob = await join("bob", { namespace: "/news" });
      await say(ada, "say");
      await say(ada, "say");
      await say(bob, "say");
      await say(bob, "say");
      await say(ada, "say");
    },
  },
];
