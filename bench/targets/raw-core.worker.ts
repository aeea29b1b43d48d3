import module from "../../durable-objects/shared/wasm-workerd.ts";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import * as PongSource from "../../glue/core/abi/pong-source.gen.ts";
import { configDefaults } from "../../glue/core/abi.gen.ts";
import { Core } from "../../glue/core/core.ts";
import { BenchObject as Listeners } from "./raw-listeners.worker.ts";

export { default } from "./raw-frames.worker.ts";

/**
 * The object with the application's listeners, when it also has our core read the head of each event, and asks it
 * after each whose state is to be kept.
 */
export class BenchObject extends Listeners {
  readonly #core = new Core(module, { ...configDefaults, pongSource: PongSource.auto_response });
  readonly #connections = new WeakMap<WebSocket, number>();
  readonly #namespace = this.#core.addNamespace("/");

  protected override answer(ws: WebSocket, message: string): void {
    this.#core.handleText(Date.now(), this.#connectionOf(ws), message);
    const event = this.#core.pollOnlyEvent();
    if (event !== undefined) super.answer(ws, message, event.offset);
    this.#core.pollChanged();
  }

  /** The first event of a client tells the core that it has come and joined. */
  #connectionOf(ws: WebSocket): number {
    const known = this.#connections.get(ws);
    if (known !== undefined) return known;
    const core = this.#core;
    const connection = core.handleOpen(Date.now(), 4, crypto.randomUUID());
    this.#connections.set(ws, connection);
    core.handleText(Date.now(), connection, "40");
    for (const effect of core.pollEffects()) {
      if (effect.kind !== EffectKind.connect) continue;
      core.assign(effect.session, this.#namespace, crypto.randomUUID());
      core.admit(effect.session, "");
    }
    return connection;
  }
}
