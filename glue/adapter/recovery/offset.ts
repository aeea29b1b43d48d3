/** Offsets: what clients give back of the last packet that they got. The journal's epoch, and a number. */

export function formatOffset(epoch: string, number: number): string {
  return epoch + number.toString(36);
}

/** The packet's number; NaN for what is no offset of this history, or one that was not given out. */
export function parseOffset(offset: string, epoch: string, next: number): number {
  const digits = offset.slice(epoch.length);
  if (!offset.startsWith(epoch) || !/^[0-9a-z]{1,10}$/.test(digits)) return Number.NaN;
  const number = Number.parseInt(digits, 36);
  return number < next ? number : Number.NaN;
}
