import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPart, requires } from './requires.ts';

describe('requires', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxcall-requires-'));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('finds a program on PATH, or where its variable says', () => {
    const program = join(folder, 'chromium');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect(findPart('chromium', { PATH: folder })).toBe(program);
    expect(findPart('chromium', { PATH: '', CHROMIUM_PATH: program })).toBe(program);
    expect(requires('chromium', { PATH: folder, CI: 'true' })).toBe(true);
  });

  it('warns about a missing one', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    expect(requires('nginx', { PATH: folder })).toBe(false);
    expect(warn.mock.calls[0]![0]).toContain('SKIPPED: nginx is not on PATH');
  });

  it('fails on a missing one under CI', () => {
    expect(() => requires('coturn', { PATH: folder, CI: 'true' })).toThrow('apt-get install coturn');
  });
});
