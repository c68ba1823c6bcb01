/** Drawings on a grid of 16: lines in the colour of the text. Each is circles (x, y, r), rectangles and paths. */
export interface IconShape {
  readonly circles?: readonly (readonly [number, number, number])[];
  readonly rects?: readonly (readonly [number, number, number, number, number])[];
  readonly paths?: readonly string[];
}

export const icons = {
  activity: { paths: ['M1.8 8h2.7l1.8-4.6 3.2 9.2L11.4 8h2.8'] },
  adapter: { paths: ['M8 3v10M3 8h10'] },
  add: { paths: ['M8 3v10M3 8h10'] },
  cancel: { rects: [[4, 4, 8, 8, 1]] },
  check: { paths: ['m3 8.5 3.2 3.2L13 4.8'] },
  close: { paths: ['m4 4 8 8M12 4l-8 8'] },
  columns: { rects: [[2, 3, 12, 10, 1.5]], paths: ['M6 3v10M10 3v10'] },
  copy: {
    rects: [[5.5, 5.5, 8, 8, 1.2]],
    paths: ['M10.5 5.5V3.7a1.2 1.2 0 0 0-1.2-1.2H3.7a1.2 1.2 0 0 0-1.2 1.2v5.6a1.2 1.2 0 0 0 1.2 1.2h1.8'],
  },
  disk: { rects: [[2, 3, 12, 10, 1.8]], paths: ['M2 9.5h12M11 11.3h.8'] },
  down: { paths: ['m3.5 6 4.5 4.5L12.5 6'] },
  eye: {
    circles: [[8, 8, 1.8]],
    paths: ['M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z'],
  },
  file: { paths: ['M4 2h5l3 3v9H4zM9 2v3h3'] },
  filter: { paths: ['M2 4h12M4.5 8h7M6.5 12h3'] },
  folder: {
    paths: [
      'M1.8 4.5A1.2 1.2 0 0 1 3 3.3h3l1.4 1.5H13a1.2 1.2 0 0 1 1.2 1.2v6A1.2 1.2 0 0 1 13 13.2H3A1.2 1.2 0 0 1 1.8 12z',
    ],
  },
  info: { circles: [[8, 8, 6]], paths: ['M8 7.2v4M8 4.9v.2'] },
  jobs: { paths: ['M8 2.2a5.8 5.8 0 1 0 5.8 5.8', 'M8 5v3.2l2.2 1.3'] },
  keyboard: { rects: [[1.5, 4, 13, 8.5, 1.5]], paths: ['M4 7h.1M6.6 7h.1M9.3 7h.1M12 7h.1M5 10h6'] },
  library: { paths: ['M2 13.5h12M4 13.5V4h3v9.5M7 13.5V6.5h2v7M10.2 13.2 13 7.2'] },
  lineage: {
    circles: [
      [3.5, 8, 1.6],
      [12.5, 3.5, 1.6],
      [12.5, 12.5, 1.6],
    ],
    paths: ['M5.1 8H7c1.6 0 1.6-4.5 3.9-4.5M7 8c1.6 0 1.6 4.5 3.9 4.5'],
  },
  lock: { rects: [[3.5, 7, 9, 6.5, 1.2]], paths: ['M5.5 7V5.2a2.5 2.5 0 0 1 5 0V7'] },
  look: {
    circles: [[8, 8, 2.7]],
    paths: [
      'M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
    ],
  },
  merge: { paths: ['M3 3v2.5C3 8 8 7.5 8 10.5V13M13 3v2.5C13 8 8 7.5 8 10.5'] },
  minus: { paths: ['M3 8h10'] },
  more: {
    circles: [
      [3.5, 8, 0.7],
      [8, 8, 0.7],
      [12.5, 8, 0.7],
    ],
  },
  offline: { paths: ['M5.5 2v3M10.5 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14'] },
  pause: { paths: ['M5.5 3.5v9M10.5 3.5v9'] },
  pin: { paths: ['M5 2.5h6l-1 4 2 2.5H4l2-2.5zM8 9v5'] },
  play: { paths: ['M5 3.2 12.5 8 5 12.8z'] },
  purge: { paths: ['M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5'] },
  reclaim: {
    paths: ['M8 2v7M5.2 6.4 8 9.2l2.8-2.8M2.5 10.5v2A1.5 1.5 0 0 0 4 14h8a1.5 1.5 0 0 0 1.5-1.5v-2'],
  },
  reconstruct: { paths: ['M8 14V5.5M4.8 8.5 8 5.3l3.2 3.2M3 2.5h10'] },
  retry: { paths: ['M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3'] },
  right: { paths: ['m6 3.5 4.5 4.5L6 12.5'] },
  search: { circles: [[7, 7, 4.3]], paths: ['M10.3 10.3 13.5 13.5'] },
  settings: {
    circles: [[8, 8, 2]],
    paths: [
      'M8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
    ],
  },
  shield: {
    paths: ['M8 1.8 13 3.6v4c0 3.2-2.1 5.5-5 6.6-2.9-1.1-5-3.4-5-6.6v-4z', 'm5.7 7.9 1.6 1.6 3-3.1'],
  },
  table: { rects: [[2, 3, 12, 10, 1.5]], paths: ['M2 6.5h12M2 9.8h12M6.5 6.5V13'] },
  undo: { paths: ['M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6'] },
  up: { paths: ['m3.5 10 4.5-4.5 4.5 4.5'] },
  warning: { paths: ['M8 2.3 14.3 13H1.7zM8 6.5v3M8 11.3v.2'] },
} as const satisfies Record<string, IconShape>;

export type IconName = keyof typeof icons;
