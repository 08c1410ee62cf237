/** Resource groups: names that an account gives its buckets to be told apart by. */
const unnamed = "rg-default";

export const isResourceGroup = (id: string): boolean => /^rg-[a-z0-9-]{1,60}$/.test(id);
/** Whoever was put into none is in the default one. */
export const resourceGroupOf = (id: string | undefined): string => (id === undefined || id === "" ? unnamed : id);
