// Profiles as they are named on a command line: by id, or by name in any case.
import { Profile, ProfileList, type ProfileRow } from "@tidemark/proto";
import { CommandFailed, InputWrong } from "../errors.ts";
import type { HubClient } from "./client.ts";

/** The profile with this id or name, also an archived one, at a revision; throws CommandFailed when there is none. */
export async function profileAt(
  hub: HubClient,
  idOrName: string,
  revision?: string,
): Promise<Profile> {
  const id = await profileId(hub, idOrName);
  const at = revision === undefined ? "" : `/revisions/${encodeURIComponent(revision)}`;
  return await hub.get(`/profiles/${id}${at}`, Profile);
}

/** Of two that had the name at different times, the one that is not archived unless `archivedFirst`. */
export async function profileId(
  hub: HubClient,
  idOrName: string,
  archivedFirst = false,
): Promise<string> {
  for (const archived of archivedFirst ? [true, false] : [false, true]) {
    const items = await listedProfiles(hub, archived);
    const found = items.filter(({ id, name }) => id === idOrName || isNamed(name, idOrName));
    if (found.length > 1)
      throw new CommandFailed(`${found.length} archived profiles are named ${idOrName}; use an id`);
    if (found[0] !== undefined) return found[0].id;
  }
  throw new InputWrong(
    `there is no profile ${idOrName}: \`tidemark profile list\` names those there are`,
  );
}

const isNamed = (name: string, asked: string) => name.toLowerCase() === asked.toLowerCase();

export async function listedProfiles(
  hub: HubClient,
  archived: boolean,
): Promise<readonly ProfileRow[]> {
  const query = new URLSearchParams({ archived: String(archived) });
  return (await hub.get("/profiles", ProfileList, query)).items;
}
