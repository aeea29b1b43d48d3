/** The places of a socket's listeners. Apart from removed-listeners.ts, which bundles may leave out. */

/** The place of listeners for all that comes in, as snapshots keep it. */
export const INCOMING = true;
/** The place of listeners for all that goes out. */
export const OUTGOING = false;
/** The places that are no event's. */
export type CatchAllPlace = typeof INCOMING | typeof OUTGOING;

/** What a listener was registered for: an event, or all of one direction. */
export type Place = string | symbol | CatchAllPlace;
