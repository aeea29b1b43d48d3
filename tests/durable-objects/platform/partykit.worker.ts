/** A plain party, nothing of ours: it shows what PartyKit does. See partykit.test.ts. */
import type * as Party from "partykit/server";

/** What rooms have told: a variable of the module, which outlives them. */
export const told: unknown[] = [];

/** The room's id; undefined if reading it throws. */
function idOf(room: Party.Room): string | undefined {
  try {
    return room.id;
  } catch {
    return undefined;
  }
}

export class Plain implements Party.Server {
  readonly options = { hibernate: true };
  readonly room: Party.Room;

  constructor(room: Party.Room) {
    this.room = room;
    told.push(["constructed", idOf(room)]);
  }

  async onRequest(request: Party.Request): Promise<Response> {
    const what = new URL(request.url).pathname.split("/").at(-1);
    if (what === "alarm") await this.room.storage.setAlarm(Date.now() + 1_000);
    if (what === "replace") {
      this.onMessage = (_message, connection) => connection.send("of the object");
    }
    return new Response("done");
  }

  onConnect(connection: Party.Connection): void {
    const state = { changed: false };
    connection.serializeAttachment({ state });
    const got = connection.deserializeAttachment() as { state: object };
    connection.send(got.state === state ? "the same" : "a copy");
  }

  onMessage(_message: string, connection: Party.Connection): void {
    connection.send("of the class");
  }

  onClose(...args: [Party.Connection]): void {
    told.push(["closed", args.length, [...this.room.getConnections()].includes(args[0])]);
  }

  onAlarm(...args: []): void {
    told.push(["rang", args.length, idOf(this.room)]);
  }
}
