import type { Context } from "../../../../../../../layers/router/index.ts";

export async function show(this: Context) {
  return `users for ${this.args[0]}`;
}
