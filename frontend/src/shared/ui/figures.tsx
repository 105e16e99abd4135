import { NumberInput } from "@mantine/core";
import type { ReactNode } from "react";
import { number } from "@/shared/format";

interface NumberFieldProps {
  label: string;
  /** One sentence about it. */
  help?: ReactNode;
  /** What the field means while it is empty: the service's default, or a word. */
  standard?: number | string;
  value: number | "";
  error?: string | undefined;
  onChange: (value: number | "") => void;
  w?: number;
  most?: number;
}

/** A whole number that may be left to the service; what it then is stands in the empty field. */
export function NumberField(props: NumberFieldProps) {
  const { standard } = props;
  return (
    <NumberInput
      label={props.label}
      description={props.help}
      placeholder={typeof standard === "number" ? number(standard) : (standard ?? "")}
      // Fields beside each other stay level, however long their sentences are.
      inputWrapperOrder={["label", "input", "description", "error"]}
      min={0}
      {...(props.most === undefined ? {} : { max: props.most })}
      {...(props.w === undefined ? {} : { w: props.w })}
      allowDecimal={false}
      value={props.value}
      error={props.error}
      onChange={(value) => props.onChange(value === "" ? "" : Number(value))}
    />
  );
}
