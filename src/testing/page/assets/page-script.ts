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
  push(browserJitter, listening && before?.inbound ? before.inbound.jitter * 1000 : null);
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
  at('status').textContent = participant.status || (participant.idle ? 'Sends nothing.' : 'Sends audio.');
  chip(at('state'), participant.state, TONES[participant.state]);
  set('packets', number(participant.packets));
  set('loss', percent(participant.lossPct), participant.lost > 0);
  set('bitrate', number(participant.bitrateKbps) + ' kbit/s');
  set('gap', ms(participant.maxGapMs), participant.maxGapMs > 100);
  set('drift', participant.driftPpm === null ? '–' : number(participant.driftPpm) + ' ppm');
  set('srtp', { AEAD_AES_128_GCM: 'AES-GCM', AES_CM_128_HMAC_SHA1_80: 'AES-CM' }[participant.srtpProfile] ?? '–');
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

/* What this browser hears. */

at('volume').oninput = () => (at('audio').volume = Number(at('volume').value));

at('listen').onclick = async () => {
  if (listening) return stop();
  problem();
  pressed(true);
  try {
    listening = await listenTo(chosen, {
      onTrack(kind, stream) {
        const element = at(kind);
        element.srcObject = stream;
        element.hidden = kind === 'audio';
        element.play().catch((error) => problem('The browser does not play: ' + error.message));
        if (kind === 'audio') scope.watch(stream);
      },
      onState(state) {
        if (state === 'failed') stop('The connection to the conference failed.');
      },
    });
  } catch (error) {
    stop('Cannot listen: ' + error.message);
  }
};

function stop(reason) {
  listening?.close();
  listening = before = undefined;
  at('audio').srcObject = at('video').srcObject = null;
  at('video').hidden = true;
  scope.watch(undefined);
  pressed(false);
  problem(reason);
}

function pressed(on) {
  at('listen').setAttribute('aria-pressed', on);
  at('listen').querySelector('.word').textContent = on ? 'Stop' : 'Listen';
}

setInterval(async () => {
  const now = listening && (await listening.stats());
  const inbound = now?.inbound;
  for (const name of ['browserPackets', 'browserLost', 'concealed', 'buffered', 'browserJitter', 'roundTrip']) {
    if (!inbound) set(name, '–');
  }
  if (inbound) {
    const since = (field) => (inbound[field] ?? 0) - (before?.inbound?.[field] ?? 0);
    const concealed = (inbound.concealedSamples - (inbound.silentConcealedSamples ?? 0)) / inbound.totalSamplesReceived;
    const buffered = since('jitterBufferDelay') / since('jitterBufferEmittedCount');
    const trip = now.pair?.currentRoundTripTime;
    set('browserPackets', number(inbound.packetsReceived));
    set('browserLost', number(inbound.packetsLost), inbound.packetsLost > 0);
    set('concealed', percent(100 * (concealed || 0)), concealed > 0.01);
    set('buffered', Number.isFinite(buffered) ? ms(buffered * 1000) : '–');
    set('browserJitter', ms(inbound.jitter * 1000));
    set('roundTrip', trip === undefined ? '–' : ms(trip * 1000));
  }
  before = now;
}, 1000);
`;
