/**
 * Raw PCM from a program of one's own, as speech synthesizers give it: here, a melody.
 *
 *     npx node examples/11-play-what-a-synthesizer-says.ts
 */
import { filter, firstValueFrom } from 'rxjs';
import { createClient, fromStream } from '../src/index.ts';
import { createConference } from '../src/testing/index.ts';

const RATE = 24_000;

/** 16-bit samples of one note after the other. */
async function* melody(notesHz: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const hz of notesHz) {
    const note = new Int16Array(RATE / 4);
    for (let i = 0; i < note.length; i++) note[i] = 8000 * Math.sin((2 * Math.PI * hz * i) / RATE);
    yield new Uint8Array(note.buffer);
    await Promise.resolve(); // where a real one would compute, or wait for a server
  }
}

await using conference = await createConference();
await using client = createClient({ transport: { addresses: ['127.0.0.1'] } });
const call = await client.createCall('example');
await call.connect(await conference.join(call.joinPayload));

const ended = firstValueFrom(call.playback$.pipe(filter((event) => event.type === 'ended')));
const speech = fromStream(melody([440, 554, 659, 880]), {
  format: 's16le',
  sampleRate: RATE,
  channels: 1,
  audioChannels: 1,
  label: 'melody',
});
await call.play(speech);
console.log((await ended).reason);

const { rmsDbfs, frequencyHz } = await conference.participants[0]!.decode();
console.log(`heard ${frequencyHz.toFixed(0)} Hz most, at ${rmsDbfs.toFixed(0)} dB`);
