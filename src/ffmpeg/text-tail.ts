/** Keeps the end of what a process says. */
export class TextTail {
  readonly #limit: number;
  #text = '';

  /** Keeps `limit` characters. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    this.#text = (this.#text + text).slice(-this.#limit);
  }
}

/** The last whole lines of a text that fit into `limit` characters, or the end of the last one. */
export function lastLines(text: string, limit: number): string {
  const trimmed = text.trimEnd();
  if (trimmed.length <= limit) return trimmed;
  const tail = trimmed.slice(-limit);
  return tail.slice(tail.indexOf('\n') + 1);
}
