import { adminOperation, optionalText, pathValue } from "../admin-operation.ts";

export const CreateEncryptionKey = adminOperation({
  name: "CreateEncryptionKey",
  docs: "A key for SSE-KMS: { id?, alias? }; the id is made when absent. Requests name it by id, by alias/NAME, or by an ARN that ends in either. Its bytes are never shown, and it cannot be deleted.",
  method: "POST",
  path: "/encryption-keys",
  input: (call) => {
    const [id, alias] = [optionalText(call, "id"), optionalText(call, "alias")];
    return { ...(id === undefined ? {} : { id }), ...(alias === undefined ? {} : { alias }) };
  },
  run: (core, context, input) => core.encryption.createKey(context, input),
  reply: (key) => ({ created: true, json: key }),
});
export const ListEncryptionKeys = adminOperation({
  name: "ListEncryptionKeys",
  docs: "The keys there are, without their bytes.",
  method: "GET",
  path: "/encryption-keys",
  input: () => undefined,
  run: (core, context) => core.encryption.listKeys(context),
  reply: (keys) => ({ json: { keys } }),
});
const statusChange = (name: string, word: string, status: "enabled" | "disabled", docs: string) =>
  adminOperation({
    name,
    docs,
    method: "POST",
    path: `/encryption-keys/:id/${word}`,
    input: (call) => pathValue(call, "id"),
    run: (core, context, id) => core.encryption.setKeyStatus(context, { id, status }),
    reply: (key) => ({ json: key }),
  });
export const DisableEncryptionKey = statusChange("DisableEncryptionKey", "disable", "disabled", "Nothing is encrypted or decrypted with it until it is enabled again.");
export const EnableEncryptionKey = statusChange("EnableEncryptionKey", "enable", "enabled", "Takes a disabled key into use again.");
