/** JSON Web Tokens that say who somebody is. */
import { jwtVerify, SignJWT } from "jose";

const keyOf = (secret: string) => new TextEncoder().encode(secret);

/** Good for a day. */
export function makeToken(user: string, secret: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setExpirationTime("1 day")
    .sign(keyOf(secret));
}

/** Undefined for what is no token, or not one of ours, or not valid any more. */
export async function userOf(token: unknown, secret: string): Promise<string | undefined> {
  if (typeof token !== "string") return undefined;
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), { algorithms: ["HS256"] });
    return payload.sub;
  } catch {
    return undefined;
  }
}
