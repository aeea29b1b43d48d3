import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import { application } from "./application.ts";
import { BareSocket } from "./bare-socket.ts";
import { BenchObject as Instance } from "./raw-instance.worker.ts";

export { default } from "./raw-instance.worker.ts";

/** What there is of a client in memory. */
interface Client {
  readonly connection: number;
  readonly socket: BareSocket;
}

/**
 * The object with an instance of our core, when that also knows again whose event it is and reads its head, and the
 * application's listener gives the answer: the least that a server of Socket.IO can do that wakes.
 */
export class BenchObject extends Instance {
  readonly #namespace = this.core.addNamespace("/");
  readonly #clients = new WeakMap<WebSocket, Client>();

  protected override restore(ws: WebSocket, kept: Parameters<Instance["restore"]>[1]): void {
    const { core } = this;
    const connection = core.handleOpen(kept.time, 4, kept.sid);
    core.handleText(Date.now(), connection, "40");
    for (const effect of core.pollEffects()) {
      if (effect.kind !== EffectKind.connect) continue;
      core.assign(effect.session, this.#namespace, kept.id ?? kept.sid);
      core.admit(effect.session, "");
    }
    core.pollEffects();
    const socket = new BareSocket(ws, () => undefined);
    this.#clients.set(ws, { connection, socket });
    application({
      on: (_event, listener) => listener(socket),
      to: () => ({ emit: () => undefined }),
      disconnectSockets: () => undefined,
    });
  }

  protected override receive(ws: WebSocket, message: string | ArrayBuffer): void {
    const client = this.#clients.get(ws);
    const event =
      client && typeof message === "string"
        ? this.core.handleDelivery(Date.now(), client.connection, message)
        : undefined;
    if (client === undefined || event === undefined) {
      super.receive(ws, message);
      return;
    }
    const args = JSON.parse((message as string).slice(event.offset)) as [string, unknown];
    client.socket.listeners.get(args[0])?.(args[1]);
    this.core.pollChanged();
  }
}
