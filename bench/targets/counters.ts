/** What an object did since its counters were last reset. */
export interface Counters {
  /** Events that wake a sleeping object: requests, WebSocket messages and closes, alarms. */
  events: number;
  /** Rows written to storage, by keys or SQL. */
  rowsWritten: number;
  /** Alarms set or deleted; each is billed as a row. */
  alarmWrites: number;
}

/** Path of the worker's own answers: GET tells the counters, POST resets them. */
export const COUNTERS_PATH = "/counters";

/** How many shards the server has that is spread over several, where nothing else is said. */
export const SHARDS = 4;

/** Path of the calls between shards since the process started. */
export const CALLS_PATH = "/calls";

/** Path that has the Worker's emitter make calls: `?calls=<in all>&together=<in one turn>`. */
export const EMIT_PATH = "/emit";

/** Path that has the object broadcast: `?count=<packets>&duration=<milliseconds>`. */
export const BURST_PATH = "/burst";
