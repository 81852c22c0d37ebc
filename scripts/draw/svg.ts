/** The pieces that all pictures are made of. Lengths are in pixels; a picture has a background, for dark pages too. */

export const INK = '#1f2937';
export const PALE = '#6b7280';
export const AUDIO = '#2563eb';
export const VIDEO = '#d97706';
export const OTHER = '#059669';

const FONT = 'font-family="ui-sans-serif, system-ui, sans-serif"';
const MONO = 'font-family="ui-monospace, monospace"';

export interface TextStyle {
  size?: number;
  color?: string;
  anchor?: 'start' | 'middle' | 'end';
  weight?: 'normal' | 'bold';
  mono?: boolean;
}

/** A whole picture; `title` is what it shows, for those who cannot see it. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">' +
      `<path d="M0 0L8 4L0 8z" fill="${PALE}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 14, color = INK, anchor = 'start', weight = 'normal', mono = false } = style;
  const look = `${mono ? MONO : FONT} font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}" ${look} xml:space="preserve">${escape(content)}</text>`;
}

export function box(x: number, y: number, width: number, height: number, color: string = INK): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="#f8fafc" stroke="${color}" stroke-width="1.5"/>`;
}

export function circle(x: number, y: number, r: number, color: string): string {
  return `<circle cx="${x}" cy="${y}" r="${r}" fill="${color}"/>`;
}

interface PathStyle {
  color?: string;
  width?: number;
  tip?: boolean;
  dashed?: boolean;
}

/** A line along `d`, with a tip at its end if asked for. */
export function path(d: string, style: PathStyle = {}): string {
  const { color = PALE, width = 1.5, tip = false, dashed = false } = style;
  const extras = `${tip ? ' marker-end="url(#tip)"' : ''}${dashed ? ' stroke-dasharray="4 4"' : ''}`;
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}"${extras}/>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
