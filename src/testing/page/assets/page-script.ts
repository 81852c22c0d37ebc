/** Puts the page together: events from the conference, statistics of the browser, the button. */
export const PAGE_SCRIPT: string = `
import { listenTo } from '/listen.js';
import { plot } from '/plot.js';
import { createScope } from '/scope.js';

const POINTS = 240;
const at = (id) => document.getElementById(id);
const set = (name, text, bad = false) => {
  const cell = document.querySelector('[data-value=' + name + ']');
  cell.textContent = text;
  cell.classList.toggle('bad', bad);
};
const number = (value, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits }).replace('-', '−');
const ms = (value) => number(value, value < 9.95 ? 1 : 0) + ' ms';
const percent = (value) => number(value, value > 0 && value < 9.95 ? 2 : 0) + ' %';

const TONES = { connected: 'good', silent: 'warn', connecting: 'warn', disconnected: 'warn', failed: 'bad', new: 'warn' };
const scope = createScope({ canvas: at('scope'), bar: document.querySelector('.bar'), output: at('decibels') });
const histories = new Map();
const browserJitter = [];
let participants = [];
let chosen;
let listening;
let before;

function chip(element, text, tone = '') {
  element.textContent = text;
  element.dataset.tone = tone;
}

function problem(text) {
  at('problem').textContent = text ?? '';
  at('problem').hidden = !text;
}

function push(list, value) {
  list.push(value);
  if (list.length > POINTS) list.shift();
}

/* What the conference says. */

const events = new EventSource('/events');
events.onopen = () => chip(at('feed'), 'live', 'good');
events.onerror = () => chip(at('feed'), 'conference is gone', 'bad');
events.addEventListener('history', ({ data }) => {
  JSON.parse(data).participants.forEach((points, id) => histories.set(id, points));
});
events.addEventListener('tick', ({ data }) => {
  participants = JSON.parse(data).participants;
  for (const participant of participants) {
    if (!histories.has(participant.id)) histories.set(participant.id, []);
    push(histories.get(participant.id), participant);
  }
  push(browserJitter, listening && before?.audio ? before.audio.jitter * 1000 : null);
  // Whoever plays is more interesting than whoever came first.
  if (!participants.some(({ id }) => id === chosen)) {
    choose((participants.findLast(({ state }) => state === 'connected') ?? participants.at(-1))?.id);
  }
  tabs();
  show(participants.find(({ id }) => id === chosen));
});

function tabs() {
  const nav = at('participants');
  nav.hidden = participants.length < 2;
  while (nav.children.length > participants.length) nav.lastChild.remove();
  participants.forEach(({ id, label, state }, index) => {
    const button = nav.children[index] ?? nav.appendChild(document.createElement('button'));
    button.textContent = label;
    button.onclick = () => choose(id);
    button.title = state;
    button.setAttribute('aria-current', id === chosen);
  });
}

function choose(id) {
  if (id === undefined || id === chosen) return;
  chosen = id;
  listening?.choose(id);
}

function show(participant) {
  at('listen').disabled = !participant && !listening;
  if (!participant) return;
  at('label').textContent = participant.label;
  at('status').textContent = participant.status || (participant.idle ? 'Sends nothing.' : 'Sends sound.');
  chip(at('state'), participant.state, TONES[participant.state]);
  set('packets', number(participant.packets));
  set('loss', percent(participant.lossPct), participant.lost > 0);
  set('bitrate', number(participant.bitrateKbps) + ' kbit/s');
  set('gap', ms(participant.maxGapMs), participant.maxGapMs > 100);
  set('drift', participant.driftPpm === null ? '–' : number(participant.driftPpm) + ' ppm');
  set('srtp', { AEAD_AES_128_GCM: 'AES-GCM', AES_CM_128_HMAC_SHA1_80: 'AES-CM' }[participant.srtpProfile] ?? '–');
  showPicture(participant.picture);
  set('latenessMs', participant.idle ? '–' : ms(participant.latenessMs));
  set('jitterMs', participant.idle ? '–' : ms(participant.jitterMs));
  const points = histories.get(chosen) ?? [];
  const series = (field) => points.map((point) => (point.idle ? null : point[field]));
  plot(at('lateness'), [{ values: series('latenessMs'), color: 'accent', fill: true }], POINTS, 10);
  plot(
    at('jitter'),
    [{ values: browserJitter, color: 'second' }, { values: series('jitterMs'), color: 'accent', fill: true }],
    POINTS,
    5,
  );
}

function showPicture(picture) {
  word();
  at('screen').hidden = !picture || !listening;
  for (const card of document.querySelectorAll('.picture')) card.hidden = !picture;
  if (!picture) return;
  set('codec', picture.codec === 'vp8' ? 'VP8' : 'H.264');
  set('frameRate', number(picture.framesPerSecond) + ' per s');
  set('videoBitrate', number(picture.bitrateKbps) + ' kbit/s');
  set('videoPackets', number(picture.packets));
  set('videoLost', number(picture.lost), picture.lost > 0);
  // One connection shows pictures of one codec.
  if (listening?.codec && listening.codec !== picture.codec) restart();
}

/* What this browser hears and shows. */

at('volume').oninput = () => (at('audio').volume = Number(at('volume').value));

at('listen').onclick = () => (listening ? stop() : start());

at('screen').ondblclick = () => (document.fullscreenElement ? document.exitFullscreen() : at('screen').requestFullscreen());

async function start() {
  problem();
  pressed(true);
  try {
    listening = await listenTo(chosen, {
      onTrack(kind, stream) {
        at(kind).srcObject = stream;
        at(kind).play().catch((error) => {
          if (error.name !== 'AbortError') problem('The browser does not play: ' + error.message);
        });
        if (kind === 'audio') scope.watch(stream);
      },
      onState(state) {
        if (state === 'failed') stop('The connection to the conference failed.');
      },
    });
  } catch (error) {
    stop('Cannot listen: ' + error.message);
  }
}

function stop(reason) {
  listening?.close();
  listening = before = undefined;
  at('audio').srcObject = at('video').srcObject = null;
  at('screen').hidden = true;
  scope.watch(undefined);
  pressed(false);
  problem(reason);
}

function restart() {
  stop();
  start();
}

function pressed(on) {
  at('listen').setAttribute('aria-pressed', on);
  word();
}

function word() {
  const seen = participants.find(({ id }) => id === chosen)?.picture;
  const on = at('listen').getAttribute('aria-pressed') === 'true';
  at('listen').querySelector('.word').textContent = on ? 'Stop' : seen ? 'Watch' : 'Listen';
}

const OURS = {
  audio: ['browserPackets', 'browserLost', 'concealed', 'buffered', 'browserJitter', 'roundTrip'],
  video: ['decoded', 'dropped', 'frozen', 'browserVideoPackets', 'retransmitted', 'soundAhead'],
};

setInterval(async () => {
  const now = listening && (await listening.stats());
  for (const kind of ['audio', 'video']) if (!now?.[kind]) for (const name of OURS[kind]) set(name, '–');
  if (now?.audio) showAudio(now.audio, now.pair);
  if (now?.video) showVideo(now.video, now.audio);
  before = now;
}, 1000);

function showAudio(audio, pair) {
  const since = (field) => (audio[field] ?? 0) - (before?.audio?.[field] ?? 0);
  const concealed = (audio.concealedSamples - (audio.silentConcealedSamples ?? 0)) / audio.totalSamplesReceived;
  const buffered = since('jitterBufferDelay') / since('jitterBufferEmittedCount');
  const trip = pair?.currentRoundTripTime;
  set('browserPackets', number(audio.packetsReceived));
  set('browserLost', number(audio.packetsLost), audio.packetsLost > 0);
  set('concealed', percent(100 * (concealed || 0)), concealed > 0.01);
  set('buffered', Number.isFinite(buffered) ? ms(buffered * 1000) : '–');
  set('browserJitter', ms(audio.jitter * 1000));
  set('roundTrip', trip === undefined ? '–' : ms(trip * 1000));
}

function showVideo(video, audio) {
  const size = video.frameWidth ? video.frameWidth + ' × ' + video.frameHeight : '';
  at('format').textContent = size && size + ' · ' + number(video.framesPerSecond ?? 0) + ' fps';
  const ahead = (audio?.estimatedPlayoutTimestamp ?? NaN) - (video.estimatedPlayoutTimestamp ?? NaN);
  set('decoded', number(video.framesDecoded ?? 0));
  set('dropped', number(video.framesDropped ?? 0), video.framesDropped > 0);
  set('frozen', ms((video.totalFreezesDuration ?? 0) * 1000), video.freezeCount > 0);
  set('browserVideoPackets', number(video.packetsReceived));
  set('retransmitted', number(video.retransmittedPacketsReceived ?? 0));
  set('soundAhead', Number.isFinite(ahead) ? number(ahead) + ' ms' : '–', Math.abs(ahead) > 80);
}
`;
