/** Keeps the end of what a process says. A word that was cut is left out: half of a secret would not be known for one. */
export class TextTail {
  readonly #limit: number;
  #text = '';

  /** Keeps up to `limit` characters. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    const whole = this.#text + text;
    this.#text = whole.length <= this.#limit ? whole : whole.slice(-this.#limit).replace(/^\S+/, '');
  }
}

/** The last whole lines of a text that fit into `limit` characters, or the end of the last one. */
export function lastLines(text: string, limit: number): string {
  const trimmed = text.trimEnd();
  if (trimmed.length <= limit) return trimmed;
  const tail = trimmed.slice(-limit);
  return tail.slice(tail.indexOf('\n') + 1);
}
