/**
 * The platform's automatic answer to pongs, so that a `3` does not wake the object. It holds for all WebSockets of the
 * object. So it is set only as long as the object has no others than the library's; while the application has some of
 * its own, pongs arrive as messages.
 */
import { override } from "../platform/replaced-methods.ts";

const PONG = "3";
const NOOP = "6";

export class AutoResponse {
  readonly #ctx: DurableObjectState;
  readonly #set: DurableObjectState["setWebSocketAutoResponse"];
  readonly #get: DurableObjectState["getWebSocketAutoResponse"];

  /** `ctx`: its `getWebSockets` lists the application's own. To be made whenever the object wakes. */
  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#set = ctx.setWebSocketAutoResponse.bind(ctx);
    this.#get = ctx.getWebSocketAutoResponse.bind(ctx);
    const accept = ctx.acceptWebSocket.bind(ctx);
    override(ctx, {
      acceptWebSocket: (webSocket: WebSocket, tags?: string[]) => {
        accept(webSocket, tags);
        this.#withdraw();
      },
      // What the application sets for its own WebSockets goes before ours.
      setWebSocketAutoResponse: (pair?: WebSocketRequestResponsePair) => {
        this.#set(pair);
        if (pair === undefined) this.review();
      },
      getWebSocketAutoResponse: () => (this.#isAnsweringPongs() ? null : this.#get()),
    });
    this.review();
  }

  /** To be called now and then: whether all WebSockets of the application's are gone by now. */
  review(closing?: WebSocket): void {
    // It is still set after a sleep.
    if (this.#get() !== null || this.#hasOthers(closing)) return;
    this.#set(new WebSocketRequestResponsePair(PONG, NOOP));
  }

  #withdraw(): void {
    if (this.#isAnsweringPongs()) this.#set();
  }

  #isAnsweringPongs(): boolean {
    return this.#get()?.request === PONG;
  }

  #hasOthers(closing?: WebSocket): boolean {
    return this.#ctx
      .getWebSockets()
      .some((one) => one !== closing && one.readyState === WebSocket.OPEN);
  }
}
