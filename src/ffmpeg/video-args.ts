/** How a picture is brought to the size that was asked for; see {@link EncodedSourceOptions.videoFit}. */
export type VideoFit = 'fit' | 'pad' | 'stretch';

/** What a video leg is encoded to. */
export interface VideoEncoding {
  readonly codec: 'vp8' | 'h264';
  /** Target and highest bitrate in kbit/s. */
  readonly videoBitrateKbps: number;
  readonly videoWidth: number;
  readonly videoHeight: number;
  /** Frames per second: all of them, whatever the input has. There is a keyframe every second. */
  readonly videoFps: number;
  /**
   * `fit`: inside width and height, in its own proportions, never enlarged. `pad`: the same, and black up to exactly this
   * size. `stretch`: exactly this size.
   */
  readonly videoFit: VideoFit;
  /** Another encoder for the same codec, as in `h264_vaapi`; undefined for libvpx or libx264. */
  readonly videoCodec: string | undefined;
}

/**
 * The output arguments of ffmpeg for one video leg: VP8 in IVF, or H.264 as Annex B.
 *
 * - The first frame is there from the very start: a picture that begins later than its sound stands still until then.
 * - No B-frames, and nothing that looks ahead: every frame that goes in comes out at once.
 */
export function videoArgs(video: VideoEncoding, filter: string | undefined): string[] {
  const { videoBitrateKbps, videoFps, codec } = video;
  const rate = `${videoBitrateKbps}k`;
  const filters = [filter, `fps=fps=${videoFps}:start_time=0`, scale(video)].filter((part) => part !== undefined);
  return [
    ...['-vf', filters.join(','), '-pix_fmt', 'yuv420p'],
    ...['-c:v', video.videoCodec ?? ENCODERS[codec].name, ...(video.videoCodec ? [] : ENCODERS[codec].flags)],
    ...['-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', String(Math.max(1, Math.round(videoFps))), '-bf', '0'],
    ...['-flush_packets', '1', ...(codec === 'vp8' ? ['-f', 'ivf'] : ['-f', 'h264'])],
  ];
}

/**
 * libvpx at `-cpu-used 8` takes a third of the time that 4 takes, and looks the same at these bitrates. One thread is
 * enough: 720p takes 15 % of a core. Two wait for each other by spinning, which on a busy machine took fifteen times the
 * processor time, and then even a small picture did not keep up.
 */
const ENCODERS = {
  vp8: {
    name: 'libvpx',
    flags: [
      ...['-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0'],
      ...['-auto-alt-ref', '0', '-error-resilient', '1', '-threads', '1'],
    ],
  },
  h264: {
    name: 'libx264',
    flags: ['-preset', 'veryfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-sc_threshold', '0'],
  },
} as const;

/** Even sizes and square pixels: what 4:2:0 and receivers want. */
function scale({ videoWidth: width, videoHeight: height, videoFit }: VideoEncoding): string {
  if (videoFit === 'stretch') return `scale=w=${width}:h=${height},setsar=1`;
  const factor = `min(1,min(${width}/(iw*sar),${height}/ih))`;
  const even = (length: string): string => `max(2,2*round(${length}*${factor}/2))`;
  const fitted = `scale=w='${even('iw*sar')}':h='${even('ih')}',setsar=1`;
  return videoFit === 'fit' ? fitted : `${fitted},pad=w=${width}:h=${height}:x=(ow-iw)/2:y=(oh-ih)/2`;
}
