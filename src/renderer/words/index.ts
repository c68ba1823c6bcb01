// How figures, times and models are said, in one place so that all screens say them alike.
// May import: shared, vue.
export { bytes, count, exactBytes, plural, sizeStyle, times } from './bytes.ts';
export { recipeWords } from './models.ts';
export { about, lasted, sinceWords, when } from './time.ts';
