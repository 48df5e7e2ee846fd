import { texts } from "../i18n";

/** What the server does for a text that begins with a slash; it is sent as it is written. */
export const COMMANDS = [
  { name: "/help", more: "", what: texts.commands.help },
  { name: "/clients", more: "", what: texts.commands.clients },
  { name: "/nick", more: " …", what: texts.commands.nick },
  { name: "/me", more: " …", what: texts.commands.me },
  { name: "/msg", more: " nick …", what: texts.commands.msg },
];

export type Command = (typeof COMMANDS)[number];

/** The commands that a text may become; none once it is one, or is no command. */
export function hintsFor(text: string): Command[] {
  if (!/^\/\w*$/.test(text)) return [];
  return COMMANDS.filter((command) => command.name.startsWith(text) && command.name !== text);
}

export function complete(command: Command): string {
  return command.more ? `${command.name} ` : command.name;
}
