import manifest from '../../../package.json' with { type: 'json' };

/** What delta files name as their writer. */
export const writer = `deltashelf ${manifest.version}`;
