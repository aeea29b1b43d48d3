/** Makes an emitter from a binding or an address. */
import type { DefaultEventsMap, EventsMap } from "../../glue/socket.io/index.ts";
import { Emitter } from "./emitter.ts";
import { ObjectChannel, type ObjectNamespace } from "./object-channel.ts";
import {
  checkEmitterOptions,
  type ObjectEmitterOptions,
  type RemoteEmitterOptions,
} from "./options.ts";
import { type Keep, Outbox } from "./outbox.ts";
import { HttpChannel } from "./wire/http-channel.ts";
import { readSecret } from "./wire/signature.ts";

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
    options?: ObjectEmitterOptions,
  ): Emitter<EmitEvents, ServerSideEvents, SocketData>;

  /**
   * An emitter without a binding, for whoever has the secret of the Worker's `routeEmitter`: a backend on Node or
   * elsewhere. It may be kept. Messages go one after the other.
   *
   * @throws TypeError for what is no address or secret, and for an option that is unknown or ill-typed
   * @example
   * const io = emitter<ToClient>("https://chat.example/emit", { secret: process.env.EMIT_SECRET });
   * await io.to("room1").emit("news", "hi");
   */
  <
    EmitEvents extends EventsMap = DefaultEventsMap,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    // biome-ignore lint/suspicious/noExplicitAny: as the server's
    SocketData = any,
  >(
    url: string | URL,
    options: RemoteEmitterOptions,
  ): Emitter<EmitEvents, ServerSideEvents, SocketData>;
}

type MakeOptions = Partial<RemoteEmitterOptions & ObjectEmitterOptions>;

/** `keep` lets the runtime wait for calls that nobody awaits. */
export function emitterKeptBy(keep: Keep): MakeEmitter {
  return (target: ObjectNamespace | string | URL, options: MakeOptions = {}) => {
    const isAddress = typeof target === "string" || target instanceof URL;
    checkEmitterOptions(isAddress ? "remote" : "object", options);
    const { name, onError, fetch = globalThis.fetch, secret, shards } = options;
    const channel = isAddress
      ? new HttpChannel({
          url: readAddress(target),
          secret: readSecret(secret),
          name,
          // It wants to be called as a function of nobody.
          fetch: (...request) => fetch(...request),
        })
      : new ObjectChannel(target, name ?? DEFAULT_NAME, shards);
    return new Emitter(new Outbox(channel, keep, onError), "/");
  };
}

/** Throws a TypeError for what no request can be sent to: `localhost:8787/emit` is an address of the kind `localhost:`. */
function readAddress(address: string | URL): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href;
  throw new TypeError(
    `dormouse: emitter needs a binding, or an address such as "https://chat.example/emit", got ${JSON.stringify(address)}`,
  );
}
