import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { setLanguage } from "@/shared/i18n";
import { ProviderOption } from "./mark";

afterEach(() => {
  cleanup();
  setLanguage("en");
});

const known = [
  { id: "a", name: "A", dialect: "openai", verified: "live", verified_at: "2026-11-29" },
  { id: "b", name: "B", dialect: "openai", verified: "recording", verified_at: "2026-08" },
  { id: "c", name: "C", dialect: "openai", verified: "preset" },
  { id: "d", name: "D", dialect: "openai", practice: true },
] as const;

const show = () =>
  render(
    <MantineProvider>
      {known.map((one) => (
        <ProviderOption key={one.id} provider={one.id} label={one.name} among={[...known]} />
      ))}
    </MantineProvider>,
  );

test("a provider among others says how it is known to work, and the practice model does not", () => {
  show();
  expect(screen.getByText("live 2026-11-29").title).toMatch(/^Live checks passed here on 2026-11-29/);
  expect(screen.getByText("recorded 2026-08").title).toMatch(/the newest of 2026-08\.$/);
  expect(screen.getByText("preset").title).toMatch(/documents only/);
  expect(document.querySelectorAll("[data-verified]")).toHaveLength(3);
});

test("it says so in Chinese, too", () => {
  setLanguage("zh");
  show();
  expect(screen.getByText("录制 2026-08").title).toContain("2026-08");
});
