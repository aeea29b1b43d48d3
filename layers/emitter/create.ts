/** From a binding to an emitter. */
import type { DefaultEventsMap, EventsMap } from "../../glue/socket.io/index.ts";
import { Emitter } from "./emitter.ts";
import { ObjectChannel, type ObjectNamespace } from "./object-channel.ts";
import { checkOptions, type EmitterOptions, logFailure } from "./options.ts";
import { type Keep, Outbox } from "./outbox.ts";

const DEFAULT_NAME = "default";

/** What makes emitters. */
export interface MakeEmitter {
  /**
   * An emitter to a server that is a Durable Object, for whoever has the binding of its class: a Worker's `fetch`,
   * a queue's consumer, a cron trigger, another object. To be made anew for each event that the Worker handles.
   *
   * @throws TypeError for what is no such binding, and for an option that is unknown or ill-typed
   * @example
   * const io = emitter<ToClient>(env.CHAT, { name: "lobby" });
   * await io.to("room1").emit("news", "hi");
   */
  <
    EmitEvents extends EventsMap = DefaultEventsMap,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    // biome-ignore lint/suspicious/noExplicitAny: as the server's
    SocketData = any,
  >(
    namespace: ObjectNamespace,
    options?: EmitterOptions,
  ): Emitter<EmitEvents, ServerSideEvents, SocketData>;
}

/** `keep` lets the runtime wait for calls that nobody awaits. */
export function emitterKeptBy(keep: Keep): MakeEmitter {
  return (namespace: ObjectNamespace, options: EmitterOptions = {}) => {
    checkOptions(options, ["name", "onError"]);
    const { name = DEFAULT_NAME, onError = logFailure } = options;
    return new Emitter(new Outbox(new ObjectChannel(namespace, name), keep, onError), "/");
  };
}
