const SECRET_NAMES =
  '[\\w-]*(?:key|token|sig|signature|secret|password|passwd|passphrase|pass|pwd|auth|credential|jwt|hmac|hdnts|hdnea)';
const QUERY_SECRET = new RegExp(`([?&;](?:${SECRET_NAMES})=)[^&\\s"'#]+`, 'gi');
/** Up to the last `@` before the path: a password may itself have one, and quotes. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^/\s?#]+@/gi;
/** To the end of the line, be it a real one or one that is written out. */
const HEADER_SECRET =
  /((?:cookie|authorization|apikey|\w-(?:key|token|secret|password|signature))[ \t]*:[ \t]*)(?:(?!\\[rn])[^\r\n])+/gi;
/** The last path part of an RTMP address is its stream key. */
const RTMP_KEY = /(rtmp[a-z]*:\/\/[^\s"'?]*\/)[^\s"'/][^\s"']*/gi;

/** Options of ffmpeg and of yt-dlp whose value is a secret as a whole. */
const SECRET_OPTION =
  /^--?(?:cookies|rtmp_playpath|passphrase|streamid|[\w-]*(?:key|secret|token|password)|rtmp_conn|p|twofactor)(?::.*)?$/i;
/** The same, with its value in one word. */
const SECRET_WORD = /^(--[\w-]*(?:key|secret|token|password|twofactor)=).*/is;
/** Headers of one's own may be secrets, under whatever name. */
const HEADERS_OPTION = /^(?:-headers|--add-headers?)$/;
const HEADER_OF_ANYBODY = /^(?!(?:referer|origin|user-agent|accept[\w-]*|range):[^\\\r\n]*$)([^:\r\n]+):[^\r\n]*/gim;

/**
 * Replaces what must not be logged: credentials in URLs, signatures and tokens in queries, cookies, RTMP stream keys.
 * Everything that reaches a log line or an error message goes through here.
 *
 * @example
 * redact('rtsp://me:secret@camera/1') // 'rtsp://***@camera/1'
 */
export function redact(text: string): string {
  return text
    .replace(USER_INFO, '$1***@')
    .replace(QUERY_SECRET, '$1***')
    .replace(HEADER_SECRET, '$1***')
    .replace(RTMP_KEY, '$1***');
}

/** A command line, fit to be logged: each word by {@link redact}, and what follows an option that takes a secret. */
export function redactArgv(argv: readonly string[]): string[] {
  return argv.map((word, i) => {
    const option = argv[i - 1] ?? '';
    if (SECRET_OPTION.test(option)) return '***';
    const shown = HEADERS_OPTION.test(option) ? word.replace(HEADER_OF_ANYBODY, '$1: ***') : word;
    return redact(shown.replace(SECRET_WORD, '$1***'));
  });
}
