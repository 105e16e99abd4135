import { Button, Group, Loader, Text } from "@mantine/core";
import type { UnderTest } from "@/rpc/testrun";
import { number } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { texts, useT } from "@/shared/i18n";
import { stepText } from "./teststeps";

const underWayText = texts(
  "testunderway",
  {
    begins: "The test begins",
    step: "Step under way: {{step}}",
    seconds: "{{time}} s",
    cancel: "Cancel the test",
  },
  {
    begins: "测试开始",
    step: "正在进行的步骤：{{step}}",
    seconds: "{{time}} 秒",
    cancel: "取消测试",
  },
);

/** A test that goes on: which step runs, for how long the test has, and the way to end it. */
export function TestUnderWay(props: { running: UnderTest; onCancel: () => void }) {
  const t = useT(underWayText);
  const steps = useT(stepText);
  const now = useNow(1000);
  const { step, since } = props.running;
  const known = step in stepText.en;
  const word = known ? steps(step as "connect") : step;
  return (
    <Group gap="xs" data-under-test={step}>
      <Loader size="xs" aria-hidden />
      <Text size="sm" role="status">
        {step ? t("step", { step: word }) : t("begins")}
      </Text>
      {/* Not in the status: a voice that counts the seconds helps nobody. */}
      <Text size="sm" c="dimmed" className="hw-figures">
        {t("seconds", { time: number(Math.max(0, Math.floor((now - since) / 1000))) })}
      </Text>
      <Button size="compact-sm" variant="default" onClick={props.onCancel}>
        {t("cancel")}
      </Button>
    </Group>
  );
}
