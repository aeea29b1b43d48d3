/** Lets the page of `@socket.io/admin-ui` look into a server. */
import { authenticate } from "./authentication.ts";
import { listenForCommands } from "./commands.ts";
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
  let watch: Watch | undefined;
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
  authenticate(admins, settings);
  const look = (): Watch => {
    watch ??= io.registersAgain(() => new Watch(io, admins, settings));
    return watch;
  };
  admins.on("connection", (socket) => {
    if (!settings.readonly) listenForCommands(io, admins, socket);
    socket.on("disconnect", () => {
      if (admins.sockets.size > 0) return;
      watch?.stop();
      watch = undefined;
    });
    if (socket.restored) return;
    socket.emit("config", { supportedFeatures });
    const { all } = look();
    if (isVerbose) socket.emit("all_sockets", all);
  });
  const follow = (namespace: AnyNamespace): void => {
    namespace.prependListener("connection", (socket) => {
      if (!socket.restored) io.registersAgain(() => watch?.add(socket));
    });
    io.registersAgain(() => watch?.addNamespace(namespace));
  };
  for (const namespace of io._nsps.values()) follow(namespace);
  io.on("new_namespace", follow);
  // An admin who looks keeps the object awake. If it slept all the same, by force, he goes on looking.
  io.engine.on("wake", () => {
    if (admins.sockets.size === 0) return;
    const { all } = look();
    if (isVerbose) admins.emit("all_sockets", all);
  });
}
