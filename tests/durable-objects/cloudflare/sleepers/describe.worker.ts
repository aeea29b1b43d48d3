import type { Socket } from "dormouse-io";

/** What applications hang on a socket. */
export interface Named {
  nickname?: string;
  greet?: () => string;
}

/** What a test may ask of a socket. */
export function describe(socket: Socket) {
  const { id, data, handshake, restored } = socket;
  const { nickname, greet } = socket as Socket & Named;
  const { address, ...shake } = handshake;
  const rooms = [...socket.rooms].sort();
  return { id, data, rooms, restored, nickname, greeting: greet?.(), handshake: shake, address };
}
