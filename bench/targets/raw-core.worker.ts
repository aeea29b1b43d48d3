import module from "../../durable-objects/shared/platform/core-module.ts";
import * as DisconnectReason from "../../glue/core/abi/disconnect-reason.gen.ts";
import * as EffectKind from "../../glue/core/abi/effect-kind.gen.ts";
import * as PongSource from "../../glue/core/abi/pong-source.gen.ts";
import { configDefaults } from "../../glue/core/abi.gen.ts";
import { Core } from "../../glue/core/core.ts";
import { ROOM } from "./application.ts";
import { BenchObject as Listeners } from "./raw-listeners.worker.ts";

export { default } from "./raw-frames.worker.ts";

/**
 * The object with the application's listeners, when it also has our core read the head of each event, and asks it
 * after each whose state is to be kept, and who is in the room.
 */
export class BenchObject extends Listeners {
  readonly #core = new Core(module, { ...configDefaults, pongSource: PongSource.auto_response });
  readonly #connections = new WeakMap<WebSocket, number>();
  readonly #webSockets = new Map<number, WebSocket>();
  readonly #namespace = this.#core.addNamespace("/");

  protected override answer(ws: WebSocket, message: string): void {
    const event = this.#core.handleDelivery(Date.now(), this.#connectionOf(ws), message);
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
    this.#webSockets.set(connection, ws);
    core.handleText(Date.now(), connection, "40");
    for (const effect of core.pollEffects()) {
      if (effect.kind !== EffectKind.connect) continue;
      core.assign(effect.session, this.#namespace, crypto.randomUUID());
      core.admit(effect.session, "");
    }
    return connection;
  }

  protected override join(ws: WebSocket): void {
    const [session] = this.#core.sessionsOf(this.#connectionOf(ws));
    this.#core.join(session as number, ROOM);
  }

  protected override emitToRoom(event: string, args: unknown[]): void {
    const { connections } = this.#core.resolve(this.#namespace, [ROOM], []);
    const frame = `42${JSON.stringify([event, ...args])}`;
    for (let at = 0; at < connections.length; at++) {
      this.#webSockets.get(connections[at] as number)?.send(frame);
    }
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    const core = this.#core;
    const connection = this.#connections.get(ws);
    if (connection !== undefined) {
      this.#webSockets.delete(connection);
      core.handleClose(connection, DisconnectReason.transport_close);
      for (const effect of core.pollEffects()) {
        if (effect.kind === EffectKind.closing) core.release(effect.session);
      }
    }
    super.webSocketClose(ws, code);
  }
}
