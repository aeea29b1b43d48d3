/**
 * The platform's automatic answer to pongs: a `3` wakes nobody. It is the object's, for all of its
 * WebSockets alike, and the platform cannot tell whose a `3` is. So it is there only as long as the
 * object has no WebSockets but ours; while the application has some, pongs come in as messages.
 */
import { override } from "./override.ts";

const PONG = "3";
const NOOP = "6";

export class AutoResponse {
  readonly #ctx: DurableObjectState;
  readonly #tag: string;
  readonly #set: DurableObjectState["setWebSocketAutoResponse"];
  readonly #get: DurableObjectState["getWebSocketAutoResponse"];

  /** `tag` marks our WebSockets. To be made with each wake. */
  constructor(ctx: DurableObjectState, tag: string) {
    this.#ctx = ctx;
    this.#tag = tag;
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
    // What is set survives a sleep.
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
    const clients = new Set(this.#ctx.getWebSockets(this.#tag));
    return this.#ctx.getWebSockets().some((one) => {
      return one !== closing && !clients.has(one) && one.readyState === WebSocket.OPEN;
    });
  }
}
