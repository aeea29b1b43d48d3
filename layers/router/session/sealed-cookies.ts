/** The cookie that names a session: sealed by `iron-session`, whose cryptography it is. */

import { getIronSession, type SessionOptions as IronOptions, webCookies } from "iron-session";
import { type OptionCheck, positiveNumber } from "../../../glue/common/option-checks.ts";

/** How the cookie is sealed and kept. */
export interface CookieSettings {
  /**
   * Seals the cookies: 32 characters or more, from a secret of the environment. Several by numbers, of
   * which the highest seals and all open, so that passwords can be changed.
   */
  password: IronOptions["password"];
  /** Default `session`. */
  cookieName?: string;
  /** How long a session that nobody uses is kept, in seconds. Default: 14 days. */
  ttl?: number;
  /**
   * The cookie's attributes. Default: `HttpOnly`, `Secure`, `SameSite=Lax`, `Path=/`, and `Max-Age` by
   * `ttl`.
   */
  cookieOptions?: IronOptions["cookieOptions"];
}

/** How the settings are checked; the password, which is not to be shown, where it is used. */
export const cookieChecks: Record<keyof CookieSettings, OptionCheck> = {
  password: { accepts: () => true, expectation: "" },
  cookieName: {
    accepts: (value) => typeof value === "string" && value !== "",
    expectation: "a name",
  },
  ttl: positiveNumber,
  cookieOptions: {
    accepts: (value) => typeof value === "object" && value !== null,
    expectation: "an object",
  },
};

/** What is sealed. */
export interface SessionTicket {
  id: string;
  /** Until when the cookie opens the session, in milliseconds since the epoch. */
  expires: number;
}

const DEFAULT_TTL = 14 * 24 * 60 * 60;
const MINIMUM_PASSWORD = 32;
/** The part of its time after which what is used is renewed. */
const RENEWAL = 0.5;

export class SealedCookies {
  /** In milliseconds. */
  readonly ttl: number;
  readonly #options: IronOptions;

  /** Throws a TypeError for a password that is missing or too short. */
  constructor({ password, cookieName = "session", ttl = DEFAULT_TTL, ...more }: CookieSettings) {
    checkPassword(password);
    const { cookieOptions } = more;
    this.ttl = ttl * 1000;
    this.#options = {
      password,
      cookieName,
      ttl: Math.ceil(ttl),
      ...(cookieOptions && { cookieOptions }),
    };
  }

  /**
   * The session that a `Cookie` header names. Undefined if there is none, or the cookie is forged,
   * sealed by another password, or past its time.
   */
  async read(header: string | null | undefined): Promise<SessionTicket | undefined> {
    if (!header) return undefined;
    const { id, expires } = await this.#open(header, new Headers());
    if (typeof id !== "string" || typeof expires !== "number") return undefined;
    return expires > Date.now() ? { id, expires } : undefined;
  }

  /** Adds the `Set-Cookie` that names a session. */
  async write(id: string, headers: Headers): Promise<void> {
    const ticket: SessionTicket = { id, expires: Date.now() + this.ttl };
    await Object.assign(await this.#open("", headers), ticket).save();
  }

  /** Adds the `Set-Cookie` that makes browsers forget it. */
  async clear(headers: Headers): Promise<void> {
    (await this.#open("", headers)).destroy();
  }

  /** Whether what ends at this time, in milliseconds since the epoch, is to be renewed. */
  isAgeing(expires: number): boolean {
    return expires - Date.now() < this.ttl * RENEWAL;
  }

  #open(header: string, headers: Headers) {
    const request = { headers: new Headers({ cookie: header }) } as Request;
    return getIronSession<SessionTicket>(webCookies(request, headers), this.#options);
  }
}

function checkPassword(password: unknown): void {
  const passwords = typeof password === "string" ? [password] : Object.values(password ?? {});
  const isLong = (one: unknown) => typeof one === "string" && one.length >= MINIMUM_PASSWORD;
  if (passwords.length > 0 && passwords.every(isLong)) return;
  const needed = `a password of at least ${MINIMUM_PASSWORD} characters`;
  throw new TypeError(`dormouse: sessions need ${needed}: is the secret set?`);
}
