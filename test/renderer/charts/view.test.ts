import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstView, fitView, revealArea, seenArea, zoomAt } from '../../../src/renderer/charts/view.ts';

const number = fc.double({ min: -5000, max: 5000, noNaN: true });
const views = fc.record({ x: number, y: number, scale: fc.double({ min: 0.2, max: 2, noNaN: true }) });
const frame = { width: 900, height: 600 };

describe('the view of a plane', () => {
  it('zooms about a point, which keeps showing what it showed', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        number,
        number,
        (view, factor, x, y) => {
          const next = zoomAt(view, factor, { x, y });
          expect(next.scale).toBeGreaterThanOrEqual(0.2);
          expect(next.scale).toBeLessThanOrEqual(2);
          expect((x - next.x) / next.scale).toBeCloseTo((x - view.x) / view.scale, 5);
          expect((y - next.y) / next.scale).toBeCloseTo((y - view.y) / view.scale, 5);
        },
      ),
    );
  });

  it('fits all, and makes nothing larger than it is', () => {
    expect(fitView({ width: 300, height: 200 }, frame)).toEqual({ scale: 1, x: 300, y: 200 });
    expect(fitView({ width: 1800, height: 600 }, frame)).toEqual({ scale: 0.5, x: 0, y: 150 });
    expect(fitView({ width: 1e9, height: 600 }, frame).scale).toBe(0.2);
    expect(fitView({ width: 0, height: 0 }, { width: 0, height: 0 }).scale).toBe(1);
  });

  it('begins at the left where all would be too small to read', () => {
    const start = { x: 24, y: 5000, width: 178, height: 40 };
    const view = firstView({ width: 2000, height: 10_000 }, frame, start);
    expect(view).toMatchObject({ x: 0, scale: 0.7 });
    expect((5020 * view.scale + view.y) / frame.height).toBeCloseTo(0.5);
    expect(firstView({ width: 2000, height: 10_000 }, frame, { ...start, y: 24 }).y).toBe(0);
  });

  it('brings an area into sight and moves no more than that needs', () => {
    fc.assert(
      fc.property(views, number, number, (view, x, y) => {
        const area = { x, y, width: 178, height: 40 };
        const next = revealArea(view, frame, area);
        const seen = seenArea(next, frame);
        expect(x).toBeGreaterThanOrEqual(seen.x - 1e-6);
        expect(y).toBeGreaterThanOrEqual(seen.y - 1e-6);
        expect(x + 178).toBeLessThanOrEqual(seen.x + seen.width + 1e-6);
        expect(y + 40).toBeLessThanOrEqual(seen.y + seen.height + 1e-6);
        expect(revealArea(next, frame, area).x).toBeCloseTo(next.x, 6);
      }),
    );
  });
});
