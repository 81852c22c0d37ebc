import { type CommandFile, findOption } from './ffmpeg-command.ts';
import { isLiveUrl } from './input-flags.ts';

/** What an input of a command is like, as far as its options and its name tell. */
export interface InputNature {
  /** Whether `-ss` before it takes it to a position. */
  readonly seekable: boolean;
  /** Whether it delivers as time passes, and not as fast as it is read. */
  readonly live: boolean;
  /** Whether it never ends by itself. */
  readonly endless: boolean;
}

const DEVICES = new Set(
  (
    'alsa android_camera avfoundation bktr decklink dshow fbdev gdigrab iec61883 jack kmsgrab libcdio libdc1394 openal ' +
    'oss pulse sndio v4l2 vfwcap video4linux2 x11grab xcbgrab'
  ).split(' '),
);
const STILL_FORMAT = /^image2|_pipe$/;
const STILL_NAME = /\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|avif|heic|ico|tga|ppm)$/i;
/** A generated picture or tone that says how long it lasts, or that is read from a file after all. */
const GENERATED_TO_AN_END = /[=:](?:d|duration|nb_frames)=|(?:^|[,;\]\s])a?movie=/;

/** Looks at an input of a command: what cannot be told by its looks counts as a file. */
export function inputNature(input: CommandFile): InputNature {
  const format = findOption(input, 'f')?.value ?? '';
  const limited = findOption(input, 't', 'to') !== undefined;
  const fixed = (endless: boolean, live = false): InputNature => ({ seekable: false, live, endless });

  if (format === 'lavfi') return fixed(!limited && !GENERATED_TO_AN_END.test(input.url));
  if (DEVICES.has(format) || isLiveUrl(input.url)) return fixed(!limited, true);
  if (isSet(input, 'loop')) return fixed(!limited);
  if (isSet(input, 'stream_loop')) return fixed(!limited && findOption(input, 'stream_loop')!.value!.startsWith('-'));
  if (STILL_FORMAT.test(format) || STILL_NAME.test(input.url.replace(/[?#].*$/, ''))) return fixed(false);
  return { seekable: findOption(input, 'sseof') === undefined, live: false, endless: false };
}

function isSet(input: CommandFile, name: string): boolean {
  const value = findOption(input, name)?.value;
  return value !== undefined && Number(value) !== 0;
}
