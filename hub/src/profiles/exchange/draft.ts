// What an import or a run becomes: a spec, what had to be guessed or could not be carried over, and what is missing before it can be
// saved. Nothing in a draft is a secret.
import { type ProfileDraft, type ProfileSpec, isInstalledDriver, newId } from "@tidemark/proto";
import { profileFault } from "../fault.ts";
import { withoutSecrets } from "../secrets.ts";

interface Note {
  readonly field: string;
  readonly reason: string;
}

export interface Notes {
  readonly remarks: readonly Note[];
  readonly missing: readonly Note[];
  /** `field`: JSON pointer into the spec; empty for the whole. */
  remark(field: string, reason: string): void;
  lack(field: string, reason: string): void;
}

/** Stands where a document names no target; RFC 2606 promises that nobody has it. */
export const noTarget = "http://target.invalid/";

const notesMax = 500;

export function newNotes(): Notes {
  const remarks: Note[] = [];
  const missing: Note[] = [];
  const note = (notes: Note[]) => (field: string, reason: string) => {
    if (notes.length < notesMax)
      notes.push({ field: field.slice(0, 256), reason: reason.slice(0, 512) });
    else notes[notesMax - 1] = { field: "", reason: `more than ${notesMax} of them` };
  };
  return { remarks, missing, remark: note(remarks), lack: note(missing) };
}

/**
 * The draft of a spec. A generator that cannot do what is asked of it gives way to Tidemark's own driver, which is said; what else is
 * wrong is missing.
 */
export function draftOf(asked: ProfileSpec, notes: Notes): ProfileDraft {
  const held = withoutSecrets(asked);
  const { driver, ...load } = held.load;
  const isInstalled = driver !== undefined && isInstalledDriver(driver);
  const fault = faultOf(held);
  const native = { ...held, load };
  const isDriversFault =
    isInstalled && fault !== undefined && faultOf(native)?.reason !== fault.reason;
  if (isDriversFault)
    notes.remark(
      "/load/driver",
      `Tidemark's own driver takes the place of ${driver}: ${fault.reason}`,
    );
  const spec = isDriversFault ? native : held;
  const { agents, selector } = spec.placement;
  if (agents === undefined && selector === undefined)
    notes.lack("/placement", "who generates? Choose agents or a selector of their labels");
  const left = isDriversFault ? faultOf(spec) : fault;
  if (left !== undefined && !notes.missing.some(({ field }) => isAt(left.field, field)))
    notes.lack(left.field, left.reason);
  return { spec, remarks: [...notes.remarks], missing: [...notes.missing] };
}

const isAt = (field: string, noted: string) =>
  field === noted || field.startsWith(`${noted}/`) || noted.startsWith(`${field}/`);

/** As if somebody were placed. */
function faultOf(spec: ProfileSpec) {
  const { agents, selector } = spec.placement;
  const isPlaced = agents !== undefined || selector !== undefined;
  return profileFault(isPlaced ? spec : { ...spec, placement: { agents: [newId()] } });
}
