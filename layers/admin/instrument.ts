/** Lets the page of `@socket.io/admin-ui` look into a server. */
import { authenticate } from "./authentication.ts";
import { Commands } from "./commands.ts";
import { Onlookers } from "./onlookers.ts";
import { type InstrumentOptions, readOptions } from "./options.ts";
import {
  ACTIONS,
  AGGREGATED_EVENTS,
  ALL_EVENTS,
  type AnyNamespace,
  type AnyServer,
} from "./protocol.ts";
import { ObjectStore } from "./stores.ts";
import { Watch } from "./watch.ts";

export type { InstrumentOptions } from "./options.ts";

/**
 * Adds a namespace for admins, to be called in `setup`. An admin who looks keeps the object awake, and is listed in
 * `io.awakeReasons`, until he leaves; while nobody looks nothing is counted and nothing wakes it.
 *
 * @throws Error for a missing or wrong `auth`; TypeError for other wrong options
 * @example
 * instrument(io, { auth: { type: "basic", username: "admin", password: env.ADMIN_HASH }, serverId: name });
 */
export function instrument(io: AnyServer, options: InstrumentOptions): void {
  const settings = readOptions(
    options,
    () => new ObjectStore(io.of(options.namespaceName ?? "/admin")),
  );
  const isVerbose = settings.mode === "development";
  const admins: AnyNamespace = io.of(settings.namespaceName);
  const supportedFeatures = [
    ...(settings.readonly ? [] : ACTIONS),
    AGGREGATED_EVENTS,
    ...(isVerbose ? [ALL_EVENTS] : []),
  ];
  const onlookers = new Onlookers(
    io,
    admins,
    (listener) => new Watch(io, admins, settings, listener),
    () => show(admins.local),
  );
  authenticate(admins, settings, onlookers);
  const commands = settings.readonly ? undefined : new Commands(io, admins, onlookers);
  const show = async (to: Pick<AnyNamespace, "emit">): Promise<void> => {
    const all = await onlookers.look();
    if (isVerbose) to.emit("all_sockets", all);
  };
  admins.on("connection", (socket) => {
    commands?.listen(socket);
    socket.on("disconnect", () => onlookers.lookAway());
    if (socket.restored) return;
    socket.emit("config", { supportedFeatures });
    show(socket);
  });
  const follow = (namespace: AnyNamespace): void => {
    namespace.prependListener("connection", (socket) => {
      if (!socket.restored) io.registersAgain(() => onlookers.watch?.add(socket));
    });
    io.registersAgain(() => onlookers.watch?.addNamespace(namespace));
  };
  for (const namespace of io._nsps.values()) follow(namespace);
  io.on("new_namespace", follow);
  // An admin who looks keeps the object awake. If it slept all the same, by force, he goes on looking.
  io.engine.on("wake", () => {
    if (admins.sockets.size > 0) show(admins.local);
  });
}
