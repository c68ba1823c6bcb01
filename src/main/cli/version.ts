import manifest from '../../../package.json' with { type: 'json' };

export const { version } = manifest;

/** What delta files name as their writer. */
export const writer = `deltashelf ${version}`;
