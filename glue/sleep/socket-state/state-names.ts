/** What parts of what is kept of a socket are called, in reasons to stay awake and among what was deleted. */

export const DATA = "socket.data";
export const IN_DATA = `${DATA}.`;
/** In front of names of properties of the socket itself, so that those of its `handshake` are none. */
export const ON_SOCKET = "socket[";
export const IN_HANDSHAKE = "socket.handshake.";
/** What the client has sent with it is kept by itself. */
const AUTH = `${IN_HANDSHAKE}auth`;

export const isInData = (name: string): boolean => name === DATA || name.startsWith(IN_DATA);
/** Whether objects of a class that are made again under this name get the data that was kept; others are as at first. */
export const isRefillable = (name: string): boolean =>
  isInData(name) || (name.startsWith(IN_HANDSHAKE) && name !== AUTH);
