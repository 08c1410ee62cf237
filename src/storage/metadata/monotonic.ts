/** The value of `Clock.monotonicMs()`: milliseconds of a clock that no one sets, the same on every thread of the process. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
