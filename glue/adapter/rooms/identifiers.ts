/** By what adapters know sockets and rooms. */

/** A Socket.IO session id: `socket.id`. */
export type SocketId = string;

/**
 * The secret id under which a client may recover its session: 20 characters that nobody can guess. Where there
 * are several servers, the name of the one that has the session may come before, with a period behind it:
 * `<shard>.<secret>`, of letters, digits, `-`, `_` and `.`, 100 characters at most in all. The journal takes it as
 * a whole; whoever reads the name must take it for a client's word until that server knows the id. Offsets are of
 * that server's journal, and mean nothing to another one.
 */
export type PrivateSessionId = string;

/** Whether it may be one: whoever asks made it up, perhaps. */
export function isPrivateSessionId(pid: string): boolean {
  return pid.length <= 100 && /^[\w.-]+$/.test(pid);
}

/** The name of a room. A socket is in the room of its own id. */
export type Room = string;
