const QUERY_SECRET = /([?&;](?:[\w-]*(?:key|token|sig|signature|secret|password|passwd|pwd|auth)[\w-]*)=)[^&\s"'#]+/gi;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^/\s@"']+@/gi;
const HEADER_SECRET = /((?:cookie|authorization|x-api-key)\s*:\s*)[^\r\n"'\\]+/gi;
/** The last path part of an RTMP address is its stream key. */
const RTMP_KEY = /(rtmps?:\/\/[^\s"']*\/)[^\s"'/]+/gi;

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
