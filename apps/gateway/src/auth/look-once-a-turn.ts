/** A look that costs a system call, shared by requests that were there before it. */
export type TurnLook = {
  /** What is seen now, or was seen since the requests of this turn were there. */
  look(): number;
  /**
   * To be called where a request is taken off its socket. The event loop waits for sockets, then takes what they have, then runs its
   * immediates: all requests that are taken until these run were there when the first of them was, so what is seen for one is new for
   * all. Whoever looks at another time sees what is there now.
   */
  takeRequest(): void;
};

export function lookOnceATurn(look: () => number): TurnLook {
  let isTaking = false;
  let seen: number | undefined;
  const endTurn = (): void => {
    isTaking = false;
    seen = undefined;
  };
  return {
    look() {
      if (!isTaking) return look();
      seen ??= look();
      return seen;
    },
    takeRequest() {
      if (isTaking) return;
      isTaking = true;
      setImmediate(endTurn);
    },
  };
}
