export const votes = new Map<string, number>();
