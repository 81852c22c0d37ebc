/** What goes along with every HTTP request for an input. */
export interface HttpOptions {
  /** Names and values; `User-Agent` among them replaces that of ffmpeg. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names and values, for the host of the input alone. */
  readonly cookies?: Readonly<Record<string, string>> | undefined;
  /** Address of an HTTP proxy. */
  readonly proxy?: string | undefined;
}

/** What the flags of an input depend on. */
export interface InputTraits {
  /** A path, or a URL. */
  readonly input: string;
  /** Major version of ffmpeg; undefined when unknown, which counts as new. */
  readonly major: number | undefined;
  /** Used for http and https. */
  readonly http?: HttpOptions | undefined;
}

interface Row {
  readonly when: (input: string) => boolean;
  readonly flags: (traits: InputTraits) => readonly string[];
}

/** Microseconds without a byte after which a connection counts as dead. Not counted while nobody reads. */
const READ_TIMEOUT_US = '10000000';
const READ_TIMEOUT = ['-rw_timeout', READ_TIMEOUT_US];
/** Bounds to how long ffmpeg looks for streams: a server that sends in real time would keep us waiting for its five seconds. */
const PROBE_SHORT = ['-analyzeduration', '500000', '-probesize', '1000000'];
/** A stream that is joined in the middle shows its picture at the next keyframe. */
const PROBE_TO_KEYFRAME = ['-analyzeduration', '3000000', '-probesize', '5000000'];
/** What the segments of a playlist in a file may be: what ffmpeg allows by itself, and AES-128 keys. */
const LOCAL_SEGMENTS =
  '3gp,aac,avi,ac3,eac3,flac,mkv,m3u8,m4a,m4s,m4v,mpg,mov,mp2,mp3,mp4,mpeg,mpegts,ogg,ogv,oga,ts,vob,wav,key';

const LIVE_PROTOCOL = /^(?:rtmp\w*|rtsps?|srt|udp\w*|s?rtp|tcp|tls|sctp|rist|mms\w*|unix|zmq|amqp):/i;
/** Names under which cameras serve multipart JPEG. */
const MJPEG = /^https?:.*(?:\.mjpe?g\b|\bmjpe?g\b|\baction=stream\b|\bvideostream\.cgi\b)/i;

const begins = (pattern: RegExp) => (input: string) => pattern.test(input);

/**
 * From what an input looks like to the flags before its `-i`; all rows that apply add theirs.
 *
 * - A download that is cut goes on where it was, at once and only once a cut, if the server has byte ranges; anything
 *   else is an error, so that reconnecting stays visible.
 * - RTSP goes over TCP if the server lets it. Its time-out had another name before ffmpeg 5, when this one made a server.
 * - The pictures of multipart JPEG bear no times: theirs is when they come.
 * - A playlist in a file may lead to the network, which ffmpeg forbids unless told.
 */
const ROWS: readonly Row[] = [
  { when: begins(/^https?:/i), flags: ({ input, http }) => [...READ_TIMEOUT, ...PROBE_SHORT, ...request(input, http)] },
  {
    when: (input) => /^https?:/i.test(input) && !isHls(input) && !MJPEG.test(input),
    flags: () => ['-reconnect', '1', '-reconnect_delay_max', '0'],
  },
  { when: begins(MJPEG), flags: () => ['-use_wallclock_as_timestamps', '1'] },
  {
    when: (input) => isHls(input) && !isUrl(input),
    flags: () => [
      ...['-protocol_whitelist', 'file,crypto,data,http,https,tcp,tls,httpproxy'],
      ...['-allowed_extensions', LOCAL_SEGMENTS],
    ],
  },
  {
    when: begins(/^rtsps?:/i),
    flags: ({ major = Infinity }) => [
      ...['-rtsp_flags', 'prefer_tcp', major < 5 ? '-stimeout' : '-timeout', READ_TIMEOUT_US],
      ...PROBE_SHORT,
    ],
  },
  { when: begins(/^(?:rtmp\w*|srt|tcp|tls):/i), flags: () => [...READ_TIMEOUT, ...PROBE_TO_KEYFRAME] },
  {
    // Ten megabytes, in packets of a transport stream, for when this machine is busy; what is too much is lost.
    when: begins(/^udp:/i),
    flags: () => [
      ...['-timeout', READ_TIMEOUT_US, '-fifo_size', '57344', '-overrun_nonfatal', '1'],
      ...PROBE_TO_KEYFRAME,
    ],
  },
];

/** The flags that go before `-i` of this input, for this ffmpeg. */
export function inputFlags(traits: InputTraits): string[] {
  return ROWS.filter(({ when }) => when(traits.input)).flatMap(({ flags }) => flags(traits));
}

/** Whether an input delivers as time passes, as far as its address tells. */
export function isLiveUrl(input: string): boolean {
  return LIVE_PROTOCOL.test(input) || MJPEG.test(input);
}

/** Whether this leads to an HLS playlist, by its path. */
export function isHls(input: string): boolean {
  return isUrl(input) ? /^[^?#]*\.m3u8?(?:[?#]|$)/i.test(input) : /\.m3u8?$/i.test(input);
}

/** Whether this has a protocol, and is no path. */
export function isUrl(input: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input);
}

/** A path as a URL that cannot be taken for something else: `-x.mp3` for an option, `a:b.mp3` for a protocol. */
export function inputUrl(input: string): string {
  return input === 'pipe:0' || isUrl(input) ? input : `file:${input}`;
}

function request(input: string, { headers = {}, cookies = {}, proxy }: HttpOptions = {}): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { host } = new URL(input);
  const jar = Object.entries(cookies).map(([name, value]) => `${name}=${value}; path=/; domain=${host}`);
  return [
    ...(lines.length > 0 ? ['-headers', lines.join('')] : []),
    ...(jar.length > 0 ? ['-cookies', jar.join('\n')] : []),
    ...(proxy === undefined ? [] : ['-http_proxy', proxy]),
  ];
}
