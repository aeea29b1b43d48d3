/** By what adapters know sockets and rooms. */

/** A Socket.IO session id: `socket.id`. */
export type SocketId = string;

/** The secret id under which a client may recover its session. */
export type PrivateSessionId = string;

/** The name of a room. A socket is in the room of its own id. */
export type Room = string;
