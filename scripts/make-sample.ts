/**
 * Makes assets/sample.opus, the piece that `rxcall demo` plays: everything in it is synthesized here, so it is free of
 * rights. Four rounds of four chords in D, 84 beats a minute, and a voice that says what is heard and which keys work.
 *
 *     npm run make-sample        needs espeak-ng (the voice) and ffmpeg (the encoder, with libopus) on PATH
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RATE = 48_000;
const BEAT = 60 / 84;
const ROUND = 16 * BEAT;
const SECONDS = 4 * ROUND + 3.2;
const LENGTH = Math.ceil(SECONDS * RATE);
const LOUDNESS_LUFS = -16;
const OUTPUT = 'assets/sample.opus';

const SPOKEN: readonly [seconds: number, text: string][] = [
  [1.6, 'You are listening to R X call.'],
  [2 * ROUND + 0.3, 'Sources, operators, sinks. Every packet leaves on time.'],
  [3 * ROUND + 0.4, 'Press space to pause, m to mute, and the arrow keys to seek.'],
];

/** Root of the bass, then the chord, as MIDI note numbers: Dmaj9, Bm9, Gmaj9, A13sus. */
const CHORDS: readonly { root: number; notes: readonly number[] }[] = [
  { root: 38, notes: [57, 61, 64, 66, 69] },
  { root: 35, notes: [57, 61, 62, 66, 69] },
  { root: 31, notes: [57, 59, 62, 66, 71] },
  { root: 33, notes: [55, 59, 62, 66, 69] },
];
/** The tune of the third round, in beats from its start. */
const TUNE: readonly [beat: number, note: number, beats: number][] = [
  [0, 78, 1.5], [1.5, 81, 0.5], [2, 76, 2], [4, 78, 1], [5, 74, 1], [6, 73, 0.5], [6.5, 74, 1.5],
  [8, 71, 1.5], [9.5, 74, 0.5], [10, 78, 2], [12, 76, 1], [13, 74, 1], [14, 71, 2],
]; // prettier-ignore

class Bus {
  readonly left: Float32Array = new Float32Array(LENGTH);
  readonly right: Float32Array = new Float32Array(LENGTH);

  /** Adds a sound of `seconds` at `at`; `pan` from -1 (left) to 1. `sound` is asked once a sample. */
  add(at: number, seconds: number, pan: number, gain: number, sound: (t: number) => number): void {
    const start = Math.round(at * RATE);
    const count = Math.min(Math.round(seconds * RATE), LENGTH - start);
    const toLeft = gain * Math.cos(((pan + 1) * Math.PI) / 4);
    const toRight = gain * Math.sin(((pan + 1) * Math.PI) / 4);
    for (let i = 0; i < count; i++) {
      const value = sound(i / RATE);
      this.left[start + i]! += value * toLeft;
      this.right[start + i]! += value * toRight;
    }
  }

  mix(other: Bus, gain: number | ((i: number) => number)): void {
    for (let i = 0; i < LENGTH; i++) {
      const g = typeof gain === 'number' ? gain : gain(i);
      this.left[i]! += other.left[i]! * g;
      this.right[i]! += other.right[i]! * g;
    }
  }
}

let seed = 20_261_120;
/** White noise that is the same at every run (mulberry32). */
function noise(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
}

const sin = (cycles: number): number => Math.sin(2 * Math.PI * cycles);
const hertz = (midi: number): number => 440 * 2 ** ((midi - 69) / 12);
/** Rises over `attack`, holds, falls over `release` to nothing at `end`. */
const shape = (t: number, attack: number, end: number, release: number): number =>
  Math.min(1, t / attack, Math.max(0, (end - t) / release));

function pad(bus: Bus, at: number, seconds: number, notes: readonly number[]): void {
  notes.forEach((note, index) => {
    for (const side of [-1, 1]) {
      const f = hertz(note) * (1 + side * 0.0016);
      const phase = index * 0.37 + side * 0.11;
      bus.add(at, seconds + 1.4, side * (0.35 + 0.1 * index), 0.028, (t) => {
        const bright = 0.55 + 0.35 * sin(t * 0.11 + phase);
        let wave = 0;
        for (let n = 1; n <= 6; n++) wave += (sin(f * n * t + phase * n) / n) * bright ** (n - 1);
        return wave * shape(t, 0.9, seconds + 1.4, 1.8);
      });
    }
  });
}

function electricPiano(bus: Bus, at: number, note: number, velocity: number, pan: number): void {
  const f = hertz(note);
  bus.add(at, 2.6, pan, 0.12 * velocity, (t) => {
    const body = sin(f * t + 0.28 * velocity * Math.exp(-3.2 * t) * sin(f * t));
    const tine = 0.25 * Math.exp(-9 * t) * sin(f * t + 0.12 * sin(14 * f * t));
    return (body * Math.exp(-1.5 * t) + tine) * shape(t, 0.003, 2.6, 0.3);
  });
}

function pluck(bus: Bus, at: number, note: number, velocity: number, pan: number): void {
  const f = hertz(note);
  bus.add(at, 0.7, pan, 0.07 * velocity, (t) => {
    const index = 0.4 * Math.exp(-14 * t);
    return sin(f * t + index * sin(2 * f * t)) * Math.exp(-7 * t) * shape(t, 0.002, 0.7, 0.1);
  });
}

function bell(bus: Bus, at: number, note: number, seconds: number): void {
  const f = hertz(note);
  bus.add(at, seconds + 1.2, 0.12, 0.1, (t) => {
    const vibrato = 0.0009 * f * sin(5.2 * t) * Math.min(1, t / 0.6);
    const index = 0.22 * Math.exp(-2.4 * t) + 0.03;
    return (
      sin(f * t + vibrato / 5.2 + index * sin(3 * f * t)) * Math.exp(-1.1 * t) * shape(t, 0.012, seconds + 1.2, 0.9)
    );
  });
}

function bass(bus: Bus, at: number, note: number, seconds: number): void {
  const f = hertz(note);
  bus.add(at, seconds, 0, 0.13, (t) => {
    const wave = sin(f * t) + 0.45 * Math.exp(-2.5 * t) * sin(2 * f * t) + 0.2 * Math.exp(-5 * t) * sin(3 * f * t);
    return wave * Math.exp(-0.7 * t) * shape(t, 0.008, seconds, 0.09);
  });
}

function kick(bus: Bus, at: number): void {
  bus.add(
    at,
    0.35,
    0,
    0.5,
    (t) => sin(46 * t + 2.1 * (1 - Math.exp(-28 * t))) * Math.exp(-9 * t) * shape(t, 0.001, 0.35, 0.05),
  );
}

function brush(bus: Bus, at: number): void {
  let low = 0;
  bus.add(at, 0.28, -0.1, 0.16, (t) => {
    const white = noise();
    low += 0.35 * (white - low);
    return (
      ((white - low) * 0.9 + 0.8 * sin(185 * t) * Math.exp(-30 * t)) * Math.exp(-17 * t) * shape(t, 0.002, 0.28, 0.05)
    );
  });
}

function hat(bus: Bus, at: number, velocity: number): void {
  let low = 0;
  bus.add(at, 0.09, 0.3, 0.075 * velocity, (t) => {
    const white = noise();
    low += 0.75 * (white - low);
    return (white - low) * Math.exp(-60 * t);
  });
}

/** Two lines of echo, a dotted eighth apart, that throw the sound from side to side. */
function pingPong(dry: Bus, feedback: number): Bus {
  const wet = new Bus();
  const delay = Math.round(0.75 * BEAT * RATE);
  for (let i = delay; i < LENGTH; i++) {
    wet.left[i] = dry.left[i - delay]! * 0.7 + wet.right[i - delay]! * feedback;
    wet.right[i] = wet.left[i - delay]! * feedback + dry.right[i - delay]! * 0.3;
  }
  return wet;
}

/** A feedback network of eight damped delays: a hall of about two seconds. */
function hall(dry: Bus): Bus {
  const wet = new Bus();
  const delays = [1447, 1811, 2143, 2579, 2927, 3343, 3761, 4297];
  const lines = delays.map((length) => new Float32Array(length));
  const damped = new Float32Array(8);
  const out = new Float32Array(8);
  for (let i = 0; i < LENGTH; i++) {
    let sum = 0;
    for (let k = 0; k < 8; k++) {
      const value = lines[k]![i % delays[k]!]!;
      damped[k]! += 0.62 * (value - damped[k]!);
      out[k] = damped[k]!;
      sum += out[k]!;
    }
    for (let k = 0; k < 8; k++) {
      const into = k % 2 === 0 ? dry.left[i]! : dry.right[i]!;
      lines[k]![i % delays[k]!] = into + 0.86 * (out[k]! - sum / 4);
    }
    wet.left[i] = (out[0]! - out[2]! + out[4]! - out[6]!) * 0.4;
    wet.right[i] = (out[1]! - out[3]! + out[5]! - out[7]!) * 0.4;
  }
  return wet;
}

function compose(): Bus {
  const pads = new Bus();
  const keys = new Bus();
  const rhythm = new Bus();
  const pump = new Float32Array(LENGTH).fill(1);
  const order = [0, 2, 4, 1, 3, 2, 4, 3];

  for (let bar = 0; bar < 16; bar++) {
    const round = Math.floor(bar / 4);
    const at = bar * 4 * BEAT;
    const { root, notes } = CHORDS[bar % 4]!;
    pad(pads, at, 4 * BEAT, notes);
    notes.forEach((note, i) => electricPiano(keys, at + i * 0.022, note, 0.75, -0.3 + 0.12 * i));
    if (round !== 0) notes.slice(1, 4).forEach((note) => electricPiano(keys, at + 2.5 * BEAT, note, 0.5, 0.2));

    for (let step = 0; step < 16; step++) {
      const time = at + step * 0.25 * BEAT + (step % 2) * 0.022;
      const accent = step % 4 === 0 ? 1 : 0.65;
      const arpeggio = round === 0 ? step % 2 === 0 && bar > 0 : true;
      const note = notes[order[step % 8]!]! + (step >= 8 ? 12 : 0) + (round === 0 ? 0 : 12 * (step % 3 === 2 ? 1 : 0));
      if (arpeggio && bar < 15) pluck(keys, time, note, accent * (round === 3 ? 0.6 : 1), Math.sin(step * 1.3) * 0.6);
      if (round === 1 || round === 2) {
        if (step % 8 === 0 || step === 11) {
          kick(rhythm, time);
          dip(pump, time);
        }
        if (step === 4 || step === 12) brush(rhythm, time);
        hat(rhythm, time, step % 4 === 2 ? 1 : 0.45 * accent);
      }
      if (round === 3 && bar < 15) hat(rhythm, time, 0.25 * accent);
    }
    if (round > 0 && bar < 15) {
      bass(rhythm, at, root, 1.6 * BEAT);
      bass(rhythm, at + 1.75 * BEAT, root, 0.6 * BEAT);
      bass(rhythm, at + 2.75 * BEAT, root + (bar % 2 === 0 ? 7 : 12), 1.1 * BEAT);
    }
  }
  for (const [beat, note, beats] of TUNE) bell(keys, 2 * ROUND + beat * BEAT, note, beats * BEAT);
  // It ends where it began.
  const home = 4 * ROUND;
  pad(pads, home, 1.2, CHORDS[0]!.notes);
  [38, 57, 61, 64, 66, 74].forEach((note, i) => electricPiano(keys, home + i * 0.06, note, 0.9, -0.3 + 0.12 * i));

  const music = new Bus();
  const send = new Bus();
  const echoes = pingPong(keys, 0.38);
  music.mix(pads, (i) => pump[i]!);
  music.mix(keys, 1);
  music.mix(echoes, 0.3);
  music.mix(rhythm, 0.9);
  send.mix(pads, 0.5);
  send.mix(keys, 0.7);
  send.mix(rhythm, 0.06);
  music.mix(hall(send), 0.5);
  return music;
}

/** Pads give way to each beat of the kick. */
function dip(pump: Float32Array, at: number): void {
  const start = Math.round(at * RATE);
  for (let i = 0; i < 0.3 * RATE && start + i < LENGTH; i++)
    pump[start + i]! *= 1 - 0.35 * Math.exp(-i / (0.09 * RATE));
}

function speak(): Bus {
  const voice = new Bus();
  for (const [at, text] of SPOKEN) {
    const wave = execFileSync('espeak-ng', ['-v', 'en-us+f3', '-s', '150', '-p', '45', '--stdout', text]);
    const filter = 'highpass=f=110,equalizer=f=3000:t=q:w=1:g=-3,acompressor=threshold=0.1:ratio=3,aresample=48000';
    const pcm = execFileSync(
      'ffmpeg',
      ['-v', 'error', '-i', 'pipe:0', '-af', filter, '-ac', '1', '-f', 'f32le', 'pipe:1'],
      { input: wave, maxBuffer: 64 * 1024 * 1024 },
    );
    const samples = new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength));
    voice.add(at, samples.length / RATE, 0, 1, (t) => samples[Math.round(t * RATE)] ?? 0);
  }
  return voice;
}

/** Music under the voice, a little lower while it speaks, and a touch of the same hall on both. */
function mixDown(music: Bus, voice: Bus): Bus {
  const master = new Bus();
  let level = 0;
  const duck = new Float32Array(LENGTH);
  for (let i = 0; i < LENGTH; i++) {
    const loud = Math.abs(voice.left[i]!);
    level += (loud - level) * (loud > level ? 1 / (0.02 * RATE) : 1 / (0.45 * RATE));
    duck[i] = 1 - 0.6 * Math.min(1, level * 12);
  }
  master.mix(music, (i) => duck[i]!);
  master.mix(voice, 1.6);
  master.mix(hall(voice), 0.07);
  const fadeFrom = LENGTH - 1.8 * RATE;
  for (let i = 0; i < LENGTH; i++) {
    const fade = i < fadeFrom ? 1 : (1 - (i - fadeFrom) / (LENGTH - fadeFrom)) ** 2;
    master.left[i]! *= fade;
    master.right[i]! *= fade;
  }
  return master;
}

/** Integrated loudness (EBU R 128), in LUFS. */
function loudnessOf(input: readonly string[]): number {
  const said = spawnSync('ffmpeg', ['-nostats', ...input, '-af', 'ebur128', '-f', 'null', '-'], {
    encoding: 'utf8',
  }).stderr;
  const summary = /Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(said);
  if (!summary) throw new Error(`ffmpeg measured no loudness: ${said}`);
  return Number(summary[1]);
}

function encode(mix: Bus): void {
  const interleaved = new Float32Array(2 * LENGTH);
  for (let i = 0; i < LENGTH; i++) {
    interleaved[2 * i] = mix.left[i]!;
    interleaved[2 * i + 1] = mix.right[i]!;
  }
  const folder = mkdtempSync(join(tmpdir(), 'rxcall-sample-'));
  try {
    const raw = join(folder, 'mix.f32');
    writeFileSync(raw, interleaved);
    const input = ['-f', 'f32le', '-ar', String(RATE), '-ac', '2', '-i', raw];
    const gain = LOUDNESS_LUFS - loudnessOf(input);
    const master = `volume=${gain.toFixed(2)}dB,alimiter=limit=0.8:attack=4:release=60:level=false`;
    const opus = [
      '-c:a',
      'libopus',
      '-b:a',
      '76k',
      '-vbr',
      'constrained',
      '-application',
      'audio',
      '-frame_duration',
      '20',
    ];
    const tags = ['-map_metadata', '-1', '-metadata', 'title=The rxcall sample', '-metadata', 'license=CC0-1.0'];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-af', master, ...opus, ...tags, '-f', 'ogg', OUTPUT]);
    console.log(`${OUTPUT}: ${SECONDS.toFixed(1)} s, ${statSync(OUTPUT).size} bytes, raised by ${gain.toFixed(1)} dB`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

encode(mixDown(compose(), speak()));
