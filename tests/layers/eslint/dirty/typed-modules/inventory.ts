export class Inventory {
  #left: Record<string, number> = { apple: 10 };

  take(item: string): number {
    const left = (this.#left[item] ?? 0) - 1;
    this.#left[item] = left;
    return left;
  }
}
