/** Where messages are written: text field, pictures to send, button. */
import { type Content, LIMITS, type Picture } from "../protocol.ts";
import { byId, element, icon, showText } from "./dom.ts";
import { preparePicture } from "./picture.ts";

/** Pictures that may wait in the tray. */
const MOST_PICTURES = 6;
/** While somebody types, others are told again after this many milliseconds. */
const TYPING_AGAIN = 3000;

export interface ComposerListener {
  send(content: Content): void;
  typing(on: boolean): void;
}

export class Composer {
  readonly #listener: ComposerListener;
  readonly #text = byId("text", HTMLTextAreaElement);
  readonly #send = byId("send", HTMLButtonElement);
  readonly #tray = byId("tray", HTMLUListElement);
  readonly #problem = byId("problem", HTMLParagraphElement);
  readonly #pictures = new Map<HTMLLIElement, Picture>();
  readonly #drafts = new Map<string, string>();
  #room = "";
  #preparing = 0;
  #toldTyping = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: ComposerListener) {
    this.#listener = listener;
    this.#text.maxLength = LIMITS.text;
    this.#listenToText();
    this.#listenToPictures();
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  focus(): void {
    this.#text.focus();
  }

  /** Which room the text goes to. What was begun for another room waits there. */
  setRoom(room: string): void {
    this.#stopTyping();
    this.#drafts.set(this.#room, this.#text.value);
    this.#room = room;
    this.#text.value = this.#drafts.get(room) ?? "";
    this.#text.placeholder = `Message #${room}`;
    this.#refresh();
  }

  #listenToText(): void {
    this.#text.addEventListener("input", () => {
      this.#refresh();
      if (this.#text.value.trim() === "") this.#stopTyping();
      else this.#keepTyping();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void this.#add(files);
    });
  }

  #listenToPictures(): void {
    const input = byId("file", HTMLInputElement);
    byId("attach", HTMLButtonElement).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      void this.#add([...(input.files ?? [])]);
      input.value = "";
    });
    const main = byId("main", HTMLElement);
    const veil = byId("drop", HTMLDivElement);
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    main.addEventListener("dragenter", (event) => {
      veil.hidden = !carriesFiles(event);
    });
    main.addEventListener("dragleave", (event) => {
      if (!main.contains(event.relatedTarget as Node | null)) veil.hidden = true;
    });
    main.addEventListener("dragover", (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
    main.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      veil.hidden = true;
      void this.#add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  async #add(files: File[]): Promise<void> {
    showText(this.#problem, "");
    for (const file of files) {
      if (this.#pictures.size + this.#preparing >= MOST_PICTURES) {
        showText(this.#problem, `At most ${MOST_PICTURES} pictures at once.`);
        break;
      }
      this.#preparing += 1;
      this.#refresh();
      try {
        this.#addToTray(await preparePicture(file));
      } catch (error) {
        showText(this.#problem, error instanceof Error ? error.message : String(error));
      } finally {
        this.#preparing -= 1;
        this.#refresh();
      }
    }
    this.focus();
  }

  #addToTray(picture: Picture): void {
    const source = URL.createObjectURL(new Blob([picture.bytes], { type: picture.type }));
    const remove = element("button", { type: "button", "aria-label": "Remove" }, icon("close"));
    const item = element("li", {}, element("img", { src: source, alt: "Picture to send" }), remove);
    remove.addEventListener("click", () => {
      this.#removeFromTray(item);
      this.focus();
    });
    this.#pictures.set(item, picture);
    this.#tray.append(item);
  }

  #removeFromTray(item: HTMLLIElement): void {
    URL.revokeObjectURL(item.querySelector("img")?.src ?? "");
    this.#pictures.delete(item);
    item.remove();
    this.#refresh();
  }

  #submit(): void {
    if (this.#send.disabled) return;
    for (const [item, picture] of [...this.#pictures]) {
      this.#listener.send(picture);
      this.#removeFromTray(item);
    }
    const text = this.#text.value.trim();
    if (text !== "") this.#listener.send({ text });
    this.#text.value = "";
    showText(this.#problem, "");
    this.#stopTyping();
    this.#refresh();
    this.focus();
  }

  #refresh(): void {
    const empty = this.#text.value.trim() === "" && this.#pictures.size === 0;
    this.#send.disabled = empty || this.#preparing > 0;
    this.#tray.hidden = this.#pictures.size === 0;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #keepTyping(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#stopTyping(), TYPING_AGAIN);
    const now = performance.now();
    if (this.#toldTyping !== 0 && now - this.#toldTyping < TYPING_AGAIN) return;
    this.#toldTyping = now;
    this.#listener.typing(true);
  }

  #stopTyping(): void {
    clearTimeout(this.#idle);
    if (this.#toldTyping === 0) return;
    this.#toldTyping = 0;
    this.#listener.typing(false);
  }
}
