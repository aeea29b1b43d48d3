/** What Cloudflare asks for an object, by its public prices, estimated from an object's own statistics. */
import {
  checkOptionsOf,
  type OptionCheck,
  positiveNumber,
} from "../../glue/common/option-checks.ts";
import type { ServerStats } from "../../glue/socket.io/index.ts";

/** Dollars. */
export interface Prices {
  /** The price of a million requests, in dollars; twenty messages of clients count as one. */
  readonly requests: number;
  /** The price of a million gigabyte-seconds of an object that works, or cannot sleep, in dollars. */
  readonly duration: number;
  /** The price of a million rows written, in dollars. */
  readonly rows: number;
}

/** What the statistics do not tell. */
export interface EstimateOptions {
  /** Default: those of the Workers Paid plan as published in November 2026, beyond what it includes. */
  prices?: Partial<Prices>;
  /**
   * How long an event is worked on, in milliseconds: an object cannot measure it, since its clock stands still
   * meanwhile. Default 10, as in Cloudflare's own examples.
   */
  eventDuration?: number;
  /** The server's `pingInterval`, in milliseconds, for what its pongs would cost if it never slept. Default 25000. */
  pingInterval?: number;
}

/** What is billed, in a month of thirty days. */
export interface Bill {
  /** Requests, alarms and calls that woke the object; messages at a twentieth each. */
  readonly requests: number;
  /** Gigabyte-seconds: 128 MB for as long as the object works, or cannot sleep. */
  readonly gigabyteSeconds: number;
  /** Rows that the server has written to the object's storage. */
  readonly rowsWritten: number;
  /** What all of it costs, in dollars. */
  readonly dollars: number;
}

/** What the object costs, and what it would cost if it never slept. */
export interface Estimate {
  /** If the month goes on as it did while it was counted. */
  readonly sleeping: Bill;
  /** The same clients, whose pongs come in as messages, on an object that stays awake while anyone is connected. */
  readonly awake: Bill;
}

const notNegative: OptionCheck = {
  accepts: (value) => typeof value === "number" && value >= 0 && Number.isFinite(value),
  expectation: "a number that is not negative",
};

const PRICE_CHECKS: Record<keyof Prices, OptionCheck> = {
  requests: notNegative,
  duration: notNegative,
  rows: notNegative,
};

const CHECKS: Record<keyof EstimateOptions, OptionCheck> = {
  prices: {
    accepts: (value) => typeof value === "object" && value !== null,
    expectation: "an object of prices",
    fields: PRICE_CHECKS,
  },
  eventDuration: notNegative,
  pingInterval: positiveNumber,
};

const PRICES: Prices = { requests: 0.15, duration: 12.5, rows: 1 };
const MILLION = 1e6;
const MONTH = 30 * 24 * 3600 * 1000;
const GIGABYTES = 0.128;
const MESSAGES_PER_REQUEST = 20;
const EVENT_DURATION = 10;
const PING_INTERVAL = 25_000;

/**
 * What an object costs in a month, estimated from its statistics: the longer they have been counted, the better.
 * What it leaves out: the application's own reads and writes, its requests and RPC calls that did not wake the
 * object, and what the plan includes, which all objects of an account share.
 *
 * @throws RangeError if nothing was counted yet; TypeError for an option that is unknown or ill-typed
 * @example
 * const { sleeping, awake } = estimateBill(io.stats());
 * console.log(`$${sleeping.dollars.toFixed(2)} a month; awake $${awake.dollars.toFixed(2)}`);
 */
export function estimateBill(stats: ServerStats, options: EstimateOptions = {}): Estimate {
  checkOptionsOf("estimateBill", CHECKS, options);
  const { eventDuration = EVENT_DURATION, pingInterval = PING_INTERVAL } = options;
  const {
    requests: perRequests = PRICES.requests,
    duration: perDuration = PRICES.duration,
    rows: perRows = PRICES.rows,
  } = options.prices ?? {};
  const time = stats.at - stats.startedAt;
  if (time <= 0) throw new RangeError("dormouse: nothing was counted yet: ask a little later");
  const { messages, requests, alarms, wakes, held, rowsWritten, connections } = stats;
  const bill = (counted: Omit<Bill, "dollars">): Bill => {
    const perMonth = MONTH / time;
    const all = {
      requests: counted.requests * perMonth,
      gigabyteSeconds: counted.gigabyteSeconds * perMonth,
      rowsWritten: counted.rowsWritten * perMonth,
    };
    const dollars =
      all.requests * perRequests + all.gigabyteSeconds * perDuration + all.rowsWritten * perRows;
    return { ...all, dollars: dollars / MILLION };
  };
  const asked = requests + wakes.call;
  const events = messages + asked + alarms + wakes.close;
  const working = Math.min(held + events * eventDuration, time - stats.slept);
  const pongs = (connections * time) / pingInterval;
  return {
    sleeping: bill({
      requests: asked + alarms + messages / MESSAGES_PER_REQUEST,
      gigabyteSeconds: (working / 1000) * GIGABYTES,
      rowsWritten,
    }),
    awake: bill({
      requests: asked + (messages + pongs) / MESSAGES_PER_REQUEST,
      gigabyteSeconds: (time / 1000) * GIGABYTES,
      rowsWritten: 0,
    }),
  };
}
