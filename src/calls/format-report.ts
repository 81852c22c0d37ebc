import type { Report } from './create-report.ts';

/** A report as text, a fact a line. */
export function formatReport(report: Report): string {
  const { versions, platform, ffmpeg, interfaces, openFiles, lacks } = report;
  const lines = [
    ...Object.entries(versions).map(([name, version]) => field(name, version ?? 'not found')),
    field('platform', platform),
    field('open files', openFiles === null ? 'unknown' : String(openFiles)),
    '',
    field('ffmpeg', ffmpeg.path === null ? 'not found' : `${ffmpeg.version} at ${ffmpeg.path}`),
    ...ffmpeg.steps.map(
      ({ step, path, ok, reason }) => `  ${mark(ok)} ${step}: ${!ok && path ? `${path} ` : ''}${reason}`,
    ),
    ...Object.entries(ffmpeg.features ?? {}).map(([feature, has]) => `  ${mark(has)} ${feature}`),
    '',
    'interfaces',
    ...interfaces.map(({ name, address, used }) => `  ${mark(used)} ${name} ${address}`),
    '',
    lacks.length === 0 ? 'Nothing is missing.' : 'Missing:',
    ...lacks.map(({ what, level, fix }) => `  ${level}: ${what}. ${fix.replaceAll('\n', '\n    ')}`),
  ];
  return lines.join('\n');
}

function field(name: string, value: string): string {
  return `${name.padEnd(12)}${value}`;
}

function mark(yes: boolean): string {
  return yes ? '+' : '-';
}
