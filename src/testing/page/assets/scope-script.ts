/** What is heard: a spectrum in bars and a level meter with a held peak. */
export const SCOPE_SCRIPT: string = `
import { color, prepare } from '/plot.js';

const BARS = 72, LOWEST = 50, HIGHEST = 16000, FLOOR = -60;
const PEAK_HOLD_MS = 1200;

/** Draws with every frame: idle until a stream is given to watch(). */
export function createScope({ canvas, bar, output }) {
  const heights = new Float32Array(BARS);
  let audio, analyser, source, spectrum, wave;
  let peak = FLOOR, peakAt = 0, level = FLOOR;

  function watch(stream) {
    source?.disconnect();
    source = analyser = undefined;
    if (!stream) return;
    audio ??= new AudioContext();
    audio.resume();
    analyser = new AnalyserNode(audio, { fftSize: 4096, smoothingTimeConstant: 0.7, minDecibels: -85, maxDecibels: -20 });
    source = audio.createMediaStreamSource(stream);
    source.connect(analyser);
    spectrum = new Uint8Array(analyser.frequencyBinCount);
    wave = new Float32Array(analyser.fftSize);
  }

  function measure(now) {
    let loudest = FLOOR;
    if (analyser) {
      analyser.getFloatTimeDomainData(wave);
      let sum = 0;
      const recent = wave.subarray(wave.length - 1024);
      for (const sample of recent) sum += sample * sample;
      loudest = Math.max(FLOOR, 10 * Math.log10(sum / recent.length + 1e-9));
    }
    level = Math.max(loudest, level - 1.1);
    if (level >= peak || now - peakAt > PEAK_HOLD_MS) (peak = level), (peakAt = now);
    const share = (value) => (100 * (value - FLOOR)) / -FLOOR;
    bar.querySelector('i').style.clipPath = 'inset(0 ' + (100 - share(level)) + '% 0 0 round 4px)';
    bar.querySelector('b').style.left = 'calc(' + share(peak) + '% - 2px)';
    bar.querySelector('b').style.opacity = peak > FLOOR ? 0.55 : 0;
    bar.setAttribute('aria-valuenow', Math.round(level));
    output.textContent = !analyser ? '–' : level > FLOOR ? level.toFixed(1).replace('-', '−') + ' dB' : 'silent';
  }

  function bars() {
    if (analyser) analyser.getByteFrequencyData(spectrum);
    const hertzPerBin = analyser ? audio.sampleRate / analyser.fftSize : 1;
    for (let index = 0; index < BARS; index++) {
      const edge = (at) => LOWEST * (HIGHEST / LOWEST) ** (at / BARS);
      let highest = 0;
      if (analyser) {
        const first = Math.round(edge(index) / hertzPerBin);
        const last = Math.max(first, Math.round(edge(index + 1) / hertzPerBin) - 1);
        for (let bin = first; bin <= last; bin++) highest = Math.max(highest, spectrum[bin] / 255);
      }
      heights[index] = Math.max(highest, heights[index] * 0.9);
    }
  }

  function draw(now) {
    requestAnimationFrame(draw);
    if (document.hidden) return;
    measure(now);
    bars();
    const { context, width, height } = prepare(canvas);
    const pitch = width / BARS, thick = Math.max(2, pitch * 0.62);
    const gradient = context.createLinearGradient(0, 0, width, 0);
    gradient.addColorStop(0, color('accent'));
    gradient.addColorStop(1, color('second'));
    for (let index = 0; index < BARS; index++) {
      const tall = Math.max(3, heights[index] * height);
      context.fillStyle = heights[index] * height > 3 ? gradient : color('line');
      context.beginPath();
      context.roundRect(index * pitch + (pitch - thick) / 2, height - tall, thick, tall, Math.min(3, thick / 2));
      context.fill();
    }
    if (analyser) return;
    context.font = '14px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillStyle = color('soft');
    context.fillText('Press Listen to hear it', width / 2, height / 2);
  }
  requestAnimationFrame(draw);
  return { watch };
}
`;
