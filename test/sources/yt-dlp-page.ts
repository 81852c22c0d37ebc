/** What `yt-dlp -J` says of a video on YouTube, shortened to formats that differ. `link` makes the address of each. */
export function youtubeInfo(link: (format: string) => string): Record<string, unknown> {
  const common = { protocol: 'https', language: 'en', language_preference: -1, has_drm: false, container: 'webm_dash' };
  const headers = {
    'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language': 'en-us,en;q=0.5',
    'Sec-Fetch-Mode': 'navigate',
  };
  const format = (id: string, facts: object): object => ({
    format_id: id,
    url: link(id),
    ...common,
    http_headers: headers,
    ...facts,
  });
  const sound = { vcodec: 'none', resolution: 'audio only', audio_channels: 2 };
  const picture = { acodec: 'none', audio_channels: null };
  return {
    id: 'aqz-KE-bpKQ',
    title: 'Big Buck Bunny 60fps 4K - Official Blender Foundation Short Film',
    extractor: 'youtube',
    webpage_url: 'https://www.youtube.com/watch?v=aqz-KE-bpKQ',
    duration: 635,
    is_live: false,
    live_status: 'not_live',
    formats: [
      format('sb0', { protocol: 'mhtml', format_note: 'storyboard', acodec: 'none', vcodec: 'none', height: 180 }),
      format('139', { ...sound, ext: 'm4a', acodec: 'mp4a.40.5', abr: 48.8, tbr: 48.8, format_note: 'low' }),
      format('251-drc', { ...sound, ext: 'webm', acodec: 'opus', abr: 140, tbr: 140, format_note: 'medium, DRC' }),
      format('251-de', { ...sound, acodec: 'opus', abr: 150, language: 'de', language_preference: -10 }),
      format('140', { ...sound, ext: 'm4a', acodec: 'mp4a.40.2', abr: 129.5, tbr: 129.5, format_note: 'medium' }),
      format('251', { ...sound, ext: 'webm', acodec: 'opus', abr: 136, tbr: 136, format_note: 'medium' }),
      format('18', { ext: 'mp4', acodec: 'mp4a.40.2', vcodec: 'avc1.42001E', height: 360, width: 640, tbr: 503 }),
      format('136', { ...picture, ext: 'mp4', vcodec: 'avc1.4d401f', height: 720, width: 1280, tbr: 1180 }),
      format('247', { ...picture, ext: 'webm', vcodec: 'vp9', height: 720, width: 1280, tbr: 1260 }),
      format('398', { ...picture, ext: 'mp4', vcodec: 'av01.0.05M.08', height: 720, width: 1280, tbr: 900 }),
      format('137', { ...picture, ext: 'mp4', vcodec: 'avc1.640028', height: 1080, width: 1920, tbr: 4400 }),
      format('dash', { ...picture, protocol: 'http_dash_segments', vcodec: 'avc1.4d401f', height: 720, tbr: 9999 }),
    ],
  };
}
