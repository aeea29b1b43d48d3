/** The parties of the tests. */
import { createServer, type Server } from "dormouse-io/partykit";
import type * as Party from "partykit/server";
import * as app from "../../support/party-app.worker.ts";

const everyday = (io: Server, room: Party.Room) => app.everyday(io, () => room.id);

export const main = createServer(
  {
    room: async (request) => {
      const { searchParams } = new URL(request.url);
      if (searchParams.has("nowhere")) return null as never;
      return searchParams.get("room") ?? "lobby";
    },
    editHandshakeHeaders: (headers) => headers.set("x-party", "main"),
    // Two parameters are Party.IO's here, not upstream's callback.
    allowRequest: async (request, lobby) => {
      if (request._query.refuse || !lobby.parties.main) throw new Error("refused at the edge");
      const { user: id } = request._query;
      if (id) Object.assign(request, { user: { id, methods: () => {} } });
      request.headers["x-checked"] = "at the edge";
    },
  },
  everyday,
);

interface From {
  from: string;
}

export const strict = createServer(app.strict, everyday);
export const large = createServer({ maxHttpBufferSize: 1e9 }, everyday);
export const sleepy = createServer({ pingInterval: 16_000 }, everyday);
export const wakeful = createServer({ ...app.lively, hibernate: false }, everyday);

export class patient extends createServer((io, room) => app.patient(io, () => room.id)) {
  override onStart() {
    return app.pause();
  }
}

/** A party that listens when its first client is there already, and sleeps all the same. */
export const late = createServer({ hibernate: "always" }, (io) => {
  setTimeout(() => io.on("connection", (socket) => socket.on("echo", () => {})), 300);
});

/** A party with connections, requests and alarms of its own. */
export class shared extends createServer(everyday) {
  alarms = 0;
  started = 0;

  override onStart() {
    this.started += 1;
  }

  override getConnectionTags() {
    return ["theirs"];
  }

  override onConnect(connection: Party.Connection<From>) {
    connection.setState({ from: "the application" });
    connection.send(`connected, ${[...this.room.getConnections("theirs")].length}`);
  }

  override onMessage(message: string, connection: Party.Connection<From>) {
    if (message === "alarm") return this.room.storage.setAlarm(Date.now() + 100);
    if (message === "all") return this.room.broadcast("to all of ours");
    this.io.emit("said", `${message} by ${connection.state?.from}`);
  }

  override onClose() {
    this.io.emit("said", "theirs closed");
  }

  override onAlarm() {
    this.alarms += 1;
    this.io.emit("said", "alarm");
  }

  override async onRequest(request: Party.Request): Promise<Response> {
    if (request.method === "POST") {
      this.io.emit("said", await request.text());
      return new Response("sent");
    }
    const sockets = await this.io.fetchSockets();
    return Response.json({ sockets: sockets.length, started: this.started, room: this.room.id });
  }
}

/** The same with fields, as some write classes, and PartyKit's own options. */
export class fields extends createServer(everyday) {
  override options = { hibernate: true };
  override getConnectionTags = () => ["theirs"];
  override onConnect = (connection: Party.Connection) => connection.send("connected");
  override onMessage = (message: string, connection: Party.Connection) => {
    if (message === "alarm") return void this.room.storage.setAlarm(Date.now() + 100);
    const { connections } = this.room;
    for (const one of connections.values()) one.send(`${message} of ${connections.size}`);
    connection.close();
  };
  override onClose = () => void this.io.emit("said", "theirs closed");
  override onAlarm = () => void this.io.emit("said", "alarm");
  override onRequest = () => new Response("by a field");
}

/** Something is put around its handlers, as tools do that observe. */
export class wrapped extends createServer(everyday) {
  constructor(room: Party.Room) {
    super(room);
    const { onMessage, onAlarm } = this as Party.Server;
    this.onMessage = (message: string, connection: Party.Connection) => {
      if (message === "hello") connection.send("seen");
      return onMessage?.call(this, message, connection);
    };
    this.onAlarm = () => onAlarm?.call(this);
  }
}

/** Its two options contradict each other. */
export class torn extends createServer({ hibernate: false }, everyday) {
  override options = { hibernate: true };
}

/** Its setup never settles. */
export class endless extends createServer(() => new Promise<void>(() => {})) {}

/** A party that keeps requests from this package's hooks. */
export class forgetful extends createServer(app.strict, everyday) {
  static override async onBeforeConnect(request: Party.Request) {
    return request;
  }

  static override async onBeforeRequest(request: Party.Request) {
    return request;
  }

  override onConnect(connection: Party.Connection) {
    connection.send("the application's");
  }
}
