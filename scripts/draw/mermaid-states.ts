import { readFileSync } from 'node:fs';
import { connectionTransitions } from './draw-call-states.ts';

/** The guide that shows them. */
export const CALLS_GUIDE = 'docs/calls.md';

/** The states of a connection as a Mermaid diagram, one arrow for all events that lead from one to another. */
export function mermaidStates(): string {
  const arrows = new Map<string, string[]>();
  for (const [from, event, to] of connectionTransitions()) {
    const key = `${from} --> ${to}`;
    arrows.set(key, [...(arrows.get(key) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
  return ['stateDiagram-v2', '  [*] --> new', ...lines, '  closed --> [*]'].join('\n');
}

/** The guide, with the diagram that the code means in place of the one in it. */
export function guideWithStates(guide: string = readFileSync(CALLS_GUIDE, 'utf8')): string {
  return guide.replace(/(```mermaid\n)stateDiagram-v2[^`]*(```)/, `$1${mermaidStates()}\n$2`);
}
