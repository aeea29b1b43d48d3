import {
  ackArguments,
  checkPacket,
  eventArguments,
  externalCodec,
  splitQuery,
} from "./external.ts";

/** Codecs of the option `parser`; undefined where they were left out of the bundle. */
export const parserPart =
  typeof DORMOUSE_PARSER === "undefined" || DORMOUSE_PARSER
    ? { ackArguments, checkPacket, eventArguments, externalCodec, splitQuery }
    : undefined;
