/** The page that says of each rule what it means and what to write instead, as it was installed. */
import { existsSync } from "node:fs";

const PAGE = "docs/check.md";

/** Its address: of a file, which editors open. */
export const page: URL = findPage(new URL(".", import.meta.url));

/** The package's folder is some folders up, more of them where the package is compiled. */
function findPage(folder: URL): URL {
  const found = new URL(PAGE, folder);
  const above = new URL("..", folder);
  return existsSync(found) || above.href === folder.href ? found : findPage(above);
}
