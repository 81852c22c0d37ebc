import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CALLS_GUIDE, guideWithStates, mermaidStates } from '../../scripts/draw/mermaid-states.ts';

describe('the diagram of states in the guide', () => {
  it('shows the transitions that there are; `npm run draw` draws it anew', () => {
    const guide = readFileSync(CALLS_GUIDE, 'utf8');
    expect(guide).toContain('```mermaid\nstateDiagram-v2');
    expect(guide).toBe(guideWithStates(guide));
  });

  it('knows every state, and none that is left for ever', () => {
    const statuses = ['new', 'connecting', 'connected', 'disconnected', 'failed', 'timeout', 'closed'];
    for (const status of statuses) expect(mermaidStates()).toMatch(new RegExp(`--> ${status}:? ?`));
    expect(mermaidStates()).not.toMatch(/^ {2}closed --> (?!\[)/m);
  });

  it('replaces one that is stale', () => {
    const stale = 'a\n```mermaid\nstateDiagram-v2\n  new --> nowhere: never\n```\nb\n';
    expect(guideWithStates(stale)).toBe(`a\n\`\`\`mermaid\n${mermaidStates()}\n\`\`\`\nb\n`);
  });
});
