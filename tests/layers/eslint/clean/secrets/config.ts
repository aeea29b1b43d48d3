import { randomBytes } from "node:crypto";

export const SECRET = "the same with every wake";
/** Asked for within an event. */
export const token = () => randomBytes(32).toString("hex");
