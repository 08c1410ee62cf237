export function stop(message: string): never;
export function pinnedRuntime(from: string | URL): string | undefined;
export function runtimeFor(from: string | URL): string;
export function runtimeProblem(runtime: string): string | undefined;
export function runtimeEnvironment(): NodeJS.ProcessEnv;
export function goOnWith(runtime: string, command: string[]): void;
