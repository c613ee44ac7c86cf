// The agent's log: JSON lines on standard output, without the process's own name and number, which systemd and containers add.
import { type Logger, pino } from "pino";

export const createLog = (level: string): Logger => pino({ level, base: null });
