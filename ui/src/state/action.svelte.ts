// Something asked of the hub on a press: whether it is under way, and how it failed. One at a time.
import { ApiFailure } from "../api/errors.ts";

export interface Action {
  readonly isBusy: boolean;
  readonly failure: ApiFailure | undefined;
  /** Does it unless another is under way; false when it failed. */
  run(work: () => Promise<void>): Promise<boolean>;
  clear(): void;
}

export function action(): Action {
  let isBusy = $state(false);
  let failure = $state.raw<ApiFailure>();
  return {
    get isBusy() {
      return isBusy;
    },
    get failure() {
      return failure;
    },
    async run(work) {
      if (isBusy) return false;
      isBusy = true;
      failure = undefined;
      try {
        await work();
        return true;
      } catch (cause) {
        if (!(cause instanceof ApiFailure)) throw cause;
        failure = cause;
        return false;
      } finally {
        isBusy = false;
      }
    },
    clear: () => (failure = undefined),
  };
}
