// A program: answers SQL of a stopped hub's database. In a process of its own, because chDB binds a process to one folder.
// Statements as a JSON array on standard input, one array of rows each as JSON on standard output.
import { readFileSync } from "node:fs";
import process from "node:process";
import { pino } from "pino";
import { openDatabase } from "../../hub/src/store/database.ts";

const path = process.argv[2] ?? "";
const statements: readonly string[] = JSON.parse(readFileSync(0, "utf8"));
const database = await openDatabase({ path }, pino({ level: "silent" }));
const answers: unknown[] = [];
for (const statement of statements) answers.push(await database.query(statement));
await database.close();
process.stdout.write(JSON.stringify(answers));
