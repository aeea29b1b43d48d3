/** Makes a picture small enough to send. */
import { LIMITS, PICTURE_TYPES, type Picture, type PictureType } from "../protocol.ts";

/** Longest side of a picture as it is sent, in pixels. */
const LONGEST_SIDE = 1600;

/** Tried in turn until the file is small enough: share of the size, quality. */
const STEPS = [
  [1, 0.85],
  [1, 0.7],
  [0.75, 0.7],
  [0.5, 0.7],
  [0.25, 0.6],
] as const;

/**
 * The bytes to send for a file: the file's own, or a smaller version drawn on a canvas.
 * A photograph is always drawn anew, which drops what the camera wrote into it, such as the place.
 *
 * @throws Error with a sentence for the user if the file is no picture that can be sent.
 */
export async function preparePicture(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("That file is not a picture this browser can read.");
  });
  try {
    if (mayPassAsItIs(file, bitmap)) {
      return { type: file.type as PictureType, bytes: new Uint8Array(await file.arrayBuffer()) };
    }
    for (const [share, quality] of STEPS) {
      const blob = await draw(bitmap, share, quality, file.type === "image/jpeg");
      if (blob !== null && blob.size <= LIMITS.picture) {
        return { type: blob.type as PictureType, bytes: new Uint8Array(await blob.arrayBuffer()) };
      }
    }
  } finally {
    bitmap.close();
  }
  throw new Error("That picture is too large to send.");
}

function mayPassAsItIs(file: Blob, bitmap: ImageBitmap): boolean {
  if (!PICTURE_TYPES.includes(file.type as PictureType) || file.type === "image/jpeg") return false;
  if (file.size > LIMITS.picture) return false;
  return Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE || file.type === "image/gif";
}

async function draw(
  bitmap: ImageBitmap,
  share: number,
  quality: number,
  opaque: boolean,
): Promise<Blob | null> {
  const longest = Math.max(bitmap.width, bitmap.height);
  const scale = Math.min(1, LONGEST_SIDE / longest) * share;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  // A browser that cannot write WebP writes PNG instead, which is right if it is small enough.
  return new Promise((resolve) => {
    canvas.toBlob(resolve, opaque ? "image/jpeg" : "image/webp", quality);
  });
}
