/** Advice in the log for pages of other origins that poll without CORS headers: browsers do not say what to do. */
import { advise } from "../../common/advice.ts";

const LONGEST_ORIGIN = 200;

/** `headers`: of the answer to a client's first poll. */
export function adviseOnCors(request: Request, headers: Headers | undefined): void {
  const origin = request.headers.get("origin");
  if (origin === null || headers?.has("access-control-allow-origin")) return;
  if (URL.canParse(origin) && new URL(origin).host === new URL(request.url).host) return;
  const shown = JSON.stringify(origin.slice(0, LONGEST_ORIGIN));
  advise(
    "cors",
    `a page of ${shown} polls, and its browser reports a CORS error, because the option cors does not let it ` +
      `read the answers. If it is yours: cors: { origin: ${shown} }.`,
  );
}
