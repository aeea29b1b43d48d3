/** Pictures in the tests: drawn, handed over and looked at in the browser. */
/// <reference lib="dom" />
import type { Locator } from "playwright-core";
import type { Visitor } from "./visitor.ts";

/** A PNG file, drawn in the visitor's browser. */
export async function drawPng(visitor: Visitor, width: number, height: number): Promise<Buffer> {
  const bytes = await visitor.page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      const step = width / 16;
      for (let x = 0; x < width; x += step) {
        for (let y = 0; y < height; y += step) {
          context.fillStyle = `hsl(${(x * 7 + y * 13) % 360} 70% ${30 + ((x + y) % 50)}%)`;
          context.fillRect(x, y, step, step);
        }
      }
      const blob = await canvas.convertToBlob();
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [width, height] as const,
  );
  return Buffer.from(bytes);
}

/** Waits until a picture is decoded; its size in its own pixels. */
export async function naturalSize(image: Locator): Promise<{ width: number; height: number }> {
  await image.waitFor();
  return image.evaluate(async (element: HTMLImageElement) => {
    await element.decode();
    return { width: element.naturalWidth, height: element.naturalHeight };
  });
}

/** Pastes or drops a picture, as the browser would report it. */
export async function handOver(
  visitor: Visitor,
  target: string,
  kind: "paste" | "drop",
  png: Buffer,
): Promise<void> {
  await visitor.page.locator(target).evaluate(
    (element, { kind, bytes }) => {
      const carried = new DataTransfer();
      carried.items.add(new File([new Uint8Array(bytes)], "drawing.png", { type: "image/png" }));
      const options = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        kind === "paste"
          ? new ClipboardEvent("paste", { ...options, clipboardData: carried })
          : new DragEvent("drop", { ...options, dataTransfer: carried }),
      );
    },
    { kind, bytes: [...png] },
  );
}
