export const EVENTS = Object.freeze({ CONNECTION: "connection", DRAW: "draw" });
export const LEAVE = "disconnect";
export enum Chat {
  Connection = "connection",
  Say = "say",
}
