import { createReport, type Report } from './create-report.ts';

/** `rxcall doctor [--json]`: prints the report. Returns 1 if something is missing without which most things do not work. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) {
    console.error(`doctor takes --json and nothing else, not ${unknown}.`);
    return 2;
  }
  const report = await createReport();
  console.log(args.includes('--json') ? JSON.stringify(report) : formatReport(report));
  return report.lacks.some(({ level }) => level === 'error') ? 1 : 0;
}

/** A report as text, a fact a line. */
export function formatReport(report: Report): string {
  const { versions, platform, ffmpeg, interfaces, openFiles, lacks } = report;
  const lines = [
    ...Object.entries(versions).map(([name, version]) => field(name, version ?? 'not found')),
    field('platform', platform),
    field('open files', openFiles === null ? 'unknown' : String(openFiles)),
    '',
    field('ffmpeg', ffmpeg.path === null ? 'not found' : `${ffmpeg.version} at ${ffmpeg.path}`),
    ...ffmpeg.steps.map(({ step, ok, reason }) => `  ${mark(ok)} ${step}: ${reason}`),
    ...Object.entries(ffmpeg.features ?? {}).map(([feature, has]) => `  ${mark(has)} ${feature}`),
    '',
    'interfaces',
    ...interfaces.map(({ name, address, used }) => `  ${mark(used)} ${name} ${address}`),
    '',
    lacks.length === 0 ? 'Nothing is missing.' : 'Missing:',
    ...lacks.map(({ what, level, fix }) => `  ${level}: ${what}. ${fix}`),
  ];
  return lines.join('\n');
}

function field(name: string, value: string): string {
  return `${name.padEnd(12)}${value}`;
}

function mark(yes: boolean): string {
  return yes ? '+' : '-';
}
