import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distinctUntilChanged, map } from 'rxjs';
import { createClient } from '../calls/client.ts';
import type { GroupCall } from '../calls/group-call.ts';
import type { MediaSource } from '../core/media-source.ts';
import { RxcallError } from '../core/errors.ts';
import { locateFfmpeg } from '../ffmpeg/locate-ffmpeg.ts';
import { probeFfmpeg } from '../ffmpeg/probe-ffmpeg.ts';
import { fromFile } from '../sources/from-file.ts';
import { fromUrl } from '../sources/from-url.ts';
import { createConference, type LoopbackParticipant } from '../testing/index.ts';
import { createDemoConsole, formatProgress, formatState, formatTime } from './demo-console.ts';
import { controlByKeys } from './demo-keys.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './demo-options.ts';

const SAMPLE = fileURLToPath(new URL('../../assets/sample.opus', import.meta.url));
const PROGRESS_MS = 250;

/** How a demo ended, the last line of `--json`. Times in milliseconds; null is what could not be measured. */
export interface DemoResult {
  readonly state: string;
  readonly reason: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly lossPct: number;
  readonly maxGapMs: number;
  readonly driftPpm: number | null;
  readonly p99LatenessMs: number;
  readonly durationMs: number;
  readonly decodedFrequencyHz?: number;
  /** What came of the picture, when one was sent. */
  readonly video?: { readonly packetsSent: number; readonly packetsReceived: number; readonly lossPct: number };
  readonly error?: string;
  /** Version and place of the ffmpeg that was found, or null. */
  readonly ffmpeg: string | null;
}

/** Plays a file into a loopback conference, as the command line says. Returns the exit code. */
export async function runDemo(args: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = parseDemoOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${DEMO_USAGE}`);
    return 2;
  }
  const result = await play(options);
  if (options.json) console.log(JSON.stringify(result));
  return result.reason === 'error' ? 1 : 0;
}

async function play(options: DemoOptions): Promise<DemoResult> {
  const terminal = createDemoConsole(options.json ? process.stderr : process.stdout);
  await using conference = await createConference();
  await using client = createClient({ requireFfmpeg: false, transport: { addresses: ['127.0.0.1'] } });
  const input = options.input ?? SAMPLE;
  const ffmpeg = await findFfmpeg();
  const call = await client.createCall('demo');
  const states = call.state$.pipe(map(formatState), distinctUntilChanged()).subscribe(terminal.line);
  let reason = 'error';
  let failure: RxcallError | undefined;

  try {
    await call.connect(await conference.join(call.joinPayload));
    const participant = conference.participants[0]!;
    participant.annotate({ label: basename(input) });
    states.add(call.state$.subscribe((state) => participant.announcePause(state.paused)));
    if (!options.headless) {
      const page = await conference.servePage({ port: options.port });
      terminal.line(
        `${options.video ? 'Watch' : 'Listen'} at ${page.url}   (space pause, m mute, ← → seek 5 s, q quit)`,
      );
    }
    const showing = showProgress(call, participant, terminal.progress);
    try {
      using ending = watchForEnd(call, options);
      await call.play(open(input, options));
      reason = await ending.reason;
    } finally {
      clearInterval(showing);
      call.stop();
    }
  } catch (error) {
    if (!(error instanceof RxcallError)) throw error;
    failure = error;
    terminal.line(error.message);
  }
  const result = await summarize(call, conference.participants[0], { reason, failure, ffmpeg });
  states.unsubscribe();
  if (!failure || result.packetsSent > 0) {
    terminal.line(
      `${result.packetsReceived} of ${result.packetsSent} packets arrived in ${formatTime(result.durationMs)}, ` +
        `longest gap ${result.maxGapMs.toFixed(1)} ms, reason: ${reason}`,
    );
  }
  return result;
}

function open(input: string, { video }: DemoOptions): MediaSource {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input) ? fromUrl(input, { video }) : fromFile(input, { video });
}

function showProgress(call: GroupCall, participant: LoopbackParticipant, show: (text: string) => void): NodeJS.Timeout {
  let before = call.getStats();
  let beforeMs = performance.now();
  return setInterval(() => {
    const now = call.getStats();
    const nowMs = performance.now();
    show(formatProgress(now, before, nowMs - beforeMs));
    participant.annotate({ status: `${formatState(call.state)} ${formatTime(now.positionMs)}` });
    if (nowMs - beforeMs < 1000) return;
    before = now;
    beforeMs = nowMs;
  }, PROGRESS_MS);
}

interface Ending extends Disposable {
  /** Resolves with the reason; rejects with the error of a source that failed. */
  readonly reason: Promise<string>;
}

/** Waits until the media is over, the time is up, or somebody quits. With a page, the media starts again at its end. */
function watchForEnd(call: GroupCall, { headless, seconds }: DemoOptions): Ending {
  const { promise: reason, resolve, reject } = Promise.withResolvers<string>();
  const quit = (): void => resolve('stopped');
  let timer: NodeJS.Timeout | undefined;
  const playbacks = call.playback$.subscribe((event) => {
    if (event.type === 'started' && seconds !== undefined) timer ??= setTimeout(quit, seconds * 1000);
    if (event.type !== 'ended') return;
    const again = event.reason === 'ended' && !headless && seconds === undefined && event.playback.seekable;
    if (event.reason === 'error') reject(event.error);
    else if (again) call.seekTo(0).catch(reject);
    else resolve(event.reason);
  });
  const giveKeysBack = headless ? () => {} : controlByKeys(call, quit);
  process.once('SIGINT', quit);
  process.once('SIGTERM', quit);
  reason.catch(() => {}); // whoever waits for it hears of it; if play failed, nobody does
  return {
    reason,
    [Symbol.dispose]() {
      playbacks.unsubscribe();
      clearTimeout(timer);
      giveKeysBack();
      process.off('SIGINT', quit);
      process.off('SIGTERM', quit);
    },
  };
}

async function summarize(
  call: GroupCall,
  participant: LoopbackParticipant | undefined,
  end: { reason: string; failure: RxcallError | undefined; ffmpeg: FoundFfmpeg | undefined },
): Promise<DemoResult> {
  const stats = call.getStats();
  const received = participant?.measure();
  const picture = stats.video && stats.video.bytesSent > 0 ? participant?.measure('video') : undefined;
  const frequencyHz = end.ffmpeg && (await decodedFrequency(participant, end.ffmpeg.path));
  return {
    state: call.state.connection.status,
    reason: end.reason,
    packetsSent: stats.audio?.packetsSent ?? 0,
    packetsReceived: received?.packets ?? 0,
    lossPct: round(received?.lossPct ?? 0),
    maxGapMs: round(received?.maxGapMs ?? 0),
    driftPpm: received?.driftPpm == null ? null : round(received.driftPpm),
    p99LatenessMs: round(received?.latenessP99Ms ?? 0),
    durationMs: Math.round(received?.durationMs ?? 0),
    ...(frequencyHz !== undefined && { decodedFrequencyHz: round(frequencyHz) }),
    ...(picture && {
      video: {
        packetsSent: stats.video!.packetsSent,
        packetsReceived: picture.packets,
        lossPct: round(picture.lossPct),
      },
    }),
    ...(end.failure && { error: `${end.failure.code}: ${end.failure.message}` }),
    ffmpeg: end.ffmpeg ? `${end.ffmpeg.version} (${end.ffmpeg.path})` : null,
  };
}

async function decodedFrequency(
  participant: LoopbackParticipant | undefined,
  ffmpegPath: string,
): Promise<number | undefined> {
  try {
    return (await participant?.decode({ ffmpegPath }))?.frequencyHz;
  } catch {
    return undefined; // nothing was received, or this ffmpeg cannot decode it: then there is no figure
  }
}

interface FoundFfmpeg {
  readonly path: string;
  readonly version: string;
}

async function findFfmpeg(): Promise<FoundFfmpeg | undefined> {
  try {
    const { path } = await locateFfmpeg();
    return { path, version: (await probeFfmpeg(path)).version };
  } catch {
    return undefined; // the demo's own sample plays without
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
