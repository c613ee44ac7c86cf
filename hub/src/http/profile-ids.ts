// The profile that a path names.
import { type ProfileId, isProfileId } from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";

export function noProfile(id: string): RequestRefused {
  return new RequestRefused("not-found", `there is no profile ${id}`);
}

/** Throws RequestRefused for what is no profile's id. */
export function profileIdOf(id: string): ProfileId {
  if (!isProfileId(id)) throw noProfile(id);
  return id;
}
