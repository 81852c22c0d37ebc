/** Which ffmpeg this is. */
export interface FfmpegVersion {
  /** What it calls itself: `5.1.9-0+deb12u1`, `N-47683-g0e8eb07980-static`, `n7.1`. */
  readonly version: string;
  /** The release line, or the one a git build belongs to: 4, 5, 6 …; undefined when it does not say. */
  readonly major: number | undefined;
}

/** Major version of libavformat minus this is that of ffmpeg: 58 came with 4, 59 with 5 and so on. */
const LAVF_AHEAD = 54;

/**
 * Reads the output of `ffmpeg -version`. Git builds have no release number, so the major version is taken from that of
 * libavformat. Returns undefined when this is not the output of ffmpeg at all.
 */
export function parseFfmpegVersion(output: string): FfmpegVersion | undefined {
  const version = /^ffmpeg version (\S+)/m.exec(output)?.[1];
  if (version === undefined) return undefined;
  const release = /^n?(\d+)\.\d+/.exec(version)?.[1];
  const libavformat = /^libavformat\s+(\d+)\./m.exec(output)?.[1];
  const major = libavformat === undefined ? release : Number(libavformat) - LAVF_AHEAD;
  return { version, major: major === undefined ? undefined : Number(major) };
}
