import { createReport } from '../calls/create-report.ts';
import { formatReport } from '../calls/format-report.ts';

/** `rxcall doctor [--json]`: prints the report. Returns 1 if something is missing without which most things do not work. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) {
    console.error(`rxcall doctor takes --json and nothing else, not ${unknown}.`);
    return 2;
  }
  const report = await createReport();
  console.log(args.includes('--json') ? JSON.stringify(report) : formatReport(report));
  return report.lacks.some(({ level }) => level === 'error') ? 1 : 0;
}
