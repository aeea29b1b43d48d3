/**
 * How much of the time looking for changes may take (comparer.ts), and how long it waits for code that nobody knows the
 * end of.
 */

/**
 * Of what is looked at again and again, so many objects for each millisecond between two looks. One takes well below a
 * microsecond, so this is a small share of the time.
 */
export const PARTS_PER_MILLISECOND = 50;

/**
 * Code outside of events that took something may change it any time: it is looked at once more after so many
 * milliseconds, for which a timer keeps the object awake.
 */
export const LATER = 250;
