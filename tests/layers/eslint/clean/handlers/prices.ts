const PRICES = new Map<string, number>();
for (const [name, amount] of Object.entries({ apple: 2, pear: 3 })) PRICES.set(name, amount);

const cache = new Map<string, number>();
let rates: Record<string, number> | undefined;

function loadRates(): Record<string, number> {
  return { apple: 1, pear: 2 };
}

export function price(item: string): number {
  rates ??= loadRates();
  const known = cache.get(item);
  if (known !== undefined) return known;
  const amount = (PRICES.get(item) ?? 0) * (rates[item] ?? 1);
  cache.set(item, amount);
  return amount;
}
