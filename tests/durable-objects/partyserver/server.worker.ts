/** The parties of the tests. */
import {
  createServer,
  type DefaultEventsMap,
  routeSocketIO,
  type Server,
  type SetupContext,
} from "dormouse-io/partyserver";
import { type Connection, routePartykitRequest } from "partyserver";
import * as app from "../../support/party-app.worker.ts";

const everyday = (io: Server, { name = "" }: SetupContext) => app.everyday(io, () => name);

interface Env {
  Main: DurableObjectNamespace;
}

export class Main extends createServer(everyday) {}
export class Strict extends createServer(app.strict, everyday) {}
export class Sleepy extends createServer({ pingInterval: 16_000 }, everyday) {}
export class Wakeful extends createServer({ ...app.lively, hibernate: false }, everyday) {}

export class Patient extends createServer((io, { name = "" }) => app.patient(io, () => name)) {
  override onStart() {
    return app.pause();
  }
}

/** Tells whose sessions have expired. */
export class Brief extends createServer(
  { connectionStateRecovery: { maxDisconnectionDuration: 500 } },
  (io: Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, { name?: string }>) => {
    io.of("/").adapter.on("expire-session", (id, rooms, data) => {
      io.data.told = [...((io.data.told as unknown[]) ?? []), [id, [...rooms].sort(), data]];
    });
    io.on("connection", (socket) => {
      socket.join("a room");
      socket.data.name = "Ada";
      socket.on("told", (done) => done(io.data.told ?? []));
    });
  },
) {}

interface From {
  from: string;
}

/** A party whose handlers are fields. */
export class Fields extends createServer(everyday) {
  override onAlarm = () => void this.io.emit("said", "alarm");
  override onRequest = async () => {
    await this.ctx.storage.setAlarm(Date.now() + 100);
    return new Response("by a field");
  };
}

/** A party with connections, requests and alarms of its own. */
export class Shared extends createServer(everyday) {
  started = 0;
  props: Record<string, unknown> | undefined;

  override onStart(props?: Record<string, unknown>) {
    this.started += 1;
    this.props = props;
  }

  override getConnectionTags() {
    return ["theirs"];
  }

  override onConnect(connection: Connection<From>) {
    connection.setState({ from: "the application" });
    connection.send(`connected, ${[...this.getConnections("theirs")].length}`);
  }

  override onMessage(connection: Connection<From>, message: string) {
    if (message === "alarm") return this.ctx.storage.setAlarm(Date.now() + 100);
    if (message === "all") return this.broadcast("to all of ours");
    this.io.emit("said", `${message} by ${connection.state?.from}`);
  }

  override onClose() {
    this.io.emit("said", "theirs closed");
  }

  override onAlarm() {
    this.io.emit("said", "alarm");
  }

  override async onRequest(request: Request) {
    if (request.method === "POST") {
      this.io.emit("said", await request.text());
      return new Response("sent");
    }
    const sockets = await this.io.fetchSockets();
    const { started, name: room, props } = this;
    return Response.json({ sockets: sockets.length, started, room, props });
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const name = new URL(request.url).searchParams.get("room") ?? "lobby";
    return (
      (await routeSocketIO(request, env.Main, { name })) ??
      (await routePartykitRequest(request, env, { props: { from: "the Worker" } })) ??
      new Response("not found", { status: 404 })
    );
  },
};
