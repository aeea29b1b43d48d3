import { ROOM } from "../targets/application.ts";

const PAYLOAD_CHARACTER = "x";

/** Joins the room of the broadcasts, and the ack of it. */
export const JOIN = { frame: `420["join","${ROOM}"]`, reply: "430[]" };

/** Leaves the room of the broadcasts, and the ack of it. */
export const LEAVE = { frame: `420["leave","${ROOM}"]`, reply: "430[]" };

/** Has the server disconnect everybody. */
export const END = '42["end"]';

/** Leaves its room and joins one that nobody was in, and the ack of it. */
export const JOIN_NEW = { frame: '420["join",null]', reply: "430[]" };

/** An EVENT frame of exactly `length` bytes: `42["<event>","xxx…"]`. */
export function eventFrame(event: string, length: number): string {
  return pad(`42["${event}","`, length);
}

/** An EVENT frame that asks for ack 0, of exactly `length` bytes, and its ACK. */
export function ackFrames(event: string, length: number): { request: string; ack: string } {
  const request = pad(`420["${event}","`, length);
  const payload = request.slice(request.indexOf(",") + 1);
  return { request, ack: `430[${payload}` };
}

function pad(start: string, length: number): string {
  const end = '"]';
  const missing = length - start.length - end.length;
  if (missing < 0) throw new Error(`${length} bytes are too few for ${start}`);
  return start + PAYLOAD_CHARACTER.repeat(missing) + end;
}
