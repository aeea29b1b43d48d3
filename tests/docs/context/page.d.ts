// What the pages' pieces for browsers leave out.
declare const token: string;
declare function show(...what: unknown[]): void;
interface Said {
  room: string;
  text: string;
}
declare function renewToken(): Promise<string>;
