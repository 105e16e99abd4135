import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useState } from "react";
import type { Line } from "@/rpc";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import { Frame } from "../frame";
import { Gate } from "./gate";
import { newRouter } from "./routes";

/** The administrator's page on a line to the service. */
export function Admin(props: { line: Line }) {
  const [router] = useState(newRouter);
  const [client] = useState(newQueryClient);
  return (
    <StrictMode>
      <Frame>
        <ServiceProvider line={props.line} client={client}>
          <Gate>
            <RouterProvider router={router} />
          </Gate>
        </ServiceProvider>
      </Frame>
    </StrictMode>
  );
}
