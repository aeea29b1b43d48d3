/**
 * What a server does about sleep: what it keeps, what happens again, what keeps it awake. The server
 * makes one and hands it to its runtime.
 */
import type { Connection } from "../engine/connection.ts";
import type { ConnectionSnapshot } from "../engine/host.ts";
import type { Keeper, KeptConnection } from "../engine/keeper.ts";
import type { Runtime } from "../engine/runtime.ts";
import { AckKeeper } from "./ack-keeper.ts";
import { ReplayGate } from "./gate.ts";
import { Ledger } from "./ledger.ts";
import { Remaking } from "./remaking.ts";
import { Replays } from "./replay.ts";
import { ServerState } from "./server-state.ts";
import { readSnapshot } from "./snapshot.ts";

export class Sleep implements Keeper {
  /** Decides what is dropped because it has happened before. */
  readonly gate = new ReplayGate();
  /** Connection listeners that run again. */
  readonly replays: Replays;
  /** Middlewares that run again. */
  readonly remaking: Remaking;
  /** Acknowledgements that keep the object awake, where it may fall asleep. */
  readonly acks: AckKeeper | undefined;
  /** Knows what changed since it was kept last. */
  readonly ledger: Ledger;
  /** What is the server's and no client's: `io.data`, `io.schedule`. */
  readonly state: ServerState;
  /** Whether what cannot be cloned would be lost without anybody having asked for a sleep. */
  readonly mustClone: boolean;
  /** Classes of which it was told that their instances lose them. */
  readonly #told = new Set<string>();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    const { host } = runtime;
    this.#runtime = runtime;
    this.mustClone = host.sleeps === true;
    this.replays = new Replays(this.gate, (error, where) => runtime._report(error, where));
    this.ledger = new Ledger(runtime, (name) => this.#tellOfInstance("socket.data", name));
    this.remaking = new Remaking(runtime, this.gate, this.ledger);
    this.state = new ServerState(runtime, this.gate, {
      onInstance: (name) => this.#tellOfInstance("io.data", name),
      onHold: () => this.ledger.watchListeners(),
      waitFor: (promise) => this.replays.alsoWaitFor(promise),
    });
    if (host.sleeps) this.acks = new AckKeeper(runtime.options.ackKeepAlive, () => host.now());
    runtime.gate = this.gate;
    runtime.keeper = this;
  }

  get settled(): Promise<unknown> | undefined {
    return this.replays.settled;
  }

  get isWaiting(): boolean {
    return this.acks?.isWaiting === true || this.ledger.isWaiting || this.state.isWaiting;
  }

  noteChange(connection: Connection): void {
    this.ledger.noteChange(connection);
  }

  tellOfLateChanges(): void {
    for (const socket of this.ledger.lateChanges()) {
      this.#runtime.debug?.(
        "socket",
        `socket.data of ${socket} was changed outside of events by code that had taken it before: ` +
          "with a sleep in between that is lost; read socket.data where it is changed",
      );
    }
  }

  endTurn(): void {
    this.gate.takeBack();
    this.ledger.endTurn();
  }

  take(connection: Connection, isCareful: boolean): ConnectionSnapshot {
    this.gate.takeBack();
    return this.ledger.take(connection, isCareful);
  }

  read({ glue, passing }: ConnectionSnapshot): KeptConnection | undefined {
    return readSnapshot(glue, passing);
  }

  noteRestored(connection: Connection, kept: KeptConnection): void {
    this.ledger.noteRestored(connection, kept);
  }

  forget(connection: Connection): void {
    this.ledger.forget(connection);
  }

  clear(): void {
    this.ledger.clear();
  }

  writeAll(): void {
    this.state.writeAll();
  }

  #tellOfInstance(where: string, name: string): void {
    if (!this.mustClone || this.#told.has(name)) return;
    this.#told.add(name);
    const problem = new TypeError(
      `dormouse: ${where} holds an instance of ${name}: after a sleep it is a plain object with ` +
        "its fields, without methods",
    );
    this.#runtime._report(problem, where);
  }
}
