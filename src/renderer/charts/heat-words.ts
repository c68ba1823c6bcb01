import { bytes, count } from '../words/index.ts';
import type { ChangedTensor, HeatCell } from './heat-grid.ts';

export type HeatMeasure = 'change' | 'bytes';

/** A change for people, three digits: "1.11 %", "equal". Null is what is not known. */
export function changeWords(change: number | null): string {
  if (change === null) return 'not known';
  if (change === 0) return 'equal';
  const percent = change * 100;
  if (percent < 0.001) return 'under 0.001 %';
  return `${percent >= 100 ? count(Math.round(percent)) : percent.toPrecision(3)} %`;
}

/** "70 %"; what is nearly all is never called all. */
export function equalWords(equal: number | null): string {
  if (equal === null) return '';
  return `${equal < 1 ? (Math.floor(equal * 1000) / 10).toFixed(1) : 100} %`;
}

/** A threshold without its unit where the unit is said elsewhere: "1.05", "36.5 MB". */
export function thresholdWords(threshold: number, measure: HeatMeasure): string {
  return measure === 'bytes' ? bytes(threshold) : String(Number((threshold * 100).toPrecision(3)));
}

/** "18,944 × 3,584 bf16". */
export function shapeWords({ shape, dtype }: ChangedTensor): string {
  return `${shape.length === 0 ? 'scalar' : shape.map(count).join(' × ')} ${dtype.toLowerCase()}`;
}

/** A tensor's name without the parts that nearly all names have. */
export function shortName(name: string): string {
  return name.replace(/^(?:base_model\.model\.)?(?:model|transformer)\./u, '').replace(/\.weight$/u, '');
}

/** What is to be known of a cell, a line each. */
export function cellLines({
  change,
  deltaBytes,
  bytes: size,
  equal,
  tensors,
}: HeatCell): readonly [string, string] {
  const [first, ...others] = tensors;
  const changed =
    change === null ? 'change not known' : change === 0 ? 'equal' : `changed by ${changeWords(change)}`;
  const most = others.length > 0 && change !== null && change > 0 ? 'at most ' : '';
  const facts = [
    changed.replace('by ', `by ${most}`),
    `${bytes(size)}${deltaBytes === null ? '' : `, delta ${bytes(deltaBytes)}`}`,
  ];
  const shape = others.length > 0 ? `${others.length + 1} tensors` : first ? shapeWords(first) : '';
  return [facts.join(' · '), equal === null ? shape : `${shape} · ${equalWords(equal)} of values equal`];
}
