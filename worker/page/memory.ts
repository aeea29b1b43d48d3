/** What the browser remembers between visits; nothing, where it is not allowed to. */

export function recall(key: string): string {
  try {
    return localStorage.getItem(`dormouse:${key}`) ?? "";
  } catch {
    return "";
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`dormouse:${key}`, value);
  } catch {
    // Storage is blocked or full: the name is asked for again next time.
  }
}
