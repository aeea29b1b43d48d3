// Helpers of clients, those of `@venizia/ignis-helpers` and ours, each with all servers: that of
// `@venizia/ignis-helpers` on `socket.io`, ours on Node and in an object that sleeps before every event.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";
import { Server } from "../../../durable-objects/node/index.ts";
import { SocketIOServerHelper } from "../../../layers/auth/index.ts";
import { SocketIOClientHelper } from "../../../layers/client/index.ts";
import { poll } from "../../scenarios/harness/wait.ts";
import { startWorker } from "../../support/miniflare.ts";
import { listen } from "../../support/oracle.ts";
import { ignis, startIgnis } from "./ignis.ts";
import { meeting } from "./meeting.ts";

interface Running {
  url: string;
  path: string;
  /** Puts it to sleep. */
  sleep?(): Promise<void>;
  stop(): Promise<void>;
}

const OBJECTS = `
  import { createServer, routeSocketIO } from "dormouse-io";
  import { SocketIOServerHelper } from "dormouse-io/auth";
  import { meeting } from "./tests/layers/auth/meeting.ts";
  export class Meeting extends createServer((io) => {
    const helper = new SocketIOServerHelper({
      io, identifier: "meeting", ...meeting((message) => helper.send(message)),
    });
    return helper.configure();
  }) {}
  export default {
    fetch: (request, env) => routeSocketIO(request, env.MEETING, { name: "meeting" }),
  };
`;

const SERVERS: Record<string, () => Promise<Running>> = {
  async "the server of ignis"() {
    const { url, stop, helper } = await startIgnis(meeting((message) => helper.send(message)));
    return { url, path: "/socket.io/", stop };
  },
  async "ours on Node, asleep before each event"() {
    const httpServer = createServer();
    const io = new Server(httpServer);
    const helper: SocketIOServerHelper = new SocketIOServerHelper({
      io,
      identifier: "meeting",
      ...meeting((message) => helper.send(message)),
    });
    await helper.configure();
    const { url, stop } = await listen(httpServer);
    return {
      url,
      path: "/socket.io/",
      sleep: async () => io.hibernate(),
      stop: async () => void (await Promise.all([io.close(), stop()])),
    };
  },
  async "ours in an object, evicted before each event"() {
    const { url, stop, evict } = await startWorker({
      entry: { source: OBJECTS },
      classes: { MEETING: "Meeting" },
      compatibilityFlags: ["nodejs_compat"],
    });
    const sleep = () =>
      evict("meeting").catch((error: Error) => {
        if (!error.message.includes("not currently running")) throw error;
      });
    return { url, path: "/socket.io/", sleep, stop };
  },
};

const CLIENTS = {
  "the client of ignis": ignis.SocketIOClientHelper,
  "our client": SocketIOClientHelper,
};

/** A client with a list of what it was told, which sends nothing to a server that is awake. */
class Participant {
  readonly seen: unknown[][] = [];
  readonly helper: SocketIOClientHelper;
  readonly #server: Running;

  constructor(Helper: unknown, server: Running, token: string) {
    const see =
      (name: string) =>
      (...args: unknown[]) =>
        void this.seen.push([name, ...args]);
    this.#server = server;
    // Theirs has the same surface; only its private members are declared otherwise.
    this.helper = new (Helper as typeof SocketIOClientHelper)({
      identifier: token,
      host: server.url,
      options: {
        path: server.path,
        transports: ["websocket"],
        forceNew: true,
        reconnection: false,
        auth: { token },
        extraHeaders: {},
      },
      onConnected: see("connected"),
      onDisconnected: see("disconnected"),
      onAuthenticated: see("authenticated"),
      onUnauthenticated: see("unauthenticated"),
      onError: see("error"),
    });
  }

  async act(action: (helper: SocketIOClientHelper) => void): Promise<void> {
    await this.#server.sleep?.();
    action(this.helper);
  }

  /** Waits until it was told this so often. */
  async told(name: string, count = 1): Promise<unknown[]> {
    const found = await poll(
      `${count} times ${name}`,
      async () => this.seen.filter(([seen]) => seen === name)[count - 1],
      () => JSON.stringify(this.seen),
    );
    return found.slice(1);
  }

  /** Waits until what was sent before has been done. */
  async settle(number: number): Promise<void> {
    const subscription = {
      event: "answer",
      handler: (data: unknown) => void this.seen.push([`answer ${JSON.stringify(data)}`]),
    };
    this.helper.subscribe(subscription);
    await this.act((helper) => helper.emit({ topic: "question", data: number }));
    await this.told(`answer {"number":${number}}`);
  }

  async enter(): Promise<void> {
    await this.told("connected");
    await this.act((helper) => helper.authenticate());
    await this.told("authenticated");
  }
}

for (const [serverName, start] of Object.entries(SERVERS)) {
  describe(serverName, async () => {
    const server = await start();
    after(() => server.stop());
    for (const [clientName, Helper] of Object.entries(CLIENTS)) {
      test(`${clientName}: its states on the way in`, async () => {
        const ada = new Participant(Helper, server, "right");
        assert.equal(ada.helper.getState(), "unauthorized");
        ada.helper.authenticate();
        assert.equal(ada.helper.getState(), "unauthorized", "not connected yet");
        await ada.told("connected");
        await ada.act((helper) => {
          helper.authenticate();
          assert.equal(helper.getState(), "authenticating");
          helper.authenticate();
        });
        await ada.told("authenticated");
        assert.equal(ada.helper.getState(), "authenticated");
        await ada.act((helper) => helper.disconnect());
        assert.deepEqual(await ada.told("disconnected"), ["io client disconnect"]);
        assert.equal(ada.helper.getState(), "unauthorized");
        assert.deepEqual(
          ada.seen.map(([name]) => name),
          ["connected", "authenticated", "disconnected"],
        );
        ada.helper.shutdown();
      });

      test(`${clientName}: refusals, with their messages`, async () => {
        const messages = {
          wrong: "Invalid token to authenticate! Please login again!",
          broken: "Failed to authenticate connection! Please login again!",
        };
        for (const [token, message] of Object.entries(messages)) {
          const eve = new Participant(Helper, server, token);
          await eve.told("connected");
          await eve.act((helper) => helper.authenticate());
          assert.deepEqual(await eve.told("unauthenticated"), [message]);
          assert.deepEqual(await eve.told("disconnected"), ["io server disconnect"]);
          assert.equal(eve.helper.getState(), "unauthorized");
          eve.helper.shutdown();
        }
      });

      test(`${clientName}: rooms and topics`, async () => {
        const [ada, bob] = [1, 2].map(() => new Participant(Helper, server, "right")) as [
          Participant,
          Participant,
        ];
        await Promise.all([ada.enter(), bob.enter()]);
        const heard: unknown[] = [];
        const handler = (data: unknown) => void heard.push(data);
        ada.helper.subscribe({ event: "said", handler });
        ada.helper.subscribe({ event: "said", handler });
        await ada.act((helper) => helper.joinRooms({ rooms: ["music", "staff"] }));
        await ada.settle(1);
        const say = async (room: string | undefined, text: string) => {
          let isSent = false;
          const cb = () => {
            isSent = true;
          };
          await bob.act((helper) => helper.emit({ topic: "say", data: { room, text }, cb }));
          await bob.settle(bob.seen.length);
          assert.ok(isSent);
        };
        await say("music", "to music");
        await say("staff", "to staff");
        await say("io-default", "to default");
        await say("io-notification", "to notification");
        await say(undefined, "to all");
        await ada.act((helper) => helper.leaveRooms({ rooms: ["music"] }));
        await ada.settle(2);
        await say("music", "to music again");
        await ada.settle(3);
        const texts = ["music", "default", "notification", "all"];
        assert.deepEqual(
          heard,
          texts.map((name) => ({ text: `to ${name}` })),
        );
        ada.helper.shutdown();
        bob.helper.shutdown();
      });

      test(`${clientName}: subscriptions`, async () => {
        const ada = new Participant(Helper, server, "right");
        await ada.enter();
        const heard: string[] = [];
        const hear = (name: string) => () => void heard.push(name);
        const events = { said: hear("said"), answer: hear("answer") };
        ada.helper.subscribeMany({ events });
        ada.helper.subscribe({ event: "said", handler: hear("twice"), ignoreDuplicate: false });
        const ask = () => ada.act((helper) => helper.emit({ topic: "question", data: 1 }));
        await ada.act((helper) =>
          helper.emit({ topic: "say", data: { room: "io-default", text: "" } }),
        );
        await ask();
        await poll("answer", async () => heard.includes("answer") || undefined, String);
        assert.deepEqual(heard, ["said", "twice", "answer"]);
        ada.helper.unsubscribe({ event: "said" });
        ada.helper.unsubscribe({ event: "never there" });
        await ada.act((helper) =>
          helper.emit({ topic: "say", data: { room: "io-default", text: "" } }),
        );
        await ask();
        await poll("answer", async () => heard.length > 3 || undefined, String);
        assert.deepEqual(heard, ["said", "twice", "answer", "answer"]);
        ada.helper.unsubscribeMany({ events: ["answer", "said"] });
        assert.equal(ada.helper.getSocketClient().hasListeners("answer"), false);
        ada.helper.shutdown();
      });

      test(`${clientName}: mistakes`, async () => {
        const ada = new Participant(Helper, server, "right");
        const emit = (topic: string) => () => ada.helper.emit({ topic, data: 1 });
        const invalid = { message: "Invalid socket client state to emit", statusCode: 400 };
        assert.throws(emit("x"), invalid);
        ada.helper.joinRooms({ rooms: ["music"] });
        ada.helper.leaveRooms({ rooms: ["music"] });
        await ada.told("connected");
        assert.throws(emit(""), { message: "Topic is required to emit", statusCode: 400 });
        ada.helper.shutdown();
        assert.throws(emit("x"), invalid);
        assert.equal(ada.helper.getState(), "unauthorized");
      });

      test(`${clientName}: an error that keeps it out`, async () => {
        const nowhere = { ...server, path: "/nowhere/" };
        const ada = new Participant(Helper, nowhere, "right");
        const [error] = await ada.told("error");
        assert.ok(error instanceof Error);
        ada.helper.shutdown();
      });
    }
  });
}
