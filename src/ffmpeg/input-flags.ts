/** What the flags of an input depend on. */
export interface InputTraits {
  /** A path, or a URL. */
  readonly input: string;
  /** Major version of ffmpeg; undefined when unknown, which counts as new. */
  readonly major: number | undefined;
}

interface Rule {
  readonly when: (traits: InputTraits) => boolean;
  readonly flags: readonly string[];
}

/** Microseconds without a byte after which a connection counts as dead. Not counted while nobody reads. */
const READ_TIMEOUT_US = 10_000_000;

/**
 * From what an input looks like to the flags before its `-i`; all rules that apply add theirs.
 *
 * - A download that is cut goes on where it was, at once and only once a cut, if the server has byte ranges; anything
 *   else is an error, so that reconnecting stays visible.
 * - Half a second of a stream is enough to know its codecs by; a server that sends in real time would keep us waiting for
 *   the default of five. A file can be read at once, so the default stays.
 */
const RULES: readonly Rule[] = [
  {
    when: ({ input }) => /^https?:/i.test(input),
    flags: ['-rw_timeout', String(READ_TIMEOUT_US), '-analyzeduration', '500000', '-probesize', '1000000'],
  },
  {
    when: ({ input }) => /^https?:/i.test(input) && !isHls(input),
    flags: ['-reconnect', '1', '-reconnect_delay_max', '0'],
  },
];

/** The flags that go before `-i` of this input, for this ffmpeg. */
export function inputFlags(traits: InputTraits): string[] {
  return RULES.filter((rule) => rule.when(traits)).flatMap((rule) => rule.flags);
}

/** Whether a URL leads to an HLS playlist, by its path. */
export function isHls(input: string): boolean {
  return /^[^?#]*\.m3u8?(?:[?#]|$)/i.test(input);
}
