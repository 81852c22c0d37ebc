import { readFileSync } from 'node:fs';
import type { Observable } from 'rxjs';
import type { MediaSource } from '../../src/core/media-source.ts';
import type { Sample } from '../../src/core/sample.ts';
import { type Command, parseCommand } from '../../src/ffmpeg/parse-command.ts';
import { shell } from '../../src/ffmpeg/shell.ts';
import { fromShell } from '../../src/sources/from-shell.ts';
import { fromShells, type ShellCommands } from '../../src/sources/from-shells.ts';

/** One recipe of the guide. */
export interface Recipe {
  readonly title: string;
  readonly code: string;
}

/** What stands for the names of files and hosts in a recipe: whole words, or parts of them. */
export type Names = Readonly<Record<string, string>>;

/** All recipes of the guide: every code block under a heading of the third level. */
export function readRecipes(): Recipe[] {
  const guide = readFileSync('docs/recipes.md', 'utf8');
  return guide
    .split(/^#{2,3} /m)
    .slice(1)
    .flatMap((part) => {
      const title = part.slice(0, part.indexOf('\n'));
      const isRecipe = guide.includes(`\n### ${title}\n`);
      const code = /^```ts\n([\s\S]*?)^```$/m.exec(part)?.[1];
      return isRecipe ? [{ title, code: code ?? '' }] : [];
    });
}

/** Runs a recipe as it stands, but with `names`, and returns the one source that it plays. */
export async function sourceOf({ title, code }: Recipe, names: Names): Promise<MediaSource> {
  const played: MediaSource[] = [];
  const rename = (command: Command): string[] => {
    const { program, args } = parseCommand(command);
    return [...program, ...args].map((word) => names[word] ?? replaceParts(word, names));
  };
  const scope = {
    shell,
    fromShell: (command: Command, options?: object) => fromShell(rename(command), options),
    fromShells: ({ audio, video }: ShellCommands, options?: object) =>
      fromShells({ audio: audio && rename(audio), video: video && rename(video) }, options),
    call: { play: (source: MediaSource) => played.push(source) },
  };
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(scope), code)(...Object.values(scope));
  if (played.length !== 1) throw new Error(`The recipe "${title}" plays ${played.length} sources.`);
  return played[0]!;
}

/** What a source says until its end, or until it has said so many seconds of each of so many kinds. */
export async function listen(
  source$: Observable<Sample>,
  seconds: number = Infinity,
  kinds: number = 1,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  await new Promise<void>((resolve, reject) => {
    const ends = new Map<string, number>();
    const subscription = source$.subscribe({
      next(sample) {
        samples.push(sample);
        ends.set(sample.kind, (ends.get(sample.kind) ?? 0) + sample.durationUs);
        if (ends.size < kinds || Math.min(...ends.values()) < seconds * 1e6) return;
        resolve();
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: reject,
      complete: () => resolve(),
    });
  });
  return samples;
}

function replaceParts(word: string, names: Names): string {
  const [from, to] = Object.entries(names).find(([name]) => name.includes('://') && word.startsWith(name)) ?? [];
  if (from !== undefined && to !== undefined) return to + word.slice(from.length);
  if (!word.startsWith('concat:')) return word;
  return `concat:${word
    .slice(7)
    .split('|')
    .map((name) => names[name] ?? name)
    .join('|')}`;
}
