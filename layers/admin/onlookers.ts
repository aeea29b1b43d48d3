/**
 * Who looks: admins who are connected here, and those of the server's other parts (its shards, on Node the servers of
 * a cluster). Each part shows itself to all admins. A part with admins says so to the others, again and again; one
 * that is not told any more stops. While nobody looks nothing is said.
 */
import { type AnyNamespace, type AnyServer, fitting, type SerializedSocket } from "./protocol.ts";
import type { Watch, WatchListener } from "./watch.ts";

/** What parts of a server say to each other, in the admins' namespace. */
const LOOK = "dormouse:admin-looks";
const LOOK_AWAY = "dormouse:admin-looks-away";
const SESSION = "dormouse:admin-session";
const COMMAND = "dormouse:admin-commands";
const OUTDATED = "dormouse:admin-outdated";

/** Every so many of the watch's ticks it is said again that somebody looks. */
const TICKS_BETWEEN_REMINDERS = 2;
/** So long after the last reminder a part without admins of its own stops, in milliseconds: two are missing. */
const PATIENCE = 10_000;
/** So many parts are remembered: more than a server may have. */
const MAX_PARTS = 5_000;
const MAX_ID = 64;

/** A command of an admin, which concerns a namespace that his own part does not have. */
export type CommandHandler = (event: unknown, args: unknown[]) => void;

export class Onlookers {
  readonly #io: AnyServer;
  readonly #admins: AnyNamespace;
  readonly #begin: (listener: WatchListener) => Watch;
  readonly #showAgain: () => void;
  /** Other parts that have admins, and until when they are believed, by what they call themselves. */
  readonly #others = new Map<string, number>();
  /** What this part calls itself, while it has admins. */
  #id: string | undefined;
  #watch: Watch | undefined;
  #ticks = 0;
  /** Whether a part, this one or another, could not tell all that has changed. */
  #isOutdated = false;

  /**
   * To be made in `setup`. `begin` makes a watch; `showAgain` shows all sockets to the admins who are connected here,
   * after changes that were too many to be told.
   */
  constructor(
    io: AnyServer,
    admins: AnyNamespace,
    begin: (listener: WatchListener) => Watch,
    showAgain: () => void,
  ) {
    this.#io = io;
    this.#admins = admins;
    this.#begin = begin;
    this.#showAgain = showAgain;
    admins.on(LOOK, (id: unknown, answer?: (sockets: SerializedSocket[]) => void) => {
      if (!this.#isPart(id)) return;
      this.#others.set(id, Date.now() + PATIENCE);
      const watch = this.#look();
      answer?.(watch.all);
    });
    admins.on(LOOK_AWAY, (id: unknown) => {
      if (this.#isPart(id) && this.#others.delete(id)) this.#stopIfUnseen();
    });
    admins.on(OUTDATED, () => {
      this.#isOutdated = true;
    });
  }

  /** What is watched with, while somebody looks. */
  get watch(): Watch | undefined {
    return this.#watch;
  }

  /** An admin is connected here: this part and the others show themselves. Resolves with all sockets. */
  async look(): Promise<SerializedSocket[]> {
    const watch = this.#look();
    this.#id ??= crypto.randomUUID();
    const id = this.#id;
    if (await this.#isAlone()) return watch.all;
    const others = await this.#admins.serverSideEmitWithAck(LOOK, id).catch(answersOf);
    return fitting([...watch.all, ...(others as SerializedSocket[][]).flat()]);
  }

  /** An admin has left. */
  async lookAway(): Promise<void> {
    if (this.#admins.sockets.size > 0 || this.#id === undefined) return;
    const id = this.#id;
    this.#id = undefined;
    this.#stopIfUnseen();
    await this.#say(LOOK_AWAY, id);
  }

  /** Calls a function with the commands that are passed on by other parts. */
  handleCommands(handle: CommandHandler): void {
    this.#admins.on(COMMAND, (event: unknown, args: unknown) => {
      if (Array.isArray(args)) handle(event, args);
    });
  }

  /** Calls a function with the sessions of admins who have logged in with other parts. */
  handleSessions(handle: (sessionId: string) => void): void {
    this.#admins.on(SESSION, (sessionId: unknown) => {
      if (typeof sessionId === "string" && sessionId.length <= MAX_ID) handle(sessionId);
    });
  }

  /** Lets an admin who has logged in here be known to the other parts. */
  async tellSession(sessionId: string): Promise<void> {
    await this.#say(SESSION, sessionId);
  }

  /** Passes a command on to the other parts. */
  async passOn(event: string, args: unknown[]): Promise<void> {
    await this.#say(COMMAND, event, args);
  }

  #look(): Watch {
    const listener = { ticked: () => this.#tick(), outdated: () => this.#outdate() };
    this.#watch ??= this.#io.registersAgain(() => this.#begin(listener));
    return this.#watch;
  }

  #tick(): void {
    const now = Date.now();
    for (const [id, end] of this.#others) if (end <= now) this.#others.delete(id);
    this.#stopIfUnseen();
    if (this.#isOutdated && this.#id !== undefined) this.#showAgain();
    this.#isOutdated = false;
    this.#ticks += 1;
    if (this.#id !== undefined && this.#ticks % TICKS_BETWEEN_REMINDERS === 0) {
      this.#say(LOOK, this.#id);
    }
  }

  #outdate(): void {
    this.#isOutdated = true;
    this.#say(OUTDATED);
  }

  #stopIfUnseen(): void {
    if (this.#id !== undefined || this.#others.size > 0) return;
    this.#watch?.stop();
    this.#watch = undefined;
  }

  #isPart(id: unknown): id is string {
    if (typeof id !== "string" || id === "" || id.length > MAX_ID) return false;
    return this.#others.has(id) || this.#others.size < MAX_PARTS;
  }

  async #say(event: string, ...args: unknown[]): Promise<void> {
    if (!(await this.#isAlone())) this.#admins.serverSideEmit(event, ...args);
  }

  async #isAlone(): Promise<boolean> {
    // An adapter that cannot tell cannot be reached either.
    return (await this.#admins.adapter.serverCount().catch(() => 1)) === 1;
  }
}

/** The answers of the parts that have answered, the others left out. */
function answersOf(error: Error & { responses?: unknown[] }): unknown[] {
  console.warn(`dormouse: not every part of the server shows itself to an admin: ${error.message}`);
  return error.responses ?? [];
}
