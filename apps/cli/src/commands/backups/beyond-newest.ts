type Made = { readonly state: string };

/** Of backups, newest first, what there is beyond as many good ones. Those before the last of these stay, as does what is being made. */
export function beyondNewest<Backup extends Made>(backups: readonly Backup[], keep: number): readonly Backup[] {
  let good = 0;
  return backups.filter(({ state }) => {
    const isOld = good >= keep;
    if (state === "completed") good += 1;
    return isOld && (state === "completed" || state === "failed");
  });
}
