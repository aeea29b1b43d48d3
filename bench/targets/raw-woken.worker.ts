import { BenchObject as Attached } from "./raw-attached.worker.ts";

export { default } from "./raw-attached.worker.ts";

/** The object that keeps its clients through a sleep, when it also reads what was kept of the one whose event it is. */
export class BenchObject extends Attached {
  /** Whose attachments were read since the object woke. */
  readonly #awake = new WeakSet<WebSocket>();

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    if (!this.#awake.has(ws)) {
      this.#awake.add(ws);
      // An object may have WebSockets that are not the server's.
      if (this.ctx.getTags(ws).length === 0) this.restore(ws, ws.deserializeAttachment());
    }
    this.receive(ws, message);
  }

  protected receive(ws: WebSocket, message: string | ArrayBuffer): void {
    super.webSocketMessage(ws, message);
  }

  /** A client is back from before the sleep, or has sent its first message. */
  protected restore(_ws: WebSocket, _kept: Parameters<Attached["take"]>[1]): void {}
}
