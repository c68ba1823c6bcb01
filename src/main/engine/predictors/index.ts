// Parents -> prediction of the elements of a child, computed exactly and the same on every machine.
// A predictor takes a list of inputs and its parameters (the recipe); what is left is for the codecs.
// May import: sources, codecs/elements for what a grid is, the pool. Never a path, never the container.
export { predictBytes, predictOnGrid, type PredictorInput } from './predict.ts';
export { factorBits, factorOf, type Recipe } from './recipe.ts';
