// Modules that are imported by other names than their paths.
export const players: string[] = [];
