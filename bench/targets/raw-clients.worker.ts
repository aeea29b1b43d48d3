import module from "../../durable-objects/shared/platform/core-module.ts";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import * as PongSource from "../../glue/core/abi/pong-source.gen.ts";
import { configDefaults } from "../../glue/core/abi.gen.ts";
import { Core } from "../../glue/core/core.ts";
import { application } from "./application.ts";
import { BenchObject as Attached } from "./raw-attached.worker.ts";

export { default } from "./raw-attached.worker.ts";

/** What there is of a client in memory: the core's handle, and the application's listeners. */
class BareClient {
  readonly listeners = new Map<string, unknown>();
  readonly rooms: ReadonlySet<string> = new Set();
  readonly connection: number;
  id = "";

  constructor(connection: number) {
    this.connection = connection;
  }

  on(event: string, listener: unknown): void {
    this.listeners.set(event, listener);
  }

  emit(): void {}

  join(): void {}

  leave(): void {}
}

/**
 * The object that keeps clients through a sleep, when our core also knows each of them, and the application adds its
 * listeners: the least that an object can do to be a server of Socket.IO.
 */
export class BenchObject extends Attached {
  readonly #core = new Core(module, { ...configDefaults, pongSource: PongSource.auto_response });
  readonly #namespace = this.#core.addNamespace("/");
  readonly #clients = new WeakMap<WebSocket, BareClient>();

  protected override take(ws: WebSocket, kept: Parameters<Attached["take"]>[1]): void {
    const connection = this.#core.handleOpen(kept.time, 4, kept.sid);
    this.#core.pollEffects();
    this.#clients.set(ws, new BareClient(connection));
    super.take(ws, kept);
  }

  protected override join(ws: WebSocket): void {
    const core = this.#core;
    const client = this.#clients.get(ws) as BareClient;
    client.id = crypto.randomUUID();
    core.handleText(Date.now(), client.connection, "40");
    for (const effect of core.pollEffects()) {
      if (effect.kind !== EffectKind.connect) continue;
      core.assign(effect.session, this.#namespace, client.id);
      core.admit(effect.session, "");
    }
    application({
      on: (_event, listener) => listener(client),
      to: () => ({ emit: () => undefined }),
      disconnectSockets: () => undefined,
    });
    super.join(ws, client.id);
  }
}
