/** Rooms that clients ask for. */
import { type Logger, line } from "./logger.ts";
import { type AnySocket, isListOfNames, type Settings } from "./options.ts";
import { SocketIOConstants } from "./protocol.ts";
import { WAITING_ROOM } from "./waiting-room.ts";

const { EVENT_JOIN, EVENT_LEAVE } = SocketIOConstants;

/** Listens to `join` and `leave` of a client that is authenticated, or is going to be. */
export function listenForRooms(socket: AnySocket, settings: Settings, log: Logger): void {
  socket.on(EVENT_JOIN, (payload: unknown) => join(socket, payload, settings, log));
  socket.on(EVENT_LEAVE, (payload: unknown) => leave(socket, payload, log));
}

async function join(
  socket: AnySocket,
  payload: unknown,
  { io, validateRoomFn }: Settings,
  log: Logger,
): Promise<void> {
  const { id } = socket;
  const rooms = readRooms(payload);
  const reject = (reason: string) => log.warn(line("Join rejected", { id, rooms, reason }));
  if (rooms === undefined) return reject("not { rooms: [name, …] }");
  if (rooms.length === 0) return;
  if (validateRoomFn === undefined) return reject("no validateRoomFn configured");
  try {
    const answer: unknown = await validateRoomFn({ socket, rooms });
    // Sockets in the helper's own room count as not authenticated, and get no pings.
    const allowed = isListOfNames(answer) ? answer.filter((room) => room !== WAITING_ROOM) : [];
    if (allowed.length === 0) return reject("no rooms allowed");
    // The object may have slept meanwhile, and have another socket by this id.
    const present = io.sockets.sockets.get(id);
    if (present === undefined) return log.info(line("Gone before it joined rooms", { id, rooms }));
    await present.join(allowed);
    log.info(line("Joined rooms", { id, rooms: allowed }));
  } catch (error) {
    log.error(line("Failed to join rooms", { id, rooms, error }));
  }
}

async function leave(socket: AnySocket, payload: unknown, log: Logger): Promise<void> {
  const { id } = socket;
  const rooms = readRooms(payload);
  if (rooms === undefined) {
    log.warn(line("Leave rejected", { id, reason: "not { rooms: [name, …] }" }));
    return;
  }
  // Without the room of its own id it would be out of reach.
  for (const room of rooms) if (room !== id) await socket.leave(room);
  log.info(line("Left rooms", { id, rooms }));
}

/** The rooms that a message asks for; undefined unless it is `{ rooms }` with names. */
function readRooms(payload: unknown): string[] | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { rooms } = payload as { rooms?: unknown };
  return isListOfNames(rooms) ? rooms : undefined;
}
