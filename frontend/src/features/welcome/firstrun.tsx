import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Administrator } from "./administrator";
import { Choose } from "./choose";
import { Endpoint } from "./endpoint";
import type { Made } from "./make";

/** The first run: administrator, first upstream, endpoint, first call. */
export function FirstRun(props: { setupNeeded: boolean; onDone: () => void }) {
  const client = useQueryClient();
  const [made, setMade] = useState<Made>();
  if (props.setupNeeded) {
    return <Administrator onDone={() => void client.invalidateQueries({ queryKey: ["setup"] })} />;
  }
  if (!made) return <Choose onMade={setMade} />;
  return <Endpoint made={made} onDone={props.onDone} />;
}
