// One route for each chosen model, named like the model. A route that is there
// already stays as it is.

import { asCallError, type Call, type CallError } from "@/rpc";

export interface Published {
  made: string[];
  /** Names that a route has already. */
  kept: string[];
  failed: { model: string; error: CallError }[];
}

/** How many may be chosen at once. */
export const mostPublished = 50;

/** Makes the routes one after the other; what fails does not keep the others from being made. */
export async function publish(call: Call, upstream: string, models: readonly string[]): Promise<Published> {
  const out: Published = { made: [], kept: [], failed: [] };
  for (const model of models.slice(0, mostPublished)) {
    try {
      const tiers = [{ targets: [{ upstream, model }] }];
      await call("routes.create", { body: { name: model, tiers } });
      out.made.push(model);
    } catch (reason) {
      const error = asCallError(reason);
      if (error.problem.code === "taken") out.kept.push(model);
      else out.failed.push({ model, error });
    }
  }
  return out;
}
