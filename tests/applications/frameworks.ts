/** Frameworks and tools from npm that import `socket.io` by its name, and what becomes of each. */
import type { Act } from "./people.ts";

export const PACKAGES = {
  "@feathersjs/feathers": "5.0.50",
  "@feathersjs/socketio": "5.0.50",
  "@nestjs/common": "12.5.1",
  "@nestjs/core": "12.5.1",
  "@nestjs/platform-express": "12.5.1",
  "@nestjs/platform-socket.io": "12.1.1",
  "@nestjs/websockets": "12.1.1",
  "@socket.io/admin-ui": "0.5.1",
  "boardgame.io": "0.50.2",
  "old-adapter": "npm:socket.io-adapter@2.1.0",
  "reflect-metadata": "0.2.2",
  rxjs: "7.8.2",
  "y-socket.io": "1.1.3",
  yjs: "13.6.33",
};

export interface Framework {
  /** Its file in `frameworks/`, and in `frameworks/workers/`. */
  readonly file: string;
  readonly act: Act;
  /** What Node's log says where a sleep loses something that is in the framework's own memory. */
  readonly toldOf?: RegExp;
  readonly inObjects:
    | { readonly evicted: true }
    /** What its log says of why it stays awake. */
    | { readonly keptAwake: RegExp }
    /** What it fails with, before anything runs. */
    | { readonly fails: RegExp };
  /** Packages that wrangler is told to take others for. */
  readonly alias?: Record<string, string>;
}

const SERVER = "./socket.io.mjs";
const NOTHING = "./nothing.mjs";

const rooms =
  (say: (room: string) => unknown[]): Act =>
  async (scene) => {
    const [ada, bob] = [await scene.join("ada"), await scene.join("bob")];
    await scene.say(ada, "join", "cats");
    await scene.say(bob, "say", ...say("cats"));
  };

export const FRAMEWORKS: readonly Framework[] = [
  {
    file: "admin-ui",
    inObjects: { keptAwake: /setInterval/ },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await join("bob");
      await say(ada, "tag", "one");
      await say(ada, "tag", "two");
    },
  },
  {
    file: "old-adapter",
    inObjects: { keptAwake: /adapter\.rooms of namespace \/ would be lost/ },
    act: async (scene) => {
      await rooms((room) => [room, "hello"])(scene);
      const eve = await scene.join("eve");
      await scene.say(eve, "shout", Buffer.from([1, 2, 3]));
      await scene.leave(eve);
    },
  },
  {
    file: "feathers",
    inObjects: { evicted: true },
    alias: { "socket.io": SERVER },
    act: async ({ join, ask }) => {
      const ada = await join("ada");
      await join("bob");
      await ask(ada, "create", "messages", { text: "hello" }, {});
      await ask(ada, "create", "messages", { text: "again" }, {});
      await ask(ada, "find", "messages", {});
    },
  },
  {
    file: "nest",
    inObjects: { evicted: true },
    alias: {
      "socket.io": SERVER,
      // Packages that NestJS uses where there are any.
      "class-transformer": NOTHING,
      "class-validator": NOTHING,
      "@nestjs/microservices": NOTHING,
      "@nestjs/microservices/microservices-module.js": NOTHING,
    },
    act: rooms((room) => [{ room, text: "hello" }]),
  },
  {
    file: "boardgame",
    toldOf: /used after a sleep: .*socket\.emit of socket/,
    // Its HTTP server reads bodies by `iconv-lite`, which wants more of Node than there is.
    inObjects: { fails: /require_streams\(\.\.\.\) is not a function/ },
    alias: { "node-persist": NOTHING },
    act: async ({ join, say }) => {
      const namespace = "/tic-tac-toe";
      const [ada, bob] = [await join("ada", { namespace }), await join("bob", { namespace })];
      await say(ada, "sync", "match", "0", undefined, 2);
      await say(bob, "sync", "match", "1", undefined, 2);
      const payload = { type: "click", args: [4], playerID: "0" };
      await say(ada, "update", { type: "MAKE_MOVE", payload }, 0, "match", "0");
    },
  },
  {
    file: "yjs",
    inObjects: { evicted: true },
    act: async ({ join, say }) => {
      const ada = await join("ada");
      await join("bob");
      await say(ada, "say", "hello");
    },
  },
];
