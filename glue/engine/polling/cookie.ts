/** The cookie that tells a client its session id, in the form of RFC 6265. */
import type { CookieOptions } from "../options/cookie-options.ts";

const DEFAULTS: CookieOptions = { name: "io", path: "/", httpOnly: true, sameSite: "lax" };

/** The value of `Set-Cookie`. `setting`: the option `cookie`, switched on. */
export function serializeCookie(id: string, setting: true | CookieOptions): string {
  const options = { ...DEFAULTS, ...(setting === true ? {} : setting) };
  const { name, maxAge, domain, path, expires, sameSite } = options;
  let cookie = `${name}=${encodeURIComponent(id)}`;
  if (maxAge !== undefined) cookie += `; Max-Age=${Math.floor(maxAge)}`;
  if (domain) cookie += `; Domain=${domain}`;
  if (path) cookie += `; Path=${path}`;
  if (expires) cookie += `; Expires=${expires.toUTCString()}`;
  if (options.httpOnly) cookie += "; HttpOnly";
  if (options.secure) cookie += "; Secure";
  if (options.partitioned) cookie += "; Partitioned";
  if (options.priority) cookie += `; Priority=${capitalize(options.priority)}`;
  if (sameSite) cookie += `; SameSite=${sameSite === true ? "Strict" : capitalize(sameSite)}`;
  return cookie;
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
