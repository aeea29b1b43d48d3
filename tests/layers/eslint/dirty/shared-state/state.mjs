export const state = { visitors: 0, documents: {} };
