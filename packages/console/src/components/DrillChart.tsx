import { useTranslation } from 'react-i18next';
import { day, secondsText } from '../format.ts';

export interface Point {
  readonly id: string;
  readonly at: string;
  readonly ms: number;
}

const [width, height] = [400, 130];
const [left, right, top, bottom] = [2, 398, 18, 106];

/** The next of 1, 2, 5, 10, … seconds: an axis that people can read. */
function roundUp(ms: number): number {
  for (let unit = 1_000; ; unit *= 10) for (const factor of [1, 2, 5]) if (ms <= unit * factor) return unit * factor;
}

/** One measured time per drill, the oldest left. What it shows stands in a sentence, and each number in the table below it. */
export function DrillChart({ title, points }: { readonly title: string; readonly points: readonly Point[] }) {
  const { t, i18n } = useTranslation();
  const sorted = points.toSorted((a, b) => a.at.localeCompare(b.at));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const longest = Math.max(...sorted.map(({ ms }) => ms));
  const most = roundUp(longest);
  const begin = Date.parse(first.at);
  const span = Math.max(1, Date.parse(last.at) - begin);
  const x = ({ at }: Point) =>
    sorted.length === 1 ? right - 8 : left + 8 + ((right - left - 16) * (Date.parse(at) - begin)) / span;
  const y = ({ ms }: Point) => bottom - ((bottom - top) * ms) / most;
  const sum = t('recovery.chartSum', {
    count: sorted.length,
    last: secondsText(last.ms, i18n.language),
    longest: secondsText(longest, i18n.language),
  });
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong> <span className="soft">{sum}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}: ${sum}`}>
        {[most, most / 2, 0].map((ms) => (
          <line key={ms} className="grid" x1={left} x2={right} y1={y({ ...first, ms })} y2={y({ ...first, ms })} />
        ))}
        <text x={left} y={top - 5}>
          {secondsText(most, i18n.language)}
        </text>
        <text x={left} y={bottom + 17}>
          {sorted.length === 1 ? '' : day(first.at, i18n.language)}
        </text>
        <text x={right} y={bottom + 17} textAnchor="end">
          {day(last.at, i18n.language)}
        </text>
        <polyline points={sorted.map((one) => `${x(one)},${y(one)}`).join(' ')} />
        {sorted.map((one) => (
          <circle key={one.id} cx={x(one)} cy={y(one)} r={sorted.length > 40 ? 2 : 3.2} />
        ))}
      </svg>
    </figure>
  );
}
