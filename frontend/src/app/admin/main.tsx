import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { openLine } from "@/rpc";
import { newQueryClient, ServiceProvider } from "@/rpc/react";
import { Frame } from "../frame";
import { Gate } from "./gate";
import { router } from "./routes";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Frame>
        <ServiceProvider line={openLine()} client={newQueryClient()}>
          <Gate>
            <RouterProvider router={router} />
          </Gate>
        </ServiceProvider>
      </Frame>
    </StrictMode>,
  );
}
