import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { setLanguage } from "@/shared/i18n";
import { SecretField, secretForm, secretText } from "./secretfield";

afterEach(cleanup);

const provider = (change: object) => ({ id: "x", name: "X", dialect: "openai", ...change }) as never;

const show = (of: object | undefined, onChange = vi.fn()) => {
  setLanguage("en");
  render(
    <MantineProvider>
      <SecretField label="Key" provider={of && provider(of)} value="" onChange={onChange} />
    </MantineProvider>,
  );
  return onChange;
};

test("a provider whose keys come as a file gets room for one, and its forms are told", () => {
  const changed = show({ token_issuer: "google" });
  const field = screen.getByLabelText("Key");
  expect(field.tagName).toBe("TEXTAREA");
  screen.getByText(/JSON key of a service account.*never shown again/);
  fireEvent.change(field, { target: { value: '{\n "type": "service_account" }\n' } });
  expect(changed).toHaveBeenCalledWith('{\n "type": "service_account" }\n');
});

test("any other key is hidden, and loses the space that it was pasted with", () => {
  const changed = show({});
  const field = screen.getByLabelText("Key");
  expect(field.getAttribute("type")).toBe("password");
  fireEvent.change(field, { target: { value: " sk-1 " } });
  expect(changed).toHaveBeenCalledWith("sk-1");
});

test("every form has its words in both languages", () => {
  expect(secretForm(provider({ token_issuer: "entra" }))).toBe("entra");
  expect(secretForm(provider({ dialect: "bedrock" }))).toBe("bedrock");
  expect(secretForm(provider({}))).toBeUndefined();
  expect(secretForm(undefined)).toBeUndefined();
  for (const form of ["google", "entra", "bedrock"] as const) {
    expect(secretText.en[form]).not.toBe("");
    expect(secretText.zh[form]).toMatch(/\p{Script=Han}/u);
  }
});
