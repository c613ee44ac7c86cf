// The agent's log: JSON lines on standard error, where the hub's goes too; standard output is for answers. Without the process's
// own name and number, which systemd and containers add.
import { type Logger, pino } from "pino";

export const createLog = (level: string): Logger =>
  pino({ level, base: null }, pino.destination({ fd: 2 }));
