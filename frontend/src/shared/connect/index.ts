export { useAddressNote } from "./address";
export { type Engine, FoundEngines } from "./found";
export { KeyGuess } from "./guess";
export { guessProvider } from "./keys";
export { mostPublished, type Published, publish } from "./publish";
