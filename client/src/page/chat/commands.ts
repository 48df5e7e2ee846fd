import { texts } from "../i18n";

/** The commands of the server. Their text is sent unchanged, like any other. */
const COMMANDS = [
  { name: "/help", parameters: "", description: texts.commands.help },
  { name: "/clients", parameters: "", description: texts.commands.clients },
  { name: "/nick", parameters: " …", description: texts.commands.nick },
  { name: "/me", parameters: " …", description: texts.commands.me },
  { name: "/msg", parameters: " nick …", description: texts.commands.msg },
];

export type Command = (typeof COMMANDS)[number];

/** Return the commands that an incomplete text may become. */
export function suggestCommands(text: string): Command[] {
  if (!/^\/\w*$/.test(text)) return [];
  return COMMANDS.filter((command) => command.name.startsWith(text) && command.name !== text);
}

/** Return the text of a completed command, ready for its parameters. */
export function complete(command: Command): string {
  return command.parameters ? `${command.name} ` : command.name;
}
