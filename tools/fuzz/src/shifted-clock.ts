// Loaded before a server whose requests were signed some time ago: its clock starts then.
const shiftMs = Number(process.env.STAVE_FUZZ_CLOCK_MS);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length === 0 ? new RealDate(RealDate.now() + shiftMs) : Reflect.construct(target, args),
  get: (target, name) => (name === "now" ? () => RealDate.now() + shiftMs : Reflect.get(target, name)),
});
