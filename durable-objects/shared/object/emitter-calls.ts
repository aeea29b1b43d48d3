/** The calls of emitters, as a server in an object performs them: once each, however often they arrive. */

import { checkMessage } from "../../../glue/adapter/calls/call-checks.ts";
import type { Answer, CallMessage, Once } from "../../../glue/adapter/calls/calls.ts";
import { type Performance, performAll } from "../../../glue/adapter/calls/perform.ts";
import { PerformedCalls } from "../../../glue/adapter/calls/performed-calls.ts";
import { UsedMessageIds } from "../../../glue/adapter/calls/used-message-ids.ts";
import type { OwnStorage } from "../../../glue/engine/host/host.ts";
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";

export class EmitterCalls {
  readonly #io: Server<Any, Any, Any, Any>;
  readonly #storage: OwnStorage;
  readonly #passOn: Performance["passOn"];
  readonly #performed = new PerformedCalls();
  /** Made when the first message comes that others may send again. */
  #usedIds: UsedMessageIds | undefined;

  /** `passOn`: see `Performance`. */
  constructor(io: Server<Any, Any, Any, Any>, storage: OwnStorage, passOn: Performance["passOn"]) {
    this.#io = io;
    this.#storage = storage;
    this.#passOn = passOn;
  }

  /** What came, which may be anything. @throws TypeError for what is no message of an emitter */
  check(message: unknown): CallMessage {
    return checkMessage(message, Date.now());
  }

  async perform({ calls, once, id = once?.id }: CallMessage): Promise<Answer[]> {
    const noteUse = once && this.#use(once);
    const answers = await performAll(this.#io, calls, {
      performed: this.#performed,
      id,
      passOn: this.#passOn,
    });
    // Not before: if the object ends before other servers have it, the message is sent again.
    noteUse?.();
    return answers;
  }

  #use({ id, until }: Once): () => void {
    this.#usedIds ??= new UsedMessageIds(this.#storage);
    return this.#usedIds.use(id, until, Date.now());
  }
}
