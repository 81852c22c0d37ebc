import { OptionError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

/** Where to publish, and how to speak of it. */
export interface RtmpTarget {
  /** With its stream key: for ffmpeg alone. */
  readonly url: string;
  /** Without: for messages and logs. */
  readonly label: string;
  /** What must never be shown. */
  readonly secrets: readonly string[];
}

/** A shorter key is not looked for beside its address: it would be found in the middle of words. */
const LEAST_SECRET = 6;

/**
 * Reads an RTMP address: `rtmp://host/app/key` or `rtmps://…`; what follows the last slash is the key, and its query with it.
 *
 * Throws an {@link OptionError}, which does not show the key, for anything else.
 */
export function readRtmpUrl(url: string): RtmpTarget {
  const [, protocol, host, path, key] = /^(rtmps?):\/\/([^/?#\s]+)\/([^?#\s]*)\/([^/\s]+(?:\?\S*)?)$/i.exec(url) ?? [];
  if (protocol === undefined || key === undefined || /^:|[@]$/.test(host!)) {
    const shown = typeof url === 'string' ? redact(url).replace(/^(\w+:\/\/[^/]*)?.*$/s, '$1…') : url;
    throw new OptionError('url', shown, 'an address like rtmps://host/app/key, the stream key at its end');
  }
  const name = key.split('?')[0]!;
  const secrets = [...new Set([url, key, name])].filter((secret) => secret.length >= LEAST_SECRET);
  return { url, label: redact(`${protocol}://${host}/${path}/***`), secrets };
}
