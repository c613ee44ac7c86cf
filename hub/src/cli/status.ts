// `tidemark status`: the hub at a glance.
import { Status } from "@tidemark/proto";
import type { CommandGroup } from "./context.ts";
import { ago } from "./table.ts";

export const status: CommandGroup = (program, { connect, print }) => {
  program
    .command("status")
    .description("the hub, its agents, ingest and storage at a glance")
    .option("--json", "print the API's answer")
    .addHelpText("after", "\nExample:\n  $ tidemark status")
    .action(async (options: { json?: true }) => {
      const hub = connect();
      const answer = await hub.get("/status", Status);
      if (options.json) {
        print(JSON.stringify(answer));
        return;
      }
      const { agents, ingest, storage, broker } = answer;
      print(
        `hub      ${hub.url}, version ${answer.version}, started ${ago(answer.startedAtMs, Date.now())}`,
      );
      print(`agents   ${agents.online} online, ${agents.stale} stale, ${agents.offline} offline`);
      print(
        `ingest   ${Math.round(ingest.samplesPerSecond)} samples/s, ${ingest.messagesPending} messages waiting, ${ingest.rejectedTotal} refused`,
      );
      print(
        `storage  ${storage.engine}, ${storage.samplesRows} samples, ${(storage.bytesOnDisk / 1_048_576).toFixed(1)} MiB`,
      );
      print(
        `broker   ${broker.url}, ${broker.connected ? "connected" : "not connected"}${broker.embedded ? ", embedded" : ""}`,
      );
    });
};
