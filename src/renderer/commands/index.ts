// What a person can do from a menu, a key, a row or the palette: one list, whatever it is asked for by.
// May import: stores, host, shared, pinia.
export { useCommands } from './commands.ts';
export { focusScreen, moveBetweenRegions } from './regions.ts';
export { bindingsIn, keyListener, keyName, listKeys, type KeyBinding } from './keys.ts';
