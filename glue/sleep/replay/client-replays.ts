/**
 * What hangs around all sockets of a client is made again by those of them whose middlewares or connection listeners
 * made it: they are replayed before the others, one at a time, for two would undo what the other has made of it.
 * Meanwhile everything that is for the client's sockets waits, in the order in which it came.
 */

import { DeliveryQueue, inTheirOrder, type WaitingDeliveries } from "./delivery-queues.ts";
import type { Replay, ReplayedSocket } from "./replay.ts";
import { REPLAY_TIMEOUT, withTimeout } from "./replay-timeout.ts";

/** The replays that this is a part of. */
export interface ClientReplaysOwner {
  readonly waiting: WaitingDeliveries;
  /** Begins a replay that is due. */
  start(socket: ReplayedSocket, replay: Replay): void;
  /** Something is under way that a sleep would undo. */
  alsoWaitFor(promise: Promise<unknown>): void;
  report(error: unknown, where: string): void;
}

export class ClientReplays {
  readonly #owner: ClientReplaysOwner;
  /** By what stands for a client: what waits for the end of a replay of one of its sockets. */
  readonly #behind = new Map<object, DeliveryQueue>();

  constructor(owner: ClientReplaysOwner) {
    this.#owner = owner;
  }

  /**
   * Runs what begins a socket anew, once that which the others of its client hang around all of them is there again.
   * `remakers`: those whose middlewares make it. `handshake` makes what the engine's middlewares do.
   */
  whenRemade(
    client: object,
    remakers: () => readonly ReplayedSocket[],
    handshake: () => Promise<void> | undefined,
    run: () => void,
  ): void {
    this.#startDue(client, remakers());
    const making = this.holdsBack(client) ? undefined : handshake();
    if (making !== undefined) this.#holdBackUntil(client, making);
    const behind = this.#behind.get(client);
    if (behind === undefined) {
      run();
      return;
    }
    const rest = making === undefined ? handshake : () => undefined;
    const again = (): void => this.whenRemade(client, remakers, rest, run);
    behind.deliveries.push({ what: "connect", run: again, size: () => 0 });
  }

  /** The promise does not reject. */
  #holdBackUntil(client: object, making: Promise<void>): void {
    this.holdBack(client);
    const timeOut = (): void => {
      const problem = `middlewares of the engine have not settled within ${REPLAY_TIMEOUT} ms`;
      this.#owner.report(new Error(`${problem}: the client goes on without them`), "after a sleep");
    };
    this.#owner.alsoWaitFor(withTimeout([making], timeOut, () => this.goOn(client)));
  }

  /** Whether all of a client's sockets wait for the replay of one of them. */
  holdsBack(client: object): boolean {
    return this.#behind.size > 0 && this.#behind.has(client);
  }

  /** From now on they do. */
  holdBack(client: object): void {
    this.#behind.set(client, new DeliveryQueue(client));
  }

  /**
   * What a replay is to find around its socket is made again first. Returns the queue behind which whatever is for the
   * socket has to wait; undefined if it has not.
   */
  queueBefore(socket: ReplayedSocket): DeliveryQueue | undefined {
    const { _conn: client, _replay: replay } = socket;
    if (replay?.state === "due") {
      this.#startDue(
        client,
        socket._remakers().filter((remaker) => remaker !== socket),
      );
    }
    const behind = this.#behind.get(client);
    // What came for other sockets of its client before comes first.
    const isOwn = replay?.state === "running" && behind?.deliveries.length === 0;
    return isOwn ? undefined : behind;
  }

  #startDue(client: object, remakers: readonly ReplayedSocket[]): void {
    for (const remaker of remakers) {
      if (this.holdsBack(client)) return;
      const { _replay: replay } = remaker;
      if (replay?.state === "due") this.#owner.start(remaker, replay);
    }
  }

  /** What has waited behind a replay; another one may begin with it. */
  goOn(client: object): void {
    const behind = this.#behind.get(client);
    if (behind === undefined) return;
    this.#behind.delete(client);
    inTheirOrder(this.#owner.waiting.takeAll(behind), (delivery) => delivery.run());
  }
}
