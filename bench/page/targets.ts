import type { Row } from '../report.ts';

/** The part of a result that the targets are about. */
export interface Measured {
  readonly bench: string;
  readonly command: string;
  readonly node: string;
  readonly rows: readonly Row[];
}

interface Target {
  readonly what: string;
  readonly most: number;
  /** The figure to be held against it; undefined when it was not measured. */
  readonly of: (measured: readonly Measured[]) => number | undefined;
}

type Figure = { [K in keyof Row]: Row[K] extends number | null ? K : never }[keyof Row];
type Where = Partial<Pick<Row, 'impl' | 'n' | 'bytes' | 'profile'>>;

const GCM = 'AEAD_AES_128_GCM';

/** Of all sections of one bench, which is another one with video; the first row that fits. */
function find(measured: readonly Measured[], bench: string, where: Where, figure: Figure): number | undefined {
  const rows = measured.filter((one) => nameOf(one) === bench).flatMap(({ rows }) => rows);
  const found = rows.find((row) => Object.entries(where).every(([key, value]) => row[key as keyof Row] === value));
  return found?.[figure] ?? undefined;
}

/** Video, and other options of Node, are another matter. */
function nameOf({ bench, command }: Measured): string {
  const [, options] = /^NODE_OPTIONS=(\S+)/.exec(command) ?? [];
  return [bench, ...(command.includes('--video') ? ['--video'] : []), ...(options ? [options] : [])].join(' ');
}

function ratio(bench: string, where: Where, impl: string, to: Where, figure: Figure = 'cpuUsPerPacket'): Target['of'] {
  return (measured) => {
    const [ours, theirs] = [
      { ...where, impl },
      { ...where, ...to },
    ].map((one) => find(measured, bench, one, figure));
    return ours === undefined || theirs === undefined ? undefined : ours / theirs;
  };
}

function value(bench: string, where: Where, figure: Figure): Target['of'] {
  return (measured) => find(measured, bench, where, figure);
}

const AUDIO: Where = { bytes: 160, profile: GCM };
const VIDEO: Where = { bytes: 1100, profile: GCM };
const CALLS: Where = { n: 500 };

/** As docs/scaling.md advises for hundreds of calls. */
const SMALL_NEW_SPACE = '--max-semi-space-size=16';

/** What 500 calls are held to by themselves, with those options of Node. */
function alone(options: string): Target[] {
  const aim = (what: string, most: number, figure: Figure): Target => ({
    what: `500 calls${options && `, \`${options}\``}: ${what}`,
    most,
    of: value(options ? `calls ${options}` : 'calls', { n: 500, impl: 'rxcall' }, figure),
  });
  return [
    aim('lateness p99, ms', 3, 'latenessP99Ms'),
    aim('loss, %', 0, 'lossPct'),
    aim('RSS per call, KB', 150, 'rssPerCallKB'),
    aim('RSS, MB', 180, 'rssMB'),
  ];
}

function targets(major: number): Target[] {
  return [
    {
      what: 'send, 160 B: to werift',
      most: major < 24 ? 0.5 : 0.3,
      of: ratio('send', AUDIO, 'rxcall', { impl: 'werift' }),
    },
    {
      what: 'send, 160 B: to bare dgram',
      most: 1.4,
      of: ratio('send', AUDIO, 'rxcall', { impl: 'dgram', profile: null }),
    },
    {
      what: 'send, 1100 B: to bare dgram',
      most: 2,
      of: ratio('send', VIDEO, 'rxcall', { impl: 'dgram', profile: null }),
    },
    { what: '500 calls, sender: to werift', most: 0.4, of: ratio('calls', CALLS, 'rxcall-sender', { impl: 'werift' }) },
    {
      what: '500 calls, sender: to node-datachannel',
      most: 1,
      of: ratio('calls', CALLS, 'rxcall-sender', { impl: 'node-datachannel' }),
    },
    { what: '500 calls, pipeline: to werift', most: 0.6, of: ratio('calls', CALLS, 'rxcall', { impl: 'werift' }) },
    {
      what: '500 calls, pipeline: to node-datachannel',
      most: 1.4,
      of: ratio('calls', CALLS, 'rxcall', { impl: 'node-datachannel' }),
    },
    ...['', SMALL_NEW_SPACE].flatMap((options) => alone(options)),
    { what: '1000 calls: lateness p99, ms', most: 5, of: value('calls', { n: 1000, impl: 'rxcall' }, 'latenessP99Ms') },
    { what: '1000 calls: loss, %', most: 0, of: value('calls', { n: 1000, impl: 'rxcall' }, 'lossPct') },
    {
      what: '150 calls with video: lateness p99, ms',
      most: 5,
      of: value('calls --video', { n: 150, impl: 'rxcall' }, 'latenessP99Ms'),
    },
    {
      what: 'broadcast to 1000 calls: to as many sources',
      most: 0.6,
      of: ratio('broadcast', { n: 1000 }, 'rxcall-broadcast', { impl: 'rxcall' }),
    },
    { what: 'set-up: CPU of a connection, ms', most: 5, of: value('setup', { impl: 'rxcall' }, 'setupCpuMs') },
    { what: 'set-up: 200 at once, ms', most: 5000, of: value('setup', { impl: 'rxcall' }, 'setupAllMs') },
  ];
}

/** Markdown: what is aimed at, and what was measured, for each version of Node. */
export function targetTable(measured: readonly Measured[]): string {
  const versions = [...new Set(measured.map(({ node }) => node))];
  const lines = targets(24).map(({ what }, index) => {
    const cells = versions.map((version) => {
      const { most, of } = targets(Number(version.slice(1).split('.')[0]))[index]!;
      const figure = of(measured.filter(({ node }) => node === version));
      return figure === undefined
        ? ''
        : `${Number(figure.toPrecision(3))} ${figure <= most ? 'of' : '**over**'} ${most}`;
    });
    return `| ${[what, ...cells].join(' | ')} |`;
  });
  const head = `| aim | ${versions.map((version) => `Node ${version.slice(1)}`).join(' | ')} |`;
  return `${[head, `| --- |${versions.map(() => ' ---: |').join('')}`, ...lines].join('\n')}\n`;
}
