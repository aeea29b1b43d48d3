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
import { Replays } from "./replay.ts";
import { readSnapshot } from "./snapshot.ts";

export class Sleep implements Keeper {
  /** Decides what is dropped because it has happened before. */
  readonly gate = new ReplayGate();
  /** Connection listeners that run again. */
  readonly replays: Replays;
  /** Acknowledgements that keep the object awake, where it may fall asleep. */
  readonly acks: AckKeeper | undefined;
  readonly #ledger: Ledger;

  constructor(runtime: Runtime) {
    const { host } = runtime;
    this.replays = new Replays(this.gate, (error, where) => runtime._report(error, where));
    this.#ledger = new Ledger(runtime);
    if (host.sleeps) this.acks = new AckKeeper(runtime.options.ackKeepAlive, () => host.now());
    runtime.gate = this.gate;
    runtime.keeper = this;
  }

  get settled(): Promise<unknown> | undefined {
    return this.replays.settled;
  }

  get isWaiting(): boolean {
    return this.acks?.isWaiting === true;
  }

  noteChange(connection: Connection): void {
    this.#ledger.touch(connection);
  }

  endTurn(): void {
    this.#ledger.saveChanged();
  }

  take(connection: Connection, isCareful: boolean): ConnectionSnapshot {
    return this.#ledger.take(connection, isCareful);
  }

  read(glue: unknown): KeptConnection | undefined {
    return readSnapshot(glue);
  }

  noteRestored(connection: Connection, kept: KeptConnection): void {
    this.#ledger.noteRestored(connection, kept);
  }

  forget(connection: Connection): void {
    this.#ledger.forget(connection);
  }

  clear(): void {
    this.#ledger.clear();
  }
}
