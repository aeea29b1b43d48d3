import pg from "pg";
export function connect() {
  return new pg.Pool();
}
