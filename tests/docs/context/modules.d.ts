// Modules of the reader's own that the pages import, and what the reader's bundler adds.
declare module "vitest";
declare module "vitest/config";
declare module "@cloudflare/vitest-plugin";
declare module "vite";
declare module "@cloudflare/vite-plugin";
declare module "*/middleware/auth.js";
declare module "*/controller/chat.js";

interface ImportMeta {
  glob(pattern: string, options: { eager: true }): Record<string, Record<string, unknown>>;
}
