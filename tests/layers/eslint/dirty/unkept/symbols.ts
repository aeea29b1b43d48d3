export const kSecret = Symbol.for("secret");
