// A page on stdin -> what Gmail, Outlook and Apple Mail do not show of it, as JSON: errors and warnings by feature.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";

const { issues } = caniemail({ clients: ["gmail.*", "outlook.*", "apple-mail.*"], html: readFileSync(0, "utf8") });
const told = (kind) => [...issues[kind]].map(([client, found]) => [client, found.map(({ title, notes }) => [title, notes])]);
console.log(JSON.stringify({ errors: told("errors"), warnings: told("warnings") }));
