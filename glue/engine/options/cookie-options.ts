/** The option `cookie`. */

/** The attributes of the cookie with the session id, as the npm package `cookie` has them. */
export interface CookieOptions {
  /** Default `io`. */
  name?: string;
  /** Default `/`. */
  path?: string;
  /** The host whose subdomains get it, too. Default: the host that sets it, alone. */
  domain?: string;
  /** In seconds. */
  maxAge?: number;
  /** When it ends. Default: with the browser. */
  expires?: Date;
  /** Default true. */
  httpOnly?: boolean;
  /** Whether it is sent over https alone. Default false. */
  secure?: boolean;
  /** Whether pages that embed the site have one each. Default false. */
  partitioned?: boolean;
  /** Which cookies go first where a browser keeps too many. Default: none is said. */
  priority?: "low" | "medium" | "high";
  /** Default `lax`. `true` is `strict`. */
  sameSite?: boolean | "lax" | "strict" | "none";
}
