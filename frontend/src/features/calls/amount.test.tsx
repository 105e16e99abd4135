import { MantineProvider } from "@mantine/core";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Amount } from "./amount";

afterEach(cleanup);

test("an estimate is marked, and says why to the keyboard too", async () => {
  render(
    <MantineProvider>
      <Amount estimated>12 / 40</Amount>
    </MantineProvider>,
  );
  const figure = screen.getByText("~12 / 40");
  act(() => figure.focus());
  expect(document.activeElement).toBe(figure);
  expect((await screen.findByRole("tooltip")).textContent).toMatch(/the upstream told no counts/);
});

test("what was counted is not marked", () => {
  render(
    <MantineProvider>
      <Amount estimated={undefined}>12 / 40</Amount>
    </MantineProvider>,
  );
  expect(screen.queryByText(/~/)).toBeNull();
});
