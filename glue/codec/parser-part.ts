import { argumentsOf, checkPacket, externalCodec, splitQuery } from "./external.ts";

/** Codecs of the option `parser`; undefined where they were left out of the bundle. */
export const parserPart =
  typeof DORMOUSE_PARSER === "undefined" || DORMOUSE_PARSER
    ? { argumentsOf, checkPacket, externalCodec, splitQuery }
    : undefined;
