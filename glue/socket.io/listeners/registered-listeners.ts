/**
 * Which of a socket's listeners are added again by a replay, and which of those were removed. Listeners that a replay
 * would not add keep the object awake; those that were removed are removed again after a replay.
 */
import { advise } from "../../common/advice.ts";
import { describeRegistration, type EventName } from "../../common/event-emitter.ts";
import { isThenable } from "../../common/values.ts";
import { NONE } from "../../core/abi.gen.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import { INCOMING, OUTGOING, type Place } from "../../sleep/replay/listener-places.ts";
import { remakingPart } from "../../sleep/replay/remaking-part.ts";
import type {
  Lists,
  RemovedGroup,
  RemovedListeners,
} from "../../sleep/replay/removed-listeners.ts";
import type { Replay } from "../../sleep/replay/replay.ts";
import type { Sleep } from "../../sleep/sleep.ts";
import type { SavedSocket } from "../../sleep/snapshot/saved-socket.ts";
import type { KeptState } from "../../sleep/socket-state/kept-state.ts";
import type { BroadcastOperator } from "../emitting/broadcast-operator.ts";
import type { Any, EventsMap } from "../types/typed-events.ts";
import { CatchAllEmitter } from "./any-listeners.ts";

/** The namespace of a socket, as its listeners need it. */
export interface ListenersNamespace {
  readonly name: string;
  readonly server: { readonly _sleep: Sleep };
  readonly _runtime: { readonly isInTurn: boolean };
  /** Whether its connection listeners, or middlewares, are being called with the socket. */
  _isAnnouncing(socket: Registrant): boolean;
}

/** The listeners of a socket. */
export abstract class RegisteredListeners<
    ListenEvents extends EventsMap,
    EmitEvents extends EventsMap,
    ReservedEvents extends EventsMap,
    Operator extends BroadcastOperator<Any, Any>,
  >
  extends CatchAllEmitter<ListenEvents, EmitEvents, ReservedEvents, Operator>
  implements Lists, Registrant
{
  abstract readonly nsp: ListenersNamespace;
  abstract connected: boolean;
  abstract readonly _conn: Connection;
  abstract _replay: Replay | undefined;
  abstract _session: number;
  abstract get _kept(): KeptState;
  abstract get _isClosing(): boolean;
  abstract get _calledAs(): string;
  abstract _describe(): string;

  /** How many functions are running whose listeners will be added again after a sleep. */
  #registering = 0;
  /** The listeners that were removed, of those that a replay adds. Made when the first is removed. */
  #removed: RemovedListeners | undefined;
  /** How many asynchronous connection listeners have not settled. */
  #unsettled = 0;
  /** How many listeners there were before the sleep, if connection listeners had not settled then. */
  #expected: number | undefined;

  // --- what a replay adds --------------------------------------------------------------------------

  /**
   * @internal One of the functions has returned whose listeners will be added again after a sleep. Listeners that are
   * added when none is running would be lost by one.
   */
  _endRegistering(): void {
    // The socket may be gone by now, see `_abandonRegistering`.
    if (this.#registering === 0) return;
    this.#registering -= 1;
    if (this.#registering > 0) return;
    this._conn._registering -= 1;
    if (this.nsp.server._sleep.mayLose) this._kept.noteRemade();
  }

  /** @internal A function is called whose listeners will be added again after a sleep. */
  _beginRegistering(): void {
    if (this.#registering === 0 && this.nsp.server._sleep.mayLose) this._kept.beginRegistering();
    this.#countRegistering();
  }

  /** @internal Its middlewares and connection listeners are about to run for the first time. */
  _beginAdmission(): void {
    this.#countRegistering();
    if (this.nsp.server._sleep.mayLose) this._kept.beginAdmission();
  }

  #countRegistering(): void {
    if (this.#registering === 0) this._conn._registering += 1;
    this.#registering += 1;
  }

  /** @internal The socket is gone, perhaps while its connection listeners run, or before. */
  _abandonRegistering(): void {
    if (this.#registering > 0) this._conn._registering -= 1;
    this.#registering = 0;
  }

  /**
   * Calls a function that the connection listener calls, too, when it runs again after a sleep: the listeners
   * that it adds (until its promise settles, if it gives one) are no reason to stay awake. Returns its result.
   *
   * @example
   * io.on("connection", (socket) => {
   *   const play = () => socket.on("move", (move) => io.emit("moved", move));
   *   if (socket.data.plays) play(); // after a sleep
   *   socket.on("play", () => {
   *     socket.data.plays = true;
   *     socket.registersAgain(play);
   *   });
   * });
   */
  registersAgain<Result>(register: () => Result): Result {
    this._beginRegistering();
    try {
      const result = register();
      if (isThenable(result)) this.#registersUntil(result);
      return result;
    } finally {
      this._endRegistering();
    }
  }

  /** @internal An asynchronous connection listener adds listeners until it settles. */
  _registersUntil(promise: PromiseLike<unknown>): void {
    this._goesOnUntil(promise);
    this.#registersUntil(promise);
  }

  #registersUntil(promise: PromiseLike<unknown>): void {
    this._beginRegistering();
    const end = (): void => this._endRegistering();
    promise.then(end, end);
  }

  // --- what a replay has to find, or to take away --------------------------------------------------

  /** @internal What was removed, for a snapshot; undefined if that is nothing. */
  get _removed(): RemovedGroup[] | undefined {
    return this.#removed?.kept;
  }

  /** @internal What a snapshot kept of them. */
  _restoreListeners({ removed, unsettled }: SavedSocket): void {
    if (removed !== undefined && remakingPart)
      this.#removed = new remakingPart.RemovedListeners(removed);
    this.#expected = unsettled;
  }

  /** @internal For a snapshot: how many there are while connection listeners go on. */
  get _unsettled(): number | undefined {
    if (this._replay !== undefined) return this.#expected;
    return this.#unsettled > 0 ? this.#count() + (this.#removed?.count ?? 0) : undefined;
  }

  /** @internal See `ReplayedSocket`. */
  get _isAsBefore(): boolean {
    const expected = this.#expected ?? 0;
    return expected > 0 && this.#count() >= expected;
  }

  /** @internal See `ReplayedSocket`. */
  _goesOnUntil(promise: PromiseLike<unknown>): void {
    this.#unsettled += 1;
    const end = (): void => {
      this.#unsettled -= 1;
      this.nsp.server._sleep.noteChange(this._conn);
    };
    promise.then(end, end);
  }

  /** @internal Whether what is added now will be added again after a sleep. */
  get _isRegistering(): boolean {
    if (this._session === NONE) return true;
    if (this.#registering === 0) return false;
    // While asynchronous connection listeners go on, a listener of an event is not one of them.
    return this.#registering > this.#unsettled || !this.nsp._runtime.isInTurn;
  }

  /** How many listeners a replay would add. */
  #count(): number {
    const places: Place[] = [...this.eventNames(), INCOMING, OUTGOING];
    return places.flatMap((place) => this._listenersAt(place)).filter(Boolean).length;
  }

  /** @internal */
  override _onListenerAdded(place: Place, listener: unknown): void {
    if (this._isRegistering) this.#noteRegistered(place, listener);
    else this.nsp.server._sleep.noteAdded(this, methodOf(place), listener);
  }

  #noteRegistered(place: Place, listener: unknown): void {
    const { _replay: replay } = this;
    replay?.onRegistered?.();
    if (replay !== undefined || this.nsp._isAnnouncing(this)) return;
    const isRemoved = this.#removed?.noteAdded(place, listener) === true;
    if (isRemoved || this.#unsettled > 0) this.nsp.server._sleep.noteChange(this._conn);
  }

  /** @internal */
  override _onListenerRemoved(place: Place, before: readonly unknown[], index: number): void {
    // A replay runs the same code, which removes it again.
    const isRepeated = this._replay !== undefined || this.nsp._isAnnouncing(this);
    if (isRepeated || !this.connected || this._isClosing) return;
    const { _sleep: sleep } = this.nsp.server;
    const method = methodOf(place);
    if (sleep.forgetAdded(this, method, before[index]) || !sleep.mayLose || sleep.isAgain) return;
    const isKept = this.#noteRemoved(place, before, index);
    if (isKept) sleep.noteChange(this._conn);
    // In a replay the connection listener, or whoever awaits its promise later, would wait for this event again.
    if (isWaiting(before[index])) sleep.noteLostAwait(this, method);
    else if (remakingPart === undefined) sleep.noteUnkeptRemoval(this, method);
    else if (!isKept) sleep.noteLostRemoval(this, method);
  }

  /** Whether it is kept that this one was removed. */
  #noteRemoved(place: Place, before: readonly unknown[], index: number): boolean {
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      if (remakingPart === undefined) return false;
      this.#removed ??= new remakingPart.RemovedListeners();
      return this.#removed.note(place, this.#withoutLate(before), index);
    }
    return false;
  }

  /** @internal See `ReplayedSocket`. */
  _removeAgain(): void {
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      const unsure = this.#removed?.removeAgain(this);
      if (unsure === undefined) return;
      this.nsp.server._sleep.noteChange(this._conn);
      if (unsure.length > 0) adviseOnUnsure(this.nsp.name);
    }
  }

  #withoutLate(listeners: readonly unknown[]): unknown[] {
    const { _sleep: sleep } = this.nsp.server;
    return listeners.map((one) => (sleep.isLate(this, one) ? undefined : one));
  }

  /** @internal */
  _listenersAt(place: Place): unknown[] {
    return this.#withoutLate(
      typeof place === "boolean" ? this._catchAll(place) : this.rawListeners(place),
    );
  }

  /** @internal */
  _removeFrom(place: Place, index: number): void {
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      if (typeof place === "boolean") this._removeCatchAll(place, index);
      else this._removeAt(place, index);
    }
  }

  override removeListener(event: EventName, listener: (...args: Any[]) => void): this {
    return this._whenThere(() => super.removeListener(event, listener));
  }

  override removeAllListeners(event?: EventName): this {
    return this._whenThere(() => super.removeAllListeners(event));
  }
}

/** Whether a listener only resolves a promise: of `new Promise`, or of `once` or `on` of `node:events`. */
function isWaiting(listener: unknown): boolean {
  const { listener: original } = listener as { listener?: { name: string } };
  const text = `${original ?? listener}`;
  // A bound function has a name.
  if (text.includes("[native code]")) return original?.name === "";
  return /\b(resolve\(args\)|eventHandler\()/.test(text);
}

/** How code adds a listener, for messages. */
function methodOf(place: Place): string {
  if (typeof place !== "boolean") return describeRegistration(place);
  return place === INCOMING ? "onAny()" : "onAnyOutgoing()";
}

function adviseOnUnsure(namespace: string): void {
  advise(
    "removed",
    `after a sleep, listeners of sockets in ${namespace} are there again that had been removed (off, once): the ` +
      "connection listener registered another number of them than before. Let them ask socket.data.",
  );
}
