const widths = ["w-2/3", "w-full", "w-5/6", "w-1/2"];

/** Where text will be. */
export function Skeleton({ lines }: { readonly lines: number }) {
  return (
    <div aria-hidden className="grid animate-pulse gap-3 p-5">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else
        <div key={line} className={`h-4 rounded bg-sunken ${widths[line % widths.length]}`} />
      ))}
    </div>
  );
}
