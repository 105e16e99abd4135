// What every client of the matrix asks, in no client's words.

export const system = 'Be brief.';
export const question = 'Say eight words.';
export const result = '18 degrees, sunny';
export const eightWords = 'word1 word2 word3 word4 word5 word6 word7 word8';
export const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const onePixelUrl = `data:image/png;base64,${onePixel}`;

/** The tools that are offered, each with one argument. */
export const toolNames = ['weather', 'forecast'];
export const toolText = 'Weather of a city.';
export const toolSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

/** The schema of an answer. */
export const answerSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['name', 'age', 'tags'],
  additionalProperties: false,
};

/** Reads a status, where a client tells errors apart by nothing else. Google says a bad key with 400. */
export function kindOf(status, message = '') {
  if (status === 400 && /API key not valid|API_KEY_INVALID/.test(message)) return 'unauthorised';
  if (status === 429) return 'rate limit';
  if (status === 401) return 'unauthorised';
  if (status === 404) return 'not found';
  return status >= 500 ? 'server error' : 'untyped';
}

/** Reads an error by its class; the rows are pairs of class and kind. */
export const kindByClass = (err, rows) => rows.find(([type]) => err instanceof type)?.[1] ?? 'untyped';
