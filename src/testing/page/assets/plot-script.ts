/** Line plots of the last minute on a canvas. */
export const PLOT_SCRIPT: string = `
const LEFT = 48, BOTTOM = 18, TOP = 6;

/** Sizes a canvas to the device's pixels; returns its context, drawing in CSS pixels. */
export function prepare(canvas) {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

/** The smallest of 1, 2, 5 times a power of ten that is not below value. */
function ceilNicely(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

/**
 * Plots series of equal pace whose last value is now; null leaves a hole.
 * series: [{ values, color, fill }], points: how many values are one minute, least: the smallest full scale.
 */
export function plot(canvas, series, points, least) {
  const { context, width, height } = prepare(canvas);
  const highest = Math.max(least, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const scale = ceilNicely(highest);
  const x = (index, count) => LEFT + (width - LEFT - 2) * (1 - (count - 1 - index) / (points - 1));
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - value / scale);

  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  for (const share of [0, 0.5, 1]) {
    context.strokeStyle = color('line');
    context.beginPath();
    context.moveTo(LEFT, Math.round(y(scale * share)) + 0.5);
    context.lineTo(width, Math.round(y(scale * share)) + 0.5);
    context.stroke();
    context.fillStyle = color('soft');
    context.textAlign = 'right';
    const label = scale * share;
    context.fillText(share === 1 ? label + ' ms' : String(label), LEFT - 6, y(label) + (share === 1 ? 3 : 0));
  }
  context.textAlign = 'left';
  context.fillText('1 min ago', LEFT, height - 6);
  context.textAlign = 'right';
  context.fillText('now', width - 2, height - 6);

  for (const { values, color: name, fill } of series) {
    const stroke = color(name);
    let start = null;
    const area = new Path2D(), line = new Path2D();
    values.forEach((value, index) => {
      if (value === null) {
        start = null;
        return;
      }
      const px = x(index, values.length), py = y(Math.min(value, scale));
      if (start === null) line.moveTo(px, py), area.moveTo(px, y(0)), area.lineTo(px, py), (start = px);
      else line.lineTo(px, py), area.lineTo(px, py);
      if (index === values.length - 1 || values[index + 1] === null) area.lineTo(px, y(0));
    });
    if (fill) {
      context.globalAlpha = 0.14;
      context.fillStyle = stroke;
      context.fill(area);
      context.globalAlpha = 1;
    }
    context.strokeStyle = stroke;
    context.lineWidth = 1.6;
    context.lineJoin = 'round';
    context.stroke(line);
  }
}
`;
