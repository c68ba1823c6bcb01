// A process that lists the library of a home, and prints names and states, then what was odd.
import { openHome } from './opened.ts';

const library = await openHome(process.argv[2] ?? '');
const { models, warnings } = await library.call('list', {});
console.log(JSON.stringify({ models: models.map(({ name, state }) => [name, state]), warnings }));
await library.close();
