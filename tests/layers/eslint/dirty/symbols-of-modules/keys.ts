export const SCORE = Symbol("score");
export const KEYS = { user: Symbol.for("user"), name: "name" };
export class Names {
  static readonly NICK = Symbol("nick");
}
