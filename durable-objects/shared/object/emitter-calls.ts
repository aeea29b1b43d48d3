/** The calls of emitters, as a server in an object performs them: once each, however often they arrive. */
import type { Answer, CallMessage, Once } from "../../../glue/adapter/cluster/calls.ts";
import { checkMessage } from "../../../glue/adapter/cluster/check.ts";
import { type Performance, performAll } from "../../../glue/adapter/cluster/perform.ts";
import { Performed } from "../../../glue/adapter/cluster/performed.ts";
import { UsedIds } from "../../../glue/adapter/cluster/used-ids.ts";
import type { OwnStorage } from "../../../glue/engine/host.ts";
import type { Server } from "../../../glue/socket.io/server.ts";
import type { Any } from "../../../glue/socket.io/typed-events.ts";

export class EmitterCalls {
  readonly #io: Server<Any, Any, Any, Any>;
  readonly #storage: OwnStorage;
  readonly #passOn: Performance["passOn"];
  readonly #performed = new Performed();
  /** Made when the first message comes that others may send again. */
  #usedIds: UsedIds | undefined;

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

  perform({ calls, once, id = once?.id }: CallMessage): Promise<Answer[]> {
    const noteUse = once && this.#use(once);
    const answers = performAll(this.#io, calls, {
      performed: this.#performed,
      id,
      passOn: this.#passOn,
    });
    noteUse?.();
    return answers;
  }

  #use({ id, until }: Once): () => void {
    this.#usedIds ??= new UsedIds(this.#storage);
    return this.#usedIds.use(id, until, Date.now());
  }
}
