import { RxcallError } from '../../src/core/errors.ts';
import { type CallEvent, type CallState, type ConnectionState, initialCallState } from '../../src/calls/call-state.ts';
import { transition } from '../../src/calls/transition.ts';
import { box, INK, path, picture, round, text } from './svg.ts';

type Status = ConnectionState['status'];
type EventName = 'connect' | 'connected' | 'disconnected' | 'failed' | 'withdraw' | 'timeout' | 'renew' | 'close';

/** Where a status stands in the picture, in cells; a new one has to be given a place. */
const PLACES: Readonly<Record<Status, readonly [column: number, row: number]>> = {
  new: [0, 0],
  connecting: [1, 0],
  connected: [2, 0],
  disconnected: [2, 1],
  failed: [1, 1],
  timeout: [0, 1],
  closed: [2, 2],
};
const CELL = { width: 260, height: 130 };
const BOX = { width: 124, height: 40 };
const ERROR = new RxcallError('ERR_ICE_FAILED', 'lost');
const EVENTS: Readonly<Record<EventName, CallEvent>> = {
  connect: { type: 'connect' },
  connected: { type: 'connected' },
  disconnected: { type: 'disconnected' },
  failed: { type: 'failed', error: ERROR },
  withdraw: { type: 'withdraw' },
  timeout: { type: 'timeout' },
  renew: { type: 'renew' },
  close: { type: 'close', reason: 'user' },
};

/** All that can happen to a connection, found by trying: from, event, to. */
export function connectionTransitions(): [from: Status, event: EventName, to: Status][] {
  const states = new Map<Status, CallState>([['new', initialCallState]]);
  const found: [Status, EventName, Status][] = [];
  for (const [from, state] of states) {
    for (const [name, event] of Object.entries(EVENTS) as [EventName, CallEvent][]) {
      const next = transition(state, event);
      if (next === state) continue;
      const to = next.connection.status;
      found.push([from, name, to]);
      if (!states.has(to)) states.set(to, next);
    }
  }
  return found;
}

/** What leads to the same status from nearly everywhere is said in words. */
const IN_WORDS: readonly EventName[] = ['failed', 'renew', 'close'];

/** Draws them. */
export function drawCallStates(): string {
  const transitions = connectionTransitions();
  const edges = new Map<string, { from: Status; to: Status; events: EventName[] }>();
  for (const [from, event, to] of transitions) {
    if (IN_WORDS.includes(event)) continue;
    const key = `${from} ${to}`;
    const edge = edges.get(key) ?? { from, to, events: [] };
    edge.events.push(event);
    edges.set(key, edge);
  }
  const arrows = [...edges.values()].flatMap(({ from, to, events }) =>
    drawEdge(from, to, events.join(', '), edges.has(`${to} ${from}`)),
  );
  const boxes = (Object.keys(PLACES) as Status[]).flatMap((status) => {
    const [x, y] = centerOf(status);
    return [
      box(x - BOX.width / 2, y - BOX.height / 2, BOX.width, BOX.height, INK),
      text(x, y + 5, status, { anchor: 'middle', weight: 'bold', mono: true }),
    ];
  });
  const notes = IN_WORDS.map((event, index) => {
    const meant = transitions.filter(([, name]) => name === event);
    const from = meant.map(([status]) => status).join(', ');
    return text(24, 2 * CELL.height + 10 + index * 22, `${event}, from ${from}: to ${meant[0]![2]}`, { size: 13 });
  });
  return picture(3 * CELL.width, 2 * CELL.height + 100, 'The states of the connection of a call', [
    ...arrows,
    ...boxes,
    ...notes,
  ]);
}

function centerOf(status: Status): [number, number] {
  const [column, row] = PLACES[status];
  return [(column + 0.5) * CELL.width, row * CELL.height + 50];
}

/** An arrow from border to border, to the left of the straight line where there is one back, too. */
function drawEdge(from: Status, to: Status, label: string, isDouble: boolean): string[] {
  const [x1, y1] = centerOf(from);
  const [x2, y2] = centerOf(to);
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const far = PLACES[from][0] !== PLACES[to][0] && Math.abs(PLACES[from][0] - PLACES[to][0]) > 1;
  const bend = far ? 60 : isDouble ? 26 : 0;
  const [cx, cy] = [(x1 + x2) / 2 + uy * bend * 2, (y1 + y2) / 2 - ux * bend * 2];
  const [sx, sy] = border([x1, y1], [cx, cy]);
  const [ex, ey] = border([x2, y2], [cx, cy]);
  const [mx, my] = [(sx + ex + 2 * cx) / 4, (sy + ey + 2 * cy) / 4];
  const steep = Math.abs(uy) > 0.5;
  const leftward = steep && uy < 0;
  const lean = steep ? (leftward ? -8 : 8) : 0;
  return [
    path(`M${round(sx)} ${round(sy)}Q${round(cx)} ${round(cy)} ${round(ex)} ${round(ey)}`, { tip: true }),
    text(mx + lean, my + (steep ? 4 : -6), label, {
      anchor: steep ? (leftward ? 'end' : 'start') : 'middle',
      size: 13,
    }),
  ];
}

/** Where the way from the center of a box towards a point leaves the box, with a little room. */
function border([x, y]: readonly [number, number], [tx, ty]: readonly [number, number]): [number, number] {
  const [dx, dy] = [tx - x, ty - y];
  const scale = Math.min((BOX.width / 2 + 3) / Math.abs(dx), (BOX.height / 2 + 3) / Math.abs(dy));
  return [x + dx * scale, y + dy * scale];
}
