/** Asks the user for a name. */
import { byId, showText } from "./dom.ts";

/** Ends the question that is open, if one is. */
let current = new AbortController();

/**
 * Opens the dialog and resolves to the name; to an empty string if it was closed without one,
 * which is possible only if there was a name before. A question that is still open is dropped.
 *
 * @param before the name so far, or an empty string
 * @param longest how many UTF-16 units a name may have
 * @param problem why the server refused the last name, if it did
 */
export function askForName(before: string, longest: number, problem = ""): Promise<string> {
  const dialog = byId("welcome", HTMLDialogElement);
  const input = byId("name", HTMLInputElement);
  const form = byId("name-form", HTMLFormElement);
  const mayClose = before !== "" && problem === "";
  input.value = before;
  input.maxLength = longest;
  showText(byId("name-problem", HTMLParagraphElement), problem);
  if (!dialog.open) dialog.showModal();
  input.select();

  return new Promise((resolve) => {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    const finish = (name: string) => {
      current.abort();
      dialog.close();
      resolve(name);
    };
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        const name = input.value.trim();
        if (name === "") input.value = "";
        else finish(name);
      },
      { signal },
    );
    dialog.addEventListener(
      "cancel",
      (event) => {
        event.preventDefault();
        if (mayClose) finish("");
      },
      { signal },
    );
  });
}
