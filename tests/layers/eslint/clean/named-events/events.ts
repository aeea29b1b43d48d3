export const EVENTS = { CONNECTION: "connection", DRAW: "draw" } as const;
export enum Chat {
  Say = "say",
}
