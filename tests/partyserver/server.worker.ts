/** The parties of the tests. */
import { createServer, routeSocketIO } from "dormouse-io/partyserver";
import { routePartykitRequest } from "partyserver";
import * as app from "../support/party-app.worker.ts";

const everyday = (io, { name }) => app.everyday(io, () => name);

const isWhole = (env, ctx) => (env?.Guarded && ctx?.storage ? "whole" : "part");

export class Main extends createServer(everyday) {}
export class Guarded extends createServer(app.guarded(isWhole), everyday) {}
export class Strict extends createServer(app.strict, everyday) {}
export class Timed extends createServer(app.timed, everyday) {}
export class Sleepy extends createServer({ pingInterval: 13_000 }, everyday) {}
export class Wakeful extends createServer(
  { ...app.timed, path: "/socket.io", hibernate: false },
  everyday,
) {}

/** A party with connections, requests and alarms of its own. */
export class Shared extends createServer(everyday) {
  started = 0;
  props = undefined;

  onStart(props) {
    this.started += 1;
    this.props = props;
  }

  getConnectionTags() {
    return ["theirs"];
  }

  onConnect(connection) {
    connection.setState({ from: "the application" });
    connection.send(`connected, ${[...this.getConnections("theirs")].length}`);
  }

  onMessage(connection, message) {
    if (message === "alarm") return this.ctx.storage.setAlarm(Date.now() + 100);
    if (message === "all") return this.broadcast("to all of ours");
    this.io.emit("said", `${message} by ${connection.state.from}`);
  }

  onClose() {
    this.io.emit("said", "theirs closed");
  }

  onAlarm() {
    this.io.emit("said", "alarm");
  }

  async onRequest(request) {
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
  async fetch(request, env) {
    const name = new URL(request.url).searchParams.get("room") ?? "lobby";
    return (
      (await routeSocketIO(request, env.Main, { name })) ??
      (await routePartykitRequest(request, env, { props: { from: "the Worker" } })) ??
      new Response("not found", { status: 404 })
    );
  },
};
