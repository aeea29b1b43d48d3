import worker, { BenchObject as Frames } from "./raw-frames.worker.ts";

/**
 * The object that exchanges the handshake's frames, when it also reads each event and writes the answer anew: the
 * JSON without which no server of Socket.IO can answer.
 */
export class BenchObject extends Frames {
  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const start = typeof message === "string" ? message.indexOf("[") : -1;
    if (typeof message !== "string" || start < 0) super.webSocketMessage(ws, message);
    else this.answer(ws, message, start);
  }

  /** `start`: where in the message of an event its arguments begin. */
  protected answer(ws: WebSocket, message: string, start: number): void {
    const [name, payload] = JSON.parse(message.slice(start)) as [string, unknown];
    if (name === "broadcast") this.broadcast(`42${JSON.stringify([name, payload])}`);
    else if (start === 2) ws.send(`42${JSON.stringify([name, payload])}`);
    else {
      const args = name === "join" ? [] : [payload];
      ws.send(`43${message.slice(2, start)}${JSON.stringify(args)}`);
    }
  }
}

export default worker;
