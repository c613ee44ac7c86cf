// Where the load threads' program is. From source it is thread.ts beside this file; a bundle must put a second bundle, made
// of thread.ts and named `load-thread` with the bundle's own extension, beside itself.
const [extension] = /\.[a-z]+$/.exec(import.meta.url) ?? [".js"];

/** URL for `new Worker`. */
export function threadEntry(): URL {
  return new URL(
    extension === ".ts" ? "./thread.ts" : `./load-thread${extension}`,
    import.meta.url,
  );
}
