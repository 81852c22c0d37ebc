import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseHlsVariant, type HlsVariant, parseHlsPlaylist } from '../../src/media/hls-playlist.ts';

const MASTER = `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="snd",NAME="de, leise",DEFAULT=NO,URI="de.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="snd",NAME="en",DEFAULT=YES,URI="en.m3u8?a=1,2"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="snd",NAME="en",URI="subs.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="inside",NAME="en",DEFAULT=YES
#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1,RESOLUTION=1280x720,CODECS="avc1.4d,mp4a.40",AUDIO="snd"
# a remark
v/720.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=10,URI="i.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=854x480,AUDIO="inside"

https://cdn/480.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"
sound.m3u8
`;

describe('parseHlsPlaylist', () => {
  it('finds variants in order, with the sound that belongs to them', () => {
    expect(parseHlsPlaylist(MASTER.replaceAll('\n', '\r\n'))).toEqual({
      type: 'master',
      variants: [
        { uri: 'v/720.m3u8', bandwidth: 2_000_000, height: 720, audioUri: 'en.m3u8?a=1,2' },
        { uri: 'https://cdn/480.m3u8', bandwidth: 900_000, height: 480, audioUri: undefined },
        { uri: 'sound.m3u8', bandwidth: 64_000, height: undefined, audioUri: undefined },
      ],
    });
  });

  it('tells one that grows from one that is whole', () => {
    const pieces = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n';
    expect(parseHlsPlaylist(pieces)).toEqual({ type: 'media', live: true, durationMs: 4000 });
    expect(parseHlsPlaylist(`${pieces}#EXT-X-ENDLIST\n`)).toMatchObject({ type: 'media', live: false });
    expect(parseHlsPlaylist(`\uFEFF${pieces}#EXT-X-PLAYLIST-TYPE:VOD`)).toMatchObject({ type: 'media', live: false });
    expect(parseHlsPlaylist(`${pieces}#EXT-X-PLAYLIST-TYPE:EVENT`)).toMatchObject({ type: 'media', live: true });
  });

  it.each(['', 'song.mp3\n', '#EXTM3U\nhttp://radio/a.mp3\n', '<html>', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n'])(
    'takes %j for something else',
    (text) => {
      expect(parseHlsPlaylist(text)).toBeUndefined();
    },
  );

  it('takes anything, and throws at nothing', () => {
    const line = fc.oneof(fc.constantFrom(...MASTER.split('\n'), '#EXT-X-STREAM-INF:', '#EXTINF:'), fc.string());
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const playlist = parseHlsPlaylist(['#EXTM3U', ...lines].join('\n'));
        if (playlist?.type !== 'master') return;
        for (const height of [undefined, 480]) {
          const { program } = chooseHlsVariant(playlist.variants, { audio: true, height });
          expect(playlist.variants[program]).toBeDefined();
        }
      }),
    );
  });

  it('takes time in proportion to its length, whatever somebody has written', () => {
    const sounds = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=a,URI=b\n'.repeat(20_000);
    const variants = '#EXT-X-STREAM-INF:AUDIO=a\nx\n'.repeat(20_000);
    const parse = (text: string): number => {
      const begunMs = performance.now();
      parseHlsPlaylist(`#EXTM3U\n${text}`);
      return performance.now() - begunMs;
    };
    parse(sounds + variants.slice(0, 1000)); // the first time takes longer
    const apartMs = parse(sounds) + parse(variants);
    expect(parse(sounds + variants)).toBeLessThan(6 * apartMs);
    expect(parse(`#EXT-X-STREAM-INF:${'A'.repeat(100_000)}\nx\n`)).toBeLessThan(1000); // 1 ms, or 10 s
  });
});

describe('chooseHlsVariant', () => {
  const variant = (uri: string, bandwidth: number, height?: number, audioUri?: string): HlsVariant => ({
    ...{ uri, bandwidth, height, audioUri },
  });
  const LADDER = [
    variant('480', 900, 480),
    variant('1080', 5000, 1080),
    variant('720-low', 1500, 720),
    variant('720-high', 2500, 720),
    variant('sound', 64),
  ];

  it.each([
    [1080, '1080'],
    [900, '720-high'],
    [720, '720-high'],
    [500, '480'],
    [100, '480'],
  ])('for a height of %i takes %s', (height, uri) => {
    expect(chooseHlsVariant(LADDER, { audio: true, height })).toMatchObject({ uri, isWhole: true });
  });

  it('for sound alone takes the lowest bitrate', () => {
    expect(chooseHlsVariant(LADDER, { audio: true, height: undefined })).toEqual({
      uri: 'sound',
      program: 4,
      isWhole: true,
    });
    const apart = [variant('720', 2500, 720, 'snd'), variant('480', 900, 480, 'snd')];
    expect(chooseHlsVariant(apart, { audio: true, height: undefined })).toMatchObject({ uri: 'snd', isWhole: true });
  });

  it('says when the sound is somewhere else', () => {
    const apart = [variant('480', 900, 480, 'snd'), variant('720', 2500, 720, 'snd')];
    expect(chooseHlsVariant(apart, { audio: true, height: 720 })).toEqual({ uri: '720', program: 1, isWhole: false });
    expect(chooseHlsVariant(apart, { audio: false, height: 720 })).toMatchObject({ isWhole: true });
  });

  it('goes by the bitrate where no heights are told', () => {
    const nameless = [variant('a', 900), variant('b', 2500)];
    expect(chooseHlsVariant(nameless, { audio: true, height: 720 })).toMatchObject({ uri: 'b' });
  });
});
