// What `built-tree.mjs` needs of the packaging's configuration.
import config from '../electron-builder.config.mjs';

/** Electron's word for a system, and the configuration's. */
const systems = /** @type {const} */ ({ darwin: 'mac', win32: 'win', linux: 'linux' });

/** @type {import('./built-tree.mjs').Packaging} */
export const packaging = {
  files: texts(config.files),
  asarUnpack: texts(config.asarUnpack),
  targets: Object.entries(systems).flatMap(([platform, system]) => {
    const { target, files } = config[system] ?? {};
    const archs = new Set(
      [target].flat().flatMap((one) => (typeof one === 'object' ? [one?.arch].flat() : [])),
    );
    return [...archs].flatMap((arch) => (arch ? [{ platform, arch, files: texts(files) }] : []));
  }),
};

/**
 * @param {unknown} patterns
 * @returns {string[]}
 */
function texts(patterns) {
  return [patterns].flat().filter((pattern) => typeof pattern === 'string');
}
