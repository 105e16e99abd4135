import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useLineState, useRead } from "@/rpc/react";
import { Waiting } from "@/shared/ui";

const Welcome = lazy(() => import("@/features/welcome"));

/**
 * Decides between the way in and the window itself. Once inside, a lost line
 * leaves everything on the screen; only a sign-out leads back here.
 */
export function Gate(props: { children: ReactNode }) {
  const { phase } = useLineState();
  const inside = useRef(false);
  const setup = useRead("setup.get", {}, { enabled: phase === "online" || phase === "signed_out" });
  // The first run goes on after the administrator is made, until it is finished.
  const [running, setRunning] = useState(false);
  const needed = setup.data?.needed === true;
  useEffect(() => {
    if (needed) setRunning(true);
  }, [needed]);
  if (phase === "online" && setup.data && !needed && !running) inside.current = true;
  if (phase === "signed_out") inside.current = false;
  if (inside.current) return <>{props.children}</>;
  return (
    <Suspense fallback={<Waiting />}>
      <Welcome
        setupNeeded={needed}
        known={setup.data !== undefined}
        running={running || needed}
        onDone={() => setRunning(false)}
      />
    </Suspense>
  );
}
