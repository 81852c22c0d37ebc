import { RxcallError } from '../core/errors.ts';

/** A place where ffmpeg is looked for, in order of preference. */
export type LadderPlace =
  'option' | 'FFMPEG_PATH' | 'FFMPEG_BIN' | 'ffmpeg-static' | 'PATH' | '@ffmpeg-installer/ffmpeg';

/** What became of one place. */
export interface LadderStep {
  readonly step: LadderPlace;
  /** The file that was looked at, when the place named one. */
  readonly path?: string | undefined;
  readonly ok: boolean;
  /** Why it was not taken, or that it was. */
  readonly reason: string;
}

/** How to get an ffmpeg, by package manager. */
export const FFMPEG_FIXES: readonly string[] = [
  'Debian, Ubuntu: sudo apt install ffmpeg',
  'macOS: brew install ffmpeg',
  'Windows: winget install Gyan.FFmpeg',
  'npm: npm install ffmpeg-static (npm 12 also wants: npm install-scripts approve ffmpeg-static && npm rebuild)',
  'pnpm: pnpm add ffmpeg-static, with "allowBuilds: { ffmpeg-static: true }" in pnpm-workspace.yaml',
  'bun: bun add --trust ffmpeg-static',
];

/** No ffmpeg, or not the one that was asked for. `steps` says where it was looked for, and why not there. */
export class FfmpegNotFoundError extends RxcallError {
  readonly steps: readonly LadderStep[];

  constructor(steps: readonly LadderStep[], options: { cause?: unknown } = {}) {
    const asked = steps.length === 1 && steps[0]?.step === 'option';
    const tried = steps.map(
      ({ step, path, reason }) => `\n  ${step}${path === undefined ? '' : ` (${path})`}: ${reason}`,
    );
    const fix = asked
      ? '\nCorrect options.ffmpegPath, or leave it out to have ffmpeg looked for.'
      : `\nInstall it in one of these ways, or name it in options.ffmpegPath or FFMPEG_PATH:` +
        FFMPEG_FIXES.map((line) => `\n  ${line}`).join('');
    super('ERR_FFMPEG_NOT_FOUND', `ffmpeg was not found.${tried.join('')}${fix}`, options);
    this.steps = steps;
  }
}
