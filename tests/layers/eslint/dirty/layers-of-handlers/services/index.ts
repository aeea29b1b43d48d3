class Quiz {
  #current = 0;

  next(): number {
    this.#current += 1;
    return this.#current;
  }
}

export const quiz = new Quiz();
