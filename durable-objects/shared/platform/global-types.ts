/**
 * Types that projects for Workers have among their globals. Declarations of ours that other projects see,
 * too, take them from here: where there are none, they are `any` and not an error.
 */

// biome-ignore-start lint/suspicious/noTsIgnore: in projects for Workers there is nothing to expect

/** @ts-ignore No such global outside of projects for Workers. */
export type ObjectState = DurableObjectState;
/** @ts-ignore No such global outside of projects for Workers. */
export type AlarmInfo = AlarmInvocationInfo;

// biome-ignore-end lint/suspicious/noTsIgnore: see above
