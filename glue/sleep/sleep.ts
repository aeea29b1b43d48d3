/**
 * What a server does about sleep: what it keeps, what happens again, what keeps it awake. The server
 * makes one and hands it to its runtime.
 */

import { DIAGNOSTICS } from "../common/diagnostics.ts";
import { describeRegistration, type EventName } from "../common/event-emitter.ts";
import { whyLeftOut } from "../common/features.ts";
import { HABITS } from "../common/pages.ts";
import type { Connection } from "../engine/connections/connection.ts";
import { type Keeper, type KeptConnection, NO_KEEPER } from "../engine/connections/keeper.ts";
import type { Registrant } from "../engine/connections/registrant.ts";
import type { ConnectionSnapshot } from "../engine/host/host.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { AckKeeper } from "./awake/ack-keeper.ts";
import { type AwakeReason, AwakeReasons } from "./awake/awake-reasons.ts";
import {
  ackReason,
  foreignAdapter,
  lateAwait,
  lateListener,
  lateNamespace,
  lateRemoval,
  notRepeated,
  type PendingAck,
  sharedData,
  unkeptRemoval,
} from "./awake/reason-texts.ts";
import { type Listening, UnsettledListeners } from "./awake/unsettled-listeners.ts";
import { ChangeTracker } from "./changes/change-tracker.ts";
import type { KeptValues } from "./changes/kept-values.ts";
import { Remaking } from "./remaking/remaking.ts";
import { ReplayGate } from "./replay/gate.ts";
import { Replays } from "./replay/replay.ts";
import type { ServerState } from "./server-state/server-state.ts";
import { statePart } from "./server-state/server-state-part.ts";
import { readSnapshot } from "./snapshot/snapshot.ts";
import { reportFirstUse } from "./stale-objects.ts";

/** The key of a connection's reason, whose client polls. */
const FLEETING = Symbol("polling");

/** The key of a socket's reason whose data another has as well. */
const SHARED = Symbol("shared");

/** Whose reason it is that a value of `io.data` is elsewhere, too. */
const SERVER = { _describe: () => "the server" };

/** What parts of data are called. */
const DATA = /^(socket|io(\.of\("[^"]*"\))?)\.data\b/;

/** A listener. `method`: how it was added. */
interface Late {
  readonly method: string;
  readonly listener: unknown;
}

/** Who keeps something in the storage that is written late. */
export interface LateWriter {
  /** Whether a timer keeps the object awake, until something is written. */
  readonly isWaiting: boolean;
  /** Memory is about to go. */
  writeAll(): void;
}

export class Sleep implements Keeper {
  /** Decides what is dropped because it has happened before. */
  readonly gate = new ReplayGate();
  /** Connection listeners that run again. */
  readonly replays: Replays;
  /** Middlewares that run again; undefined where that was left out. */
  readonly remaking: Remaking | undefined;
  /** Acknowledgements that keep the object awake, where it may fall asleep. */
  readonly acks: AckKeeper | undefined;
  /** Knows what changed since it was kept last. */
  readonly changes: ChangeTracker;
  /** What is the server's and no client's: `io.data`, `io.schedule`. Undefined where it was left out. */
  readonly state: ServerState | undefined;
  /** Others who keep something in the storage, and write it late. */
  readonly writers: LateWriter[] = [];
  /** Whether what cannot be cloned would be lost without anybody having asked for a sleep. */
  readonly mustClone: boolean;
  /** Causes of reasons, classes and names of properties that were told of. */
  readonly #told = new Set<string>();
  /** What is known that a sleep would lose. */
  readonly reasons: AwakeReasons;
  /** Listeners of events that go on. */
  readonly unsettled: UnsettledListeners;
  /** Whether a sleep can come at all; not to a server that another has taken the place of. */
  mayLose: boolean;
  /** What of sockets, and around those of connections, a sleep would lose. */
  readonly #lost = new WeakMap<object, readonly string[]>();
  /** What was added later than in what runs again, by whom it was added to. */
  readonly #late = new WeakMap<object, Late[]>();
  readonly #runtime: Runtime;
  #isSetUp = false;
  /** Calls of `registersAgain` that are under way. */
  #again = 0;

  constructor(runtime: Runtime) {
    const { host } = runtime;
    this.#runtime = runtime;
    this.mustClone = host.sleeps === true;
    this.replays = new Replays(this.gate, (error, where) => runtime._report(error, where));
    const { hibernate } = runtime.options;
    this.mayLose = hibernate !== false;
    const isHolding = host.sleeps === true && hibernate === true;
    // Once everybody has left, nothing that is lost is missed by a client.
    const mayHold = (): boolean => isHolding && runtime.hasConnections;
    this.reasons = new AwakeReasons(mayHold, (reason) => this.#tell(reason));
    this.unsettled = new UnsettledListeners(
      mayHold,
      (reason) => this.#tell(reason),
      (connection) => this.#noteMadeByEvents(connection),
    );
    this.state = this.#makeState();
    this.changes = new ChangeTracker(runtime, this.state, (connection, names) => {
      const whose = `connection ${connection.id}`;
      this.setLost(
        connection,
        whose,
        names.map((name) => `socket.${name}`),
        typeof DORMOUSE_REMAKING !== "undefined" && !DORMOUSE_REMAKING
          ? `keep it in socket.data: to keep it there ${whyLeftOut("DORMOUSE_REMAKING")}`
          : undefined,
      );
    });
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      this.remaking = new Remaking(runtime, this.gate, this.changes);
    }
    if (host.sleeps) this.acks = new AckKeeper(runtime.options.ackKeepAlive, () => host.now());
    runtime.gate = this.gate;
    runtime.keeper = this;
  }

  #makeState(): ServerState | undefined {
    if (typeof DORMOUSE_STATE !== "undefined" && !DORMOUSE_STATE) return undefined;
    if (statePart === undefined) return undefined;
    return new statePart.ServerState(this.#runtime, this.gate, {
      onInstance: (name) => this.#tellOfInstance("io.data", name),
      onHold: () => this.changes.watchListeners(),
      onLost: (names) => this.setLost(this, SERVER._describe(), names),
      onShared: (what) => this.setShared(SERVER, what),
      waitFor: (promise) => this.replays.alsoWaitFor(promise),
      isStrict: this.#runtime.options.data?.durability === "strict",
    });
  }

  get settled(): Promise<unknown> | undefined {
    return this.replays.settled;
  }

  get isWaiting(): boolean {
    // Only the log asks.
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return false;
    const { acks, changes, state, reasons, unsettled, writers } = this;
    if (acks?.isWaiting || changes.isWaiting || state?.isWaiting || reasons.isWaiting) return true;
    if (unsettled.isWaiting) return true;
    return writers.some(({ isWaiting }) => isWaiting);
  }

  get isHeld(): boolean {
    return this.reasons.isWaiting || this.acks?.isWaiting === true || this.unsettled.isHeld;
  }

  noteChange(connection: Connection): void {
    this.changes.noteChange(connection);
  }

  keepAgain(connection: Connection): void {
    this.changes.keepAgain(connection);
  }

  tellOfLateChanges(): void {
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return;
    for (const socket of this.changes.lateChanges()) {
      this.#runtime.debug?.(
        "socket",
        `socket.data of ${socket} was changed outside of events by code that had taken it before: ` +
          "with a sleep in between that is lost; read socket.data where it is changed",
      );
    }
  }

  endTurn(): void {
    this.gate.takeBack();
    this.changes.endTurn();
    this.state?.endTurn();
    if (!this.reasons.isEmpty) this.reasons.review();
    this.unsettled.review();
  }

  take(connection: Connection): ConnectionSnapshot {
    this.gate.takeBack();
    return this.changes.takeCloneable(connection);
  }

  read({ glue, passing }: ConnectionSnapshot): KeptConnection | undefined {
    return readSnapshot(glue, passing);
  }

  noteOpened(connection: Connection): void {
    if (!this.mayLose) return;
    this.remaking?.noteMadeAlone(connection, { maker: connection, before: undefined });
  }

  noteRestored(connection: Connection, kept: KeptConnection): void {
    this.changes.noteRestored(connection, kept);
  }

  runAgain(connection: Connection, run: () => void): void {
    if (this.remaking === undefined) run();
    else this.remaking.runAgain(connection, () => this.mayLose, run);
  }

  forget(connection: Connection): void {
    this.changes.forget(connection);
    this.release(connection);
  }

  clear(): void {
    this.changes.clear();
  }

  writeAll(): void {
    if (this.mayLose) this.changes.reviewAll();
    this.state?.writeAll();
    for (const writer of this.writers) writer.writeAll();
  }

  #tellOfInstance(where: string, name: string): void {
    if (typeof DORMOUSE_STATE !== "undefined" && !DORMOUSE_STATE) return;
    if (!this.mustClone || this.#told.has(name)) return;
    this.#told.add(name);
    const problem = new TypeError(
      `${where} holds an instance of ${name}: after a sleep it is a plain object with ` +
        "its fields, without methods",
    );
    this.#runtime._report(problem, where);
  }

  /** What had more than data was not made again after a sleep by what had made it when the client came. */
  tellOfPart(name: string, owner: { _describe(): string }): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const problem = DIAGNOSTICS
      ? `${name} of ${owner._describe()} was made by its connection listener or a middleware, and not made again ` +
        "after a sleep: it is a plain copy, without methods. Make it there also if socket.restored is true"
      : `${name} of ${owner._describe()} was not made again after a sleep: ${HABITS}`;
    this.#runtime._report(new TypeError(problem), name);
  }

  // --- what keeps it awake --------------------------------------------------------------------------

  /** Why the object stays awake. `acknowledgements`: that are waited for. */
  awakeReasons(acknowledgements: Iterable<PendingAck>): AwakeReason[] {
    if (!this.mayLose) return [];
    this.changes.reviewAll();
    const { reasons, unsettled } = this;
    return [...reasons.list, ...unsettled.list, ...Array.from(acknowledgements, ackReason)];
  }

  /** Whether `setup`, which runs again after a sleep, is still under way. */
  get isInSetup(): boolean {
    return this.mustClone && !this.#isSetUp;
  }

  get isSetUp(): boolean {
    return this.#isSetUp;
  }

  /** `setup` is over: who adds listeners from now on to the server or its namespaces does so too late. */
  endSetup(): void {
    this.#isSetUp = true;
  }

  /** Another server has taken the place of this one, which has nothing to lose any more. */
  retire(report: (error: Error) => void): void {
    this.mayLose = false;
    this.reasons.clear();
    this.unsettled.clear();
    this.#runtime.keeper = NO_KEEPER;
    this.state?.retire((name) => reportFirstUse(name, report));
  }

  noteAdded(to: Registrant, method: string, listener: unknown): void {
    // What setup adds, it adds with every wake.
    if (!this.mayLose || !this.#isSetUp || to._isRegistering || this.isAgain) return;
    this.#noteLate(to, method, listener);
  }

  noteLeft(connection: Connection, event: EventName, listener: unknown): void {
    if (this.mayLose) this.#noteLate(connection, describeRegistration(event), listener);
  }

  #noteLate(to: Registrant, method: string, listener: unknown): void {
    const late: Late = { method, listener };
    const others = this.#late.get(to);
    if (others === undefined) this.#late.set(to, [late]);
    else others.push(late);
    this.reasons.add(to, late, lateListener(to, method));
  }

  /** What `register` adds, it adds again after a sleep, and removes what it removes. See `Server.registersAgain`. */
  registersAgain<Result>(register: () => Result): Result {
    this.#again += 1;
    try {
      return register();
    } finally {
      this.#again -= 1;
    }
  }

  /** A listener of an event of a socket's goes on until its promise settles. */
  noteUnsettled(promise: PromiseLike<unknown>, owner: Listening, event: unknown): void {
    if (this.mayLose) this.unsettled.note(promise, owner, event);
  }

  /** `run` calls listeners of a client's event, while middlewares or connection listeners of its sockets are at work. */
  amidWork(connection: Connection, run: () => void): void {
    for (const state of this.#atWork(connection)) state.noteMadeSoFar();
    const { _registering: registering } = connection;
    // What is added to it now, is added by the event.
    connection._registering = 0;
    try {
      run();
    } finally {
      connection._registering += registering;
      this.#noteMadeByEvents(connection);
    }
  }

  #noteMadeByEvents(connection: Connection): void {
    for (const state of this.#atWork(connection)) state.noteMadeByEvents();
  }

  #atWork(connection: Connection): KeptValues[] {
    if (connection._registering === 0 || !this.mayLose) return [];
    return [...this.changes.statesOf(connection)].filter(({ atWork }) => atWork !== undefined);
  }

  noteRemoved(from: Registrant, method: string, listener: unknown): void {
    if (this.forgetAdded(from, method, listener) || from._isRegistering || !this.#isSetUp) return;
    if (this.mayLose && !this.isAgain) this.noteLostRemoval(from, method);
  }

  /** Whether what is registered and removed now is so by `registersAgain`. */
  get isAgain(): boolean {
    return this.#again > 0;
  }

  forgetAdded(from: Registrant, method: string, listener: unknown): boolean {
    const all = this.#late.get(from);
    const late = all?.findLast((one) => one.listener === listener && one.method === method);
    if (all === undefined || late === undefined) return false;
    all.splice(all.indexOf(late), 1);
    this.reasons.remove(from, late);
    return true;
  }

  /** Whether a listener was added later than in what runs again after a sleep. */
  isLate(to: Registrant, listener: unknown): boolean {
    return this.#late.get(to)?.some((late) => late.listener === listener) === true;
  }

  /** A listener was removed that what runs again adds again: it cannot be kept that it was. */
  noteLostRemoval(from: Registrant, method: string): void {
    this.reasons.add(from, method, lateRemoval(from, method));
  }

  /** The same of a socket's listener, which would be removed again if the part were there. */
  noteUnkeptRemoval(from: Registrant, method: string): void {
    this.reasons.add(from, method, unkeptRemoval(from, method));
  }

  /** Middlewares have left what they would have to make again. */
  noteNotRepeated(of: Registrant): void {
    if (this.mayLose) this.reasons.add(of, "middlewares", notRepeated(of));
  }

  /** A connection listener awaited an event of a socket's that will not come once more. */
  noteLostAwait(of: Registrant, method: string): void {
    this.reasons.add(of, method, lateAwait(of, method));
  }

  /** A namespace, or a parent of such, was made, perhaps later than `setup` has made those that come back. */
  noteNamespace(made: Registrant): void {
    if (this.mayLose && this.#isSetUp) this.reasons.add(made, "namespace", lateNamespace(made));
  }

  /** A namespace has another adapter; undefined: ours, which is made when it is needed. */
  noteAdapter(of: Registrant, adapter: object | undefined): void {
    this.reasons.remove(of, "adapter");
    // Ours says whose it is, and those that extend it: a sleep would lose the rooms of any other.
    const isForeign = adapter !== undefined && !("_describe" in adapter);
    if (isForeign && this.mayLose) this.reasons.add(of, "adapter", foreignAdapter(of));
  }

  /** These are all the names of what a sleep would lose of a socket, or of what is around those of a client. */
  setLost(
    owner: object,
    whose: string,
    names: readonly string[],
    instead = DIAGNOSTICS
      ? "keep plain data there (a clone of an object of a class has lost its methods, functions cannot be " +
        "cloned, and no clone has what is hidden, or under a symbol), or set it in the connection listener and " +
        "leave it as it is"
      : HABITS,
  ): void {
    if (!this.mayLose) return;
    const before = this.#lost.get(owner) ?? [];
    for (const name of before) if (!names.includes(name)) this.reasons.remove(owner, name);
    this.#lost.set(owner, names);
    for (const what of names) {
      this.reasons.add(owner, what, {
        kind: DATA.test(what) ? "data" : "property",
        what,
        whose,
        instead,
      });
    }
  }

  /** This part of an owner's data is somebody else's, too, and would not be after a sleep; undefined: none. */
  setShared(owner: { _describe(): string }, what: string | undefined): void {
    this.reasons.remove(owner, SHARED);
    if (what !== undefined && this.mayLose) {
      this.reasons.add(owner, SHARED, sharedData(what, owner._describe()));
    }
  }

  noteFleeting(connection: Connection, cause: { what: string; instead: string } | undefined): void {
    if (cause === undefined) this.reasons.remove(connection, FLEETING);
    else if (this.mayLose) {
      const whose = `connection ${connection.id}`;
      this.reasons.add(connection, FLEETING, { kind: "connection", whose, ...cause });
    }
  }

  /** The object stays awake until what is returned is called. See `Server.keepAwake`. */
  hold(what: string): () => void {
    const owner = {};
    const instead = DIAGNOSTICS
      ? "let it end: whoever asked for it calls what io.keepAwake() returned"
      : HABITS;
    if (this.mayLose) {
      this.reasons.add(owner, what, { kind: "request", what, whose: "the server", instead });
    }
    return () => this.reasons.removeAll(owner);
  }

  /** A socket, or a connection, is gone. */
  release(owner: object): void {
    this.reasons.removeAll(owner);
    this.unsettled.release(owner);
    this.#late.delete(owner);
    this.#lost.delete(owner);
  }

  /** In the log each; the first of a cause is warned of. */
  #tell({ kind, what, whose, instead }: AwakeReason): void {
    const { host, options, debug } = this.#runtime;
    if (kind === "request") {
      if (DIAGNOSTICS) debug?.("host", `stays awake as long as it is asked to: ${what}`);
      return;
    }
    const isHeld = host.sleeps === true && options.hibernate === true;
    const consequence = isHeld ? "the object stays awake meanwhile" : "a sleep loses it";
    if (DIAGNOSTICS)
      debug?.("host", `${what} of ${whose} would be lost by a sleep: ${consequence}`);
    const cause = `${kind} ${what}`;
    // Whoever switches long-polling on knows of it.
    if (this.#told.has(cause) || !isHeld || kind === "connection") return;
    this.#told.add(cause);
    console.warn(
      DIAGNOSTICS
        ? `dormouse: ${what} of ${whose} would be lost if the object slept, so it stays awake (and is billed) ` +
            `while that lasts and its clients are connected: ${instead}. ` +
            'With hibernate: "always" it sleeps all the same.'
        : `dormouse: ${what} of ${whose} keeps the object awake: ${instead}`,
    );
  }
}
