#!/usr/bin/env node
// Nothing is imported before the version is known: an old Node gets one line, not a stack.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`rxcall needs Node.js 22.12 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));

export {};
