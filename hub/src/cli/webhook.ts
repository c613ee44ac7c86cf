// `tidemark webhook`: where other programs are told of verdicts.
import {
  CreatedWebhook,
  WebhookList,
  WebhookTest,
  verdictKinds,
  webhookEvents,
} from "@tidemark/proto";
import { Option } from "commander";
import { Type } from "typebox";
import { CommandFailed } from "../errors.ts";
import type { CommandGroup } from "./context.ts";
import { ago, table } from "./table.ts";

export const webhook: CommandGroup = (program, { connect, print }) => {
  const group = program
    .command("webhook")
    .description("tell other programs of verdicts, suspect runs and schedules that failed");

  group
    .command("list")
    .description("webhooks and their latest deliveries; never their secrets")
    .option("--json", "print the webhooks as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark webhook list")
    .action(async (options: { json?: true }) => {
      const { items } = await connect().get("/webhooks", WebhookList);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((one) => [
        one.id,
        one.name,
        [...one.events, ...(one.verdicts ?? [])].join(","),
        one.lastDelivery === null
          ? "never"
          : `${one.lastDelivery.said}, ${ago(one.lastDelivery.atMs, Date.now())}`,
        `${one.waiting}`,
        `${one.dropped}`,
        one.url,
      ]);
      print(table(["ID", "NAME", "EVENTS", "LAST DELIVERY", "WAITING", "DROPPED", "URL"], rows));
    });

  group
    .command("add")
    .description("add a webhook; the secret that signs its deliveries is printed this once")
    .argument("<name>", "what it is for")
    .argument("<url>", "where deliveries are sent")
    .addOption(
      new Option("--event <event...>", "what it is told of; verdicts without it").choices(
        webhookEvents,
      ),
    )
    .addOption(
      new Option("--verdict <kind...>", "of verdicts only these; all without it").choices(
        verdictKinds,
      ),
    )
    .option("--json", "print the webhook and its secret as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ tidemark webhook add chat https://chat.example/hook --event verdict --verdict regression",
    )
    .action(async (name: string, url: string, options: AddOptions) => {
      const created = await connect().send("POST", "/webhooks", CreatedWebhook, {
        name,
        url,
        events: options.event ?? ["verdict"],
        ...(options.verdict !== undefined && { verdicts: options.verdict }),
      });
      const { webhook: added, secret } = created;
      print(
        options.json
          ? JSON.stringify(created)
          : `${added.id} is added. Its secret, shown this once: ${secret}`,
      );
    });

  group
    .command("test")
    .description("send a test at once and say what came of it")
    .argument("<id>", "the webhook's id")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark webhook test mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      const path = `/webhooks/${encodeURIComponent(id)}/test`;
      const outcome = await connect().send("POST", path, WebhookTest);
      print(options.json ? JSON.stringify(outcome) : outcome.said);
      if (!outcome.ok) throw new CommandFailed(`the test was not delivered: ${outcome.said}`);
    });

  group
    .command("remove")
    .description("remove a webhook; what waits for it is not sent")
    .argument("<id>", "the webhook's id")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark webhook remove mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      await connect().send("DELETE", `/webhooks/${encodeURIComponent(id)}`, Type.Null());
      print(options.json ? JSON.stringify({ removed: id }) : `${id} is removed`);
    });
};

interface AddOptions {
  readonly event?: string[];
  readonly verdict?: string[];
  readonly json?: true;
}
