/** Scenarios in which shards are not compared with upstream's cluster, by name, and why. */

/**
 * They expect of their clients to be on one server, or that what is sent reaches clients on other servers at once:
 * neither shards nor upstream's cluster show it.
 */
const ONE_SERVER = [
  "adapter: a replaced one serves namespaces that exist already, and later ones",
  "broadcast: io.local reaches everybody here",
  "broadcast: io.local.to a room",
  "broadcast: socket.local reaches all but the socket",
  "chat: an evening in a room",
  "chat: the door",
  "cleanup: an empty child is removed when its last socket leaves",
  "close: what was emitted before is still delivered",
  "disconnect: one socket disconnects another",
  "disconnect: the others are told from the disconnect listener",
  "dynamic: a parent's emit reaches all its children",
  "dynamic: concurrent connects to one name create it once",
  "dynamic: new_namespace fires for children, on the main namespace",
  "dynamic: parents are asked in order until one accepts",
  "engine: clientsCount counts connections, not sockets",
  "ids: of two sockets with one, the later has the rooms and the broadcasts",
  "less used: a namespace made late, by a listener of another",
  "less used: disconnectSockets(true) of a room, namespace by namespace",
  "less used: emitWithAck to rooms, with rooms left out",
  "less used: io.of(fn) asked more than once, with its listener",
  "less used: what fetchSockets gives can be used like sockets",
  "onAnyOutgoing: each recipient of a broadcast hears it",
  "parents: every operator reaches the clients of all children",
  "rooms: nothing is left in the adapter when everybody is gone",
  "rooms: the adapter's maps show rooms and sids",
  "serverSideEmit: warns, returns true, and does not come back",
  "utilities: disconnectSockets ends the matching sockets only",
  "utilities: fetchSockets gives all, or those of rooms",
  "utilities: the adapter's own methods give the same",
  "whiteboard: boards come and go",
  "whiteboard: clearing is a vote of the others",
  "whiteboard: strokes reach the others, with a newcomer's picture",
];

/**
 * Shards show what one server shows, and upstream's cluster does not, so they are compared with one server. In the
 * cluster, the adapter tells the other servers first: what is emitted to all, or who is disconnected, has its turn only
 * when that is done, behind what is emitted to one socket after it. An error in encoding is then nobody's to catch, nor
 * is one in copying (rooms and values that are functions or symbols). And each of its servers logs what it does at its
 * start, where a shard without clients does not start.
 */
export const AS_ONE = [
  "adapter: sockets of other servers are remote ones",
  "broadcast: arguments and order are the same for everybody",
  "close: connections without a namespace are closed, too",
  "conn: packetCreate tells what goes out, with its options",
  "connection: io.path and io.connectTimeout tell the options",
  "dynamic: a stateful regular expression is refused",
  "dynamic: io.of of a matching name attaches to the regular expression's parent",
  "less used: catch-all listeners, middlewares and once in one order",
  "less used: errors of what is asked wrongly",
  "less used: what methods return",
  "limits: io.connectTimeout(value) sets it",
  "middlewares: use returns the server or the namespace",
  "namespaces: io.of gives the same namespace for the same name",
  "namespaces: new_namespace fires for each but the main one",
  "odd use: io.disconnect in the middle of what is sent",
  "odd use: rooms whose names are no text",
  "odd use: socket.disconnect in the middle of what is sent",
  "odd use: values that JSON has otherwise",
  "odd use: what cannot be encoded throws where it is emitted, and nothing is sent",
  "onAnyOutgoing: goes before what is emitted is encoded, and behind it for a broadcast",
  "ordering: acknowledgement, emit and broadcast leave in the order of the calls",
  "ordering: what was sent before a disconnect arrives before it",
  "serverSideEmit: an adapter gets the packet, and may deliver one",
  "serverSideEmit: the server's own event names are reserved",
  "utilities: allSockets gives the ids",
  "volatile: a broadcast is dropped for the busy recipients only",
  "volatile: dropped behind a regular emit of the same turn; regular ones are not",
];

/** Servers that log as they start: shards start when they are needed. */
const STARTS = [
  "dynamic: fetchSockets is not supported on a parent",
  "less used: settings are read and set",
  "serverSideEmit: serverSideEmitWithAck of a reserved name rejects",
];

/** Upstream's `ClusterAdapter` recovers nothing: these are compared with one server, while clients change shards. */
export const RECOVERY = [
  "recovery: Buffers in data are Buffers again",
  "recovery: CONNECT's answer has a private id, events have an offset",
  "recovery: a forced close is recoverable",
  "recovery: an unknown private id or offset gives a fresh session",
  "recovery: each namespace is recovered on its own",
  "recovery: id, rooms, data and the missed packets come back",
  "recovery: middlewares are skipped",
  "recovery: middlewares run if skipMiddlewares is false, and may refuse",
  "recovery: missed binary comes back as binary",
  "recovery: on the wire the missed packets come before the answer",
  "recovery: only what was meant for the socket is sent again",
  "recovery: other clients still reach a recovered socket by its id and rooms",
  "recovery: what the socket itself was sent is missed, too",
];

/** Three objects take longer to leave memory, six times at once, than its heartbeat of 400 ms. */
const HASTY = ["heartbeat: a silent client is closed with ping timeout"];

export const EXCLUDED: ReadonlySet<string> = new Set([
  ...ONE_SERVER,
  ...AS_ONE,
  ...STARTS,
  ...RECOVERY,
  ...HASTY,
]);
