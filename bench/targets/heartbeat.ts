/** Time between two pings where heartbeats are measured, in milliseconds: long enough to sleep in between. */
export const HEARTBEAT = 12_000;
