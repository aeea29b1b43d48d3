const attempts = new Map<string, number>();

export function isAllowed(id: string): boolean {
  const count = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, count);
  return count < 100;
}
