import {
  negotiateInSteps,
  passMiddlewares,
  repeatHandshake,
  takesPart,
} from "./handshake-steps.ts";

/** The application's say in handshakes; undefined where it was left out of the bundle. */
export const handshakePart =
  typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE
    ? { negotiateInSteps, passMiddlewares, repeatHandshake, takesPart }
    : undefined;
