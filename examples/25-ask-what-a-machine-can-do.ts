/**
 * What this machine has and lacks, as an object and as text: what `npx rxcall doctor` prints.
 *
 *     npx node examples/25-ask-what-a-machine-can-do.ts
 */
import { createReport, formatReport, locateFfmpeg, probeFfmpeg } from '../src/index.ts';

const report = await createReport();
console.log(formatReport(report));

const { path, step } = await locateFfmpeg();
const { version, features } = await probeFfmpeg(path);
const missing = Object.entries(features).filter(([, there]) => !there);
console.log(`ffmpeg ${version}, found by ${step}; it lacks ${missing.map(([name]) => name).join(', ') || 'nothing'}`);
