/** One WebSocket of the Workers runtime, however it was accepted. */
import { ABNORMAL_CLOSURE, NO_STATUS } from "../../../glue/engine/host/close-codes.ts";
import type { Frame, HostTransport } from "../../../glue/engine/host/host.ts";
import type { AttachmentHolder } from "../snapshots/attachment.ts";

/** The part of an accepted WebSocket that is used here. */
export interface PlatformSocket extends AttachmentHolder {
  send(frame: Frame): void;
  close(code?: number, reason?: string): void;
  /** Older runtimes have none. */
  readonly bufferedAmount?: number;
}

export class ObjectSocket<Socket extends PlatformSocket = PlatformSocket> implements HostTransport {
  readonly name = "websocket";
  readonly webSocket: Socket;
  readonly #onClose: ((webSocket: Socket) => void) | undefined;

  /** `onClose` is called before the library closes it. */
  constructor(webSocket: Socket, onClose?: (webSocket: Socket) => void) {
    this.webSocket = webSocket;
    this.#onClose = onClose;
  }

  get bufferedAmount(): number | undefined {
    return this.webSocket.bufferedAmount;
  }

  send(frame: Frame): void {
    try {
      this.webSocket.send(frame);
    } catch {
      // It is closing already: the frame is dropped.
    }
  }

  close(code: number, reason: string): void {
    this.#onClose?.(this.webSocket);
    try {
      this.webSocket.close(code, reason);
    } catch {
      // Closed already.
    }
  }
}

/** Completes the closing handshake that a client began. */
export function answerClose(webSocket: PlatformSocket, code: number, reason: string): void {
  try {
    if (code === NO_STATUS || code === ABNORMAL_CLOSURE) webSocket.close();
    else webSocket.close(code, reason);
  } catch {
    // The platform has answered already.
  }
}

/** Logs errors that cannot be reported to the application. */
export function reportError(error: unknown, where: string): void {
  console.error(`dormouse: ${where}:`, error);
}
