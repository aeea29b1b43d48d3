/** Takes a client from its connection to the point where it is let in or refused. */
import { createRecord, recordOf } from "./client-record.ts";
import { type Logger, line } from "./logger.ts";
import type { AnySocket, Settings } from "./options.ts";
import { FAILED, REFUSED, SocketIOClientStates, SocketIOConstants } from "./protocol.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** What is done with clients, by the helper. */
export interface Admission {
  /** The client has just been authenticated. */
  admit(socket: AnySocket): void;
  disconnect(socket: AnySocket): void;
}

const { UNAUTHORIZED, AUTHENTICATING, AUTHENTICATED } = SocketIOClientStates;
const { EVENT_AUTHENTICATE, EVENT_UNAUTHENTICATE } = SocketIOConstants;

export class Authentication {
  readonly #settings: Settings;
  readonly #admission: Admission;
  readonly #log: Logger;
  readonly #waiting: WaitingRoom;
  /** Ids of clients for which `authenticateFn` runs. */
  readonly #running = new Set<string>();

  constructor(settings: Settings, log: Logger, admission: Admission) {
    this.#settings = settings;
    this.#admission = admission;
    this.#log = log;
    this.#waiting = new WaitingRoom(settings.io, settings.authenticateTimeout, (socket) =>
      this.#expire(socket),
    );
  }

  /** A client has connected. */
  begin(socket: AnySocket): void {
    createRecord(socket, this.#waiting.enter(socket));
  }

  /** Listens to a client, which may have been known before a sleep. */
  listen(socket: AnySocket): void {
    let isIn = false;
    socket.use(([event], next) => {
      isIn ||= recordOf(socket)?.state === AUTHENTICATED;
      if (isIn || event === EVENT_AUTHENTICATE) next();
      else this.#log.warn(line("Not heard before authentication", { id: socket.id, event }));
    });
    // It returns no promise, which would keep the object awake: `resume` begins again what a sleep has lost.
    socket.on(EVENT_AUTHENTICATE, () => this.#requested(socket));
  }

  /**
   * To be called when the server starts, which may be after a sleep: what was under way is lost with it.
   */
  resume(): void {
    this.#waiting.resume();
    for (const socket of this.#waiting.sockets) {
      const isLost = recordOf(socket)?.state === AUTHENTICATING && !this.#running.has(socket.id);
      if (isLost) this.#authenticate(socket);
    }
  }

  close(): void {
    this.#waiting.close();
  }

  #requested(socket: AnySocket): void {
    const { id } = socket;
    const state = recordOf(socket)?.state;
    if (state === UNAUTHORIZED) this.#authenticate(socket);
    else this.#log.warn(line("Client attempted auth in invalid state", { id, state }));
  }

  #authenticate(socket: AnySocket): void {
    const record = recordOf(socket);
    if (record !== undefined) record.state = AUTHENTICATING;
    this.#decide(socket).catch((error: unknown) => {
      this.#log.error(line("Failed to let a client in, or to refuse it", { id: socket.id, error }));
    });
  }

  /** Lets a client in, or refuses it, by what `authenticateFn` says. */
  async #decide(asking: AnySocket): Promise<void> {
    const { id } = asking;
    this.#running.add(id);
    try {
      const verdict = await this.#verdictOn(asking);
      // The object may have slept meanwhile, and have another socket by this id.
      const socket = this.#settings.io.sockets.sockets.get(id);
      const record = socket && recordOf(socket);
      if (socket === undefined || record === undefined) {
        this.#log.info(line("Client disconnected during authentication", { id }));
      } else if (verdict === AUTHENTICATED) {
        record.state = AUTHENTICATED;
        this.#waiting.leave(socket);
        this.#admission.admit(socket);
      } else {
        record.state = UNAUTHORIZED;
        this.#refuse(socket, verdict);
      }
    } finally {
      this.#running.delete(id);
    }
  }

  /** What `authenticateFn` says: `AUTHENTICATED`, or the message for a client that is refused. */
  async #verdictOn(socket: AnySocket): Promise<string> {
    const { id } = socket;
    try {
      const isRight = await this.#settings.authenticateFn(socket.handshake, { socket });
      this.#log.info(line("Authentication completed", { id, result: Boolean(isRight) }));
      return isRight ? AUTHENTICATED : REFUSED;
    } catch (error) {
      this.#log.error(line("Failed to authenticate", { id, error }));
      return FAILED;
    }
  }

  #refuse(socket: AnySocket, message: string): void {
    socket.emit(EVENT_UNAUTHENTICATE, { message, time: new Date().toISOString() });
    this.#admission.disconnect(socket);
  }

  #expire(socket: AnySocket): void {
    this.#log.info(line("Not authenticated in time", { id: socket.id }));
    this.#admission.disconnect(socket);
  }
}
