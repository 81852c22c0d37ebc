/**
 * Prints "passed failed skipped" of the last test run, from vitest's JSON. The argument is the exit code of the run: one
 * that failed has at least one failure, whatever was counted.
 */
import { readFileSync } from 'node:fs';

const status = Number(process.argv[2]);
let passed = 0;
let failed = 0;
let skipped = 0;
try {
  const { testResults } = JSON.parse(readFileSync('.cache/test-results.json', 'utf8'));
  for (const file of testResults) {
    const count = (...states) => file.assertionResults.filter((test) => states.includes(test.status)).length;
    passed += count('passed');
    failed += count('failed');
    // A file that could not be loaded has no tests to count, and is one failure.
    if (file.status === 'failed' && count('failed') === 0) failed++;
    for (const test of file.assertionResults.filter((it) => !['passed', 'failed'].includes(it.status))) {
      skipped++;
      console.error(`skipped: ${test.fullName}`);
    }
  }
} catch (error) {
  console.error(`No results of tests: ${error.message}`);
}
if ((status !== 0 || passed === 0) && failed === 0) failed = 1;
console.log(passed, failed, skipped);
