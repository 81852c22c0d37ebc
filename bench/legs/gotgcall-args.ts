/* What gotgcall, a library for Go, gives ffmpeg for a file, with its defaults. */

const INPUT = ['-analyzeduration', '0', '-probesize', '64k', '-i'];
const TOLERANT = ['-fflags', '+discardcorrupt+genpts', '-err_detect', 'ignore_err'];
const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostdin'];

export function gotgcallAudio(input: string): string[] {
  return [
    ...[...QUIET, ...TOLERANT, ...INPUT, input],
    ...['-map', '0:a?', '-vn', '-sn', '-dn', '-c:a', 'libopus', '-b:a', '128k', '-vbr', 'on'],
    ...['-compression_level', '10', '-frame_duration', '20', '-page_duration', '20000', '-application', 'audio'],
    ...['-mapping_family', '0', '-ar', '48000', '-ac', '2', '-f', 'ogg', 'pipe:1'],
  ];
}

export function gotgcallVideo(input: string): string[] {
  return [
    ...[...QUIET, '-re', ...TOLERANT, ...INPUT, input],
    ...['-map', '0:v?', '-an', '-sn', '-dn', '-c:v', 'libvpx'],
    ...['-b:v', '800k', '-minrate', '800k', '-maxrate', '800k', '-bufsize', '800k', '-deadline', 'realtime'],
    ...['-cpu-used', '4', '-vf', 'scale=1280:720', '-r', '30', '-g', '60', '-keyint_min', '60'],
    ...['-auto-alt-ref', '0', '-error-resilient', '1', '-f', 'ivf', 'pipe:1'],
  ];
}
