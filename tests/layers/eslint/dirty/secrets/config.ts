import { randomBytes } from "node:crypto";

export const SECRET = randomBytes(32);
export const PORT = 3000;
