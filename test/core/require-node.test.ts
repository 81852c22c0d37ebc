import { expect, it } from 'vitest';
import { NodeVersionError, requireNode } from '../../src/core/require-node.ts';

it('refuses a Node that is too old, in one line', () => {
  for (const version of ['20.20.2', '22.11.0', '18.0.0']) expect(() => requireNode(version)).toThrow(NodeVersionError);
  expect(() => requireNode('20.20.2')).toThrow('rxcall needs Node.js 22.12 or newer; this is 20.20.2.');
  for (const version of ['22.12.0', '22.20.1', '24.0.0', '26.10.0']) expect(() => requireNode(version)).not.toThrow();
  expect(() => requireNode()).not.toThrow();
});
