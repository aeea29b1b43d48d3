/**
 * `dormouse-io/stats`: what an object costs, estimated from `io.stats()` and Cloudflare's public prices, beside the
 * same clients on an object that never sleeps.
 */
export {
  type Bill,
  type Estimate,
  type EstimateOptions,
  estimateBill,
  type Prices,
} from "./bill.ts";
