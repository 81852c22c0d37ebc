import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../src/core/errors.ts';
import { concatBytes, utf8 } from '../../src/media/bytes.ts';
import { parseOpusTags, writeOpusTags } from '../../src/media/opus-tags.ts';

describe('Opus tags', () => {
  it('are read as they were written', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, fc.array(text), (vendor, comments) => {
        expect(parseOpusTags(writeOpusTags({ vendor, comments }))).toEqual({ vendor, comments });
      }),
    );
  });

  it('that are cut off, or claim more than they hold, are refused', () => {
    const tags = writeOpusTags({ vendor: 'someone', comments: ['TITLE=x', 'ARTIST=y'] });
    for (let length = 8; length < tags.length; length++) {
      expect(() => parseOpusTags(tags.slice(0, length))).toThrow(MediaFormatError);
    }
    fc.assert(
      fc.property(fc.uint8Array(), (junk) => {
        try {
          parseOpusTags(concatBytes([utf8('OpusTags'), junk]));
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
    );
  });
});
