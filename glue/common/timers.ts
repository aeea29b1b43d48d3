/** Timers of all platforms. */

/** The longest delay that `setTimeout` takes, in milliseconds: about 25 days. */
export const MAX_DELAY = 0x7fff_ffff;
