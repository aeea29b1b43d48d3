/** What the servers of the hibernation tests have in common: a book of notes, and sleep by force. */
import { createServer, type Server, type ServerOptions, type Socket } from "dormouse-io";
import { bookOf, watched, watchHandlers } from "../support/book.worker.ts";

type Context = { ctx: DurableObjectState };
export type Note = (...values: unknown[]) => void;
type Setup = (io: Server, note: Note, context: Context) => void | Promise<void>;

/** Long enough that no heartbeat falls into a test. */
const QUIET: ServerOptions = { pingInterval: 3_600_000, pingTimeout: 3_600_000 };

/** A class whose objects note what `setup` notes, and how the platform called them. */
export function watchedServer(setup: Setup, options: ServerOptions = {}) {
  // They are put to sleep by force, whatever that loses.
  const Base = createServer(
    { hibernate: "always", ...QUIET, ...options },
    (io: Server, context: Context) => {
      return setup(io, (...values) => void bookOf(context.ctx).notes.push(values), context);
    },
  );
  return class extends Base {
    constructor(ctx: DurableObjectState, env: unknown) {
      super(watched(ctx), env);
      watchHandlers(this, ctx);
    }
  };
}

/** Notes the end of a socket, with its rooms and data. */
export function noteEnds(socket: Socket, note: Note): void {
  for (const event of ["disconnecting", "disconnect"] as const) {
    socket.on(event, (reason: string) => {
      note(event, socket.id, reason, [...socket.rooms].sort(), { ...socket.data });
    });
  }
}
