/**
 * Checks of what clients send. A client may send anything, whatever the types say.
 */
import {
  type Answer,
  type Content,
  LIMITS,
  PICTURE_TYPES,
  type PictureType,
  ROOMS,
  type RoomName,
} from "./protocol.ts";

/** Why a client's wish is not granted, in words for its user. */
export class Refusal extends Error {}

/**
 * Turns a function into an event listener that acknowledges with the function's result, or with
 * `{ error }` if it throws. An event that wants no answer is ignored: the chat's page always does.
 */
export function answer<T>(handle: (...args: unknown[]) => T | Promise<T>) {
  return async (...args: unknown[]): Promise<void> => {
    const ack = args.pop();
    if (typeof ack !== "function") return;
    let result: Answer<T>;
    try {
      result = await handle(...args);
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      result = { error: error instanceof Refusal ? error.message : "Something went wrong." };
    }
    ack(result);
  };
}

/** A name to show: spaces folded, nothing invisible. */
export function checkName(value: unknown): string {
  if (typeof value !== "string") throw new Refusal("Choose a name.");
  if (value.length > LIMITS.name) {
    throw new Refusal(`A name has at most ${LIMITS.name} characters.`);
  }
  const name = value.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  if (name === "") throw new Refusal("Choose a name.");
  return name;
}

/** One of the chat's rooms. */
export function checkRoom(value: unknown): RoomName {
  if (typeof value !== "string" || !Object.hasOwn(ROOMS, value)) {
    throw new Refusal("There is no such room.");
  }
  return value as RoomName;
}

/** The id that a sender gave its message. */
export function checkId(value: unknown): string {
  if (typeof value !== "string" || value === "" || value.length > LIMITS.id) {
    throw new Refusal("A message needs an id.");
  }
  return value;
}

/** A text or a picture, copied field by field so that nothing else gets through. */
export function checkContent(value: unknown): Content {
  if (typeof value !== "object" || value === null) throw new Refusal("The message is empty.");
  const { text, type, bytes } = value as Record<string, unknown>;
  if (typeof text === "string") {
    if (text.trim() === "") throw new Refusal("The message is empty.");
    if (text.length > LIMITS.text) {
      throw new Refusal(`A message has at most ${LIMITS.text} characters.`);
    }
    return { text };
  }
  if (!PICTURE_TYPES.includes(type as PictureType)) {
    throw new Refusal("That is neither a text nor a picture in a known format.");
  }
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer) || bytes.byteLength === 0) {
    throw new Refusal("The picture is empty.");
  }
  if (bytes.byteLength > LIMITS.picture) {
    throw new Refusal(`A picture has at most ${LIMITS.picture / 1024} KB.`);
  }
  return { type: type as PictureType, bytes: bytes as Uint8Array<ArrayBuffer> | ArrayBuffer };
}
